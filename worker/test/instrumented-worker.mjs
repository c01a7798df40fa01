// Wraps the built Worker for tests: counts queue messages and calls of bindings, and injects failures
// of bindings.
//
// Tests read the counters, and set the failures to inject, through /health with the header
// `x-instrumentation`. With the variable RECORD_EVENTS it also sums up the contents of messages,
// and records the events of batches whose isolate died; with RECORD_MESSAGES it keeps the texts of
// messages; with CLOCK_RATE the time that the Worker reads runs as many times faster. The Durable
// Objects are the Worker's own.

import { WorkerEntrypoint } from "cloudflare:workers";
import Built, { Journal } from "./build/index.js";

export { Journal };

const counters = {
  sent: 0,
  done: 0,
  batches: 0,
  /** The longest time that a batch took, in milliseconds. */
  longestBatch: 0,
  calls: {},
  /** The same calls by handler. */
  callsOf: { fetch: {}, queue: {}, scheduled: {} },
  failed: {},
  entries: 0,
  /** Distinct events among the entries. */
  distinct: 0,
  tally: {},
  texts: [],
};
let failures = {};
/**
 * The event names of each unfinished batch. Once no message is in flight, these are the batches
 * whose isolate died.
 */
const unfinished = new Set();

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const plan = request.headers.get("x-instrumentation");
    if (plan === null) {
      return rejectIfIsolateDies(this, instrumented(this, "fetch").fetch(request));
    }
    if (plan !== "") failures = JSON.parse(plan);
    return Response.json({
      ...counters,
      unfinishedBatches: unfinished.size,
      unfinishedEvents: unfinishedEvents(),
    });
  }

  async queue(batch) {
    const acked = new Set();
    const messages = batch.messages.map((message) => countingMessage(message, acked));
    counters.batches += 1;
    const started = realNow();
    const names = this.env.RECORD_EVENTS
      ? batch.messages.flatMap(({ body }) => [...body.matchAll(NAME)].map(([, name]) => name))
      : [];
    unfinished.add(names);
    // if this throws, the local queue redelivers every message, even acknowledged ones
    await rejectIfIsolateDies(
      this,
      instrumented(this, "queue").queue({ queue: batch.queue, messages }),
    );
    unfinished.delete(names);
    counters.longestBatch = Math.max(counters.longestBatch, realNow() - started);
    counters.done += batch.messages.filter(
      (message) => acked.has(message) && !message.id.startsWith(DIRECT),
    ).length;
  }

  scheduled(event) {
    return instrumented(this, "scheduled").scheduled(event);
  }
}

/** Prefix of the ids of messages that a test passes to the consumer without the queue. */
const DIRECT = "direct";

const NAME = /"event_type":"([^"]*)"/g;

/**
 * Returns `answer`, which never settles if the isolate dies; throws then. The platform detects
 * that, too, but only after all pending calls to objects and to Kochava have ended, which may take
 * minutes.
 */
async function rejectIfIsolateDies({ env }, answer) {
  if (!env.RECORD_EVENTS) return answer;
  const isolate = globalThis.__worker_init_state;
  const before = isolate.instanceId;
  const hasDied = () => isolate.criticalError || isolate.instanceId !== before;
  const death = () => new Error("the isolate died");
  let watch;
  const died = new Promise((_, reject) => {
    watch = setInterval(() => hasDied() && reject(death()), 50);
  });
  const result = await Promise.race([answer, died]).finally(() => clearInterval(watch));
  // an object that dies fails its callers at once, and dies with the whole isolate
  if (hasDied()) throw death();
  return result;
}

/** How often each event is in an unfinished batch. */
function unfinishedEvents() {
  const times = {};
  for (const names of unfinished) for (const name of names) times[name] = (times[name] ?? 0) + 1;
  return times;
}

const realNow = Date.now.bind(Date);
let isFast = false;

function speedUp(rate) {
  if (isFast) return;
  isFast = true;
  const started = realNow();
  const now = () => started + (realNow() - started) * rate;
  globalThis.Date = class extends Date {
    constructor(...of) {
      super(...(of.length > 0 ? of : [now()]));
    }

    static now() {
      return now();
    }
  };
}

const ids = new Set();

/** Sums up the contents of a new message: its entries, and its counters. */
function recordMessage({ body }) {
  const { counters: tally = {}, events } = JSON.parse(body);
  counters.entries += events.length;
  for (const { id } of events) ids.add(id);
  counters.distinct = ids.size;
  for (const [name, times] of Object.entries(tally))
    counters.tally[name] = (counters.tally[name] ?? 0) + times;
}

/** The built Worker with bindings that count and fail. */
function instrumented({ env, ctx }, handler) {
  if (env.CLOCK_RATE) speedUp(Number(env.CLOCK_RATE));
  const record = (message) => {
    // what the consumer sends goes on with messages that are counted already
    if (env.RECORD_EVENTS && handler === "fetch") recordMessage(message);
    if (env.RECORD_MESSAGES) counters.texts.push(message.body);
  };
  const failIfPlanned = (name) => countCall(name, handler);
  const wrappers = {
    QUEUE: (name, queue) => new WorkerQueue(name, queue, failIfPlanned, record),
    DB: (name, database) => new D1Database(name, database, failIfPlanned),
    JOURNAL: (name, namespace) => new DurableObjectNamespace(name, namespace, failIfPlanned),
  };
  const odds = failures.FAULT_ODDS ?? env.FAULT_ODDS;
  const bindings = Object.entries({ ...env, FAULT_ODDS: odds }).map(([name, binding]) => [
    name,
    wrappers[name] ? wrappers[name](name, binding) : binding,
  ]);
  const instrumentedEnv = Object.fromEntries(bindings);
  const handle = (name) => (event) => Built[name](event, instrumentedEnv, ctx);
  return { fetch: handle("fetch"), queue: handle("queue"), scheduled: handle("scheduled") };
}

/**
 * Counts a call of a binding, and throws if a test has planned it: `{ QUEUE: { after: 1, times: 2 } }` fails the second and third
 * call of the queue, `times: -1` all calls.
 */
function countCall(name, handler) {
  for (const calls of [counters.calls, counters.callsOf[handler]])
    calls[name] = (calls[name] ?? 0) + 1;
  const plan = failures[name];
  if (!plan) return;
  if (plan.after > 0) return void (plan.after -= 1);
  if (plan.times === 0) return;
  if (plan.times > 0) plan.times -= 1;
  counters.failed[name] = (counters.failed[name] ?? 0) + 1;
  throw new Error(`injected failure of ${name}`);
}

function countingMessage(message, acked) {
  return {
    body: message.body,
    attempts: message.attempts,
    ack() {
      message.ack();
      acked.add(message);
    },
    retry: (options) => message.retry(options),
  };
}

// the `worker` crate checks the names of the classes
class WorkerQueue {
  constructor(name, queue, failIfPlanned, record) {
    this.sendBatch = async (messages) => {
      failIfPlanned(name);
      await queue.sendBatch(messages);
      counters.sent += messages.length;
      messages.forEach(record);
    };
  }
}

class D1Database {
  constructor(name, database, failIfPlanned) {
    this.prepare = (sql) => database.prepare(sql);
    this.batch = async (statements) => {
      failIfPlanned(name);
      return database.batch(statements);
    };
  }
}

class DurableObjectNamespace {
  constructor(name, namespace, failIfPlanned) {
    this.getByName = (object) => {
      const stub = namespace.getByName(object);
      const answer = async (request) => {
        failIfPlanned(name);
        return stub.answer(request);
      };
      return { answer };
    };
  }
}
