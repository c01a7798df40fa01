// Checks a body of /track/json by the rules of its action.

import { below, member, textOf } from "../json.mjs";
import {
  googleConsent,
  checkTransparencyPresence,
  limitTracking,
  trackingTransparency,
} from "./consent.mjs";
import { deviceUa, deviceVer, checkDescription, originationIp } from "./device.mjs";
import { currency, eventData, eventName } from "./event-data.mjs";
import {
  anyObject,
  anyString,
  filledString,
  checkMembers,
  checkPresence,
  own,
  usertime,
} from "./value-types.mjs";
import { checkPairs } from "./identity.mjs";
import { appGuid, hasId, checkIds, kochavaDeviceId } from "./ids.mjs";
import { adServicesDetails, installReferrer } from "./install.mjs";

export function checkTrack(root, given) {
  const data = member(root, "data");
  const ctx = { ...given, root, data };
  const rules = own(ACTIONS, textOf(member(root, "action")));
  checkPlacement(root, "", IN_DATA, ctx);
  checkPlacement(data, "/data", AT_ROOT, ctx);
  checkPresence(
    root,
    "",
    AT_ROOT.filter((key) => !member(data, key)),
    ctx,
  );
  checkMembers(root, "", { ...ROOT, ...(rules?.root ?? {}), ...skipped(IN_DATA) }, ctx);
  if (!rules || data?.kind !== "object") return;
  checkPresence(
    data,
    "/data",
    rules.required.filter((key) => !member(root, key)),
    ctx,
  );
  checkMembers(data, "/data", { ...rules.data, ...skipped(AT_ROOT) }, ctx);
  rules.whole(ctx);
}

/**
 * Reports misplaced keys. The guide's table is flat, but its samples are nested: four keys at the
 * root, all others in data.
 */
function checkPlacement(node, pointer, foreign, ctx) {
  for (const key of foreign)
    if (member(node, key)) ctx.findings.add("key-misplaced", below(pointer, key));
}

/** Skips misplaced keys, which are reported already, so that they are not reported as unknown. */
function skipped(keys) {
  return Object.fromEntries(keys.map((key) => [key, () => {}]));
}

function action(node, pointer, ctx) {
  if (!filledString(node, pointer, ctx) || own(ACTIONS, node.value)) return;
  ctx.findings.add(
    SDK_ACTIONS.includes(node.value) ? "action-sdk-only" : "action-unknown",
    pointer,
  );
}

function checkDevice(ctx) {
  checkDescription(ctx.data, ctx);
  checkTransparencyPresence(ctx.data, ctx);
  checkIdentified(ctx);
}

function checkIdentified({ root, data, findings }) {
  if (textOf(member(root, "kochava_device_id")) || hasId(member(data, "device_ids"))) return;
  if (!findings.at("/data/device_ids") && !findings.at("/device_ids"))
    findings.add("device-identity-missing", "/data/device_ids");
}

/** The page on late consent: an `update` is matched by its kochava_device_id alone. */
function checkUpdate({ root, data, findings }) {
  if (textOf(member(root, "kochava_device_id")) === "")
    findings.add("empty-value", "/kochava_device_id");
  if (textOf(member(data, "idfa")) === "") findings.add("empty-value", "/data/idfa");
}

function checkLink(ctx) {
  const pairs = member(ctx.data, "identity_link");
  if (pairs?.kind === "object" && pairs.members.length > 1)
    ctx.findings.add("identity-many-pairs", "/data/identity_link");
  checkIdentified(ctx);
}

function idfaAlone(node, pointer, ctx) {
  if (anyString(node, pointer, ctx) && node.value !== "")
    checkIds({ kind: "object", members: [{ key: "idfa", value: node }] }, "/data", ctx);
}

function eventOnly(_node, pointer, { findings }) {
  findings.add("install-has-event-key", pointer);
}

const AT_ROOT = ["kochava_app_id", "action", "kochava_device_id", "data"];
const DEVICE_KEYS = ["device_ids", "origination_ip", "device_ver", "device_ua"];
const IN_DATA = [
  ...DEVICE_KEYS,
  "event_name",
  "event_data",
  "usertime",
  "currency",
  "app_version",
  "app_tracking_transparency",
  "gdpr_privacy_consent",
];
const SDK_ACTIONS = [
  "session",
  "init",
  "get_attribution",
  "push_token_add",
  "push_token_remove",
  "error",
  "click",
  "smartlink",
];

const ROOT = {
  kochava_app_id: appGuid,
  action,
  kochava_device_id: kochavaDeviceId,
  data: anyObject,
};

const DEVICE = {
  device_ids: checkIds,
  origination_ip: originationIp,
  device_ver: deviceVer,
  device_ua: deviceUa,
  usertime,
  app_version: anyString,
  device_limit_tracking: limitTracking,
  app_tracking_transparency: trackingTransparency,
  gdpr_privacy_consent: googleConsent,
};

const ACTIONS = {
  event: {
    required: ["event_name", ...DEVICE_KEYS],
    data: { ...DEVICE, event_name: eventName, event_data: eventData, currency },
    whole: checkDevice,
  },
  install: {
    root: { app_ver: anyString },
    required: DEVICE_KEYS,
    data: {
      ...DEVICE,
      event_name: eventOnly,
      event_data: eventOnly,
      currency: eventOnly,
      ad_services_token: filledString,
      adservices_attribution_details: adServicesDetails,
      iad_attribution_details: anyObject,
      install_referrer: installReferrer,
      conversion_data: anyObject,
      identity_link: checkPairs,
    },
    whole: checkDevice,
  },
  update: { required: ["idfa"], data: { idfa: idfaAlone }, whole: checkUpdate },
  identityLink: {
    required: ["identity_link"],
    data: { ...DEVICE, identity_link: checkPairs },
    whole: checkLink,
  },
};
