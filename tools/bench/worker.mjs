// What the built Worker costs: processor time of workerd for each event, in turns with the naive
// Worker on the same events.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import { parse } from "smol-toml";
import { seededRandom } from "../../worker/test/chaos/random.mjs";
import { eventOf } from "./events.mjs";
import { summarize, takeTurns } from "./measure.mjs";
import { startOutside } from "./outside.mjs";
import { SHOP_SETTINGS } from "./shop-settings.mjs";
import { startWorkerd } from "./workerd.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Rounds that are measured, after those that let the code be optimized: many small ones, since their
 * number brings the median to rest on a busy machine, and the larger ones do not.
 */
const TURNS = { rounds: 40, warm: 20 };
/** Requests that are under way at the same time. */
const CONCURRENCY = 8;

const costOverBaseline = ({ subject, baseline }) => subject / baseline;

/** One row: `measure` gets a Worker and the next events, and returns nanoseconds for each event. */
const ROWS = {
  "ingest-1": ingest({ requests: 400, events: 1 }),
  "ingest-100": ingest({ requests: 30, events: 100 }),
  "consume-1": consume({ batches: 3, messages: 100, events: 1 }),
  "consume-35": consume({ batches: 3, messages: 10, events: 35 }),
  "dry-100": dry({ requests: 30, events: 100 }),
};

/** The Worker that was built in this checkout, with the objects that its wrangler.toml binds. */
export function builtWorker(checkout = root) {
  const { durable_objects: objects } = parse(readFileSync(join(checkout, "wrangler.toml"), "utf8"));
  return {
    modules: ["index.js", "index_bg.wasm"].map((file) => join(checkout, "build", file)),
    settings: SHOP_SETTINGS,
    objects: Object.fromEntries(
      objects.bindings.map(({ class_name: className, name }) => [className, name]),
    ),
  };
}

export const naiveWorker = {
  modules: [fileURLToPath(new URL("naive-worker.mjs", import.meta.url))],
};
const emptyWorker = { modules: [fileURLToPath(new URL("empty-worker.mjs", import.meta.url))] };

/** Measures these rows; `against` is another checkout. Yields each row. */
export async function* workerRows(names, against) {
  for (const name of names) {
    // new processes for each row: what one row leaves behind is not measured in the next
    const workers = await startWorkers(against);
    try {
      await checkSameCalls(workers);
      yield { row: name, unit: "µs/event", ...(await ROWS[name](workers)) };
    } finally {
      await Promise.all(Object.values(workers).map((worker) => worker.stop()));
    }
  }
}

async function startWorkers(against) {
  const kinds = {
    subject: builtWorker(),
    baseline: naiveWorker,
    empty: emptyWorker,
    ...(against && { before: builtWorker(against) }),
  };
  const started = Object.entries(kinds).map(async ([name, kind]) => [name, await startOne(kind)]);
  return Object.fromEntries(await Promise.all(started));
}

/** Starts a Worker with an outside of its own. */
export async function startOne(kind) {
  const outside = await startOutside();
  const workerd = await startWorkerd({ ...kind, outside });
  return {
    ...workerd,
    outside,
    async stop() {
      await workerd.stop();
      outside.stop();
    },
  };
}

/** Returns a function that returns the next events: never the same again, the same in every run. */
export function eventSource(seed = 7) {
  const random = seededRandom(seed);
  let number = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      for (;;) {
        number += 1;
        const event = eventOf(random, number);
        // the naive Worker keeps no rejects
        if (event.ip_address !== null) return event;
      }
    });
}

function ingest({ requests, events }) {
  return (workers) => {
    const next = bodies(requests, events);
    const measure = (worker) => async (round) => {
      const { list, events } = next(round);
      const cost = await processorTime(worker, () => postAll(worker, "/amplitude", list));
      return cost / events / 1_000;
    };
    const { empty, ...measured } = workers;
    return turns(measured, measure);
  };
}

function dry({ requests, events }) {
  return async (workers) => {
    const next = bodies(requests, events);
    const rounds = await takeTurns(
      mapValues(workers, (worker) => async (round) => {
        const { list, events } = next(round);
        const cost = await processorTime(worker, () => postAll(worker, "/preview", list));
        return cost / events / 1_000;
      }),
      TURNS,
    );
    const above = rounds.map(({ empty, ...others }) => mapValues(others, (cost) => cost - empty));
    return summarize(above, ({ subject, baseline }) => baseline / subject);
  };
}

