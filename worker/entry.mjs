// The entry point of the Worker: passes the platform's events to the compiled wasm.
//
// `glue` is the module that wasm-bindgen generates. A trap (a panic ends in one) leaves the memory
// of the wasm instance in an unknown state, so the next call after a trap gets a new instance.

import { DurableObject } from "cloudflare:workers";
import * as glue from "glue";

// `criticalError` is also set by the panic hook of the `worker` crate
const state = glue.__worker_init_state();

addEventListener("error", ({ error }) => noteTrap(error));

// A promise wakes a future of the wasm at a third of the cost of workerd's `queueMicrotask`. A trap is
// noted before the next task runs.
globalThis.queueMicrotask = (task) => void Promise.resolve().then(() => run(task));

function run(task) {
  try {
    task();
  } catch (error) {
    noteTrap(error);
  }
}

/** Receives HTTP requests, queue batches and cron events. */
export default {
  fetch(request, env, ctx) {
    const response = call(() => glue.fetch(request, env, ctx));
    // a sender that disconnects must not cancel sending to the queue
    ctx.waitUntil(response);
    return response;
  },

  queue(batch, env, ctx) {
    return call(() => glue.queue(batch, env, ctx));
  },

  scheduled(event, env, ctx) {
    return call(() => glue.scheduled(event, env, ctx));
  },
};

/**
 * Wraps a Durable Object class of the wasm. An object lives in one wasm instance; after a trap the
 * wrapper constructs it again, from its storage, in the new instance.
 */
export function durableObject(Class) {
  return class extends DurableObject {
    #object;
    #instanceId;

    /** Answers a call of the wasm: the text of a request, to the text of an answer. */
    answer(request) {
      return call(() => {
        if (this.#instanceId !== state.instanceId) {
          this.#object = new Class(this.ctx, this.env);
          this.#instanceId = state.instanceId;
        }
        return this.#object.answer(request);
      });
    }
  };
}

/** Runs an action in an intact instance and notes a trap, also one behind a promise. */
function call(action) {
  renewAfterTrap();
  try {
    const result = action();
    return result instanceof Promise ? result.catch(rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}

function rethrow(error) {
  noteTrap(error);
  throw error;
}

function noteTrap(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  console.error("wasm trap", error);
  state.criticalError = true;
}

function renewAfterTrap() {
  if (!state.criticalError) return;
  console.log("new wasm instance after a trap");
  glue.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId += 1;
}
