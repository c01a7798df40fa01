// The entry point of the Worker: passes the platform's events to the compiled wasm.
//
// `glue` is the module that wasm-bindgen generates. A trap (a panic ends in one) leaves the memory
// of the wasm instance in an unknown state, so the next call after a trap gets a new instance.

import { WorkerEntrypoint } from "cloudflare:workers";
import * as glue from "glue";

// `criticalError` is also set by the panic hook of the `worker` crate
const state = glue.__worker_init_state();

addEventListener("error", ({ error }) => noteTrap(error));

/** Receives HTTP requests, queue batches and cron events. */
export default class Entrypoint extends WorkerEntrypoint {
  fetch(request) {
    const response = call(() => glue.fetch(request, this.env, this.ctx));
    // a sender that disconnects must not cancel sending to the queue
    this.ctx.waitUntil(response);
    return response;
  }

  queue(batch) {
    return call(() => glue.queue(batch, this.env, this.ctx));
  }

  scheduled(event) {
    return call(() => glue.scheduled(event, this.env, this.ctx));
  }
}

/**
 * Wraps a Durable Object class of the wasm. An object lives in one wasm instance; after a trap the
 * wrapper constructs it again, from its storage, in the new instance.
 */
export function durableObject(Class) {
  class Wrapper {
    #args;
    #object;
    #instanceId;

    constructor(...args) {
      this.#args = args;
      this.#current();
    }

    /** The object in the wasm instance of now. */
    #current() {
      renewAfterTrap();
      if (this.#instanceId !== state.instanceId) {
        this.#object = guard(() => new Class(...this.#args));
        this.#instanceId = state.instanceId;
      }
      return this.#object;
    }

    static call(wrapper, method, args) {
      const object = wrapper.#current();
      return call(() => object[method](...args));
    }
  }
  for (const method of methodsOf(Class)) {
    Wrapper.prototype[method] = function (...args) {
      return Wrapper.call(this, method, args);
    };
  }
  return Wrapper;
}

/** The handlers of a generated class: `fetch`, `alarm` and whatever else it has. */
function methodsOf(Class) {
  const generated = ["constructor", "free", "__destroy_into_raw"];
  return Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))
    .filter(([name, { value }]) => typeof value === "function" && !generated.includes(name))
    .map(([name]) => name);
}

function call(action) {
  renewAfterTrap();
  return guard(action);
}

/** Runs an action and notes a trap, also one behind the promise that the action returns. */
function guard(action) {
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
