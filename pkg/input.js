// Arguments of the API: their types, and inputs as UTF-8 bytes.
//
// The core reads bytes and reports byte offsets. For an input given as text, `inUtf16` and
// `inCharacters` turn them into offsets of that text.

import { InputError, wrongType } from "./errors.js";

/** Of one input. Text of twice this length and its requests do not fit into a 32-bit memory. */
export const INPUT_BYTES_MAX = 500_000_000;

/** What JSON can express of objects that it does not know. */
const INSTEAD = {
  Map: "Object.fromEntries(map)",
  Set: "Array.from(set)",
  Request: "its body, `await request.text()`",
  Response: "its body, `await response.text()`",
  Promise: "what it resolves to",
};

/** By how many UTF-16 units an escape such as `\ud83d` is longer than the lone surrogate in its place. */
const ESCAPE_GROWTH = 5;

const LF = 0x0a;
const SPACE = 0x20;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * An input as the wasm reads it.
 * @typedef {{ bytes: Uint8Array, text?: string, surrogates?: number[] }} Encoded
 *   `text`: what the bytes were encoded from, unless the input was bytes; `surrogates`: where the
 *   text had lone surrogates that `bytes` has as escapes, in UTF-16 units of `text`
 */

export function isObject(value) {
  return typeof value === "object" && value !== null;
}

/**
 * The class of a value from any realm: `Object`, `Array`, `Map`; `Unreadable` for a revoked proxy.
 */
export function tagOf(value) {
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    return "Unreadable";
  }
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const { get: lengthIn } = Object.getOwnPropertyDescriptor(typedArray, "length");
/** Gets the class of a typed array of any realm, several times faster than `tagOf`; else `undefined`. */
const { get: classIn } = Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag);

/** Whether it is a `Uint8Array` of any realm, and its `length` is not one that was put over its own. */
export function isBytes(value) {
  if (classIn.call(value) !== "Uint8Array") return false;
  try {
    return value.length === lengthIn.call(value);
  } catch {
    return false;
  }
}

/** Reads an argument whose getters, iterators or traps of a proxy may throw. */
export function reading(name, read) {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw Object.assign(wrongType(`${name} cannot be read`), { cause });
  }
}

/** @returns {Encoded} */
export function encode(input, name = "the input") {
  if (isBytes(input)) return { bytes: bounded(input, name) };
  const { text, surrogates = [] } =
    typeof input === "string"
      ? escapeSurrogates(bounded(input, name))
      : { text: bounded(jsonOf(input, name), name) };
  return { bytes: bounded(encoder.encode(text), name), text, surrogates };
}

/** Checks the length of bytes, or of a text, which has at least as many bytes as units. */
function bounded(value, name) {
  if (value.length > INPUT_BYTES_MAX)
    throw new InputError("out-of-bounds", `${name} may have at most ${INPUT_BYTES_MAX} bytes`);
  return value;
}

/**
 * Replaces lone surrogates, which UTF-8 cannot carry, by their JSON escapes, so that the core sees
 * and reports them. Behind a backslash an escape would change its meaning: U+FFFD takes its place,
 * which is no JSON either.
 */
function escapeSurrogates(text) {
  if (text.isWellFormed()) return { text };
  const surrogates = [];
  const escaped = text.replace(/(\\*)(\p{Surrogate})/gu, (_, backslashes, surrogate, at) => {
    if (backslashes.length % 2 === 1) return `${backslashes}\uFFFD`;
    surrogates.push(at + backslashes.length + ESCAPE_GROWTH * surrogates.length);
    return `${backslashes}\\u${surrogate.charCodeAt(0).toString(16)}`;
  });
  return { text: escaped, surrogates };
}

/** JSON text of a plain object, an array, or anything with `toJSON`. Others would become `{}`. */
export function jsonOf(value, name) {
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
  const kind = value == null ? value : `a ${isObject(value) ? tag : typeof value}`;
  const hint = tag in INSTEAD ? `; pass ${INSTEAD[tag]}` : "";
  throw wrongType(`${name} must be an object, text or a Uint8Array, not ${kind}${hint}`);
}

