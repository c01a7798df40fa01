// Where JSON values end, and the names of events.
//
// For display only: the mapper decides whether a text is JSON and what its members mean.

export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const ARRAY = 0x5b;
export const ARRAY_END = 0x5d;
export const OBJECT = 0x7b;
export const OBJECT_END = 0x7d;
const COLON = 0x3a;

const decoder = new TextDecoder();

export function isSpace(byte) {
  return byte === 0x20 || byte === LF || byte === 0x09 || byte === CR;
}

export function isBlank(bytes) {
  for (let at = 0; at < bytes.length; at += 1) if (!isSpace(bytes[at])) return false;
  return true;
}

/** A line without the carriage return that Windows puts before its end. */
export function withoutReturn(line) {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

/** A text without the final line end that editors add. */
export function withoutLineEnd(text) {
  return text.at(-1) === LF ? withoutReturn(text.subarray(0, -1)) : text;
}

/** Whether bytes are a JSON document, complete or not. `null`, one that was too long, is. */
export function isDocument(bytes) {
  return (
    bytes === null || bytes[0] === OBJECT || bytes[0] === ARRAY || valueOf(bytes) !== undefined
  );
}

/**
 * Whether bytes are one JSON value from end to end. In objects and arrays only brackets are
 * counted.
 */
export function isWhole(bytes) {
  const start = skipSpace(bytes, 0);
  if (bytes[start] === OBJECT || bytes[start] === ARRAY) {
    const { end, isClosed } = container(bytes, start);
    return isClosed && isBlank(bytes.subarray(end));
  }
  return valueOf(bytes) !== undefined;
}

/** The names of the events of a batch, in order; `null` for an event without a name. */
export function namesOf(bytes) {
  const start = skipSpace(bytes, 0);
  if (bytes[start] === ARRAY) return namesOfElements(bytes.subarray(start));
  if (bytes[start] !== OBJECT) return [null];
  const names = [];
  const lists = [];
  forMembers(bytes, start, (key, from, to) => {
    if (key === "event_type") names.push([from, to]);
    else if (bytes[from] === ARRAY) lists.push(bytes.subarray(from, to));
  });
  const own = shownName(bytes, names.at(-1));
  if (own !== null || lists.length === 0) return [own];
  return lists.flatMap(namesOfElements);
}

/** The names of the events in a value; `null` for each if their number is not that of its fates. */
export function namesFor(bytes, fates) {
  const names = namesOf(bytes);
  return names.length === fates.length ? names : fates.map(() => null);
}

function namesOfElements(array) {
  return Array.from(elements(array), (element) => (element[0] === OBJECT ? nameOf(element) : null));
}

/** The last of duplicate names counts, as in the mapper. */
function nameOf(object) {
  let last;
  forMembers(object, 0, (key, from, to) => {
    if (key === "event_type") last = [from, to];
  });
  return shownName(object, last);
}

function shownName(bytes, span) {
  if (span === undefined || [OBJECT, ARRAY].includes(bytes[span[0]])) return null;
  const name = valueOf(bytes.subarray(...span));
  return name === undefined || name === null ? null : String(name);
}

/** The keys of interest. */
const KEYS = ["event_type", "events", "users"].map((key) => [key, Buffer.from(key)]);

/**
 * Calls back for the members of an object whose keys are of interest, with the bounds of their values.
 * Neither a generator nor views of other members: this is most of what a row of a table costs.
 */
function forMembers(bytes, start, act) {
  let at = skipSeparators(bytes, start + 1);
  while (bytes[at] === QUOTE) {
    const end = endOfString(bytes, at);
    const key = keyOf(bytes, at, end);
    at = skipSpace(bytes, end);
    if (bytes[at] !== COLON) return;
    const from = skipSpace(bytes, at + 1);
    at = endOfValue(bytes, from);
    if (key !== null) act(key, from, at);
    at = skipSeparators(bytes, at);
  }
}

/** A key of interest between its quotes, or `null`; one that begins with an escape is decoded. */
function keyOf(bytes, start, end) {
  if (bytes[start + 1] === BACKSLASH) {
    const key = valueOf(bytes.subarray(start, end));
    return KEYS.some(([name]) => name === key) ? key : null;
  }
  for (const [key, spelled] of KEYS)
    if (end - start === spelled.length + 2 && isAt(bytes, start + 1, spelled)) return key;
  return null;
}

function isAt(bytes, start, spelled) {
  for (let at = 0; at < spelled.length; at += 1)
    if (bytes[start + at] !== spelled[at]) return false;
  return true;
}

/** The elements of an array, as views of the same memory. */
export function* elements(array) {
  let at = skipSeparators(array, 1);
  while (at < array.length && array[at] !== ARRAY_END) {
    const start = at;
    at = endOfValue(array, at);
    if (at === start) return;
    yield array.subarray(start, at);
    at = skipSeparators(array, at);
  }
}

function endOfValue(bytes, start) {
  const byte = bytes[start];
  if (byte === OBJECT || byte === ARRAY) return container(bytes, start).end;
  if (byte === QUOTE) return endOfString(bytes, start);
  let at = start;
  while (
    at < bytes.length &&
    !isSpace(bytes[at]) &&
    bytes[at] !== COMMA &&
    bytes[at] !== ARRAY_END &&
    bytes[at] !== OBJECT_END
  )
    at += 1;
  return at;
}

function container(bytes, start) {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at) - 1;
    else if (byte === OBJECT || byte === ARRAY) depth += 1;
    else if (byte === OBJECT_END || byte === ARRAY_END) depth -= 1;
    if (depth === 0) return { end: at + 1, isClosed: true };
  }
  return { end: bytes.length, isClosed: false };
}

function endOfString(bytes, start) {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return bytes.length;
}

function skipSpace(bytes, start) {
  let at = start;
  while (at < bytes.length && isSpace(bytes[at])) at += 1;
  return at;
}

function skipSeparators(bytes, start) {
  let at = start;
  while (at < bytes.length && (isSpace(bytes[at]) || bytes[at] === COMMA)) at += 1;
  return at;
}

function valueOf(bytes) {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Bytes one after the other. Unlike those of `Buffer.concat` in a buffer of their own. */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
