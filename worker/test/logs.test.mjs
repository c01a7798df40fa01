// The log: one line for each request, without any personal data, secret or piece of a body.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { endless, event, levels, raw, startHarness, TOKEN } from "./support.mjs";

const KEYS = { apiKey: "canary-api-key", secret: "canary-secret" };
const harness = await startHarness(
  { after },
  {
    settings: {
      users: { send: true, from: "both" },
      events: { properties: "*", rename: { "Level 9": "canary-name" } },
      delivery: { attempts: 1, timeout_ms: 400 },
    },
    bindings: {
      INGEST_TOKEN_NEXT: "canary-token",
      SDK_KEYS: "canary-key",
      SEGMENT_SECRET: "canary-segment",
      KOCHAVA_API_KEY: KEYS.apiKey,
      KOCHAVA_SECRET: KEYS.secret,
    },
    kochava: KEYS,
  },
);

/** Returns the log line of one request. */
async function lineOf(act, steps = []) {
  harness.kochava.reset();
  harness.kochava.script(steps);
  const lines = await harness.linesOf(act);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  return JSON.parse(lines[0]);
}

test("a batch is one line with route, status, counts, and counts by code", async () => {
  const batch = [
    ...levels(3),
    event({ ip_address: null }),
    event({ ip_address: null }),
    event({ ip_address: "10.0.0.1" }),
    event({ event_type: "$groupidentify" }),
  ];
  const line = await lineOf(
    () => harness.post(batch),
    [
      { match: { event_name: "Level 1" }, empty: true },
      { match: { event_name: "Level 2" }, body: { success: "0" } },
    ],
  );
  assert.deepEqual(line, {
    route: "amplitude",
    status: 200,
    received: 7,
    delivered: 1,
    queued: 0,
    skipped: 1,
    refused: 4,
    unconfirmed: 1,
    codes: {
      "group-identify": 1,
      "kochava-rejected": 1,
      "origination-ip-missing": 2,
      "origination-ip-not-public": 1,
    },
  });
});

test("errors of Kochava are logged with their code", async () => {
  const unavailable = await lineOf(() => harness.post(levels(2)), [{ status: 500, forever: true }]);
  assert.deepEqual(
    [unavailable.status, unavailable.error, unavailable.pending, unavailable.codes],
    [503, "kochava-unavailable", 2, { "kochava-unavailable": 2 }],
  );
  const paused = await lineOf(() => harness.post(event()), [{ status: 403 }]);
  assert.deepEqual(
    [paused.status, paused.error, paused.pending, paused.codes],
    [503, "kochava-paused", 1, { "kochava-paused": 1 }],
  );
});

test("every error is one line with status and code", async () => {
  const { post, preview, send } = harness;
  const requests = [
    [() => post("{"), { route: "amplitude", status: 400, error: "invalid-json" }],
    [() => post(""), { route: "amplitude", status: 400, error: "empty-body" }],
    [() => preview("17"), { route: "preview", status: 400, error: "not-a-batch" }],
    [
      () => post(event(), { token: "x" }),
      { route: "amplitude", status: 401, error: "unauthorized" },
    ],
    [
      () => preview(event(), { token: "x" }),
      { route: "preview", status: 401, error: "unauthorized" },
    ],
    [() => send("/x", { method: "POST" }), { route: "not-found", status: 404, error: "not-found" }],
    [() => send("/nothing"), { route: "page", status: 404, error: "not-found" }],
    [() => send("/amplitude"), { route: "wrong-method", status: 405, error: "wrong-method" }],
    [
      () => post(endless(["{"]), { headers: { "content-length": "5000001" } }),
      { route: "amplitude", status: 413, error: "body-too-large" },
    ],
    [
      () => post("x", { headers: { "content-type": "text/plain" } }),
      { route: "amplitude", status: 415, error: "unsupported-type" },
    ],
    [
      () => post("x", { headers: { "content-encoding": "br" } }),
      { route: "amplitude", status: 415, error: "unsupported-encoding" },
    ],
    [
      () => post("x", { headers: { "content-encoding": "gzip" } }),
      { route: "amplitude", status: 400, error: "gzip-unreadable" },
    ],
    [() => send("/health"), { route: "health", status: 200 }],
    [() => preview([event(), event()]), { route: "preview", status: 200, received: 2 }],
  ];
  for (const [act, line] of requests) assert.deepEqual(await lineOf(act), line);
});

