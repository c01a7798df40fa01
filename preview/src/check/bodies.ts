// Sample Kochava bodies for check mode.
//
// The valid ones follow Kochava's guide (Post-Install Event Setup; IdentityLink Setup; Install
// Notification Setup). The other one has the most common mistakes: a private address, ids in a
// list, milliseconds, a currency sign, an all-zero id.

import { pretty } from "../../../ui/lib/json";

interface Body {
  name: string;
  text: string;
  /** Whether it follows the guide. */
  isValid: boolean;
}

const DEVICE = {
  idfa: "A1B2C3D4-0000-4000-8000-0123456789AB",
  idfv: "11111111-2222-4333-8444-555555555555",
};
const AGENT = "Mozilla%2F5.0%20(iPhone%3B%20CPU%20iPhone%20OS%2017_0%20like%20Mac%20OS%20X)";

const EVENT = {
  action: "event",
  kochava_app_id: "koexample-ios-a1b2c3",
  kochava_device_id: "3f0c7a52e1d94b6f",
  data: {
    event_name: "Purchase",
    usertime: 1767225600,
    app_version: "4.2.0",
    device_ver: "",
    device_ua: AGENT,
    origination_ip: "203.0.113.7",
    device_ids: DEVICE,
    app_tracking_transparency: { att: true, att_detail: "authorized" },
    currency: "USD",
    event_data: { sum: 19.9, name: "Gold pack", content_id: "sku-77", order_id: "o-1001" },
  },
};

const BROKEN = {
  action: "event",
  kochava_app_id: "koexample-android-d4e5f6",
  kochava_device_id: null,
  data: {
    event_name: "add to cart",
    usertime: 1767225600412,
    device_ver: "",
    device_ua: "",
    origination_ip: "10.0.0.12",
    device_ids: ["00000000-0000-0000-0000-000000000000"],
    currency: "US Dollar",
    event_data: { sum: "$19.90", source: "newsletter", items: [{ sku: "sku-77" }] },
  },
};

/** Every key of the table of Post-Install Event Setup, and of Google's DMA Consent Policy. */
const EVERY_KEY = {
  ...EVENT,
  data: {
    ...EVENT.data,
    app_tracking_transparency: {
      att: true,
      att_time: 1767225000,
      att_duration: 4,
      att_detail: "authorized",
    },
    device_limit_tracking: false,
    gdpr_privacy_consent: {
      gdpr_applies: 1,
      tc_string: "CPXxRfAPXxRfAAfKABENB",
      ad_user_data: 1,
      ad_personalization: 1,
    },
  },
};

const IDENTITY = {
  kochava_app_id: "koexample-ios-a1b2c3",
  device_id: { idfa: DEVICE.idfa },
  data: { app_userid: "user-4711", plan: "pro" },
};

const INSTALL = {
  action: "install",
  kochava_app_id: "koexample-android-d4e5f6",
  kochava_device_id: "3f0c7a52e1d94b6f",
  app_ver: "4.2.0",
  data: {
    usertime: 1767225600,
    app_version: "4.2.0",
    origination_ip: "203.0.113.7",
    device_ua: "",
    device_ver: "SM-G991B-Android-13",
    device_ids: { adid: "01234567-89ab-4def-8123-456789abcdef", android_id: "3f1c0a9be27d5486" },
  },
};

export const bodies: readonly Body[] = [
  { name: "A valid purchase", text: pretty(EVENT), isValid: true },
  { name: "Common mistakes", text: pretty(BROKEN), isValid: false },
  { name: "An event with every key", text: pretty(EVERY_KEY), isValid: true },
  { name: "An identity", text: pretty(IDENTITY), isValid: true },
  { name: "An install", text: pretty(INSTALL), isValid: true },
];
