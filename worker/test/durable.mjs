// What do the tests of the durable delivery share?
//
// A durable house has queue, database and objects. Nobody in it waits for a time: `drained()` waits until no message is under way, which the
// witness counts (witness.mjs). `fail({ DB: { times: 1 } })` lets the next call of a binding fail.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startKochava } from "../../sim/server.mjs";
import { startWorker } from "../../tools/start-worker.mjs";
import { SETTINGS, TOKEN, ask, event } from "./support.mjs";

export const ADMIN = "the-admin-token";

/** A schedule that a test can wait for: what failed comes again after a second. */
export const QUICK = {
  steps_s: [1, 1, 1, 1],
  span_s: 1,
  pause_steps_s: [1, 1],
  slow_steps_s: [1],
  timeout_ms: 1_000,
};

const CONSUMER = { maxBatchTimeout: 0.05 };
const QUEUE = "kochava-edge";
const around = fileURLToPath(new URL("witness.mjs", import.meta.url));
let names = 0;

/** Events of devices of their own, with ids. */
export function events(count, over = {}) {
  return Array.from({ length: count }, () => {
    names += 1;
    return event({
      $insert_id: `insert-${names}`,
      device_id: `device-${names}`,
      event_type: `Level ${names}`,
      ...over,
    });
  });
}

/** The names of the events that these calls brought. */
export const namesOf = (calls) => calls.map((call) => call.body.data.event_name).filter(Boolean);

/** Waits until `look` answers something. */
export async function until(look, what, seconds = 20) {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what}, but not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Starts a durable house that ends with the test or file `t`. */
export async function startDurableHouse(
  t,
  { settings, bindings = {}, kochava: options = {}, ...rest } = {},
) {
  const persist = await mkdtemp(join(tmpdir(), "kochava-edge-"));
  t.after(() => rm(persist, { recursive: true, force: true }));
  const house = { lines: [], putByHand: 0 };
  house.kochava = await startKochava(options);
  t.after(() => house.kochava.close());
  const start = async ({ settings, bindings: more }) => {
    const all = {
      INGEST_TOKEN: TOKEN,
      ADMIN_TOKEN: ADMIN,
      KOCHAVA_URL: house.kochava.url,
      SETTINGS: { ...SETTINGS, delivery: QUICK, ...settings },
      ...bindings,
      ...more,
    };
    house.worker = await startWorker({
      bindings: all,
      persist,
      around,
      consumer: CONSUMER,
      onLog: (line) => house.lines.push(line),
      ...rest,
    });
    house.url = house.worker.url;
    house.putByHand = 0;
  };
  await start({ settings });
  t.after(() => house.worker.stop());
  return Object.assign(house, sending(house), looking(house), byHand(house), {
    /** Ends the Worker and starts it with what it stored and other settings; what is in the queue is lost. */
    async restart(changed = {}) {
      await house.worker.stop();
      await start({ settings, ...changed });
    },
    /** Ends the stand-in; what is started afterwards listens at the same address. */
    stopKochava: () => house.kochava.close(),
    async startKochava(again = {}) {
      house.kochava = await startKochava({
        ...options,
        ...again,
        port: Number(new URL(house.kochava.url).port),
      });
    },
  });
}

function sending(house) {
  const send = (path, options) => ask(house.url + path, options);
  const bearing = (token, headers) => ({
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    ...headers,
  });
  return {
    send,
    post: (body, { token = TOKEN, headers, ...more } = {}) =>
      send("/amplitude", { method: "POST", ...more, headers: bearing(token, headers), body }),
    /** Asks as the operator. */
    admin(method, path, body, token = ADMIN) {
      const bytes = Buffer.from(
        body === undefined || typeof body === "string" || Buffer.isBuffer(body)
          ? (body ?? "")
          : JSON.stringify(body),
      );
      // Node says of a DELETE's body neither its length nor that there is one
      return send(path, {
        method,
        headers: bearing(token, { "content-length": bytes.length }),
        body: bytes,
      });
    },
  };
}

function looking(house) {
  const told = async (path) => {
    const answer = await house.admin("GET", path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const witness = async (question = "") =>
    (await house.send("/health", { headers: { witness: question } })).json;
  const underWay = async () => {
    const { sent, done } = await witness();
    return sent + house.putByHand - done;
  };
  return {
    witness,
    underWay,
    fail: (plan) => witness(JSON.stringify(plan)),
    /** Waits until no message is in the queue or at work. */
    drained: (seconds = 30) =>
      until(async () => (await underWay()) === 0, "everything was to leave the queue", seconds),
    /** Waits for so many calls at the stand-in. */
    called: (count) =>
      until(() => house.kochava.calls.length >= count, `${count} calls were to come`),
    stats: (query = "") => told(`/stats${query}`),
    health: async () => (await house.send("/health")).json,
    rejects: async (query = "") => (await told(`/rejects${query}`)).rejects,
    sql: async (text, ...values) =>
      (
        await (
          await house.worker.miniflare.getD1Database("DB")
        )
          .prepare(text)
          .bind(...values)
          .all()
      ).results,
  };
}

function byHand(house) {
  return {
    /** Puts a message into the queue as somebody else would. */
    async put(body, contentType = "text") {
      const queue = await house.worker.miniflare.getQueueProducer("QUEUE");
      house.putByHand += 1;
      await queue.send(body, { contentType });
    },
    /** Hands a batch to the Worker past the queue → what it said to each message. */
    async batch(bodies, { queue = QUEUE, attempts = 1 } = {}) {
      const worker = await house.worker.miniflare.getWorker();
      const messages = bodies.map((body, index) => ({
        id: `by-hand-${index}`,
        timestamp: new Date(),
        attempts,
        body,
      }));
      const { outcome, explicitAcks, retryMessages } = await worker.queue(queue, messages);
      const retried = new Map(
        retryMessages.map(({ msgId, delaySeconds }) => [msgId, delaySeconds]),
      );
      return {
        outcome,
        acked: messages.map(({ id }) => explicitAcks.includes(id)),
        waits: messages.map(({ id }) => retried.get(id)),
      };
    },
  };
}

/** Asserts the numbers of /stats; those of events that are not named are 0. */
export function assertStats(stats, expected) {
  const names = [
    "eventsDelivered",
    "eventsNotDelivered",
    "successOnFirstAttempt",
    "successAfterRetry",
    "eventsExpired",
    "eventsDiscarded",
    "toBeCompleted",
    "skipped",
    "duplicates",
  ];
  const zeros = Object.fromEntries(names.map((name) => [name, 0]));
  const told = Object.fromEntries(
    Object.keys({ ...zeros, ...expected }).map((name) => [name, stats[name]]),
  );
  assert.deepEqual(told, { ...zeros, ...expected });
}
