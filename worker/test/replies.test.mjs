// Replies to senders: counts, refusals, errors and methods.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertCounts, assertError, event, startHarness } from "./support.mjs";

const harness = await startHarness({ after });
beforeEach(() => harness.kochava.reset());

const withoutAddress = (over) => event({ ip_address: null, ...over });

test("an event that Kochava accepts is delivered", async () => {
  const answer = await harness.post(event());
  assertCounts(answer, 200, { received: 1, delivered: 1 });
  assert.deepEqual(answer.json.refusals, []);
  assert.match(answer.headers["content-type"], /^application\/json/);
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(harness.calls.length, 1);
});

test("an event that is not selected is skipped, and one that breaks a rule is refused with the reason", async () => {
  assertCounts(await harness.post(event({ event_type: "Settings Opened" })), 200, {
    received: 1,
    skipped: 1,
  });
  const answer = await harness.post(withoutAddress());
  assertCounts(answer, 200, { received: 1, refused: 1 });
  const [{ message, ...refusal }] = answer.json.refusals;
  assert.deepEqual(refusal, {
    index: 0,
    code: "origination-ip-missing",
    field: "data.origination_ip",
  });
  assert.ok(message.length > 0);
  assert.equal(harness.calls.length, 0);
});

test("every event of a mixed batch is counted once, whatever the others are", async () => {
  harness.kochava.script([
    { match: { event_name: "Level 2" }, empty: true },
    { match: { event_name: "Level 3" }, body: { success: "0" } },
  ]);
  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`);
  const batch = [
    event({ event_type: "Level 1" }),
    withoutAddress(),
    event({ event_type: "Level 2" }),
    17,
    event({ event_type: "Settings Opened" }),
    event({ event_type: "Level 3" }),
    event({ event_properties: deep }),
    event({ ip_address: "10.0.0.1" }),
    event({ event_type: "Level 4" }),
  ];
  const answer = await harness.post(batch);
  assertCounts(answer, 200, { received: 9, delivered: 2, skipped: 1, refused: 5, unconfirmed: 1 });
  const refusals = answer.json.refusals.map(({ index, code, field }) => [index, code, field]);
  assert.deepEqual(refusals, [
    [1, "origination-ip-missing", "data.origination_ip"],
    [3, "not-an-object", ""],
    [5, "kochava-rejected", ""],
    [6, "nested-too-deep", ""],
    [7, "origination-ip-not-public", "data.origination_ip"],
  ]);
  assert.deepEqual(harness.calls.map((call) => call.body.data.event_name).sort(), [
    "Level 1",
    "Level 2",
    "Level 3",
    "Level 4",
  ]);
});

test("the first twenty refusals are listed, and all are counted", async () => {
  const answer = await harness.post([
    event(),
    ...Array.from({ length: 30 }, () => withoutAddress()),
  ]);
  assertCounts(answer, 200, { received: 31, delivered: 1, refused: 30 });
  assert.deepEqual(
    answer.json.refusals.map(({ index }) => index),
    Array.from({ length: 20 }, (_, number) => number + 1),
  );
});

test('one event, an array and {"events": […]} are batches', async () => {
  for (const [body, received] of [
    [event(), 1],
    [[event(), event()], 2],
    [{ events: [event(), event(), event()] }, 3],
  ]) {
    assertCounts(await harness.post(body), 200, { received, delivered: received });
  }
});

test('{"users": […]} is a batch of users, skipped while users are not sent', async () => {
  const { event_type: _, ...user } = event();
  assertCounts(await harness.post({ users: [user, user] }), 200, { received: 2, skipped: 2 });
  assertCounts(await harness.post({ events: [event()], users: [user] }), 200, {
    received: 2,
    delivered: 1,
    skipped: 1,
  });
});

test("an empty batch is received and nothing of it sent", async () => {
  for (const body of [[], { events: [] }, { users: [] }])
    assertCounts(await harness.post(body), 200, {});
  assert.equal(harness.calls.length, 0);
});

test("a query string is ignored", async () => {
  assertCounts(
    await harness.send("/amplitude?a=b", {
      method: "POST",
      headers: { "x-api-key": "the-ingest-token" },
      body: event(),
    }),
    200,
    { received: 1, delivered: 1 },
  );
});

test("a trailing slash is accepted", async () => {
  const headers = { "x-api-key": "the-ingest-token" };
  assertCounts(await harness.send("/amplitude/", { method: "POST", headers, body: event() }), 200, {
    received: 1,
    delivered: 1,
  });
  assert.equal(
    (await harness.send("/preview/", { method: "POST", headers, body: event() })).json.received,
    1,
  );
  assert.equal((await harness.send("/health/")).json.status, "ok");
  assertError(
    await harness.send("/amplitude/", { method: "POST", body: event() }),
    401,
    "unauthorized",
  );
});

test("unreadable bytes are refused with code and byte offset, and nothing of them is sent", async () => {
  const good = JSON.stringify(event());
  const cases = [
    ["", "empty-body", 0],
    [" \n\t ", "empty-body", 4],
    ['{"event_type":"a" "b"}', "invalid-json", 18],
    ['{"event_type":"a"', "invalid-json", 17],
    [`[${good},${good}`, "invalid-json", 2 + 2 * good.length],
    [`[${good},?]`, "invalid-json", 2 + good.length],
    [`${good}!`, "invalid-json", good.length],
    [`\u{feff}${good}!`, "invalid-json", good.length + 3],
    ["17", "not-a-batch", 0],
    ['  "text"', "not-a-batch", 2],
    ["null", "not-a-batch", 0],
    [Buffer.from('{"a":"\xff"}', "latin1"), "invalid-utf8", 6],
    [Buffer.from(good, "utf16le"), "invalid-json", 1],
  ];
  for (const [body, code, offset] of cases) {
    for (const post of [harness.post, harness.preview]) {
      const answer = await post(body);
      assertError(answer, 400, code);
      assert.equal(answer.json.error.offset, offset, `${body}`);
    }
  }
  assert.equal(harness.calls.length, 0);
});

test("/preview answers with the plan and sends nothing", async () => {
  const answer = await harness.preview([
    event(),
    withoutAddress(),
    event({ event_type: "Settings Opened" }),
  ]);
  assert.equal(answer.status, 200);
  const [ready, refused, skipped] = answer.json.fates;
  assert.deepEqual([ready.fate, ready.warnings, ready.requests.length], ["ready", [], 1]);
  const [request] = ready.requests;
  assert.deepEqual(
    [request.kind, request.method, request.url],
    ["event", "POST", `${harness.kochava.url}/track/json`],
  );
  assert.equal(JSON.parse(request.body).data.event_name, "Level Complete");
  assert.equal(refused.fate, "refused");
  const [{ code, field, origin, message }] = refused.violations;
  assert.deepEqual(
    [code, field, origin],
    ["origination-ip-missing", "data.origination_ip", "ip_address"],
  );
  assert.ok(message.length > 0);
  assert.deepEqual([skipped.fate, skipped.code], ["skipped", "not-selected"]);
  assert.equal(harness.calls.length, 0);
});

test("a wrong method is answered with the allowed ones", async () => {
  const routes = [
    ["/amplitude", "POST", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]],
    ["/preview", "POST", ["GET", "PUT", "DELETE"]],
    ["/health", "GET, HEAD", ["POST", "PUT", "DELETE"]],
  ];
  for (const [path, allow, methods] of routes) {
    for (const method of methods) {
      const answer = await harness.send(path, { method });
      assertError(answer, 405, "wrong-method");
      assert.equal(answer.headers.allow, allow);
    }
    if (allow === "POST") assert.equal((await harness.send(path, { method: "HEAD" })).status, 405);
  }
});

test("every JSON media type is accepted, and so is a missing Content-Type", async () => {
  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/vnd.amplitude+json",
    "application/problem+json; a=b",
    null,
  ]) {
    assertCounts(await harness.post(event(), { headers: { "content-type": type } }), 200, {
      received: 1,
      delivered: 1,
    });
  }
});

test("other media types are refused", async () => {
  for (const type of [
    "text/plain",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "text/json+x",
    "application/x-ndjson",
  ]) {
    for (const post of [harness.post, harness.preview])
      assertError(
        await post(event(), { headers: { "content-type": type } }),
        415,
        "unsupported-type",
      );
  }
  assert.equal(harness.calls.length, 0);
});

test("no other path accepts events", async () => {
  for (const path of [
    "/events",
    "/Amplitude",
    "/amplitude/x",
    "/amplitude//",
    "/amplitude%20",
    "/segments",
    "/v1/delete",
    "/2/httpapi/x",
    "/health/x",
  ]) {
    assertError(
      await harness.send(path, {
        method: "POST",
        headers: { authorization: "Bearer the-ingest-token" },
        body: event(),
      }),
      404,
      "not-found",
    );
  }
  assert.equal(harness.calls.length, 0);
});

test("HEAD /health is GET /health without the body", async () => {
  const [head, get] = [
    await harness.send("/health", { method: "HEAD" }),
    await harness.send("/health"),
  ];
  assert.deepEqual([head.status, head.text], [200, ""]);
  assert.equal(head.headers["content-type"], get.headers["content-type"]);
});

test("an error never repeats a piece of the request", async () => {
  const canary = "canary7f3a";
  const headers = { "x-canary": canary, "user-agent": canary };
  const bad = [
    `{"${canary}": ${canary}}`,
    `"${canary}"`,
    `{"event_type":"${canary}"`,
    Buffer.concat([Buffer.from(`{"event_type":"${canary}`), Buffer.from([0xff])]),
    JSON.stringify(
      event({ ip_address: canary, event_properties: { $revenue: canary, currency: canary } }),
    ),
    JSON.stringify(event({ event_properties: { $revenue: 1, $currency: canary } })),
    JSON.stringify({
      [canary]: canary,
      event_type: `Level ${canary}`,
      user_id: canary,
      user_properties: { [canary]: canary },
    }),
    JSON.stringify([event({ event_type: ["Level", canary] }), canary]),
  ];
  harness.kochava.script([
    {
      forever: true,
      status: 400,
      body: { success: "0", error: canary },
      headers: { "x-canary": canary },
    },
  ]);
  const answers = [];
  for (const body of bad) answers.push(await harness.post(body, { headers }));
  answers.push(await harness.post(event({ event_type: `Level ${canary}` }), { headers }));
  answers.push(await harness.post(event(), { headers, token: canary }));
  answers.push(
    await harness.post(event(), { headers: { ...headers, "content-type": `text/${canary}` } }),
  );
  answers.push(
    await harness.post(event(), { headers: { ...headers, "content-encoding": canary } }),
  );
  answers.push(await harness.post(canary, { headers: { ...headers, "content-encoding": "gzip" } }));
  answers.push(
    await harness.send(`/${canary}?${canary}`, { method: "POST", headers, body: canary }),
  );
  answers.push(
    await harness.send(`/amplitude?${canary}`, { method: "PUT", headers, body: canary }),
  );
  for (const { status, headers: answered, text, json } of answers) {
    assert.ok(status >= 400 || json.refused >= 1, text);
    assert.ok(!(JSON.stringify(answered) + text).includes(canary), text);
  }
});
