// Is this value of the plain kind that its key asks for?
//
// Each judge takes (node, pointer, ctx), ctx = { findings, headers, told, … }. A null is already told of elsewhere.

import { below } from "../json.mjs";

/** Judges every member of an object by a table key → judge; other keys are `unknown` to the guide. */
export function judgeMembers(node, pointer, table, ctx, unknown = "key-unknown") {
  for (const { key, value } of node.members) {
    const at = below(pointer, key);
    const judgeField = own(table, key);
    if (!judgeField) ctx.findings.add(unknown, at);
    else if (value.kind !== "null") judgeField(value, at, ctx);
  }
}

/** Judges every member of an object alike, whatever its key. */
export function judgeEach(node, pointer, judgeField, ctx) {
  for (const { key, value } of node.members)
    if (value.kind !== "null") judgeField(value, below(pointer, key), ctx);
}

/** A table's own entry: a key such as "constructor" comes from outside. */
export function own(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export function judgePresence(node, pointer, keys, ctx) {
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
  const wanted = ctx.told.millis ? MILLIS_DIGITS : SECONDS_DIGITS;
  if ((node.text ?? node.value).length !== wanted)
    ctx.findings.add("usertime-digits", pointer, `${wanted} digits`);
}

export function isWhole(node) {
  return node.kind === "number" && /^(0|[1-9]\d*)$/.test(node.text);
}

const SECONDS_DIGITS = 10;
const MILLIS_DIGITS = 13;
