// The check against the guide: no findings for valid requests, and exactly the expected ones for
// each mistake.

import assert from "node:assert/strict";
import test from "node:test";
import { RULES } from "../check/rules.mjs";
import {
  VALID,
  HEADERS,
  HEADERS_WITHOUT_UA,
  canonical,
  event,
  identity,
  install,
  link,
  update,
} from "../fixtures/valid-requests.mjs";
import { IDENTITY, TRACK, checkRequest } from "../check.mjs";

for (const { sentence, ...request } of VALID) {
  test(`valid: ${sentence}`, () => assert.deepEqual(checkRequest(request), []));
}

for (const [base, expected, change, headers = HEADERS, agreed = {}] of bodies()) {
  test(`${base.name}: ${expected}`, () => {
    const body = base();
    change(body);
    assertFound(
      { path: base === identity ? IDENTITY : TRACK, headers, agreed, bodyText: canonical(body) },
      expected,
    );
  });
}

for (const [bodyText, expected, headers = HEADERS] of texts()) {
  test(`text: ${expected}`, () => assertFound({ path: TRACK, headers, bodyText }, expected));
}

test("a body of 1,999,999 bytes is within the limit", () => {
  const valid = canonical(event());
  const bodyText = valid.replace(
    '"Gold pack"',
    `"${"x".repeat(1_999_999 - valid.length)}Gold pack"`,
  );
  assert.equal(bodyText.length, 1_999_999);
  assertFound({ path: TRACK, headers: HEADERS, bodyText }, "");
});

test("an unknown path", () =>
  assertFound({ path: "/track/kvTracker.php", bodyText: "{}" }, "path-unknown"));

test("header names are case-insensitive", () => {
  assert.deepEqual(
    checkRequest({
      path: TRACK,
      headers: { "Content-Type": "application/json; charset=utf-8" },
      bodyText: canonical(event()),
    }),
    [],
  );
});

test("a key that every object inherits is an unknown key", () => {
  const body = event();
  Object.assign(body.data, { constructor: "x" });
  Object.assign(body.data.device_ids, { constructor: "x", toString: "y" });
  assertFound(
    { path: TRACK, headers: HEADERS, bodyText: canonical(body) },
    "device-id-unknown /data/device_ids/constructor, device-id-unknown /data/device_ids/toString, key-unknown /data/constructor",
  );
});

test("a finding has code, pointer, message and severity, but not the value", () => {
  const body = event();
  body.data.origination_ip = 7;
  assert.deepEqual(checkRequest({ path: TRACK, headers: HEADERS, bodyText: canonical(body) }), [
    {
      code: "wrong-type",
      pointer: "/data/origination_ip",
      message: "the value has the wrong type, expected a string",
      severity: "error",
    },
  ]);
});

test("every rule has a test", () => {
  const tried = [...bodies(), ...texts()].map((row) => row[1]).join(" ");
  const untried = Object.keys(RULES).filter(
    (code) => code !== "path-unknown" && !new RegExp(`(^| )${code}( |,|$)`).test(tried),
  );
  assert.deepEqual(untried, []);
});

function assertFound(request, expected) {
  const found = checkRequest(request).map(({ code, pointer }) => `${code} ${pointer}`.trim());
  assert.deepEqual(found.sort(), expected.split(", ").filter(Boolean).sort());
}

