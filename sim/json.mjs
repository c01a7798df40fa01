// A JSON parser that keeps key order, repeated keys and the spelling of numbers.
//
// A node is {kind: "object", members: [{key, value}]} | {kind: "array", items} | {kind: "string",
// value} | {kind: "number", text} | {kind: "boolean", value} | {kind: "null"}.

export class JsonError extends Error {
  constructor(reason, offset) {
    super(`${reason} at character ${offset}`);
  }
}

export function readJson(text) {
  const reader = { text, at: 0, depth: 0 };
  const node = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) throw new JsonError("unexpected text after the value", reader.at);
  return node;
}

/**
 * Returns the last member with this key, as PHP and most parsers do; undefined if there is none.
 */
export function member(node, key) {
  if (node?.kind !== "object") return undefined;
  return node.members.findLast((one) => one.key === key)?.value;
}

/** Returns the value of a string node; undefined for other nodes. */
export function textOf(node) {
  return node?.kind === "string" ? node.value : undefined;
}

/** Visits every node with its JSON Pointer (RFC 6901), parents first. */
export function walk(node, visit, pointer = "") {
  visit(node, pointer);
  if (node.kind === "object")
    for (const { key, value } of node.members) walk(value, visit, below(pointer, key));
  if (node.kind === "array")
    node.items.forEach((item, index) => walk(item, visit, below(pointer, index)));
}

export function below(pointer, key) {
  return `${pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function readValue(reader) {
  skipSpace(reader);
  const first = reader.text[reader.at];
  if (first === "{") return nested(reader, readObject);
  if (first === "[") return nested(reader, readArray);
  if (first === '"') return { kind: "string", value: readString(reader) };
  return readNumber(reader) ?? readWord(reader);
}

function nested(reader, read) {
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw new JsonError(`nested deeper than ${DEPTH_MAX}`, reader.at);
  const node = read(reader);
  reader.depth -= 1;
  return node;
}

function readObject(reader) {
  const members = [];
  reader.at += 1;
  if (consume(reader, "}")) return { kind: "object", members };
  do {
    skipSpace(reader);
    if (reader.text[reader.at] !== '"') throw new JsonError("expected a key", reader.at);
    const key = readString(reader);
    if (!consume(reader, ":")) throw new JsonError("expected a colon", reader.at);
    members.push({ key, value: readValue(reader) });
  } while (consume(reader, ","));
  if (!consume(reader, "}")) throw new JsonError("unterminated object", reader.at);
  return { kind: "object", members };
}

function readArray(reader) {
  const items = [];
  reader.at += 1;
  if (consume(reader, "]")) return { kind: "array", items };
  do items.push(readValue(reader));
  while (consume(reader, ","));
  if (!consume(reader, "]")) throw new JsonError("unterminated array", reader.at);
  return { kind: "array", items };
}

function readString(reader) {
  const from = reader.at;
  let end = from + 1;
  while (end < reader.text.length && reader.text[end] !== '"')
    end += reader.text[end] === "\\" ? 2 : 1;
  reader.at = end + 1;
  try {
    return JSON.parse(reader.text.slice(from, reader.at));
  } catch {
    throw new JsonError("invalid string", from);
  }
}

function readNumber(reader) {
  NUMBER.lastIndex = reader.at;
  const found = NUMBER.exec(reader.text);
  if (!found) return undefined;
  reader.at = NUMBER.lastIndex;
  return { kind: "number", text: found[0] };
}

function readWord(reader) {
  for (const [word, node] of WORDS) {
    if (!reader.text.startsWith(word, reader.at)) continue;
    reader.at += word.length;
    return { ...node };
  }
  throw new JsonError("expected a value", reader.at);
}

function consume(reader, mark) {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at += 1;
  return true;
}

function skipSpace(reader) {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "x")) reader.at += 1;
}

// PHP manual, json_decode: `depth` is 512 by default, and the values in the innermost container
// count as a level.
const DEPTH_MAX = 511;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORDS = [
  ["true", { kind: "boolean", value: true }],
  ["false", { kind: "boolean", value: false }],
  ["null", { kind: "null" }],
];
