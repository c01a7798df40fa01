// What goes through the queue, and what if a store of the Worker's does not answer?
//
// Takes the place of the built Worker, and is it but for two things: it counts the messages that are under way, and lets calls of a binding
// fail that a test names. Asked through /health with the header `witness`. The objects are the Worker's own.

import { WorkerEntrypoint } from "cloudflare:workers";
import Built, { Gate, Ledger, Memory } from "./build/index.js";

export { Gate, Ledger, Memory };

const seen = { sent: 0, done: 0, batches: 0, thrown: 0, failed: {} };
let failing = {};

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const question = request.headers.get("witness");
    if (question === null) return built(this).fetch(request);
    if (question !== "") failing = JSON.parse(question);
    return Response.json(seen);
  }

  async queue(batch) {
    const acked = new Set();
    const messages = batch.messages.map((message) => watched(message, acked));
    seen.batches += 1;
    try {
      await built(this).queue({ queue: batch.queue, messages });
    } catch (error) {
      // the local queue then lets every message come again, those that were acknowledged, too
      seen.thrown += 1;
      throw error;
    }
    seen.done += batch.messages.filter((message) => acked.has(message) && !message.id.startsWith(BY_HAND)).length;
  }

  scheduled(event) {
    return built(this).scheduled(event);
  }
}

/** Messages of a test that never were in the queue. */
const BY_HAND = "by-hand";

function built({ env, ctx }) {
  const watchers = { QUEUE: watchedQueue, DB: watchedDatabase, MEMORY: watchedObjects, LEDGER: watchedObjects, GATE: watchedObjects };
  const bindings = Object.entries(env).map(([name, binding]) => [name, watchers[name] ? watchers[name](name, binding) : binding]);
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

function watchedQueue(name, queue) {
  return {
    async sendBatch(messages) {
      perhaps(name);
      await queue.sendBatch(messages);
      seen.sent += messages.length;
    },
  };
}

function watchedDatabase(name, database) {
  return {
    prepare: (sql) => database.prepare(sql),
    async batch(statements) {
      perhaps(name);
      return database.batch(statements);
    },
  };
}

function watchedObjects(name, namespace) {
  return new DurableObjectNamespace(name, namespace);
}

// the Worker looks at the name of the class
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
