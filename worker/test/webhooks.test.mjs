// The routes of webhooks: what each sender sends arrives, who may send, and how each is answered.
//
// Sources: the pages of Segment, RudderStack, mParticle and RevenueCat about their webhooks;
// CloudEvents, HTTP Protocol Binding and HTTP Webhook. The cases in tests/senders/ have the formats.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, beforeEach, test } from "node:test";
import { CloudEvent, HTTP } from "cloudevents";
import { TOKEN, assertCounts, assertError, endless, event, startHarness } from "./support.mjs";
import { ADID, DEVICE_IP, amplitudeEvent, segmentCall } from "./sdk.mjs";

const SECRET = "the-secret-of-segment";
const SETTINGS = {
  events: { properties: [] },
  mapping: {
    kochava_device_id: [
      "user_properties.kochava_device_id",
      "context.device.id",
      "user_attributes.kochava_device_id",
      "subscriber_attributes.$kochavaDeviceId",
    ],
    adid: [
      "user_properties.adid",
      "context.device.advertisingId",
      "device_info.android_advertising_id",
      "subscriber_attributes.$gpsAdId",
    ],
    origination_ip: ["ip_address", "ip", "context.ip", "subscriber_attributes.$ip"],
  },
};
const harness = await startHarness({ after }, { settings: SETTINGS });
const signed = await startHarness(
  { after },
  { settings: SETTINGS, bindings: { SEGMENT_SECRET: SECRET } },
);
beforeEach(() => {
  harness.kochava.reset();
  signed.kochava.reset();
});