function texts() {
  const valid = canonical(event());
  return [
    ["", "body-empty"],
    ["{", "body-not-json"],
    ["\ufeff" + valid, "body-not-json"],
    [valid.replace('"4.2.0"', '"4.2.0",'), "body-not-json"],
    ["[".repeat(600), "body-not-json"],
    [`[${valid}]`, "body-not-object"],
    [valid, "content-type", {}],
    [valid, "content-type", { "content-type": "application/xml" }],
    [valid.replace("Gold pack", "Gold \ufffd"), "body-not-utf8"],
    [valid.replace('"Gold pack"', `"${"x".repeat(2_000_000)}"`), "body-too-large"],
    [
      valid.replace('"Gold pack"', `"${"x".repeat(2_000_000 - valid.length)}Gold pack"`),
      "body-too-large",
    ],
    [valid.replace("19.9", "19.90"), "not-canonical"],
    [valid.replace("19.9", "20.0"), "not-canonical"],
    [valid.replace("19.9", "2e1"), "not-canonical"],
    [valid.replace("Gold pack", "Gold/pack"), "not-canonical"],
    [valid.replace("Gold pack", "Götz"), "not-canonical"],
    [valid.replace("Gold pack", "G\\u00F6tz"), "not-canonical"],
    [valid.replaceAll(",", ", "), "not-canonical"],
    [
      valid.replace("Gold pack", "Gold/pack"),
      "not-canonical-signed",
      { ...HEADERS, "kochava-auth-token": "x" },
    ],
    [valid.replace("19.9", "1e999"), "php-undecodable"],
    [valid.replace("Gold pack", "\\ud83d"), "php-undecodable"],
    [valid.replace('"name":', '"\\u0000name":'), "php-undecodable"],
    [
      valid.replace('"app_version":', '"usertime":1767225600,"app_version":'),
      "duplicate-key /data/usertime",
    ],
  ];
}

