// What goes through the queue, and what if a store of the Worker's does not answer?
//
// Takes the place of the built Worker, and is it but for two things: it counts the messages that are under way, and lets calls of a binding
// fail that a test names. Where the variable BOOKS is set it also adds up what the messages say, and which events were in batches whose
// isolate died. Asked through /health with the header `witness`. The objects are the Worker's own.

import { WorkerEntrypoint } from "cloudflare:workers";
import Built, { Breaker, Dedupe, Journal } from "./build/index.js";

export { Breaker, Dedupe, Journal };

const seen = { sent: 0, done: 0, batches: 0, failed: {}, entries: 0, tally: {} };
let failing = {};
/** The events of each batch that has not come to its end: once nothing is under way, of those whose isolate died. */
const atWork = new Set();

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const question = request.headers.get("witness");
    if (question === null)
      return unlessItDies(this, built(this, this.env.BOOKS ? note : () => {}).fetch(request));
    if (question !== "") failing = JSON.parse(question);
    return Response.json({ ...seen, atWork: atWork.size, names: names() });
  }

  async queue(batch) {
    const acked = new Set();
    const messages = batch.messages.map((message) => watched(message, acked));
    seen.batches += 1;
    const held = this.env.BOOKS
      ? batch.messages.flatMap(({ body }) => [...body.matchAll(NAME)].map(([, name]) => name))
      : [];
    atWork.add(held);
    // where this does not come to its end, the local queue lets every message come again, those that were acknowledged, too
    await unlessItDies(this, built(this).queue({ queue: batch.queue, messages }));
    atWork.delete(held);
    seen.done += batch.messages.filter(
      (message) => acked.has(message) && !message.id.startsWith(BY_HAND),
    ).length;
  }

  scheduled(event) {
    return built(this).scheduled(event);
  }
}

/** Messages of a test that never were in the queue. */
const BY_HAND = "by-hand";

const NAME = /"event_type":"([^"]*)"/g;

/**
 * What `answer` is, unless the isolate dies: then nobody will ever come back to it. The platform sees that, too, but only once every call to
 * an object or to Kochava has ended that was on its way, which may be minutes.
 */
async function unlessItDies({ env }, answer) {
  if (!env.BOOKS) return answer;
  const isolate = globalThis.__worker_init_state;
  const before = isolate.instanceId;
  let watch;
  const death = new Promise((_, reject) => {
    watch = setInterval(
      () =>
        (isolate.criticalError || isolate.instanceId !== before) &&
        reject(new Error("the isolate died")),
      50,
    );
  });
  return Promise.race([answer, death]).finally(() => clearInterval(watch));
}

/** How often each event was in such a batch. */
function names() {
  const times = {};
  for (const held of atWork) for (const name of held) times[name] = (times[name] ?? 0) + 1;
  return times;
}

/** Adds up what a message says that begins its way. */
function note({ body }) {
  const { counters = {}, events } = JSON.parse(body);
  seen.entries += events.length;
  for (const [name, times] of Object.entries(counters))
    seen.tally[name] = (seen.tally[name] ?? 0) + times;
}

function built({ env, ctx }, note = () => {}) {
  const watchers = {
    QUEUE: (name, queue) => watchedQueue(name, queue, note),
    DB: watchedDatabase,
    DEDUPE: watchedObjects,
    JOURNAL: watchedObjects,
    BREAKER: watchedObjects,
  };
  const odds = failing.FAULT_ODDS ?? env.FAULT_ODDS;
  const bindings = Object.entries({ ...env, FAULT_ODDS: odds }).map(([name, binding]) => [
    name,
    watchers[name] ? watchers[name](name, binding) : binding,
  ]);
  return new Built(ctx, Object.fromEntries(bindings));
}

/** Throws where a test wants it: `{ QUEUE: { after: 1, times: 2 } }` lets the second and third call of the queue fail. */
function perhaps(name) {
  const plan = failing[name];
  if (!plan) return;
  if (plan.after > 0) return void (plan.after -= 1);
  if (plan.times === 0) return;
  if (plan.times > 0) plan.times -= 1;
  seen.failed[name] = (seen.failed[name] ?? 0) + 1;
  throw new Error("a test wants it so");
}

function watched(message, acked) {
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

const watchedQueue = (name, queue, note) => new WorkerQueue(name, queue, note);

const watchedDatabase = (name, database) => new D1Database(name, database);

function watchedObjects(name, namespace) {
  return new DurableObjectNamespace(name, namespace);
}

// the Worker looks at the names of the classes
class WorkerQueue {
  constructor(name, queue, note) {
    this.sendBatch = async (messages) => {
      perhaps(name);
      await queue.sendBatch(messages);
      seen.sent += messages.length;
      messages.forEach(note);
    };
  }
}

class D1Database {
  constructor(name, database) {
    this.prepare = (sql) => database.prepare(sql);
    this.batch = async (statements) => {
      perhaps(name);
      return database.batch(statements);
    };
  }
}

class DurableObjectNamespace {
  constructor(name, namespace) {
    this.getByName = (object) => {
      const stub = namespace.getByName(object);
      const fetch = async (request) => {
        perhaps(name);
        return stub.fetch(request);
      };
      return { fetch };
    };
  }
}
