// Settings and bindings: /health reports all faults, and the Worker refuses events while there are
// any.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  SETTINGS,
  assertCounts,
  assertError,
  assertRetryAfter,
  event,
  startHarness,
} from "./support.mjs";

const CANARY = "canary7f3a";
const DELIVERED = { received: 1, delivered: 1 };

/**
 * Returns the faults of /health as [[path, code]]; asserts that events are refused while there are
 * any.
 */
async function faultsOf(t, bindings) {
  const harness = await startHarness(t, { bindings });
  const health = await harness.send("/health");
  assert.equal(health.json.status, health.status === 200 ? "ok" : "misconfigured", health.text);
  const { faults } = health.json;
  assert.equal(health.status, faults.length === 0 ? 200 : 503);
  for (const { path, code, message } of faults)
    assert.ok(
      [path, code, message].every((text) => typeof text === "string") && message.length > 0,
    );
  if (faults.length > 0) {
    assertRetryAfter(health);
    if (bindings.INGEST_TOKEN !== null) await assertClosed(harness);
  }
  assert.ok(!(health.text + JSON.stringify(health.headers)).includes(CANARY), health.text);
  return faults.map(({ path, code }) => [path, code]);
}

async function assertClosed(harness) {
  for (const post of [harness.post, harness.preview]) {
    const answer = await post(event());
    assertError(answer, 503, "misconfigured");
    assert.match(answer.json.error.message, /\/health/);
    assertRetryAfter(answer);
    assertError(await post(event(), { token: "wrong" }), 401, "unauthorized");
  }
  assert.equal(harness.calls.length, 0);
}

