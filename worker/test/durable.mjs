// Test harness for durable delivery: the Worker with queue, database and Durable Objects, and the
// stand-in for Kochava.
//
// Tests do not sleep: `drained()` waits until no message is in flight, as counted by
// instrumented-worker.mjs. `fail({ DB: { times: 1 } })` fails the next call of a binding.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startKochava } from "../../sim/server.mjs";
import { startWorker } from "../../tools/start-worker.mjs";
import { SETTINGS, TOKEN, sendRequest, event } from "./support.mjs";

export const ADMIN = "the-admin-token";

/** A schedule for tests: failed events are retried after a second. */
export const QUICK = {
  steps_s: [1, 1, 1, 1],
  span_s: 1,
  pause_steps_s: [1, 1],
  slow_steps_s: [1],
  timeout_ms: 1_000,
};

const CONSUMER = { maxBatchTimeout: 0.05 };
const QUEUE = "kochava-edge";
const instrumentedWorker = fileURLToPath(new URL("instrumented-worker.mjs", import.meta.url));
let names = 0;

/** Makes events with distinct names, devices and insert ids. */
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

/**
 * Makes a message of version 3 with these events, as docs/delivery.md describes it; `over` replaces
 * members.
 */
export function messageOf(batch, over = {}) {
  return JSON.stringify({
    v: 3,
    id: newDigest(),
    sent: Date.now(),
    events: batch.map((event) => ({
      id: newDigest(),
      source: "amplitude",
      received: Date.now(),
      settings: newDigest(),
      progress: {},
      event,
    })),
    ...over,
  });
}

const newDigest = () => randomBytes(16).toString("hex");

/** Returns the event names of calls. */
export const namesOf = (calls) => calls.map((call) => call.body.data.event_name).filter(Boolean);

/** Waits until `probe` returns something truthy; fails with `expectation` after `seconds`. */
export async function until(probe, expectation, seconds = 20) {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${expectation}, but not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Starts a harness that is stopped at the end of the test or file `t`. */
export async function startDurableHarness(
  t,
  { settings, bindings = {}, kochava: options = {}, ...rest } = {},
) {
  const persist = await mkdtemp(join(tmpdir(), "kochava-edge-"));
  t.after(() => rm(persist, { recursive: true, force: true }));
  const harness = { lines: [], putDirectly: 0 };
  harness.kochava = await startKochava(options);
  t.after(() => harness.kochava.close());
  const start = async ({ settings, bindings: more }) => {
    const all = {
      INGEST_TOKEN: TOKEN,
      ADMIN_TOKEN: ADMIN,
      KOCHAVA_URL: harness.kochava.url,
      SETTINGS: { ...SETTINGS, delivery: QUICK, ...settings },
      ...bindings,
      ...more,
    };
    harness.worker = await startWorker({
      bindings: all,
      persist,
      around: instrumentedWorker,
      consumer: CONSUMER,
      onLog: (line) => harness.lines.push(line),
      ...rest,
    });
    harness.url = harness.worker.url;
    harness.putDirectly = 0;
  };
  await start({ settings });
  t.after(() => harness.worker.stop());
  return Object.assign(harness, requests(harness), inspection(harness), queueAccess(harness), {
    /**
     * Restarts the Worker with the stored state and other settings; the contents of the queue are
     * lost.
     */
    async restart(changed = {}) {
      await harness.worker.stop();
      await start({ settings, ...changed });
    },
    /** Stops the stand-in; `startKochava` starts it again at the same address. */
    stopKochava: () => harness.kochava.close(),
    async startKochava(changed = {}) {
      harness.kochava = await startKochava({
        ...options,
        ...changed,
        port: Number(new URL(harness.kochava.url).port),
      });
    },
  });
}

function requests(harness) {
  const send = (path, options) => sendRequest(harness.url + path, options);
  const withToken = (token, headers) => ({
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    ...headers,
  });
  return {
    send,
    post: (body, { token = TOKEN, headers, ...more } = {}) =>
      send("/amplitude", { method: "POST", ...more, headers: withToken(token, headers), body }),
    /** Sends a request of the operator. */
    admin(method, path, body, token = ADMIN) {
      const bytes = Buffer.from(
        body === undefined || typeof body === "string" || Buffer.isBuffer(body)
          ? (body ?? "")
          : JSON.stringify(body),
      );
      // Node sets neither Content-Length nor Transfer-Encoding for the body of a DELETE
      return send(path, {
        method,
        headers: withToken(token, { "content-length": bytes.length }),
        body: bytes,
      });
    },
  };
}

function inspection(harness) {
  const get = async (path) => {
    const answer = await harness.admin("GET", path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const instrumentation = async (plan = "") =>
    (await harness.send("/health", { headers: { "x-instrumentation": plan } })).json;
  const inFlight = async () => {
    const { sent, done } = await instrumentation();
    return sent + harness.putDirectly - done;
  };
  return {
    counters: () => instrumentation(),
    inFlight,
    fail: (plan) => instrumentation(JSON.stringify(plan)),
    /** Waits until no message is in the queue or being consumed. */
    drained: (seconds = 30) =>
      until(async () => (await inFlight()) === 0, "the queue should be empty", seconds),
    /** Waits until the stand-in has received `count` calls. */
    called: (count) =>
      until(() => harness.kochava.calls.length >= count, `${count} calls should arrive`),
    stats: (query = "") => get(`/stats${query}`),
    health: async () => (await harness.send("/health")).json,
    rejects: async (query = "") => (await get(`/rejects${query}`)).rejects,
    sql: async (text, ...values) =>
      (
        await (
          await harness.worker.miniflare.getD1Database("DB")
        )
          .prepare(text)
          .bind(...values)
          .all()
      ).results,
  };
}

function queueAccess(harness) {
  return {
    /** Puts a message into the queue, bypassing ingest. */
    async put(body, contentType = "text") {
      const queue = await harness.worker.miniflare.getQueueProducer("QUEUE");
      harness.putDirectly += 1;
      await queue.send(body, { contentType });
    },
    /**
     * Passes a batch to the consumer, bypassing the queue → { outcome, acked, waits }, one entry
     * for each message.
     */
    async batch(bodies, { queue = QUEUE, attempts = 1 } = {}) {
      const worker = await harness.worker.miniflare.getWorker();
      const messages = bodies.map((body, index) => ({
        id: `direct-${index}`,
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

/** Asserts numbers of /stats; counts of events that are not in `expected` must be 0. */
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
  const actual = Object.fromEntries(
    Object.keys({ ...zeros, ...expected }).map((name) => [name, stats[name]]),
  );
  assert.deepEqual(actual, { ...zeros, ...expected });
}