/** Checks an optional `AbortSignal`, which may be one of another realm or of a library. */
export function assertSignal(signal) {
  const isSignal = reading("signal", () =>
    ["addEventListener", "removeEventListener"].every(
      (name) => typeof signal?.[name] === "function",
    ),
  );
  if (signal != null && !isSignal) throw wrongType("signal must be an AbortSignal");
}

const NO_CONTEXT = Object.freeze({});

/**
 * A copy of a context, checked; its `receivedAt` in milliseconds since 1970.
 *
 * @param {readonly string[]} sources names of senders
 * @returns {{ source?: string, receivedAt?: number, connectionIp?: string, userAgent?: string }}
 */
export function contextOf(context, sources) {
  if (context === undefined || context === null) return NO_CONTEXT;
  if (!isObject(context)) throw wrongType("the context must be an object");
  return reading("the context", () => checkedContext(context, sources));
}

function checkedContext({ source, receivedAt, connectionIp, userAgent }, sources) {
  if (source !== undefined && !sources.includes(source))
    throw wrongType(`source must be one of "${sources.join('", "')}"`);
  if (!isTextOrAbsent(connectionIp)) throw wrongType("connectionIp must be a string");
  if (!isTextOrAbsent(userAgent)) throw wrongType("userAgent must be a string");
  const millis = receivedAt == null ? undefined : millisOf(receivedAt);
  return { source, receivedAt: millis, connectionIp, userAgent };
}

function isTextOrAbsent(value) {
  return value === undefined || typeof value === "string";
}

function millisOf(time) {
  const millis = Math.floor(typeof time === "number" ? time : timeOf(time));
  if (!Number.isSafeInteger(millis))
    throw wrongType("receivedAt must be a Date or milliseconds since 1970");
  return millis;
}

/** The time of a `Date` of any realm; `NaN` for any other value. */
function timeOf(value) {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return NaN;
  }
}

/**
 * Whether an input that is no JSON from byte `offset` on has one value per line: the first line is
 * one, and the next begins at `offset`.
 */
export function isNdjson(bytes, offset) {
  const end = bytes.indexOf(LF);
  if (end < 0 || end >= offset || !bytes.subarray(end, offset).every((byte) => byte <= SPACE))
    return false;
  try {
    JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    return true;
  } catch {
    return false;
  }
}

/**
 * Turns the byte offsets of explained fates into offsets of the text, in place.
 *
 * @param {Encoded} encoded
 */
export function inUtf16(fates, encoded) {
  if (encoded.text === undefined || isAscii(encoded)) return;
  const spans = fates.flatMap(({ at, fields }) => [
    at,
    ...fields.flatMap(({ tried }) => tried.map((lookup) => lookup.at).filter(Boolean)),
  ]);
  const units = unitsAt(encoded, new Set(spans.flat()));
  for (const span of spans) {
    span[0] = units.get(span[0]);
    span[1] = units.get(span[1]);
  }
}

/** Turns the byte offset of an unreadable input into an offset of the text. */
export function inCharacters(unreadable, encoded) {
  if (encoded.text === undefined) return unreadable;
  const offset = unitsAt(encoded, [unreadable.offset]).get(unreadable.offset);
  const message = unreadable.message.replace(/\(byte \d+\)$/, `(character ${offset})`);
  return { ...unreadable, offset, message };
}

function isAscii({ bytes, text, surrogates }) {
  return text.length === bytes.length && surrogates.length === 0;
}

/** For each byte offset the UTF-16 offset in the text as it was given. Decodes every byte once. */
function unitsAt({ bytes, surrogates }, offsets) {
  const units = new Map();
  let [decodedTo, length, passed] = [0, 0, 0];
  for (const offset of [...offsets].sort((one, other) => one - other)) {
    length += decoder.decode(bytes.subarray(decodedTo, offset)).length;
    decodedTo = offset;
    while (surrogates[passed] < length) passed += 1;
    units.set(offset, length - ESCAPE_GROWTH * passed);
  }
  return units;
}