test("/health has the version and the bindings that are set", async (t) => {
  const harness = await startHarness(t, {
    bindings: {
      INGEST_TOKEN_NEXT: CANARY,
      SDK_KEYS: `${CANARY}-key`,
      SEGMENT_SECRET: CANARY,
      KOCHAVA_API_KEY: CANARY,
      KOCHAVA_SECRET: CANARY,
    },
    rates: { SDK_KEY_RATE: { limit: 1, period: 60 } },
  });
  const { status, json, text } = await harness.send("/health");
  assert.equal(status, 200);
  assert.match(json.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(json, {
    status: "ok",
    version: json.version,
    bindings: {
      INGEST_TOKEN: true,
      INGEST_TOKEN_NEXT: true,
      ADMIN_TOKEN: false,
      SDK_KEYS: true,
      SEGMENT_SECRET: true,
      TEE_AMPLITUDE: false,
      ALERT_URL: false,
      ACCESS_AUD: false,
      ACCESS_TEAM: false,
      SDK_KEY_RATE: true,
      SDK_DEVICE_RATE: false,
      KOCHAVA_API_KEY: true,
      KOCHAVA_SECRET: true,
      KOCHAVA_URL: true,
      ASSETS: true,
      QUEUE: false,
      DB: false,
      JOURNAL: false,
    },
    faults: [],
    syncs: [{ sync: null, status: "ok", faults: [], settings: json.syncs[0].settings }],
  });
  assert.match(json.syncs[0].settings, /^[0-9a-f]{32}$/);
  assert.ok(!text.includes(CANARY) && !text.includes("the-ingest-token"));
});

test("the settings of wrangler.toml are valid, and only the token is missing", async (t) => {
  const [bare, set] = [
    await startHarness(t, { settings: null, bindings: { INGEST_TOKEN: null } }),
    await startHarness(t, { settings: null }),
  ];
  assert.deepEqual((await set.send("/health")).json.faults, []);
  const { status, json } = await bare.send("/health");
  assert.deepEqual(
    [status, json.faults.map(({ path, code }) => [path, code])],
    [503, [["INGEST_TOKEN", "missing"]]],
  );
  assert.match(
    json.faults[0].message,
    /cp \.dev\.vars\.example .*wrangler secret put INGEST_TOKEN/,
  );
});

test("all faults are reported at once", async (t) => {
  const faults = await faultsOf(t, {
    INGEST_TOKEN: null,
    KOCHAVA_URL: "http://control.kochava.com",
    KOCHAVA_API_KEY: CANARY,
    SUBREQUESTS_MAX: 0,
    SETTINGS: {
      app_guidd: "x",
      enabled: "yes",
      mapping: { kochava_device_id: "a..b" },
      authentication: { secret: CANARY },
      delivery: { attempts: 0 },
    },
  });
  const expected = [
    "INGEST_TOKEN",
    "KOCHAVA_URL",
    "SUBREQUESTS_MAX",
    "app_guid",
    "app_guidd",
    "authentication",
    "authentication.secret",
    "delivery.attempts",
    "enabled",
    "mapping",
    "mapping.kochava_device_id",
    "mapping.origination_ip",
  ];
  assert.deepEqual(faults.map(([path]) => path).sort(), expected);
});

test("an unknown key is a fault, with the nearest known one", async (t) => {
  const harness = await startHarness(t, { settings: { maping: {} } });
  const [{ path, message }, ...more] = (await harness.send("/health")).json.faults;
  assert.deepEqual([path, more], ["maping", []]);
  assert.match(message, /`mapping`/);
  await assertClosed(harness);
});

test("a variable in the wrong case is a fault, with the right spelling", async (t) => {
  for (const [name, right] of [
    ["SETTINGS_rejects", "SETTINGS_REJECTS"],
    ["Settings_Mapping", "SETTINGS_MAPPING"],
  ]) {
    const harness = await startHarness(t, { bindings: { [name]: { keep: "reason" } } });
    const { faults } = (await harness.send("/health")).json;
    assert.deepEqual(faults, [
      {
        path: name,
        code: "unknown-key",
        message: `is not a variable of the settings; did you mean \`${right}\`?`,
      },
    ]);
    await assertClosed(harness);
  }
});

test("a token of fewer than 16 characters is a fault, except beside a Kochava on this machine", async (t) => {
  const KOCHAVA_URL = "https://control.kochava.com";
  const short = "fifteen-letters";
  for (const name of ["INGEST_TOKEN", "INGEST_TOKEN_NEXT", "ADMIN_TOKEN"]) {
    const harness = await startHarness(t, { bindings: { KOCHAVA_URL, [name]: short } });
    const [{ path, code, message }, ...more] = (await harness.send("/health")).json.faults;
    assert.deepEqual([path, code, more], [name, "too-short", []]);
    assert.match(message, /16 characters.*openssl rand -hex 32/);
    const token = name === "INGEST_TOKEN" ? short : undefined;
    assertError(await harness.post(event(), { token }), 503, "misconfigured");
    const local = await startHarness(t, { bindings: { [name]: short } });
    assert.equal((await local.send("/health")).status, 200);
  }
});

test("without settings each required one is reported", async (t) => {
  assert.deepEqual((await faultsOf(t, { SETTINGS: {} })).sort(), [
    ["app_guid", "missing"],
    // the object, and one identifier within it
    ["mapping", "missing"],
    ["mapping", "missing"],
    ["mapping.kochava_device_id", "missing"],
    ["mapping.origination_ip", "missing"],
  ]);
});

test("SETTINGS that are not a JSON object are a fault", async (t) => {
  const reported = await Promise.all(
    [`{"${CANARY}"`, "[]", 17, [CANARY]].map((SETTINGS) => faultsOf(t, { SETTINGS })),
  );
  for (const faults of reported)
    assert.ok(
      faults.some(([path, code]) => path === "SETTINGS" && code === "wrong-type"),
      `${faults}`,
    );
});

test("settings may be JSON text or objects, in one variable or split by their top-level keys", async (t) => {
  const { app_guid, events, mapping } = SETTINGS;
  const splits = [
    { SETTINGS: { app_guid, events }, SETTINGS_MAPPING: mapping },
    {
      SETTINGS: null,
      SETTINGS_APP_GUID: app_guid,
      SETTINGS_EVENTS: JSON.stringify(events),
      SETTINGS_MAPPING: JSON.stringify(mapping),
    },
    {
      SETTINGS: JSON.stringify({ app_guid: "kowrong", enabled: false, mapping }),
      SETTINGS_APP_GUID: { default: app_guid },
      SETTINGS_EVENTS: events,
      SETTINGS_ENABLED: "true",
    },
  ];
  for (const harness of await Promise.all(
    splits.map((bindings) => startHarness(t, { bindings })),
  )) {
    assertCounts(await harness.post(event()), 200, DELIVERED);
    assert.equal(harness.calls[0].body.kochava_app_id, app_guid);
    assert.deepEqual(harness.calls[0].body.data.event_data, { level: 12 });
  }
  const off = await startHarness(t, { bindings: { SETTINGS_ENABLED: false } });
  assertCounts(await off.post(event()), 200, { received: 1, skipped: 1 });
  assert.ok((await faultsOf(t, { SETTINGS_MAPPING: "{" })).some(([path]) => /mapping/i.test(path)));
});

test("a variable of more than 5 KB, the limit of the platform, is a fault", async (t) => {
  const renaming = (name) => ({
    ...SETTINGS,
    events: { ...SETTINGS.events, rename: { [name]: "y" } },
  });
  const settings = (bytes) => renaming("x".repeat(bytes - JSON.stringify(renaming("")).length));
  assert.equal(JSON.stringify(settings(5_000)).length, 5_000);
  const padded = JSON.stringify(SETTINGS.mapping).replace("{", `{${" ".repeat(5_000)}`);
  const reported = await Promise.all(
    [
      { SETTINGS: settings(5_000) },
      { SETTINGS: settings(5_001) },
      { SETTINGS_MAPPING: padded },
    ].map((bindings) => faultsOf(t, bindings)),
  );
  assert.deepEqual(reported, [
    [],
    [["SETTINGS", "too-large"]],
    [["SETTINGS_MAPPING", "too-large"]],
  ]);
});

test("credentials come from secrets, both or neither", async (t) => {
  const cases = [
    [{ KOCHAVA_API_KEY: CANARY }, ["authentication.secret", "missing"]],
    [{ KOCHAVA_SECRET: CANARY, KOCHAVA_API_KEY: "" }, ["authentication.api_key", "missing"]],
    [
      { KOCHAVA_SECRET: `${CANARY} with a blank`, KOCHAVA_API_KEY: "key" },
      ["authentication.secret", "invalid"],
    ],
    [
      { SETTINGS: { ...SETTINGS, authentication: { api_key: CANARY, secret: CANARY } } },
      ["authentication", "secret-in-settings"],
    ],
  ];
  const reported = await Promise.all(cases.map(([bindings]) => faultsOf(t, bindings)));
  assert.deepEqual(
    reported,
    cases.map(([, fault]) => [fault]),
  );
});

test("KOCHAVA_URL must be an origin over https, and SUBREQUESTS_MAX a whole number above 0", async (t) => {
  const cases = [
    ["http://control.kochava.com", 0],
    ["http://127.0.0.1.example.com", -1],
    ["https://control.kochava.com/track/json", 1.5],
    [`https://user:${CANARY}@control.kochava.com`, "many"],
    ["control.kochava.com", ""],
    ["", true],
  ];
  const reported = await Promise.all(
    cases.map(([KOCHAVA_URL, SUBREQUESTS_MAX]) => faultsOf(t, { KOCHAVA_URL, SUBREQUESTS_MAX })),
  );
  assert.deepEqual(
    reported,
    cases.map(() => [
      ["KOCHAVA_URL", "invalid"],
      ["SUBREQUESTS_MAX", "invalid"],
    ]),
  );
  const { preview } = await startHarness(t, {
    bindings: { KOCHAVA_URL: "https://relay.example.com:8443", SUBREQUESTS_MAX: "50" },
  });
  assert.equal(
    (await preview(event())).json.fates[0].requests[0].url,
    "https://relay.example.com:8443/track/json",
  );
});

test("without KOCHAVA_URL calls go to Kochava", async (t) => {
  const { preview } = await startHarness(t, { bindings: { KOCHAVA_URL: null } });
  assert.equal(
    (await preview(event())).json.fates[0].requests[0].url,
    "https://control.kochava.com/track/json",
  );
});
