// The routes of SDKs of Segment and RudderStack: what they take, and how they answer.
//
// Sources: Segment, HTTP API and Spec; RudderStack, HTTP API. real-sdks.test.mjs drives the SDKs
// themselves.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TOKEN, assertError, assertRetryAfter, endless, startHarness } from "./support.mjs";
import {
  ADID,
  CHROME,
  DEVICE_IP,
  KEY,
  NEXT_KEY,
  SDK_SETTINGS,
  amplitudeEvent,
  sdkClient,
  segmentCall,
} from "./sdk.mjs";

const harness = await startHarness(
  { after },
  { settings: SDK_SETTINGS, bindings: { SDK_KEYS: `${KEY},${NEXT_KEY}` } },
);
beforeEach(() => harness.kochava.reset());
const sdk = sdkClient(harness);

const basic = (user, password = "") => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});
const AUTH = basic(KEY);
// calls of several devices or events leave side by side
const names = () => harness.calls.map((call) => call.body.data.event_name).sort();

function assertSuccess(answer) {
  assert.deepEqual([answer.status, answer.text], [200, '{"success":true}']);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
}

test("a call arrives with address and user agent of the connection", async () => {
  assertSuccess(await sdk("/v1/track", segmentCall(), AUTH));
  assert.deepEqual(harness.calls[0].body, {
    action: "event",
    kochava_app_id: "kotest-android-a1b2c3",
    kochava_device_id: "3f1c0a9be27d5486",
    data: {
      event_name: "Level Complete",
      // 2026-01-12T09:14:07Z
      usertime: 1_768_209_247,
      app_version: "5.2.0",
      device_ver: "",
      device_ua: encodeURIComponent(CHROME),
      origination_ip: DEVICE_IP,
      device_ids: { adid: ADID, android_id: "3f1c0a9be27d5486" },
      event_data: { level: 12 },
    },
  });
});

test("the path tells the type of a call, in full and in short", async () => {
  const { type: _, ...call } = segmentCall();
  const screen = { ...call, event: undefined, name: "Basket" };
  const identify = { ...call, event: undefined, traits: { plan: "pro" } };
  const cases = [
    ["track", call, { event_name: "Level Complete" }],
    ["screen", screen, { event_name: "screen view Basket" }],
    ["page", screen, { event_name: "page view Basket" }],
    ["identify", identify, { app_userid: "u-48213", plan: "pro" }],
    ["group", { ...call, groupId: "g" }, undefined],
    ["alias", { ...call, previousId: "p" }, undefined],
  ];
  for (const [type, body, expected] of cases) {
    for (const path of [`/v1/${type}`, `/v1/${type[0]}`]) {
      harness.kochava.reset();
      assertSuccess(await sdk(path, body, AUTH));
      const [data] = harness.calls.map((sent) => sent.body.data);
      if (expected?.event_name) assert.equal(data.event_name, expected.event_name, path);
      else assert.deepEqual(data, expected, path);
    }
  }
});

test("a batch shares its context, and a bad item does not touch its neighbours", async () => {
  const { context, ...call } = segmentCall();
  const batch = {
    batch: [
      { ...call, event: "Level 1" },
      { ...call, event: "Level 2", properties: { revenue: "much" } },
      { ...call, type: "delete" },
      7,
      { ...call, event: "Level 3" },
    ],
    context: { ...context, ip: "198.51.100.4" },
    sentAt: "2026-01-12T09:14:08.000Z",
  };
  for (const path of ["/v1/batch", "/v1/b", "/beacon/v1/batch"]) {
    harness.kochava.reset();
    assertSuccess(await sdk(path, batch, AUTH));
    assert.deepEqual(names(), ["Level 1", "Level 3"], path);
    for (const { body } of harness.calls) assert.equal(body.data.origination_ip, "198.51.100.4");
  }
});

