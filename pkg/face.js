// The package's face over its wasm: the types, errors and manners of index.d.ts.
//
// A door (node.js, browser.js, …) loads the wasm in its host's own way and hands it over.

import { explainedOf, fatesOf, linesOf } from "./flat.js";

/** Requests on their way at once: as many connections as workerd lets one invocation open (Cloudflare, Workers limits). */
const CONNECTIONS_MAX = 6;

/** Of lines given to the wasm at once. */
const BLOCK_BYTES = 4_000_000;

/** Of one input: text of twice that length is more than a wasm of 32 bits can hold beside its requests. */
const INPUT_BYTES_MAX = 500_000_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @param {typeof import("./wasm/kochava_edge.js")} wasm made ready by a door
 * @param {WebAssembly.Memory} memory in which its answers lie
 */
export function faceOf(wasm, memory) {
  class Mapper {
    #planner;
    #words = [];

    constructor(settings) {
      if (tagOf(settings) !== "Object") throw wrongType("settings must be an object");
      try {
        this.#planner = new wasm.Planner(jsonOf(settings, "settings"));
      } catch (faults) {
        throw Array.isArray(faults) ? new SettingsError(faults) : unexpected(faults);
      }
    }

    plan(input, context) {
      return { fates: fatesOf(memory, this.#ask("plan", bytesOf(input), context)) };
    }

    explain(input, context) {
      const read = bytesOf(input);
      const fates = explainedOf(
        memory,
        this.#ask("explain", read, context),
        this.#words,
        this.#planner,
      );
      if (read.text !== undefined && !isPlain(read)) inUtf16(fates, read);
      return { fates };
    }

    planNdjson(lines, context) {
      if (!isBytes(lines)) throw wrongType("lines must be a Uint8Array");
      this.#mustLive();
      return joined(
        blocksOf(lines).map((bytes) =>
          linesOf(memory, this.#ask("planNdjson", { bytes }, context)),
        ),
      );
    }

    free() {
      this.#planner?.free();
      this.#planner = undefined;
    }

    #mustLive() {
      if (this.#planner === undefined) throw new InputError("freed", "the mapper was freed");
    }

    #ask(what, read, context) {
      this.#mustLive();
      const receivedAt = receivedAtOf(context);
      try {
        return this.#planner[what](read.bytes, receivedAt);
      } catch (error) {
        throw error?.offset === undefined
          ? unexpected(error)
          : new UnreadableError(inCharacters(error, read));
      }
    }
  }

  if (Symbol.dispose) Mapper.prototype[Symbol.dispose] = Mapper.prototype.free;

  function check(payload) {
    const { bytes } = bytesOf(payload, "the payload");
    try {
      return wasm.check(bytes);
    } catch (error) {
      throw unexpected(error);
    }
  }

  async function deliver(requests, options = {}) {
    if (!isObject(options)) throw wrongType("options must be an object");
    const { fetch = globalThis.fetch, signal, policy = {} } = options;
    if (typeof fetch !== "function") throw wrongType("fetch must be a function");
    if (
      signal != null &&
      !["addEventListener", "removeEventListener"].every(
        (name) => typeof signal[name] === "function",
      )
    ) {
      throw wrongType("signal must be an AbortSignal");
    }
    if (tagOf(policy) !== "Object") throw wrongType("policy must be an object");
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
      const code = faults.every((fault) => fault.code === "out-of-range")
        ? "out-of-bounds"
        : "wrong-type";
      throw new InputError(
        code,
        faults.map(({ path, message }) => `policy.${path}: ${message}`).join("; "),
      );
    }
  }

  const rules = Object.freeze(wasm.rules().map(Object.freeze));
  return {
    Mapper,
    check,
    deliver,
    rules,
    version: wasm.version(),
    SettingsError,
    UnreadableError,
    InputError,
  };
}

export class SettingsError extends Error {
  constructor(faults) {
    super(
      faults.map(({ path, message }) => (path ? `\`${path}\`: ${message}` : message)).join("\n"),
    );
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

/** An error that nobody expects: bytes that went away, or more of them than there is memory for. */
function unexpected(cause) {
  if (cause instanceof InputError) return cause;
  const [code, message] =
    cause instanceof TypeError
      ? ["wrong-type", "the bytes cannot be read"]
      : ["out-of-bounds", "there is not enough memory for the input"];
  return Object.assign(new InputError(code, message), { cause });
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

/** What a value is, in whatever realm it was made: `Object`, `Array`, `Map`, …; `Unreadable` for a proxy that was revoked. */
function tagOf(value) {
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    return "Unreadable";
  }
}

function isBytes(value) {
  return ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array";
}

/** The UTF-8 bytes of an input, and the text that they were made of. */
function bytesOf(input, name = "the input") {
  const read = isBytes(input) ? { bytes: input } : encoded(input, name);
  if (read.bytes.length > INPUT_BYTES_MAX)
    throw new InputError("out-of-bounds", `${name} may have ${INPUT_BYTES_MAX} bytes`);
  return read;
}

function encoded(input, name) {
  const { text, halves = [] } =
    typeof input === "string" ? wellFormed(input) : { text: jsonOf(input, name) };
  return { bytes: encoder.encode(text), text, halves };
}

/**
 * A text that UTF-8 can carry, and where halves of surrogate pairs were replaced in it. Within a JSON string the escape of a half says the same,
 * and the core tells of it; behind a backslash there would be no escape, and no JSON either.
 */
function wellFormed(text) {
  if (text.isWellFormed()) return { text };
  const halves = [];
  const replaced = text.replace(/(\\*)(\p{Surrogate})/gu, (_, backslashes, half, at) => {
    if (backslashes.length % 2 === 1) return `${backslashes}\uFFFD`;
    halves.push(at + backslashes.length + ESCAPE_GROWTH * halves.length);
    return `${backslashes}\\u${half.charCodeAt(0).toString(16)}`;
  });
  return { text: replaced, halves };
}

/** By how many units the escape of a half is longer than the half. */
const ESCAPE_GROWTH = 5;

/** JSON knows these, and whatever says by `toJSON` what it is; anything else would silently become `{}`. */
function jsonOf(value, name) {
  const tag = tagOf(value);
  try {
    if (
      isObject(value) &&
      (tag === "Object" || tag === "Array" || typeof value.toJSON === "function")
    ) {
      const text = JSON.stringify(value);
      if (text !== undefined) return text;
    }
  } catch (cause) {
    throw Object.assign(wrongType(`${name} cannot be written as JSON`), { cause });
  }
  if (tag === "ArrayBuffer" || ArrayBuffer.isView(value))
    throw wrongType(`bytes of ${name} must be a Uint8Array`);
  throw wrongType(
    `${name} must be an object, text or a Uint8Array, not ${value == null ? value : `a ${isObject(value) ? tag : typeof value}`}`,
  );
}

function receivedAtOf(context) {
  if (context === undefined || context === null) return undefined;
  if (!isObject(context)) throw wrongType("the context must be an object");
  const { source, receivedAt } = context;
  if (source !== undefined && source !== "amplitude") throw wrongType('source must be "amplitude"');
  for (const name of ["connectionIp", "userAgent"]) {
    if (context[name] !== undefined && typeof context[name] !== "string")
      throw wrongType(`${name} must be a string`);
  }
  if (receivedAt === undefined || receivedAt === null) return undefined;
  const millis = Math.floor(
    tagOf(receivedAt) === "Date" ? Date.prototype.getTime.call(receivedAt) : receivedAt,
  );
  if (
    (typeof receivedAt !== "number" && tagOf(receivedAt) !== "Date") ||
    !Number.isSafeInteger(millis)
  ) {
    throw wrongType("receivedAt must be a Date or milliseconds since 1970");
  }
  return millis;
}

/** Whole lines, some at a time: the wasm's memory never shrinks, so it shall not grow with the input. */
function blocksOf(lines) {
  const blocks = [];
  for (let start = 0, end; start < lines.length; start = end) {
    const newline =
      start + BLOCK_BYTES < lines.length ? lines.indexOf(10, start + BLOCK_BYTES) : -1;
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

/** Is every byte of a text one of its units? */
function isPlain({ bytes, text, halves }) {
  return text.length === bytes.length && halves.length === 0;
}

/** Turns the byte offsets of explanations into UTF-16 units of the text as it was given, each looked up once. */
function inUtf16(why, { bytes, halves }) {
  const spans = why.flatMap(({ at, fields }) => [
    at,
    ...fields.flatMap(({ tried }) => tried.map((question) => question.at).filter(Boolean)),
  ]);
  const offsets = [...new Set(spans.flat())].sort((one, other) => one - other);
  const units = new Map();
  let [before, length, passed] = [0, 0, 0];
  for (const offset of offsets) {
    length += decoder.decode(bytes.subarray(before, offset)).length;
    before = offset;
    while (halves[passed] < length) passed += 1;
    units.set(offset, length - ESCAPE_GROWTH * passed);
  }
  for (const span of spans) {
    span[0] = units.get(span[0]);
    span[1] = units.get(span[1]);
  }
}

/** The same for the place where a text stopped being readable. */
function inCharacters(unreadable, { bytes, text, halves }) {
  if (text === undefined) return unreadable;
  const length = decoder.decode(bytes.subarray(0, unreadable.offset)).length;
  const offset = length - ESCAPE_GROWTH * halves.filter((half) => half < length).length;
  return {
    ...unreadable,
    offset,
    message: unreadable.message.replace(/\(byte \d+\)$/, `(character ${offset})`),
  };
}

/** Requests as pkg/seldom/src/deliver/post.rs reads them, an event with the identities behind it together. */
function parcelsOf(requests) {
  if (typeof requests?.[Symbol.iterator] !== "function" || typeof requests === "string")
    throw wrongType("requests must be a list of requests");
  const parcels = [];
  let followsEvent = false;
  for (const request of requests) {
    const isOne =
      isObject(request) &&
      ["event", "identity"].includes(request.kind) &&
      isObject(request.headers) &&
      request.method === "POST" &&
      typeof request.body === "string" &&
      isSendable(request);
    if (!isOne) throw wrongType("requests must be requests of a plan");
    const isIdentity = request.kind === "identity";
    const flat = [isIdentity, request.url, request.method, { ...request.headers }, request.body];
    if (isIdentity && followsEvent) parcels.at(-1).push(flat);
    else parcels.push([flat]);
    followsEvent ||= !isIdentity;
  }
  return parcels;
}

/** Is there an address, and are these headers that can be sent? */
function isSendable({ url, headers }) {
  try {
    new Headers(headers);
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
