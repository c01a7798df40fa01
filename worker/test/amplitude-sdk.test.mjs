// The routes of Amplitude's SDKs and HTTP APIs: what they take, and how they answer.
//
// Sources: Amplitude's pages HTTP V2, Batch, Identify, Group Identify and Attribution; the code of
// its SDKs for what an answer makes them do. real-sdks.test.mjs drives the SDKs themselves.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TOKEN, assertError, assertRetryAfter, endless, startHarness } from "./support.mjs";
import {
  ADID,
  CHROME,
  DEVICE_IP,
  FORM,
  KEY,
  NEXT_KEY,
  SDK_SETTINGS,
  amplitudeEvent,
  form,
  sdkClient,
  segmentCall,
} from "./sdk.mjs";

const harness = await startHarness(
  { after },
  { settings: SDK_SETTINGS, bindings: { SDK_KEYS: `${KEY}, ${NEXT_KEY}` } },
);
beforeEach(() => harness.kochava.reset());
const sdk = sdkClient(harness);

const request = (events, over = {}) => ({
  api_key: KEY,
  events,
  client_upload_time: "2026-01-12T09:14:08.000Z",
  ...over,
});
const dataOf = (call) => call.body.data;

/** Asserts Amplitude's answer to what it takes (HTTP V2 API, "200 OK"). */
function assertIngested(answer, events) {
  assert.equal(answer.status, 200, answer.text);
  const { payload_size_bytes, server_upload_time, ...rest } = answer.json;
  assert.deepEqual(rest, { code: 200, events_ingested: events });
  assert.ok(payload_size_bytes > 0);
  assert.ok(Math.abs(server_upload_time - Date.now()) < 60_000);
}

/** Asserts an answer whose body has its status, which SDKs of the TypeScript family read instead. */
function assertCode(answer, status, error) {
  assert.deepEqual([answer.status, answer.json?.code], [status, status], answer.text);
  assert.equal(answer.json.error, error);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
}

test("HTTP V2 and Batch take a request of an SDK, and its events arrive", async () => {
  for (const path of ["/2/httpapi", "/batch", "/2/httpapi/"]) {
    const answer = await sdk(path, request([amplitudeEvent()]));
    assertIngested(answer, 1);
  }
  assert.equal(harness.calls.length, 3);
  const [call] = harness.calls;
  assert.deepEqual(call.body, {
    action: "event",
    kochava_app_id: "kotest-android-a1b2c3",
    kochava_device_id: "KA-9F3C2A7715D84E06",
    data: {
      event_name: "Level Complete",
      // 2026-01-12T09:14:07Z
      usertime: 1_768_209_247,
      app_version: "5.2.0",
      device_ver: "",
      device_ua: encodeURIComponent(CHROME),
      origination_ip: DEVICE_IP,
      device_ids: { adid: ADID },
      event_data: { level: 12 },
    },
  });
});

test("the payload's size is that of the body", async () => {
  const body = JSON.stringify(request([amplitudeEvent()]));
  const { json } = await sdk("/2/httpapi", body);
  assert.equal(json.payload_size_bytes, Buffer.byteLength(body));
});

test("an address of the event comes before that of the connection, `$remote` does not", async () => {
  const cases = [
    [{ ip: "198.51.100.4" }, "198.51.100.4"],
    [{ ip: "$remote" }, DEVICE_IP],
    [{ ip: "" }, DEVICE_IP],
    [{}, DEVICE_IP],
  ];
  for (const [over, expected] of cases) {
    harness.kochava.reset();
    await sdk("/2/httpapi", request([amplitudeEvent(over)]));
    assert.equal(dataOf(harness.calls[0]).origination_ip, expected, JSON.stringify(over));
  }
});

