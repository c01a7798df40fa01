// The package's face over its wasm: the types, errors and manners of index.d.ts.
//
// A door (node.js, browser.js, …) loads the wasm in its host's own way and hands it over.

/** Requests on their way at once: as many connections as workerd lets one invocation open (Cloudflare, Workers limits). */
const CONNECTIONS_MAX = 6;

/** Of lines given to the wasm at once. */
const BLOCK_BYTES = 1_000_000;

/** Of one input: text of twice that length is more than a wasm of 32 bits can hold beside its requests. */
const INPUT_BYTES_MAX = 500_000_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** @param {typeof import("./wasm/kochava_edge.js")} wasm made ready by a door */
export function faceOf(wasm) {
  class Mapper {
    #planner;

    constructor(settings) {
      if (!isObject(settings) || Array.isArray(settings)) throw wrongType("settings must be an object");
      try {
        this.#planner = new wasm.Planner(jsonOf(settings, "settings"));
      } catch (faults) {
        throw Array.isArray(faults) ? new SettingsError(faults) : faults;
      }
    }

    plan(input, context) {
      const { bytes, text } = bytesOf(input);
      return { fates: fatesOf(this.#ask("plan", bytes, context, text)) };
    }

    explain(input, context) {
      const { bytes, text } = bytesOf(input);
      const [fates, why] = this.#ask("explain", bytes, context, text);
      if (text !== undefined && text.length !== bytes.length) inUtf16(why, bytes);
      return { fates: fatesOf(fates).map((fate, index) => Object.assign(fate, why[index])) };
    }

    planNdjson(lines, context) {
      if (!(lines instanceof Uint8Array)) throw wrongType("lines must be a Uint8Array");
      return joined(blocksOf(lines).map((block) => this.#ask("planNdjson", block, context)));
    }

    free() {
      this.#planner?.free();
      this.#planner = undefined;
    }

    #ask(what, bytes, context, text) {
      if (this.#planner === undefined) throw new InputError("freed", "the mapper was freed");
      if (bytes.length > INPUT_BYTES_MAX) throw new InputError("out-of-bounds", `an input may have ${INPUT_BYTES_MAX} bytes`);
      const receivedAt = receivedAtOf(context);
      try {
        return this.#planner[what](bytes, receivedAt);
      } catch (unreadable) {
        if (unreadable?.offset === undefined) throw unreadable;
        if (text !== undefined) unreadable.offset = decoder.decode(bytes.subarray(0, unreadable.offset)).length;
        throw new UnreadableError(unreadable);
      }
    }
  }

  if (Symbol.dispose) Mapper.prototype[Symbol.dispose] = Mapper.prototype.free;

  function check(payload) {
    return wasm.check(bytesOf(payload, "the payload").bytes);
  }

  async function deliver(requests, options = {}) {
    if (!isObject(options)) throw wrongType("options must be an object");
    const { fetch = globalThis.fetch, signal, policy = {} } = options;
    if (typeof fetch !== "function") throw wrongType("fetch must be a function");
    if (signal != null && typeof signal.addEventListener !== "function") throw wrongType("signal must be an AbortSignal");
    const parcels = parcelsOf(requests);
    const delivered = new Array(parcels.length);
    let stop;
    const aborted = new Promise((resolve) => (stop = () => resolve()));
    signal?.addEventListener("abort", stop);
    const shift = shiftOf(fetch, policy, signal, aborted);
    try {
      let next = 0;
      const lane = async () => {
        while (next < parcels.length) {
          const number = next++;
          delivered[number] = await shift.parcel(parcels[number]);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS_MAX }, lane));
    } finally {
      signal?.removeEventListener("abort", stop);
      shift.free();
    }
    return delivered.flat();
  }

  function shiftOf(fetch, policy, signal, aborted) {
    try {
      return new wasm.Shift(fetch, jsonOf(policy, "policy"), signal ?? undefined, aborted);
    } catch (faults) {
      if (!Array.isArray(faults)) throw faults;
      throw new InputError("out-of-bounds", faults.map(({ path, message }) => `policy.${path}: ${message}`).join("; "));
    }
  }

  const rules = Object.freeze(wasm.rules().map(Object.freeze));
  return { Mapper, check, deliver, rules, version: wasm.version(), SettingsError, UnreadableError, InputError };
}

export class SettingsError extends Error {
  constructor(faults) {
    super(faults.map(({ path, message }) => (path ? `\`${path}\`: ${message}` : message)).join("\n"));
    this.name = "SettingsError";
    this.code = "settings";
    this.faults = faults;
  }
}

export class UnreadableError extends Error {
  constructor({ code, message, offset }) {
    super(message);
    this.name = "UnreadableError";
    this.code = code;
    this.offset = offset;
  }
}

export class InputError extends TypeError {
  constructor(code, message) {
    super(message);
    this.name = "InputError";
    this.code = code;
  }
}

function wrongType(message) {
  return new InputError("wrong-type", message);
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

/** The UTF-8 bytes of an input, and the text that they were made of. */
function bytesOf(input, name = "the input") {
  if (input instanceof Uint8Array) return { bytes: input };
  const text = typeof input === "string" ? wellFormed(input) : jsonOf(input, name);
  return { bytes: encoder.encode(text), text };
}

/**
 * Half a surrogate pair has no UTF-8: inside a JSON text its escape says the same, and the core tells of it. Spelled so, it is five units longer
 * than it was.
 */
function wellFormed(text) {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

function jsonOf(value, name) {
  if (!isObject(value)) throw wrongType(`${name} must be an object, not ${value == null ? value : `a ${typeof value}`}`);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) throw wrongType(`bytes of ${name} must be a Uint8Array`);
  let text;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw Object.assign(wrongType(`${name} cannot be written as JSON`), { cause });
  }
  if (text === undefined) throw wrongType(`${name} cannot be written as JSON`);
  return text;
}

function receivedAtOf(context) {
  if (context === undefined || context === null) return undefined;
  if (!isObject(context)) throw wrongType("the context must be an object");
  const { source, receivedAt } = context;
  if (source !== undefined && source !== "amplitude") throw wrongType("source must be \"amplitude\"");
  for (const name of ["connectionIp", "userAgent"]) {
    if (context[name] !== undefined && typeof context[name] !== "string") throw wrongType(`${name} must be a string`);
  }
  if (receivedAt === undefined) return undefined;
  const millis = Math.floor(receivedAt instanceof Date ? receivedAt.getTime() : receivedAt);
  if (typeof receivedAt === "string" || !Number.isSafeInteger(millis)) throw wrongType("receivedAt must be a Date or milliseconds since 1970");
  return millis;
}

/** Whole lines, some at a time: the wasm's memory never shrinks, so it shall not grow with the input. */
function blocksOf(lines) {
  const blocks = [];
  for (let start = 0, end; start < lines.length; start = end) {
    const newline = start + BLOCK_BYTES < lines.length ? lines.indexOf(10, start + BLOCK_BYTES) : -1;
    end = newline < 0 ? lines.length : newline + 1;
    blocks.push(lines.subarray(start, end));
  }
  return blocks;
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads what pkg/src/flat.rs writes. */
function fatesOf(flat) {
  let at = 0;
  const next = () => flat[at++];
  const list = (read) => {
    const items = new Array(next());
    for (let index = 0; index < items.length; index += 1) items[index] = read();
    return items;
  };
  const violation = () => ({ code: next(), field: next(), origin: next(), message: next() });
  const request = () => {
    const kind = next();
    const method = next();
    const url = next();
    const headers = {};
    for (let left = next(); left > 0; left -= 1) headers[next()] = next();
    return { kind, method, url, headers, body: next() };
  };
  const fates = [];
  while (at < flat.length) {
    const tag = next();
    if (tag === 0) fates.push({ fate: "ready", requests: list(request), warnings: list(violation) });
    else if (tag === 1) fates.push({ fate: "skipped", code: next(), message: next() });
    else fates.push({ fate: "refused", violations: list(violation) });
  }
  return fates;
}

/** Turns the byte offsets of explanations into UTF-16 units, each looked up once. */
function inUtf16(why, bytes) {
  const spans = why.flatMap(({ at, fields }) => [at, ...fields.flatMap(({ tried }) => tried.map((question) => question.at).filter(Boolean))]);
  const offsets = [...new Set(spans.flat())].sort((one, other) => one - other);
  const units = new Map();
  let [before, length] = [0, 0];
  for (const offset of offsets) {
    length += decoder.decode(bytes.subarray(before, offset)).length;
    before = offset;
    units.set(offset, length);
  }
  for (const span of spans) {
    span[0] = units.get(span[0]);
    span[1] = units.get(span[1]);
  }
}

/** Requests as pkg/src/deliver/post.rs reads them, an event with the identities behind it together. */
function parcelsOf(requests) {
  if (typeof requests?.[Symbol.iterator] !== "function" || typeof requests === "string") throw wrongType("requests must be a list of requests");
  const parcels = [];
  let followsEvent = false;
  for (const request of requests) {
    const isOne =
      isObject(request) &&
      ["event", "identity"].includes(request.kind) &&
      isObject(request.headers) &&
      ["method", "url", "body"].every((name) => typeof request[name] === "string");
    if (!isOne) throw wrongType("requests must be requests of a plan");
    const isIdentity = request.kind === "identity";
    const flat = [isIdentity, request.url, request.method, { ...request.headers }, request.body];
    if (isIdentity && followsEvent) parcels.at(-1).push(flat);
    else parcels.push([flat]);
    followsEvent ||= !isIdentity;
  }
  return parcels;
}