const post = (path, body, headers = {}, at = harness) =>
  at.send(path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}`, ...headers },
    body,
  });

const call = (over = {}) => {
  const { context, ...rest } = segmentCall(over);
  return { ...rest, context: { ...context, ip: "198.51.100.4" } };
};

/** A batch as mParticle's webhook output has it (mParticle, JSON reference). */
const mparticleBatch = {
  events: [
    {
      event_type: "custom_event",
      data: { event_name: "Level Complete", timestamp_unixtime_ms: 1_768_209_247_412 },
    },
  ],
  device_info: { platform: "Android", android_advertising_id: ADID },
  application_info: { application_version: "5.2.0" },
  user_attributes: { kochava_device_id: "KA-9F3C2A7715D84E06" },
  environment: "production",
  ip: "198.51.100.4",
  mpid: 7_346_244_611_012,
  schema_version: 2,
};

/** A webhook of RevenueCat (RevenueCat, Event types and fields). */
const revenuecatWebhook = {
  api_version: "1.0",
  event: {
    id: "e-1",
    type: "INITIAL_PURCHASE",
    event_timestamp_ms: 1_768_209_247_412,
    app_user_id: "u-48213",
    environment: "PRODUCTION",
    store: "PLAY_STORE",
    currency: "EUR",
    price: 5.49,
    price_in_purchased_currency: 4.99,
    subscriber_attributes: {
      $kochavaDeviceId: { value: "KA-9F3C2A7715D84E06", updated_at_ms: 1 },
      $ip: { value: "198.51.100.4", updated_at_ms: 1 },
      $gpsAdId: { value: ADID, updated_at_ms: 1 },
    },
  },
};

const cloudEvent = (data) => ({
  specversion: "1.0",
  id: "ce-1",
  source: "/shop",
  type: "com.example.event",
  datacontenttype: "application/json",
  data,
});

/** What each route is sent, and the name of the event that must arrive. */
const WEBHOOKS = [
  ["/amplitude", event(), "Level Complete"],
  ["/segment", call(), "Level Complete"],
  ["/rudderstack", call({ channel: "mobile", rudderId: "r-1" }), "Level Complete"],
  ["/mparticle", mparticleBatch, "Level Complete"],
  ["/revenuecat", revenuecatWebhook, "INITIAL_PURCHASE"],
  ["/cloudevents", cloudEvent(call()), "Level Complete"],
];

// calls of several events leave side by side
const names = () => harness.calls.map(({ body }) => body.data.event_name).sort();

test("each webhook arrives by its own route and by the one that detects it", async () => {
  for (const [path, body, name] of WEBHOOKS) {
    for (const to of [path, "/ingest"]) {
      harness.kochava.reset();
      const answer = await post(to, body);
      assertCounts(answer, 200, { received: 1, delivered: 1 });
      assert.deepEqual(names(), [name], `${path} by ${to}`);
      const [{ body: sent }] = harness.calls;
      assert.equal(sent.data.device_ids.adid, ADID);
      assert.equal(
        sent.data.origination_ip,
        path === "/amplitude" ? "203.0.113.24" : "198.51.100.4",
      );
    }
  }
});

test("several senders may stand in one list, and an unknown one does not touch the others", async () => {
  const answer = await post("/ingest", [call(), event(), { hello: "world" }, revenuecatWebhook]);
  assert.deepEqual(
    [answer.status, answer.json.delivered, answer.json.refused],
    [200, 3, 1],
    answer.text,
  );
  const [{ index, code }] = answer.json.refusals;
  assert.deepEqual([index, code], [2, "unrecognized-format"]);
  assertError(await post("/ingest", { hello: "world" }), 400, "unrecognized-format");
  assert.equal(harness.calls.length, 3);
});

test("a webhook never has the address or the user agent of its connection", async () => {
  const { context, ...rest } = call();
  const headers = { "cf-connecting-ip": DEVICE_IP, "user-agent": "Mozilla/5.0 (sender)" };
  const bodies = [
    ["/segment", { ...rest, context: { ...context, ip: undefined } }],
    ["/ingest", { api_key: "0123456789abcdef", events: [amplitudeEvent({ ip: "$remote" })] }],
    [
      "/revenuecat",
      { ...revenuecatWebhook, event: { ...revenuecatWebhook.event, subscriber_attributes: {} } },
    ],
  ];
  for (const [path, body] of bodies) {
    const answer = await post(path, body, headers);
    assert.deepEqual([answer.status, answer.json.refused], [200, 1], path);
    assert.ok(!JSON.stringify(answer.json).includes(DEVICE_IP));
  }
  await post("/segment", call(), headers);
  assert.equal(harness.calls[0].body.data.device_ua, "");
});

test("the token is accepted in four forms, and without it nothing is", async () => {
  const accepted = [
    { authorization: `Bearer ${TOKEN}` },
    // senders that can set the value of Authorization and nothing else: RevenueCat, mParticle
    { authorization: TOKEN },
    { authorization: `Basic ${Buffer.from(`any:${TOKEN}`).toString("base64")}` },
    { authorization: null, "x-api-key": TOKEN },
  ];
  const refused = [
    { authorization: null },
    { authorization: `${TOKEN}x` },
    { authorization: `Token ${TOKEN}` },
    { authorization: `Basic ${Buffer.from(`${TOKEN}:`).toString("base64")}` },
  ];
  for (const path of [...WEBHOOKS.map(([path]) => path), "/ingest"]) {
    for (const headers of accepted) assert.equal((await post(path, event(), headers)).status, 200);
    for (const headers of refused) {
      assertError(await post(path, event(), headers), 401, "unauthorized");
    }
    assertError(
      await post(`${path}?access_token=${TOKEN}`, event(), { authorization: null }),
      401,
      "unauthorized",
    );
  }
});

test("what is no JSON is refused before its sender is known", async () => {
  for (const path of [...WEBHOOKS.map(([path]) => path), "/ingest"]) {
    assertError(await post(path, '{"type":'), 400, "invalid-json");
    assertError(await post(path, "{}", { "content-type": "text/xml" }), 415, "unsupported-type");
    assertError(await post(path, endless([" ".repeat(5_000_001)])), 413, "body-too-large");
    assertError(await harness.send(path, { method: "GET" }), 405, "wrong-method");
  }
  assert.equal(harness.calls.length, 0);
});

const sign = (text, secret = SECRET) => createHmac("sha1", secret).update(text).digest("hex");

test("Segment's signature covers a single call, and of a list the first one", async () => {
  const text = JSON.stringify(call());
  const list = JSON.stringify([call({ event: "Level 1" }), call({ event: "Level 2" })]);
  const firstCall = JSON.stringify(JSON.parse(list)[0]);
  const accepted = [
    [text, sign(text)],
    [text, sign(text).toUpperCase()],
    [list, sign(firstCall)],
    [list, sign(list)],
  ];
  for (const [body, signature] of accepted) {
    const answer = await post("/segment", body, { "x-signature": signature }, signed);
    assert.equal(answer.status, 200, answer.text);
  }
  assert.equal(signed.calls.length, 6);
});

test("a wrong, missing or foreign signature is refused, and nothing is sent", async () => {
  const text = JSON.stringify(call());
  const list = JSON.stringify([call({ event: "Level 1" }), call({ event: "Level 2" })]);
  const secondCall = JSON.stringify(JSON.parse(list)[1]);
  const refused = [
    [text, sign(text, "another-secret")],
    [text, sign(`${text} `)],
    [text, sign(text).slice(1)],
    [text, ""],
    [text, null],
    [list, sign(secondCall)],
    [list, null],
    ["[]", sign("")],
  ];
  for (const [body, signature] of refused) {
    const answer = await post("/segment", body, { "x-signature": signature }, signed);
    assertError(answer, 401, "wrong-signature");
  }
  // a signature is no token
  assertError(
    await post("/segment", text, { authorization: null, "x-signature": sign(text) }, signed),
    401,
    "unauthorized",
  );
  assert.equal(signed.calls.length, 0);
  // of Segment's route alone
  const other = await post("/rudderstack", text, {}, signed);
  assertCounts(other, 200, { received: 1, delivered: 1 });
});

test("CloudEvents' own library: structured, batched and binary events arrive", async () => {
  const event = new CloudEvent({ ...cloudEvent(call()), time: "2026-01-12T09:14:07.412Z" });
  const structured = HTTP.structured(event);
  const binary = HTTP.binary(event);
  assert.match(structured.headers["content-type"], /^application\/cloudevents\+json/);
  assert.equal(binary.headers["ce-id"], "ce-1");
  const batch = {
    headers: { "content-type": "application/cloudevents-batch+json" },
    body: JSON.stringify([event, new CloudEvent(cloudEvent(call({ event: "Level 2" })))]),
  };
  for (const path of ["/cloudevents", "/ingest"]) {
    for (const [{ headers, body }, expected] of [
      [structured, ["Level Complete"]],
      [binary, ["Level Complete"]],
      [batch, ["Level 2", "Level Complete"]],
    ]) {
      harness.kochava.reset();
      const answer = await post(path, body, headers);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(names(), expected, path);
    }
  }
  const xml = { ...binary.headers, "content-type": "application/cloudevents+xml" };
  assertError(await post("/cloudevents", "<event/>", xml), 415, "unsupported-type");
  const broken = await post("/cloudevents", '{"type":', binary.headers);
  assertError(broken, 400, "invalid-json");
});

test("a sender of CloudEvents asks for permission by OPTIONS", async () => {
  // CloudEvents, HTTP Webhook, section 4.1: the request has no token, and delivers nothing
  for (const path of ["/cloudevents", "/ingest"]) {
    const answer = await harness.send(path, {
      method: "OPTIONS",
      headers: {
        "webhook-request-origin": "eventemitter.example.com",
        "webhook-request-rate": "120",
      },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(
      [
        answer.headers.allow,
        answer.headers["webhook-allowed-origin"],
        answer.headers["webhook-allowed-rate"],
      ],
      ["POST", "*", "*"],
    );
    assertError(await harness.send(path, { method: "OPTIONS" }), 405, "wrong-method");
  }
  const other = await harness.send("/segment", {
    method: "OPTIONS",
    headers: { "webhook-request-origin": "eventemitter.example.com" },
  });
  assertError(other, 405, "wrong-method");
});

test("the preview detects the sender, unless it is named", async () => {
  for (const [, body, name] of WEBHOOKS) {
    const { json } = await post("/preview", body);
    assert.equal(json.fates[0].requests?.[0].body.includes(`"${name}"`), true, name);
  }
  const named = await post("/preview?source=generic", call());
  assert.notEqual(named.json.fates[0].fate, "ready");
  const asSdk = await post("/preview?source=amplitude_http", {
    events: [amplitudeEvent({ ip: "198.51.100.4", user_properties: event().user_properties })],
  });
  assert.equal(asSdk.json.fates[0].fate, "ready");
  assertError(await post("/preview?source=nobody", call()), 400, "bad-query");
  assert.equal(harness.calls.length, 0);
});