test("the user agent is that of the event, else that of a browser's connection", async () => {
  const cases = [
    [{ user_agent: "Dalvik/2.1.0" }, CHROME, "Dalvik%2F2.1.0"],
    [{}, CHROME, encodeURIComponent(CHROME)],
    [{}, "okhttp/4.9.3", ""],
  ];
  for (const [over, agent, expected] of cases) {
    harness.kochava.reset();
    await sdk("/2/httpapi", request([amplitudeEvent(over)]), { "user-agent": agent });
    assert.equal(dataOf(harness.calls[0]).device_ua, expected, `${agent} ${JSON.stringify(over)}`);
  }
});

test("a beacon of text and a gzipped request are taken", async () => {
  const body = JSON.stringify(request([amplitudeEvent()]));
  assertIngested(await sdk("/2/httpapi", body, { "content-type": "text/plain;charset=UTF-8" }), 1);
  assertIngested(await sdk("/2/httpapi", body, { "content-type": null }), 1);
  assertIngested(await sdk("/2/httpapi", gzipSync(body), { "content-encoding": "gzip" }), 1);
  assertIngested(
    await sdk("/batch", gzipSync(body), {
      "content-encoding": "gzip",
      "content-type": "application/json; charset=utf-8",
    }),
    1,
  );
  assert.equal(harness.calls.length, 4);
});

test("the form of the SDKs in maintenance is answered with a word", async () => {
  // Amplitude-iOS, Amplitude-Android: `v`, `client`, `e`, `upload_time`
  const events = [
    {
      ...amplitudeEvent(),
      uuid: "4f0c1b1e-0000-4000-8000-000000000001",
      timestamp: 1_768_209_247_412,
    },
  ];
  const fields = { v: "2", client: KEY, e: JSON.stringify(events), upload_time: "1768209248000" };
  const answer = await sdk("/", form(fields), FORM);
  assert.deepEqual([answer.status, answer.text], [200, "success"]);
  assert.match(answer.headers["content-type"], /^text\/plain/);
  const packed = await sdk("/", gzipSync(form(fields)), { ...FORM, "content-encoding": "gzip" });
  assert.equal(packed.text, "success");
  assert.deepEqual(
    harness.calls.map((call) => dataOf(call).event_name),
    ["Level Complete", "Level Complete"],
  );
  // an SDK whose `serverUrl` is the bare host
  assertIngested(await sdk("/", request([amplitudeEvent()])), 1);
});

/** A multipart body, as a form of FormData has it (RFC 7578). */
function multipart(fields) {
  const boundary = "----boundary-of-the-test";
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    body: `${parts.join("")}--${boundary}--\r\n`,
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
}

test("Identify takes users by form, by multipart and by query", async () => {
  const identification = JSON.stringify({
    user_id: "u-48213",
    device_id: "device-1-R",
    platform: "Android",
    user_properties: { kochava_device_id: "KA-9F3C2A7715D84E06", adid: ADID, plan: "pro" },
  });
  const fields = { api_key: KEY, identification };
  const parts = multipart(fields);
  const answers = [
    await sdk("/identify", form(fields), FORM),
    await sdk("/identify", parts.body, parts.headers),
    await sdk(`/identify?${form(fields)}`, undefined, { "content-type": null }),
    await sdk(`/identify?${form({ api_key: KEY })}`, form({ identification }), FORM),
    await sdk("/identify", form({ api_key: KEY, identification: `[${identification}]` }), FORM),
  ];
  for (const { status, text } of answers) assert.deepEqual([status, text], [200, "success"]);
  assert.equal(harness.calls.length, answers.length);
  for (const { body } of harness.calls) {
    assert.deepEqual(body, {
      kochava_app_id: "kotest-android-a1b2c3",
      device_id: { adid: ADID },
      data: { app_userid: "u-48213", plan: "pro" },
    });
  }
});

test("a group is taken and not sent, since Kochava has none", async () => {
  const identification = JSON.stringify({
    group_type: "org name",
    group_value: "Widgets, Inc.",
    group_properties: { plan: "pro" },
  });
  const answer = await sdk("/groupidentify", form({ api_key: KEY, identification }), FORM);
  assert.deepEqual([answer.status, answer.text], [200, "success"]);
  assert.equal(harness.calls.length, 0);
});