test("the key is the user of Basic, a member of the body or, for beacons, in the query", async () => {
  const call = segmentCall();
  assertSuccess(await sdk("/v1/t", call, basic(NEXT_KEY)));
  assertSuccess(await sdk("/v1/t", { ...call, writeKey: KEY }));
  assertSuccess(await sdk("/v1/batch", { batch: [call], writeKey: KEY }));
  // what sendBeacon posts is labelled as text
  const text = { "content-type": "text/plain;charset=UTF-8" };
  assertSuccess(await sdk(`/beacon/v1/batch?writeKey=${KEY}`, { batch: [call] }, text));
  assert.equal(harness.calls.length, 4);
});

test("a wrong key is 401, for which SDKs drop the request", async () => {
  // Segment, analytics-node: 4xx are final but for 408, 410, 429 and 460
  const call = segmentCall();
  const refused = [
    [call, {}],
    [call, basic("wrong")],
    [call, basic("", KEY)],
    [call, { authorization: `Bearer ${KEY}` }],
    [call, { "x-api-key": KEY }],
    [call, basic(TOKEN)],
    [{ ...call, writeKey: "wrong" }, {}],
    [{ ...call, properties: { writeKey: KEY } }, {}],
    [`{"writeKey":"${KEY}"`, {}],
  ];
  for (const [body, headers] of refused) {
    const answer = await sdk("/v1/track", body, headers);
    assertError(answer, 401, "unauthorized");
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    // a browser would ask its user for a password
    assert.equal(answer.headers["www-authenticate"], undefined);
  }
  assert.equal(harness.calls.length, 0);
});

test("a gzipped batch of RudderStack's is RudderStack's, also beside a sync without it", async (t) => {
  const call = segmentCall({ channel: "server" });
  call.context.library = { name: "@rudderstack/rudder-sdk-node", version: "3.0.13" };
  const body = gzipSync(JSON.stringify({ batch: [call], sentAt: "2026-01-12T09:14:08.000Z" }));
  const headers = { ...AUTH, "content-encoding": "gzip" };
  assertSuccess(await sdk("/v1/batch", body, headers));
  assert.deepEqual(names(), ["Level Complete"]);
  const segmentAlone = await startHarness(t, {
    settings: { ...SDK_SETTINGS, sources: ["segment"] },
    bindings: { SDK_KEYS: KEY },
  });
  const lines = await segmentAlone.linesOf(async () => {
    assertSuccess(await sdkClient(segmentAlone)("/v1/batch", body, headers));
    assertSuccess(await sdkClient(segmentAlone)("/v1/batch", { batch: [segmentCall()] }, AUTH));
  });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).codes),
    [{ "source-not-selected": 1 }, {}],
  );
  assert.equal(segmentAlone.calls.length, 1);
});

test("what cannot be read is 400, too much 413, and without Kochava it is 503", async () => {
  assertError(await sdk("/v1/batch", '{"batch":[', AUTH), 400, "invalid-json");
  assertError(await sdk("/v1/batch", "", AUTH), 400, "empty-body");
  const large = endless([`{"batch":[]}${" ".repeat(5_000_000)}`]);
  assertError(await sdk("/v1/batch", large, AUTH), 413, "body-too-large");
  harness.kochava.script([{ status: 503, forever: true }]);
  const busy = await sdk("/v1/batch", { batch: [segmentCall()] }, AUTH);
  assertError(busy, 503, "kochava-unavailable");
  assertRetryAfter(busy);
  assert.equal(busy.headers["access-control-expose-headers"], "Retry-After");
});

test("calls of other senders are none of Segment's", async () => {
  const lines = await harness.linesOf(async () => {
    assertSuccess(await sdk("/v1/batch", { batch: [amplitudeEvent()] }, AUTH));
  });
  const [{ refused, skipped }] = lines.map((line) => JSON.parse(line));
  assert.equal(refused + skipped, 1);
  assert.equal(harness.calls.length, 0);
});

test("a page of any origin may send, also with the header Authorization", async () => {
  for (const path of ["/v1/track", "/v1/t", "/v1/b", "/beacon/v1/batch"]) {
    const answer = await harness.send(path, {
      method: "OPTIONS",
      headers: {
        origin: "https://shop.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    assert.equal(answer.status, 204, path);
    assert.match(answer.headers["access-control-allow-headers"], /authorization/i);
  }
  assertError(await sdk("/v1/delete", segmentCall(), AUTH), 404, "not-found");
});
