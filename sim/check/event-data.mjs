// Checks the event itself: its name, event_data and revenue.

import { below, member } from "../json.mjs";
import { filledString } from "./value-types.mjs";

export function eventName(node, pointer, ctx) {
  if (!filledString(node, pointer, ctx)) return;
  const standard = STANDARD.find((name) => letters(name) === letters(node.value));
  if (standard && standard !== node.value)
    ctx.findings.add("event-name-near-standard", pointer, `"${standard}"`);
}

export function eventData(node, pointer, ctx) {
  const { findings } = ctx;
  if (node.kind !== "object") return void findings.add("event-data-not-object", pointer);
  if (node.members.length > PARAMETERS_MAX) findings.add("event-data-many-keys", pointer);
  for (const { key, value } of node.members) {
    const at = below(pointer, key);
    if (RESERVED.has(key)) findings.add("event-data-reserved", at);
    if (key === "sum" && value.kind !== "null") checkSum(value, at, ctx);
    else if (["object", "array"].includes(value.kind) && key !== "payload")
      findings.add("event-data-nested", at);
  }
}

export function currency(node, pointer, ctx) {
  if (filledString(node, pointer, ctx) && !/^[A-Z]{3}$/.test(node.value))
    ctx.findings.add("currency-shape", pointer);
}

function checkSum(node, pointer, { data, findings }) {
  if (node.kind !== "number") findings.add("sum-not-number", pointer);
  else if (!member(data, "currency")) findings.add("currency-missing", "/data/currency");
}

function letters(name) {
  return name.toLowerCase().replace(/[^a-z]/g, "");
}

// Kochava, Post-Install Event Examples: at most 16 parameters take part in SKAdNetwork conversion
// values.
const PARAMETERS_MAX = 16;
// The same page: reserved names.
const RESERVED = new Set([
  "network",
  "source",
  "fb_campaign",
  "campaign",
  "site",
  "creative",
  "attribution_type",
  "integration_type",
  "integration_version",
  "cracked",
  "jailbroken",
]);
// The same page and Kochava's SDKs: standard names, which must match exactly.
const STANDARD = [
  "Achievement",
  "Add to Cart",
  "Add to Wish List",
  "Checkout Start",
  "Level Complete",
  "Purchase",
  "Rating",
  "Registration Complete",
  "Search",
  "Tutorial Complete",
  "View",
  "Ad View",
  "Ad Click",
  "Push Received",
  "Push Opened",
  "Consent Granted",
  "_Deeplink",
  "Start Trial",
  "Subscribe",
];
