// Checks device ids and the App GUID.

import { below } from "../json.mjs";
import { anyString, filledString, own } from "./value-types.mjs";

/**
 * Checks an object of ids. Whether it has any id is up to `hasId`, since a kochava_device_id may
 * replace it.
 */
export function checkIds(node, pointer, ctx) {
  if (node.kind !== "object") return void ctx.findings.add("device-ids-not-object", pointer);
  if (node.members.length === 0) return void ctx.findings.add("empty-value", pointer);
  for (const { key, value } of node.members) {
    const at = below(pointer, key);
    checkName(key, at, ctx);
    if (value.kind !== "null" && anyString(value, at, ctx)) checkId(key, value.value, at, ctx);
  }
}

/** Checks the value of kochava_device_id, which may be empty. */
export function kochavaDeviceId(node, pointer, ctx) {
  if (anyString(node, pointer, ctx)) checkPlaceholder(node.value, pointer, ctx);
}

export function appGuid(node, pointer, ctx) {
  const isStoreId =
    filledString(node, pointer, ctx) && /^(?:id)?\d+$|^[a-z]\w*(?:\.\w+){2,}$/i.test(node.value);
  if (isStoreId) ctx.findings.add("app-guid-shape", pointer);
}

export function hasId(node) {
  return (
    node?.kind === "object" &&
    node.members.some((one) => one.value.kind === "string" && one.value.value !== "")
  );
}

function checkName(key, pointer, { findings, agreed, extraIds = [] }) {
  if (KNOWN.has(key) || extraIds.includes(key) || agreed.customIds?.includes(key)) return;
  if (LEGACY.has(key)) return void findings.add("device-id-legacy", pointer);
  const canonical =
    own(ALIASES, key.toLowerCase()) ??
    (KNOWN.has(key.toLowerCase()) ? key.toLowerCase() : undefined);
  if (canonical) findings.add("device-id-alias", pointer, canonical);
  else findings.add("device-id-unknown", pointer);
}

/** Accepts an empty value: samples keep unused keys as empty strings. */
function checkId(key, value, pointer, ctx) {
  if (value === "" || !checkPlaceholder(value, pointer, ctx)) return;
  if (ctx.hashed?.includes(key) || key === "idfv_sha1") return;
  const shape = own(SHAPES, key);
  if (!shape || shape.test(value)) return;
  ctx.findings.add(DIGEST.test(value) ? "value-hashed" : "device-id-shape", pointer);
}

function checkPlaceholder(value, pointer, { findings }) {
  const code =
    (value !== value.trim() && "device-id-untrimmed") ||
    (/^[0:-]+$/.test(value) && value.includes("0") && "device-id-zero") ||
    (PLACEHOLDERS.has(value.toLowerCase()) && "device-id-placeholder");
  if (code) findings.add(code, pointer);
  return !code;
}

// Kochava, Post-Install Event Setup (idfa, idfv, adid, android_id, UDID, custom); Over the Top TV
// and Connected TV (fire_adid, rida); the others are datapoints of Kochava's SDKs.
const KNOWN = new Set([
  "idfa",
  "idfv",
  "adid",
  "android_id",
  "fire_adid",
  "rida",
  "udid",
  "UDID",
  "openudid",
  "custom",
  "oaid",
  "asid",
  "cgid",
]);
const LEGACY = new Set(["imei", "mac"]);
const ALIASES = {
  gaid: "adid",
  aaid: "adid",
  advertising_id: "adid",
  faid: "fire_adid",
  androidid: "android_id",
};
const PLACEHOLDERS = new Set([
  "null",
  "nil",
  "none",
  "(none)",
  "n/a",
  "na",
  "undefined",
  "unknown",
  "anonymous",
  "-1",
  "{}",
]);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const SHAPES = {
  idfa: UUID,
  idfv: UUID,
  adid: UUID,
  fire_adid: UUID,
  rida: UUID,
  android_id: /^[0-9a-f]{16}$/i,
};
const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
