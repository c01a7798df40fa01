// Decodes and re-encodes JSON as PHP does with its defaults.

import { JsonError, readJson } from "./json.mjs";

/**
 * `json_encode(json_decode(text))`, or with `assoc` `json_encode(json_decode(text, true))`, in
 * which an object without keys, or with the keys 0, 1, 2 …, becomes a list. Throws JsonError if PHP
 * fails.
 */
export function phpReencode(text, { assoc = false } = {}) {
  return encode(readJson(text), assoc);
}

/** Writes a JSON number as PHP does (PHP >= 7.1, `serialize_precision = -1`). */
export function phpNumber(text) {
  if (/^-?\d+$/.test(text)) {
    const whole = BigInt(text);
    if (BigInt.asIntN(64, whole) === whole) return whole.toString();
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw new JsonError("the number exceeds a double", 0);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  return shortest(value);
}

function encode(node, assoc) {
  switch (node.kind) {
    case "object":
      return encodeObject(node, assoc);
    case "array":
      return `[${node.items.map((item) => encode(item, assoc)).join(",")}]`;
    case "string":
      return encodeString(node.value);
    case "number":
      return phpNumber(node.text);
    case "boolean":
      return String(node.value);
    case "null":
      return "null";
    default:
      throw new TypeError(`unknown kind of node: ${node.kind}`);
  }
}

function encodeObject(node, assoc) {
  // a Map keeps the first position of a repeated key and its last value, as PHP does
  const members = new Map();
  for (const { key, value } of node.members) {
    if (!assoc && key.startsWith("\0")) throw new JsonError("a key begins with U+0000", 0);
    members.set(key, encode(value, assoc));
  }
  if (assoc && [...members.keys()].every((key, index) => key === String(index))) {
    return `[${[...members.values()].join(",")}]`;
  }
  return `{${[...members].map(([key, value]) => `${encodeString(key)}:${value}`).join(",")}}`;
}

function encodeString(value) {
  // a lone surrogate is an error in PHP's decoder
  if (!value.isWellFormed()) throw new JsonError("a lone surrogate", 0);
  return `"${value.replace(ESCAPED, (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

// PHP source, main/snprintf.c, php_gcvt with 17 digits and zend_dtoa mode 0: the shortest digits
// that read back the same, with an exponent when the decimal exponent is below -4 or above 16, and
// then at least one decimal.
function shortest(value) {
  const [, sign, lead, rest = "", power] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(
    value.toExponential(),
  );
  const exponent = Number(power);
  const digits = lead + rest;
  if (exponent < -4 || exponent > 16) {
    return `${sign}${lead}.${rest || "0"}e${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const ESCAPED = /["\\/\u0000-\u001f]|[^\u0000-\u007f]/g;
const SHORT = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