test("Attribution and HTTP V1 take an event by form", async () => {
  const attribution = amplitudeEvent({ event_type: "[YourCompany] Install" });
  for (const path of ["/attribution", "/httpapi"]) {
    const answer = await sdk(
      path,
      form({ api_key: KEY, event: JSON.stringify(attribution) }),
      FORM,
    );
    assert.deepEqual([answer.status, answer.text], [200, "success"], path);
  }
  assert.deepEqual(
    harness.calls.map((call) => dataOf(call).event_name),
    ["[YourCompany] Install", "[YourCompany] Install"],
  );
});

test("every key of SDK_KEYS is accepted, for a rotation", async () => {
  assertIngested(await sdk("/2/httpapi", request([amplitudeEvent()], { api_key: NEXT_KEY })), 1);
});

test("a wrong key is answered with the text for which every SDK drops the request", async () => {
  // Swift drops for exactly this text, Kotlin for its beginning in any case, TypeScript for its
  // beginning
  for (const key of ["wrong", `${KEY}x`, KEY.toUpperCase(), TOKEN, `${KEY}, ${NEXT_KEY}`, 'a"b']) {
    const answer = await sdk("/2/httpapi", request([amplitudeEvent()], { api_key: key }));
    assertCode(answer, 400, `Invalid API key: ${key}`);
  }
  const long = await sdk(
    "/2/httpapi",
    request([amplitudeEvent()], { api_key: "x".repeat(10_000) }),
  );
  assertCode(long, 400, "Invalid API key");
  const missing = await sdk("/batch", { events: [amplitudeEvent()] });
  assertCode(missing, 400, "Request missing required field");
  assert.equal(missing.json.missing_field, "api_key");
  // the key is in the body, and nowhere else
  for (const headers of [{ authorization: `Bearer ${KEY}` }, { "x-api-key": KEY }]) {
    assert.equal((await sdk("/2/httpapi", { events: [amplitudeEvent()] }, headers)).status, 400);
  }
  const events = JSON.stringify([amplitudeEvent()]);
  for (const fields of [{ client: "wrong", e: events }, { e: events }]) {
    const answer = await sdk("/", form(fields), FORM);
    assert.deepEqual([answer.status, answer.text], [400, "invalid_api_key"]);
  }
  assert.equal(harness.calls.length, 0);
});

test("a key of SDKs opens no webhook, and a token opens no SDK route", async () => {
  const asToken = { authorization: `Bearer ${KEY}` };
  assertError(await sdk("/amplitude", amplitudeEvent(), asToken), 401, "unauthorized");
  assertError(await sdk("/segment", segmentCall(), asToken), 401, "unauthorized");
  assertError(await sdk("/preview", amplitudeEvent(), asToken), 401, "unauthorized");
  const withToken = await sdk(
    "/2/httpapi",
    { events: [amplitudeEvent()] },
    {
      authorization: `Bearer ${TOKEN}`,
    },
  );
  assertCode(withToken, 400, "Request missing required field");
});

test("a bad event does not touch its neighbours", async () => {
  const events = [
    amplitudeEvent({ event_type: "Level 1" }),
    amplitudeEvent({ event_type: "Level 2", event_properties: { $revenue: "much" } }),
    5,
    amplitudeEvent({ event_type: "$groupidentify" }),
    amplitudeEvent({ event_type: "Level 3" }),
  ];
  assertIngested(await sdk("/2/httpapi", request(events)), 5);
  assert.deepEqual(harness.calls.map((call) => dataOf(call).event_name).sort(), [
    "Level 1",
    "Level 3",
  ]);
});

test("ids below `min_id_length` count as none", async () => {
  // HTTP V2 API, "Device IDs and user IDs minimum length": 5 unless the request has another
  const user = amplitudeEvent({
    user_id: "u-1",
    event_type: "$identify",
    user_properties: { kochava_device_id: "KA-9F3C2A7715D84E06", plan: "pro" },
  });
  await sdk("/2/httpapi", request([user]));
  await sdk("/2/httpapi", request([user], { options: { min_id_length: 1 } }));
  assert.deepEqual(harness.calls.map(dataOf), [
    { plan: "pro" },
    { app_userid: "u-1", plan: "pro" },
  ]);
});

