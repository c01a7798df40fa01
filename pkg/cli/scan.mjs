// Where JSON values end. The mapper decides whether a text is JSON and what its members mean.

export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const ARRAY = 0x5b;
export const ARRAY_END = 0x5d;
export const OBJECT = 0x7b;
export const OBJECT_END = 0x7d;

/** The byte order mark of UTF-8. */
export const BOM = [0xef, 0xbb, 0xbf];

const decoder = new TextDecoder();

export function isSpace(byte) {
  return byte === 0x20 || byte === LF || byte === 0x09 || byte === CR;
}

/** Whether there is nothing but white space, behind a byte order mark or not. */
export function isBlank(bytes) {
  const start = BOM.every((byte, at) => bytes[at] === byte) ? BOM.length : 0;
  for (let at = start; at < bytes.length; at += 1) if (!isSpace(bytes[at])) return false;
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