function bodies() {
  return [
    [event, "key-missing /kochava_app_id", (b) => delete b.kochava_app_id],
    [event, "key-missing /action", (b) => delete b.action],
    [event, "key-missing /kochava_device_id", (b) => delete b.kochava_device_id],
    [event, "key-missing /data", (b) => delete b.data],
    [
      event,
      "key-missing /data/device_ids",
      (b) => {
        delete b.data.device_ids;
        b.kochava_device_id = "";
      },
    ],
    [event, "key-missing /data/origination_ip", (b) => delete b.data.origination_ip],
    [event, "key-missing /data/device_ver", (b) => delete b.data.device_ver],
    [
      event,
      "key-missing /data/device_ua, os-version-unreadable /data/device_ua",
      (b) => {
        delete b.data.device_ua;
        b.data.device_ver = "iPhone-iPhone-x1";
      },
    ],
    [event, "key-missing /data/event_name", (b) => delete b.data.event_name],
    [
      event,
      "key-misplaced /device_ids",
      (b) => {
        b.device_ids = b.data.device_ids;
        delete b.data.device_ids;
      },
    ],
    [
      event,
      "key-misplaced /data/kochava_device_id",
      (b) => {
        b.data.kochava_device_id = "x";
        delete b.kochava_device_id;
      },
    ],
    [
      event,
      "key-unknown /event_id",
      (b) => {
        b.event_id = "x";
      },
    ],
    [
      event,
      "key-unknown /data/os_version",
      (b) => {
        b.data.os_version = "17";
      },
    ],
    [
      event,
      "key-unknown /app_ver",
      (b) => {
        b.app_ver = "1";
      },
    ],
    [
      event,
      "null-value /kochava_device_id",
      (b) => {
        b.kochava_device_id = null;
      },
    ],
    [
      event,
      "null-value /data/app_version",
      (b) => {
        b.data.app_version = null;
      },
    ],
    [
      event,
      "null-value /data/event_data/name",
      (b) => {
        b.data.event_data.name = null;
      },
    ],
    [
      event,
      "null-value /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv = null;
      },
    ],
    [
      event,
      "wrong-type /kochava_app_id",
      (b) => {
        b.kochava_app_id = 7;
      },
    ],
    [
      event,
      "wrong-type /kochava_device_id",
      (b) => {
        b.kochava_device_id = 7;
      },
    ],
    [
      event,
      "wrong-type /data",
      (b) => {
        b.data = "x";
      },
    ],
    [
      event,
      "wrong-type /data/app_version",
      (b) => {
        b.data.app_version = 4.2;
      },
    ],
    [
      event,
      "wrong-type /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv = 7;
      },
    ],
    [
      event,
      "empty-value /kochava_app_id",
      (b) => {
        b.kochava_app_id = "";
      },
    ],
    [
      event,
      "app-guid-shape /kochava_app_id",
      (b) => {
        b.kochava_app_id = "com.example.app";
      },
    ],
    [
      event,
      "app-guid-shape /kochava_app_id",
      (b) => {
        b.kochava_app_id = "id123456789";
      },
    ],
    [
      event,
      "action-unknown /action",
      (b) => {
        b.action = "Event";
      },
    ],
    [
      event,
      "action-unknown /action",
      (b) => {
        b.action = "constructor";
      },
    ],
    [
      event,
      "action-sdk-only /action",
      (b) => {
        b.action = "session";
      },
    ],
    [
      event,
      "empty-value /data/event_name",
      (b) => {
        b.data.event_name = " ";
      },
    ],
    [
      event,
      "event-name-near-standard /data/event_name",
      (b) => {
        b.data.event_name = "Add to Wishlist";
      },
    ],
    [
      event,
      "event-name-near-standard /data/event_name",
      (b) => {
        b.data.event_name = "purchase";
      },
    ],

    [
      event,
      "usertime-digits /data/usertime",
      (b) => {
        b.data.usertime = 1767225600123;
      },
    ],
    [
      event,
      "usertime-digits /data/usertime",
      (b) => {
        b.data.usertime = 1767225600;
      },
      HEADERS,
      { millis: true },
    ],
    [
      event,
      "usertime-quoted /data/usertime",
      (b) => {
        b.data.usertime = "1767225600";
      },
    ],
    [
      event,
      "wrong-type /data/usertime",
      (b) => {
        b.data.usertime = "2026-01-01T00:00:00Z";
      },
    ],
    [
      event,
      "wrong-type /data/usertime",
      (b) => {
        b.data.usertime = 1767225600.5;
      },
    ],
    [
      event,
      "wrong-type /data/usertime",
      (b) => {
        b.data.usertime = -1767225600;
      },
    ],

    [
      event,
      "empty-value /data/origination_ip",
      (b) => {
        b.data.origination_ip = "";
      },
    ],
    [
      event,
      "origination-ip-not-literal /data/origination_ip",
      (b) => {
        b.data.origination_ip = "203.0.113.7, 198.51.100.1";
      },
    ],
    [
      event,
      "origination-ip-not-literal /data/origination_ip",
      (b) => {
        b.data.origination_ip = "203.0.113.07";
      },
    ],
    [
      event,
      "origination-ip-not-literal /data/origination_ip",
      (b) => {
        b.data.origination_ip = "2001:db8::1%eth0";
      },
    ],
    [
      event,
      "value-hashed /data/origination_ip",
      (b) => {
        b.data.origination_ip = "0123456789abcdef0123456789abcdef";
      },
    ],
    ...[
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "127.0.0.1",
      "169.254.1.1",
      "172.31.0.1",
      "192.168.1.1",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "::1",
      "fd00::1",
      "fe80::1",
      "ff02::1",
      "::ffff:10.0.0.1",
    ].map((address) => [
      event,
      "origination-ip-not-public /data/origination_ip",
      (b) => {
        b.data.origination_ip = address;
      },
    ]),

    [
      event,
      "user-agent, device-undescribed /data/device_ver",
      (b) => {
        b.data.device_ua = "";
      },
    ],
    [
      event,
      "user-agent",
      (b) => {
        b.data.device_ua = "";
        b.data.device_ver = "iPhone-iOS-17.0";
      },
      { ...HEADERS, "user-agent": "node" },
    ],
    [
      event,
      "device-undescribed /data/device_ver",
      (b) => {
        b.data.device_ua = "";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      event,
      "device-ua-raw /data/device_ua",
      (b) => {
        b.data.device_ua = decodeURIComponent(b.data.device_ua);
      },
    ],
    [
      event,
      "device-ua-raw /data/device_ua, os-version-unreadable /data/device_ua",
      (b) => {
        b.data.device_ua = "50%zz";
      },
    ],
    [
      event,
      "device-ua-raw /data/device_ua, os-version-unreadable /data/device_ua",
      (b) => {
        b.data.device_ua = "Dalvik/2.1.0";
      },
    ],
    [
      event,
      "device-ua-raw /data/device_ua",
      (b) => {
        b.data.device_ua = "App%2F1 (iPhone OS 17)";
      },
    ],
    [event, "device-ua-encoded /data/device_ua", () => {}, HEADERS, { rawUa: true }],
    [
      event,
      "device-ua-double-encoded /data/device_ua, os-version-unreadable /data/device_ua",
      (b) => {
        b.data.device_ua = encodeURIComponent(b.data.device_ua);
      },
    ],
    [
      event,
      "device-ver-with-ua /data/device_ver",
      (b) => {
        b.data.device_ver = "iPhone-iOS-17.0";
      },
    ],
    [
      event,
      "device-ver-shape /data/device_ver, os-version-unreadable /data/device_ua",
      (b) => {
        b.data.device_ua = "";
        b.data.device_ver = "17.0";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      event,
      "os-version-unreadable /data/device_ua",
      (b) => {
        b.data.device_ua = "App%2F1%20CFNetwork%2F1410";
      },
    ],

    [
      event,
      "device-ids-not-object /data/device_ids",
      (b) => {
        b.data.device_ids = [];
      },
    ],
    [
      event,
      "device-ids-not-object /data/device_ids",
      (b) => {
        b.data.device_ids = [{ idfa: "x" }];
      },
    ],
    [
      event,
      "empty-value /data/device_ids",
      (b) => {
        b.data.device_ids = {};
      },
    ],
    [
      event,
      "device-identity-missing /data/device_ids",
      (b) => {
        b.kochava_device_id = "";
        b.data.device_ids = { idfa: "", idfv: "" };
      },
    ],
    [
      event,
      "device-id-alias /data/device_ids/ADID",
      (b) => {
        b.data.device_ids.ADID = "01234567-89ab-4def-8123-456789abcdef";
      },
    ],
    [
      event,
      "device-id-alias /data/device_ids/gaid",
      (b) => {
        b.data.device_ids.gaid = "01234567-89ab-4def-8123-456789abcdef";
      },
    ],
    [
      event,
      "device-id-alias /data/device_ids/faid",
      (b) => {
        b.data.device_ids.faid = "01234567-89ab-4def-8123-456789abcdef";
      },
    ],
    [
      event,
      "device-id-legacy /data/device_ids/imei",
      (b) => {
        b.data.device_ids.imei = "490154203237518";
      },
    ],
    [
      event,
      "device-id-unknown /data/device_ids/tv_id",
      (b) => {
        b.data.device_ids.tv_id = "x";
      },
    ],
    [
      event,
      "device-id-zero /data/device_ids/idfa",
      (b) => {
        b.data.device_ids.idfa = "00000000-0000-0000-0000-000000000000";
      },
    ],
    [
      event,
      "device-id-zero /kochava_device_id",
      (b) => {
        b.kochava_device_id = "00000000000000000000000000000000";
      },
    ],
    [
      event,
      "device-id-placeholder /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv = "Unknown";
      },
    ],
    [
      event,
      "device-id-untrimmed /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv += " ";
      },
    ],
    [
      event,
      "device-id-shape /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv = "amplitude-device-1";
      },
    ],
    [
      event,
      "value-hashed /data/device_ids/idfv",
      (b) => {
        b.data.device_ids.idfv = "0123456789abcdef0123456789abcdef01234567";
      },
    ],

    [
      event,
      "att-missing /data/app_tracking_transparency",
      (b) => delete b.data.app_tracking_transparency,
    ],
    [
      event,
      "att-missing /data/app_tracking_transparency",
      (b) => {
        delete b.data.app_tracking_transparency;
        b.data.device_ua = "";
        b.data.device_ver = "iPad-iPadOS-18.1";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      event,
      "att-unneeded-idfa /data/device_ids/idfa",
      (b) => {
        b.data.app_tracking_transparency = { att: false };
      },
    ],
    [
      event,
      "wrong-type /data/app_tracking_transparency",
      (b) => {
        b.data.app_tracking_transparency = true;
      },
    ],
    [
      event,
      "wrong-type /data/app_tracking_transparency/att",
      (b) => {
        b.data.app_tracking_transparency.att = 1;
      },
    ],
    [
      event,
      "key-missing /data/app_tracking_transparency/att",
      (b) => delete b.data.app_tracking_transparency.att,
    ],
    [
      event,
      "key-unknown /data/app_tracking_transparency/att-detail",
      (b) => {
        b.data.app_tracking_transparency = { att: true, "att-detail": "authorized" };
      },
    ],
    [
      event,
      "att-detail /data/app_tracking_transparency/att_detail",
      (b) => {
        b.data.app_tracking_transparency.att_detail = "not_determined";
      },
    ],
    [
      event,
      "att-contradiction /data/app_tracking_transparency",
      (b) => {
        b.data.app_tracking_transparency.att_detail = "denied";
      },
    ],
    [
      event,
      "usertime-digits /data/app_tracking_transparency/att_time",
      (b) => {
        b.data.app_tracking_transparency.att_time = 1767225600123;
      },
    ],
    [
      event,
      "limit-tracking /data/device_limit_tracking",
      (b) => {
        b.data.device_limit_tracking = 1;
      },
    ],
    [
      event,
      "consent-flag /data/gdpr_privacy_consent/gdpr_applies",
      (b) => {
        b.data.gdpr_privacy_consent = { gdpr_applies: true, tc_string: "x" };
      },
    ],
    [
      event,
      "consent-incomplete /data/gdpr_privacy_consent",
      (b) => {
        b.data.gdpr_privacy_consent = { gdpr_applies: 1, ad_user_data: 1 };
      },
    ],
    [
      event,
      "empty-value /data/origination_ip, consent-applies-missing /data/gdpr_privacy_consent",
      (b) => {
        b.data.origination_ip = "";
        b.data.gdpr_privacy_consent = { tc_string: "x" };
      },
    ],
    [
      event,
      "object-becomes-list /data/event_data",
      (b) => {
        delete b.data.currency;
        b.data.event_data = { 0: "a", 1: "b" };
      },
    ],
    [
      event,
      "object-becomes-list /data/event_data",
      (b) => {
        delete b.data.currency;
        b.data.event_data = {};
      },
    ],

    [
      event,
      "currency-shape /data/currency",
      (b) => {
        b.data.currency = "usd";
      },
    ],
    [event, "currency-missing /data/currency", (b) => delete b.data.currency],
    [
      event,
      "sum-not-number /data/event_data/sum",
      (b) => {
        b.data.event_data.sum = "$19.90";
      },
    ],
    [
      event,
      "event-data-not-object /data/event_data",
      (b) => {
        b.data.event_data = "20";
      },
    ],
    [
      event,
      "event-data-not-object /data/event_data",
      (b) => {
        b.data.event_data = [];
      },
    ],
    [
      event,
      "event-data-nested /data/event_data/items",
      (b) => {
        b.data.event_data.items = [1];
      },
    ],
    [
      event,
      "event-data-nested /data/event_data/a~1b",
      (b) => {
        b.data.event_data["a/b"] = { c: 1 };
      },
    ],
    [
      event,
      "event-data-reserved /data/event_data/source",
      (b) => {
        b.data.event_data.source = "x";
      },
    ],
    [
      event,
      "event-data-many-keys /data/event_data",
      (b) => {
        for (let i = 0; i < 13; i += 1) b.data.event_data[`k${i}`] = i;
      },
    ],

    [
      install,
      "install-has-event-key /data/event_name",
      (b) => {
        b.data.event_name = "Install";
      },
      HEADERS_WITHOUT_UA,
    ],
    [install, "key-missing /data/device_ids", (b) => delete b.data.device_ids, HEADERS_WITHOUT_UA],
    [
      install,
      "wrong-type /data/install_referrer",
      (b) => {
        b.data.install_referrer = "x";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "key-missing /data/install_referrer/referrer",
      (b) => delete b.data.install_referrer.referrer,
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "empty-value /data/install_referrer/referrer",
      (b) => {
        b.data.install_referrer.referrer = " ";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "usertime-digits /data/install_referrer/referrer_click_time",
      (b) => {
        b.data.install_referrer.referrer_click_time = 1767225000000;
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "empty-value /data/ad_services_token",
      (b) => {
        b.data.ad_services_token = "";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "wrong-type /data/adservices_attribution_details/attribution",
      (b) => {
        b.data.adservices_attribution_details = { attribution: "true", orgId: 40669820 };
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "wrong-type /data/adservices_attribution_details/orgId",
      (b) => {
        b.data.adservices_attribution_details = { attribution: true, orgId: "40669820" };
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "key-unknown /data/adservices_attribution_details/surprise",
      (b) => {
        b.data.adservices_attribution_details = { attribution: true, surprise: 1 };
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      install,
      "device-id-shape /data/device_ids/android_id",
      (b) => {
        b.data.device_ids.android_id = "x";
      },
      HEADERS_WITHOUT_UA,
    ],
    [
      update,
      "empty-value /kochava_device_id",
      (b) => {
        b.kochava_device_id = "";
      },
    ],
    [
      update,
      "empty-value /data/idfa",
      (b) => {
        b.data.idfa = "";
      },
    ],
    [
      update,
      "device-id-zero /data/idfa",
      (b) => {
        b.data.idfa = "00000000-0000-0000-0000-000000000000";
      },
    ],
    [update, "key-missing /data/idfa, object-becomes-list /data", (b) => delete b.data.idfa],
    [
      link,
      "key-missing /data/identity_link, object-becomes-list /data",
      (b) => delete b.data.identity_link,
    ],
    [
      link,
      "identity-data-empty /data/identity_link",
      (b) => {
        b.data.identity_link = {};
      },
    ],
    [
      link,
      "wrong-type /data/identity_link/app_userid",
      (b) => {
        b.data.identity_link.app_userid = 4711;
      },
    ],
    [
      link,
      "identity-many-pairs /data/identity_link",
      (b) => {
        b.data.identity_link.plan = "pro";
      },
    ],
    [
      link,
      "device-identity-missing /data/device_ids",
      (b) => {
        b.kochava_device_id = "";
      },
    ],

    [identity, "key-missing /device_id", (b) => delete b.device_id],
    [identity, "key-missing /kochava_app_id", (b) => delete b.kochava_app_id],
    [identity, "key-missing /data", (b) => delete b.data],
    [
      identity,
      "identity-device-ids-plural /device_ids",
      (b) => {
        b.device_ids = b.device_id;
        delete b.device_id;
      },
    ],
    [
      identity,
      "device-identity-missing /device_id",
      (b) => {
        b.device_id.idfa = "";
      },
    ],
    [
      identity,
      "empty-value /device_id",
      (b) => {
        b.device_id = {};
      },
    ],
    [
      identity,
      "device-ids-not-object /device_id",
      (b) => {
        b.device_id = "x";
      },
    ],
    [
      identity,
      "device-id-zero /device_id/idfa",
      (b) => {
        b.device_id.idfa = "00000000-0000-0000-0000-000000000000";
      },
    ],
    [
      identity,
      "value-hashed /device_id/idfa",
      (b) => {
        b.device_id.idfa = "0123456789abcdef0123456789abcdef";
      },
    ],
    [
      identity,
      "wrong-type /data/app_userid",
      (b) => {
        b.data.app_userid = 4711;
      },
    ],
    [
      identity,
      "wrong-type /data/plan",
      (b) => {
        b.data.plan = true;
      },
    ],
    [
      identity,
      "empty-value /data/plan",
      (b) => {
        b.data.plan = "";
      },
    ],
    [
      identity,
      "identity-data-empty /data",
      (b) => {
        b.data = {};
      },
    ],
    [
      identity,
      "null-value /data/plan",
      (b) => {
        b.data.plan = null;
      },
    ],
    [
      identity,
      "key-unknown /action",
      (b) => {
        b.action = "identityLink";
      },
    ],
    [
      identity,
      "key-unknown /kochava_device_id",
      (b) => {
        b.kochava_device_id = "x";
      },
    ],
  ];
}
