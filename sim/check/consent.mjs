// Checks consent: App Tracking Transparency, Google's consent flags and limited ad tracking.

import { member, textOf } from "../json.mjs";
import { appleMajor } from "./device.mjs";
import {
  anyObject,
  boolean,
  epochSeconds,
  filledString,
  isWhole,
  checkMembers,
  checkPresence,
  wholeNumber,
} from "./value-types.mjs";

export function trackingTransparency(node, pointer, ctx) {
  if (!anyObject(node, pointer, ctx)) return;
  checkPresence(node, pointer, ["att"], ctx);
  checkMembers(node, pointer, ATT, ctx);
  const detail = textOf(member(node, "att_detail"));
  const att = member(node, "att");
  if (!ATT_DETAILS.includes(detail) || att?.kind !== "boolean") return;
  if (att.value !== (detail === "authorized")) ctx.findings.add("att-contradiction", pointer);
}

export function googleConsent(node, pointer, ctx) {
  if (!anyObject(node, pointer, ctx)) return;
  checkMembers(node, pointer, GOOGLE, ctx);
  const has = (key) => member(node, key) !== undefined;
  if (!has("tc_string") && !(has("ad_user_data") && has("ad_personalization")))
    ctx.findings.add("consent-incomplete", pointer);
  if (!has("gdpr_applies") && !textOf(member(ctx.data, "origination_ip")))
    ctx.findings.add("consent-applies-missing", pointer);
}

/** Accepts both a boolean, as Segment sends it, and a string, as another public sender does. */
export function limitTracking(node, pointer, { findings }) {
  if (node.kind !== "boolean" && !["true", "false"].includes(textOf(node)))
    findings.add("limit-tracking", pointer);
}

/**
 * Checks that a call of an Apple device with OS 14 or later has the ATT block, and that an IDFA
 * comes with consent.
 */
export function checkTransparencyPresence(data, { findings }) {
  const block = member(data, "app_tracking_transparency");
  const ids = member(data, "device_ids");
  const major = appleMajor(data);
  if (major >= ATT_SINCE && !block) findings.add("att-missing", "/data/app_tracking_transparency");
  if (block && member(block, "att")?.value === false && textOf(member(ids, "idfa")))
    findings.add("att-unneeded-idfa", "/data/device_ids/idfa");
  const isApple = textOf(member(ids, "idfa")) || textOf(member(ids, "idfv"));
  const isDescribed = textOf(member(data, "device_ua")) || textOf(member(data, "device_ver"));
  if (isApple && isDescribed && major === 0)
    findings.add("os-version-unreadable", "/data/device_ua");
}

function attDetail(node, pointer, { findings }) {
  if (!ATT_DETAILS.includes(textOf(node))) findings.add("att-detail", pointer);
}

function flag(node, pointer, { findings }) {
  if (!isWhole(node) || !["0", "1"].includes(node.text)) findings.add("consent-flag", pointer);
}

const ATT_SINCE = 14;
const ATT_DETAILS = ["authorized", "denied", "notDetermined", "restricted"];
const ATT = {
  att: boolean,
  att_time: epochSeconds,
  att_duration: wholeNumber,
  att_detail: attDetail,
};
const GOOGLE = {
  gdpr_applies: flag,
  tc_string: filledString,
  ad_user_data: flag,
  ad_personalization: flag,
};