test("what cannot be read is dropped, and what may arrive whole another time is not", async () => {
  const text = JSON.stringify(request([amplitudeEvent()]));
  // without its key a body is refused by that
  assert.equal((await sdk("/2/httpapi", text.slice(0, -1))).json.missing_field, "api_key");
  const packed = gzipSync(text).subarray(0, 100);
  const cut = await sdk("/2/httpapi", packed, { "content-encoding": "gzip" });
  assertCode(cut, 400, "gzip-unreadable");
  assert.equal(cut.json.missing_field, undefined);
  assertCode(
    await sdk("/2/httpapi", text, { "content-encoding": "br" }),
    415,
    "unsupported-encoding",
  );
  const noEvents = await sdk("/identify", form({ api_key: KEY }), FORM);
  assert.deepEqual([noEvents.status, noEvents.text], [400, "missing_event"]);
  const broken = await sdk("/", form({ client: KEY, e: "[{" }), FORM);
  assert.deepEqual([broken.status, broken.text], [400, "invalid-json"]);
  assert.equal(harness.calls.length, 0);
});

test("too much is 413, for which SDKs send half", async () => {
  const events = Array.from({ length: 2_001 }, () => ({}));
  assertCode(await sdk("/2/httpapi", request(events)), 413, "batch-too-large");
  const padded = `${JSON.stringify(request([amplitudeEvent()]))}${" ".repeat(5_000_000)}`;
  assertCode(await sdk("/batch", endless([padded])), 413, "body-too-large");
  const large = form({ client: KEY, e: " ".repeat(5_000_001) });
  const answer = await sdk("/", endless([large]), FORM);
  assert.deepEqual([answer.status, answer.text], [413, "body-too-large"]);
});

test("without Kochava an SDK is told to send again", async () => {
  harness.kochava.script([{ status: 503, forever: true }]);
  const answer = await sdk("/2/httpapi", request([amplitudeEvent()]));
  assertCode(answer, 503, "kochava-unavailable");
  assertRetryAfter(answer);
  const asForm = await sdk("/", form({ client: KEY, e: JSON.stringify([amplitudeEvent()]) }), FORM);
  assert.deepEqual([asForm.status, asForm.text], [503, "kochava-unavailable"]);
});

test("a page of any origin may send", async () => {
  const paths = ["/2/httpapi", "/batch", "/identify", "/groupidentify", "/attribution", "/"];
  for (const path of paths) {
    const answer = await harness.send(path, {
      method: "OPTIONS",
      headers: {
        origin: "https://shop.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,content-encoding",
      },
    });
    assert.deepEqual([answer.status, answer.text], [204, ""], path);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    assert.match(answer.headers["access-control-allow-methods"], /POST/);
    // Fetch Standard: the wildcard does not cover Authorization
    assert.match(answer.headers["access-control-allow-headers"], /^\*, authorization$/i);
  }
  const webhook = await harness.send("/amplitude", { method: "OPTIONS" });
  assertError(webhook, 405, "wrong-method");
  assert.equal(webhook.headers["access-control-allow-origin"], undefined);
  // the preview is still there
  assert.match((await harness.send("/")).headers["content-type"], /^text\/html/);
});

test("without keys, and with faulty settings, SDKs keep their events", async (t) => {
  const closed = await startHarness(t);
  const answer = await sdkClient(closed)("/2/httpapi", request([amplitudeEvent()]));
  assertCode(answer, 503, "no-key-set");
  assertRetryAfter(answer);
  const faulty = await startHarness(t, {
    settings: { unknown: 1 },
    bindings: { SDK_KEYS: KEY },
  });
  assertCode(
    await sdkClient(faulty)("/2/httpapi", request([amplitudeEvent()])),
    503,
    "misconfigured",
  );
});