test("invalid settings are one line with the number of faults", async (t) => {
  const closed = await startHarness(t, {
    settings: { "canary-key": "canary" },
    bindings: { KOCHAVA_URL: "http://canary.example.com" },
  });
  const lines = [];
  for (const path of ["/amplitude", "/health"]) {
    await closed.send(path, {
      method: path === "/health" ? "GET" : "POST",
      headers: { "x-api-key": TOKEN },
    });
  }
  const deadline = Date.now() + 5_000;
  while (lines.length < 2 && Date.now() < deadline) {
    lines.push(...closed.lines.splice(0));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const [refused, health, ...none] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    [refused.route, refused.status, refused.error, refused.faults],
    ["amplitude", 503, "misconfigured", 2],
  );
  assert.deepEqual([health.route, health.status, none], ["health", 503, []]);
  assert.ok(!lines.join().includes("canary"));
});

test("no line contains anything from a request or from Kochava, whatever the outcome", async () => {
  const personal = {
    user_id: "canary-user",
    device_id: "canary-device",
    ip_address: "203.0.113.177",
    event_type: "Level canary",
    user_properties: {
      kochava_device_id: "canary-kochava",
      adid: "4A7E57ED-CA4A-41C0-B23E-10B96E40000D",
      user_agent: "canary-agent",
      email: "canary@example.com",
    },
    event_properties: { "canary-key": "canary-value", Zoë: "Zoë" },
  };
  const hidden = /canary|203\.0\.113\.177|4A7E57ED|Zo|Level|the-ingest|kotest|\/\//i;
  const good = event(personal);
  const text = JSON.stringify(good);
  const headers = {
    "user-agent": "canary",
    "x-canary": "canary",
    cookie: "canary=canary",
    "x-forwarded-for": "203.0.113.177",
    "cf-connecting-ip": "203.0.113.177",
  };
  const bodies = [
    good,
    [
      good,
      event({ ...personal, ip_address: "canary" }),
      event({ ...personal, event_properties: { $revenue: "canary" } }),
      event({ ...personal, event_type: "canary" }),
    ],
    text.slice(0, -1),
    `${text}canary`,
    '"canary"',
    Buffer.concat([Buffer.from(text), Buffer.from([0xff])]),
    `{"canary":${"[".repeat(100_000)}`,
  ];
  const answersWithText = [
    { status: 401, body: "canary" },
    { status: 400, body: "canary" },
    { status: 429, retryAfter: "canary" },
    { redirect: "http://canary.example.com/" },
  ];
  const steps = [
    {},
    { reset: true },
    { silence: true },
    { garbage: true },
    { truncate: true },
    ...answersWithText,
  ];
  for (const step of steps) {
    harness.kochava.script([{ ...step, forever: true }]);
    const lines = await harness.linesOf(async () => {
      for (const body of bodies) await harness.post(body, { headers });
    });
    assert.equal(lines.length, bodies.length);
    for (const line of lines) assert.doesNotMatch(line, hidden);
  }
  const { host } = new URL(harness.url);
  const rest = await harness.linesOf(async () => {
    for (const token of ["canary", "canary-token"]) await harness.preview(good, { headers, token });
    await harness.post("canary", { headers: { ...headers, "content-type": "text/canary" } });
    await harness.post("canary", { headers: { ...headers, "content-encoding": "canary" } });
    await harness.post(gzipSync(text).subarray(0, 200), {
      headers: { ...headers, "content-encoding": "gzip" },
    });
    await harness.post(endless(["canary"]), {
      headers: { ...headers, "content-length": "5000001" },
    });
    await harness.send("/canary?canary", { method: "POST", headers, body: "canary" });
    await harness.send("/canary?canary", { headers });
    await harness.send("/amplitude?canary#canary", { method: "PUT", headers });
    await harness.send("/health?canary", { headers });
    await raw(
      harness.url,
      `CANARY /amplitude HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    await raw(
      harness.url,
      `POST /amplitude HTTP/1.1\r\nHost: canary.example.com\r\nX-Api-Key: canary-token\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary`,
    );
  });
  // 12 requests, one of which workerd refuses itself
  assert.equal(rest.length, 11, JSON.stringify(rest));
  for (const line of rest) {
    assert.doesNotMatch(line, hidden);
    assert.equal(typeof JSON.parse(line).status, "number");
  }
});

test("no line of an SDK's request or of another webhook contains anything from it", async () => {
  const hidden = /canary|203\.0\.113\.177|Level|\/\//i;
  const headers = {
    "content-type": "application/json",
    "user-agent": "Mozilla/5.0 canary",
    "cf-connecting-ip": "203.0.113.177",
    origin: "https://canary.example.com",
    "webhook-request-origin": "canary.example.com",
  };
  const good = {
    event_type: "Level canary",
    device_id: "canary-device",
    adid: "4A7E57ED-CA4A-41C0-B23E-10B96E40000D",
    user_properties: { kochava_device_id: "canary" },
  };
  const call = { type: "track", event: "Level canary", anonymousId: "canary", messageId: "canary" };
  const encoded = encodeURIComponent(JSON.stringify([good]));
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const requests = [
    ["/2/httpapi?canary", { api_key: "canary-key", events: [good, 5, { canary: 1 }] }],
    ["/2/httpapi", { api_key: "canary-wrong", events: [good] }],
    ["/2/httpapi", { api_key: "canary-key", events: "canary" }],
    ["/batch", "canary"],
    ["/", `client=canary-key&e=${encoded}`, form],
    ["/", `client=canary-wrong&e=${encoded}`, form],
    ["/identify?api_key=canary-key&identification=canary", undefined, form],
    ["/v1/track", { ...call, writeKey: "canary-key" }],
    ["/v1/t", { ...call, writeKey: "canary-wrong" }],
    ["/v1/batch", { writeKey: "canary-key", batch: [call, "canary"] }],
    ["/segment", call, { "x-api-key": TOKEN, "x-signature": "canary" }],
    ["/segment", call, { "x-api-key": "canary" }],
    ["/mparticle", { events: [good] }, { authorization: TOKEN }],
    ["/revenuecat", { canary: 1 }, { authorization: TOKEN }],
    ["/cloudevents", "canary", { "x-api-key": TOKEN, "ce-id": "canary", "ce-specversion": "1.0" }],
    ["/ingest", { canary: "canary" }, { "x-api-key": TOKEN }],
    ["/preview?source=canary", call, { "x-api-key": TOKEN }],
  ];
  const lines = await harness.linesOf(async () => {
    for (const [path, body, more] of requests) {
      await harness.send(path, { method: "POST", headers: { ...headers, ...more }, body });
    }
    for (const path of ["/2/httpapi?canary", "/cloudevents"]) {
      await harness.send(path, { method: "OPTIONS", headers });
    }
  });
  assert.equal(lines.length, requests.length + 2);
  for (const line of lines) {
    assert.doesNotMatch(line, hidden);
    assert.equal(typeof JSON.parse(line).status, "number");
  }
  const routes = lines.map((line) => JSON.parse(line).route);
  assert.deepEqual([...new Set(routes)].sort(), [
    "amplitude-sdk",
    "cloudevents",
    "ingest",
    "mparticle",
    "options",
    "preview",
    "revenuecat",
    "segment",
    "segment-sdk",
  ]);
});
