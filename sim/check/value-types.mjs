// Checks of plain value types: strings, objects, whole numbers, booleans and times.
//
// Each check takes (node, pointer, ctx) with ctx = { findings, headers, agreed, … }. Nulls are
// skipped here, since body-text.mjs reports every null.

import { below } from "../json.mjs";

/**
 * Checks every member of an object with a table of key → check; other keys are reported with the
 * code `unknown`.
 */
export function checkMembers(node, pointer, table, ctx, unknown = "key-unknown") {
  for (const { key, value } of node.members) {
    const at = below(pointer, key);
    const checkField = own(table, key);
    if (!checkField) ctx.findings.add(unknown, at);
    else if (value.kind !== "null") checkField(value, at, ctx);
  }
}

/** Checks every member of an object with the same check. */
export function checkEach(node, pointer, checkField, ctx) {
  for (const { key, value } of node.members)
    if (value.kind !== "null") checkField(value, below(pointer, key), ctx);
}

/** Returns a table's own entry, since a body may have a key such as "constructor". */
export function own(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export function checkPresence(node, pointer, keys, ctx) {
  for (const key of keys) {
    if (!node.members.some((one) => one.key === key))
      ctx.findings.add("key-missing", below(pointer, key));
  }
}

export function anyString(node, pointer, { findings }) {
  if (node.kind === "string") return true;
  findings.add("wrong-type", pointer, "a string");
  return false;
}

export function filledString(node, pointer, ctx) {
  if (!anyString(node, pointer, ctx)) return false;
  if (node.value.trim() !== "") return true;
  ctx.findings.add("empty-value", pointer);
  return false;
}

export function anyObject(node, pointer, { findings }) {
  if (node.kind === "object") return true;
  findings.add("wrong-type", pointer, "an object");
  return false;
}

export function wholeNumber(node, pointer, { findings }) {
  if (isWhole(node)) return true;
  findings.add("wrong-type", pointer, "a whole number");
  return false;
}

export function boolean(node, pointer, { findings }) {
  if (node.kind === "boolean") return true;
  findings.add("wrong-type", pointer, "true or false");
  return false;
}

export function epochSeconds(node, pointer, ctx) {
  if (wholeNumber(node, pointer, ctx) && node.text.length !== SECONDS_DIGITS)
    ctx.findings.add("usertime-digits", pointer, "10 digits");
}

/** Kochava, Post-Install Event Setup, row usertime: "Epoch format"; the samples have 10 digits. */
export function usertime(node, pointer, ctx) {
  const isQuoted = node.kind === "string" && /^\d+$/.test(node.value);
  if (isQuoted) ctx.findings.add("usertime-quoted", pointer);
  else if (!wholeNumber(node, pointer, ctx)) return;
  const expected = ctx.agreed.millis ? MILLIS_DIGITS : SECONDS_DIGITS;
  if ((node.text ?? node.value).length !== expected)
    ctx.findings.add("usertime-digits", pointer, `${expected} digits`);
}

export function isWhole(node) {
  return node.kind === "number" && /^(0|[1-9]\d*)$/.test(node.text);
}

const SECONDS_DIGITS = 10;
const MILLIS_DIGITS = 13;
