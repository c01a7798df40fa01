// Checks what an install tells of its origin: the store's referrer and Apple's attribution.

import {
  anyObject,
  anyString,
  boolean,
  checkMembers,
  checkPresence,
  epochSeconds,
  filledString,
  wholeNumber,
} from "./value-types.mjs";

/** Kochava's SDK: `{ referrer, referrer_click_time }`, the time in seconds. */
export function installReferrer(node, pointer, ctx) {
  if (!anyObject(node, pointer, ctx)) return;
  checkPresence(node, pointer, ["referrer"], ctx);
  checkMembers(node, pointer, REFERRER, ctx);
}

/** Apple, AdServices: the attribution payload. */
export function adServicesDetails(node, pointer, ctx) {
  if (anyObject(node, pointer, ctx)) checkMembers(node, pointer, AD_SERVICES, ctx);
}

const REFERRER = { referrer: filledString, referrer_click_time: epochSeconds };
const AD_SERVICES = {
  attribution: boolean,
  orgId: wholeNumber,
  campaignId: wholeNumber,
  conversionType: anyString,
  clickDate: anyString,
  adGroupId: wholeNumber,
  countryOrRegion: anyString,
  keywordId: wholeNumber,
  adId: wholeNumber,
  creativeSetId: wholeNumber,
};
