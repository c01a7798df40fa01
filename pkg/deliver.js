// `deliver`: requests go out in parcels, several at a time.
//
// The retries, waits and outcomes of a parcel are decided by the core, in pkg/src/deliver.rs.

import { InputError, unexpected, wrongType } from "./errors.js";
import { assertSignal, isObject, jsonOf, reading, tagOf } from "./input.js";

/**
 * Requests in flight at once: workerd lets one invocation open six connections (Cloudflare, Workers
 * limits).
 */
const CONNECTIONS_MAX = 6;

/** The kinds of requests, in the order in which the parcels that begin with them are sent. */
const KINDS = ["install", "event", "identity"];

/** @param {typeof import("./wasm/kochava_edge.js")} wasm */
export function deliverWith(wasm) {
  return async function deliver(requests, options) {
    const run = new Run(wasm, options);
    try {
      const parcels = reading("requests", () => parcelsOf(requests));
      return (await run.deliver(parcels)).flat();
    } finally {
      run.free();
    }
  };
}

/** What stops sending on a route holds for all parcels of a run. */
export class Run {
  #run;
  #signal;
  #stop;

  /**
   * @param {typeof import("./wasm/kochava_edge.js")} wasm
   * @param {import("./index.d.ts").DeliverOptions} [options]
   */
  constructor(wasm, options = {}) {
    const { fetch, signal, policy } = reading("options", () => checked(options));
    const aborted = new Promise((resolve) => (this.#stop = () => resolve()));
    this.#run = runOf(wasm, fetch, policy, signal, aborted);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#stop);
  }

  /**
   * Sends parcels, several at a time: those with an install before all others and identities of
   * users after them, since Kochava must know a device first.
   *
   * @param {object[][]} parcels as `parcelsOf` makes them
   * @param {number[]} [done] how many requests of each were accepted before
   * @returns {Promise<import("./index.d.ts").Delivery[][]>} the outcomes of each parcel
   */
  async deliver(parcels, done = []) {
    const deliveries = new Array(parcels.length);
    for (const kind of KINDS) {
      const indexes = [...parcels.keys()].filter(
        (index) => (parcels[index][0]?.kind ?? "event") === kind,
      );
      let next = 0;
      const sendParcels = async () => {
        while (next < indexes.length) {
          const index = indexes[next++];
          deliveries[index] = await this.#run.parcel(parcels[index], done[index] ?? 0);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS_MAX }, sendParcels));
    }
    return deliveries;
  }

  free() {
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#run.free();
  }
}

function checked(options) {
  if (!isObject(options)) throw wrongType("options must be an object");
  const { fetch = globalThis.fetch, signal, policy = {} } = options;
  if (typeof fetch !== "function") throw wrongType("fetch must be a function");
  assertSignal(signal);
  if (tagOf(policy) !== "Object") throw wrongType("policy must be an object");
  return { fetch, signal, policy };
}

function runOf(wasm, fetch, policy, signal, aborted) {
  try {
    return new wasm.DeliveryRun(fetch, jsonOf(policy, "policy"), signal ?? undefined, aborted);
  } catch (faults) {
    if (!Array.isArray(faults)) throw unexpected(faults, wasm.takePanic());
    const code = faults.every((fault) => fault.code === "out-of-range")
      ? "out-of-bounds"
      : "wrong-type";
    throw new InputError(
      code,
      faults.map(({ path, message }) => `policy.${path}: ${message}`).join("; "),
    );
  }
}

/**
 * Checks requests and groups them: an install or an event, and the identities that follow it, are
 * one parcel.
 */
export function parcelsOf(requests) {
  if (typeof requests?.[Symbol.iterator] !== "function" || typeof requests === "string")
    throw wrongType("requests must be a list of requests");
  const parcels = [];
  let followsEvent = false;
  for (const request of requests) {
    if (!isRequest(request)) throw wrongType("requests must be requests of a plan");
    const { kind, url, headers, body } = request;
    // a copy: the caller may change its own object while requests are in flight
    const copy = { kind, url, headers: { ...headers }, body };
    if (kind === "identity" && followsEvent) parcels.at(-1).push(copy);
    else parcels.push([copy]);
    followsEvent ||= kind !== "identity";
  }
  return parcels;
}

function isRequest(request) {
  return (
    isObject(request) &&
    KINDS.includes(request.kind) &&
    isObject(request.headers) &&
    request.method === "POST" &&
    typeof request.body === "string" &&
    isSendable(request)
  );
}

/** Whether `fetch` would accept the URL and the headers. */
function isSendable({ url, headers }) {
  try {
    new Headers(headers);
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