function consume({ batches, messages, events }) {
  return async (workers) => {
    const next = bodies(batches * messages, events);
    const { empty, ...measured } = workers;
    const measure = (worker) => async (round) => {
      const { list, events } = next(round);
      const calls = worker.outside.kochava.calls;
      const batches = await load(worker, list, messages);
      const cost = await processorTime(worker, () => deliverAll(worker, batches));
      if (worker.outside.kochava.calls - calls < events * 0.9)
        throw new Error("too few events were delivered");
      const driver = await driverCost(empty, batches);
      return (cost - driver) / events / 1_000;
    };
    return turns(measured, measure);
  };
}

/** What the driver costs for as many batches: the Worker that they are delivered to does nothing. */
async function driverCost(empty, batches) {
  for (let batch = 0; batch < batches; batch += 1) await empty.load(loadable([""]));
  return processorTime(empty, () => deliverAll(empty, batches));
}

async function turns(workers, measure) {
  return summarize(await takeTurns(mapValues(workers, measure), TURNS), costOverBaseline);
}

/** Returns a function that returns the bodies of a round, the same for each Worker. */
function bodies(requests, count) {
  const next = eventSource();
  let current;
  return (round) => {
    if (current?.round !== round)
      current = { round, events: requests * count, list: bodiesOf(next, requests, count) };
    return current;
  };
}

/** The bodies of so many requests: one event, or an array of them. */
export const bodiesOf = (next, requests, count) =>
  Array.from({ length: requests }, () => {
    const events = next(count);
    return JSON.stringify(count === 1 ? events[0] : events);
  });

/** Returns the nanoseconds that a Worker's process uses for `work`, with what it does afterwards. */
async function processorTime(worker, work) {
  const before = await settled(worker);
  await work();
  return (await settled(worker)) - before;
}

/** Returns the processor time of a Worker's process once it has nothing left to do. */
async function settled(worker) {
  let last = worker.nanoseconds();
  for (let look = 0; look < 20; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = worker.nanoseconds();
    if (now - last < 50_000) return now;
    last = now;
  }
  return last;
}

/** Posts all bodies, some at the same time. */
export async function postAll(worker, path, list) {
  let at = 0;
  const sender = async () => {
    while (at < list.length) {
      at += 1;
      await worker.post(path, list[at - 1]);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, sender));
}

/**
 * Has the Worker ingest the bodies, and hands the messages that it sent to the driver → the number
 * of batches.
 */
export async function load(worker, list, messagesPerBatch) {
  const { queue } = worker.outside;
  queue.keeps = true;
  await postAll(worker, "/amplitude", list);
  queue.keeps = false;
  const messages = queue.messages.splice(0);
  for (let start = 0; start < messages.length; start += messagesPerBatch)
    await worker.load(loadable(messages.slice(start, start + messagesPerBatch)));
  return Math.ceil(messages.length / messagesPerBatch);
}

const loadable = (messages) =>
  JSON.stringify(messages.map((message) => serialize(message).toString("base64")));

export async function deliverAll(worker, batches) {
  for (let batch = 0; batch < batches; batch += 1) await worker.deliver();
}

/** Checks that all Workers make the same calls of the same events: a wrong one is always fast. */
async function checkSameCalls({ empty, ...workers }) {
  // not those that are measured: what was delivered is not delivered again
  const list = [JSON.stringify(eventSource(8)(200))];
  const calls = await Promise.all(
    Object.values(workers).map(async (worker) => {
      const { kochava } = worker.outside;
      kochava.keeps = true;
      await deliverAll(worker, await load(worker, list, 100));
      kochava.keeps = false;
      return kochava.bodies.splice(0).map(canonical).sort();
    }),
  );
  for (const other of calls.slice(1)) {
    const at = calls[0].findIndex((call, number) => call !== other[number]);
    if (at >= 0 || other.length !== calls[0].length)
      throw new Error(`the Workers make different calls:\n${calls[0][at]}\n${other[at]}`);
  }
}

/** JSON with its members in the order of their names. */
function canonical(json) {
  return JSON.stringify(JSON.parse(json), (_, value) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
}

const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
