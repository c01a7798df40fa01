// Limits for SDKs: by key and by device, as bindings of the platform.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { until } from "./durable.mjs";
import { assertError, startHarness } from "./support.mjs";
import {
  KEY,
  NEXT_KEY,
  SDK_SETTINGS,
  amplitudeEvent,
  form,
  FORM,
  sdkClient,
  segmentCall,
} from "./sdk.mjs";

const start = (t, rates) =>
  startHarness(t, {
    settings: SDK_SETTINGS,
    bindings: { SDK_KEYS: `${KEY},${NEXT_KEY}` },
    rates,
  });
// the platform's local counter begins anew with every minute
beforeEach(() => until(() => Date.now() % 60_000 < 45_000, "a minute should begin"));

const of = (...devices) => ({
  api_key: KEY,
  events: devices.map((device_id) => amplitudeEvent({ device_id })),
});

test("a key that sends too often is told to wait, another key is not", async (t) => {
  const harness = await start(t, { SDK_KEY_RATE: { limit: 2, period: 60 } });
  const sdk = sdkClient(harness);
  for (const _ of [1, 2]) assert.equal((await sdk("/2/httpapi", of("device-1"))).status, 200);
  const limited = await sdk("/2/httpapi", of("device-1", "device-2"));
  assert.equal(limited.status, 429);
  assert.equal(limited.headers["retry-after"], "30");
  // what SDKs of the TypeScript family read; they send all of it again, what is listed after 30 s
  assert.deepEqual(limited.json, {
    code: 429,
    error: "too-many-requests",
    eps_threshold: 0,
    throttled_devices: {},
    throttled_users: {},
    exceeded_daily_quota_devices: {},
    exceeded_daily_quota_users: {},
    throttled_events: [0, 1],
  });
  const asForm = await sdk("/", form({ client: KEY, e: JSON.stringify([amplitudeEvent()]) }), FORM);
  assert.deepEqual([asForm.status, asForm.text], [429, "too-many-requests"]);
  // analytics-node and analytics-next wait for as long as Retry-After says
  const segment = await sdk("/v1/t", { ...segmentCall(), writeKey: KEY });
  assertError(segment, 429, "too-many-requests");
  assert.equal(segment.headers["retry-after"], "30");
  // another name beside the key does not make it another key
  const basic = `Basic ${Buffer.from("any:").toString("base64")}`;
  const renamed = await sdk("/v1/t", { ...segmentCall(), writeKey: KEY }, { authorization: basic });
  assert.equal(renamed.status, 429);
  assert.equal((await sdk("/v1/t", { ...segmentCall(), writeKey: NEXT_KEY })).status, 200);
  assert.equal(harness.calls.length, 3);
});

test("a device that sends too often is named by the indices of its events", async (t) => {
  const harness = await start(t, { SDK_DEVICE_RATE: { limit: 1, period: 60 } });
  const sdk = sdkClient(harness);
  assert.equal((await sdk("/2/httpapi", of("device-1", "device-1"))).status, 200);
  const limited = await sdk("/2/httpapi", of("device-2", "device-1", "device-3", "device-1"));
  assert.deepEqual([limited.status, limited.json.throttled_events], [429, [1, 3]]);
  assert.equal((await sdk("/2/httpapi", of("device-4"))).status, 200);
  const first = segmentCall({ anonymousId: "device-5" });
  assert.equal((await sdk("/v1/t", { ...first, writeKey: KEY })).status, 200);
  assert.equal((await sdk("/v1/t", { ...first, writeKey: KEY })).status, 429);
  // a batch of a server has more devices than an app, and is not limited by them
  const many = Array.from({ length: 21 }, (_, number) => `device-1${number}`);
  for (const _ of [1, 2]) assert.equal((await sdk("/2/httpapi", of(...many))).status, 200);
});

test("webhooks have no limit, and without the bindings SDKs have none", async (t) => {
  const harness = await start(t, { SDK_KEY_RATE: { limit: 1, period: 60 } });
  for (const _ of [1, 2, 3]) assert.equal((await harness.post({})).status, 200);
  const free = await start(t, {});
  for (const _ of [1, 2, 3]) {
    assert.equal((await sdkClient(free)("/2/httpapi", of("device-1"))).status, 200);
  }
});
