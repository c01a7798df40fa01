// Calls to Kochava: bytes, signature, order, concurrency and the limit on subrequests.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import {
  assertCounts,
  assertError,
  event,
  levels,
  sampleSettings,
  samples,
  startHarness,
  startServer,
} from "./support.mjs";

const KEYS = { apiKey: "canary-api-key", secret: "canary-secret" };
const SIGNED = { KOCHAVA_API_KEY: KEYS.apiKey, KOCHAVA_SECRET: KEYS.secret };

const harness = await startHarness(
  { after },
  { settings: await sampleSettings(), bindings: SIGNED, kochava: { ...KEYS, strict: true } },
);
const linking = await startHarness(
  { after },
  {
    settings: {
      users: { send: true, from: "both", properties: ["plan"] },
      delivery: { attempts: 2 },
    },
  },
);
const narrow = await startHarness({ after }, { bindings: { SUBREQUESTS_MAX: 5 } });
beforeEach(() => [harness, linking, narrow].forEach(({ kochava }) => kochava.reset()));

// samples/README.md: the path of each request, or the fate of an event that is not sent
// of installs, too
const EVENT = "/track/json";
const IDENTITY = "/v1/cpi/identityLink.php";
const EXPECTED = {
  "01": [EVENT],
  "02": [EVENT],
  "03": [EVENT],
  "04": [EVENT],
  "05": [EVENT],
  "06": [EVENT],
  "07": [EVENT],
  "08": [EVENT],
  "09": [IDENTITY],
  10: [IDENTITY],
  11: "refused",
  12: "skipped",
  13: [EVENT],
  14: [EVENT],
};

// headers that HTTP and the platform add
const TRANSPORT = ["host", "content-length", "cf-worker"];

test("every sample arrives as its preview shows it, with a valid signature and without errors", async () => {
  const all = await samples();
  assert.deepEqual(
    all.map(({ name }) => name.slice(0, 2)),
    Object.keys(EXPECTED).sort(),
  );
  for (const { name, body } of all) {
    harness.kochava.reset();
    const expected = EXPECTED[name.slice(0, 2)];
    const [fate, ...none] = (await harness.preview(body)).json.fates;
    assert.deepEqual(none, []);
    assert.equal(harness.calls.length, 0);
    const counts = { refused: { refused: 1 }, skipped: { skipped: 1 } };
    assertCounts(await harness.post(body), 200, {
      received: 1,
      ...(counts[expected] ?? { delivered: 1 }),
    });

    assert.equal(fate.fate, typeof expected === "string" ? expected : "ready", name);
    const planned = fate.requests ?? [];
    assert.deepEqual(
      harness.calls.map((call) => call.path),
      typeof expected === "string" ? [] : expected,
      name,
    );
    assert.deepEqual(
      harness.calls.map((call) => call.bodyText),
      planned.map((request) => request.body),
      name,
    );
    assert.deepEqual(
      harness.calls.map((call) => harness.kochava.url + call.path),
      planned.map((request) => request.url),
    );
    for (const [index, call] of harness.calls.entries()) {
      assert.equal(call.method, "POST");
      assert.equal(call.signature.state, "valid", `${name}: ${call.signature.message}`);
      assert.deepEqual(
        call.findings.filter((one) => one.severity === "error"),
        [],
        name,
      );
      assertHeaders(call, planned[index].headers);
    }
  }
});

/** Asserts that exactly the planned headers are sent. */
function assertHeaders({ headers, body }, planned) {
  const sent = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !TRANSPORT.includes(name)),
  );
  // who holds the ingest token alone sees neither the key nor a signature to send the body with
  const hidden = { ...sent, "kochava-api-key": "…", "kochava-auth-token": "…" };
  assert.deepEqual(
    hidden,
    Object.fromEntries(Object.entries(planned).map(([name, value]) => [name.toLowerCase(), value])),
  );
  assert.equal(sent["content-type"], "application/json");
  assert.equal(sent["kochava-api-key"], KEYS.apiKey);
  assert.match(sent["kochava-auth-token"], /^[0-9a-f]{64}$/);
  // Kochava, S2S without Device UA
  assert.equal(sent["user-agent"], body.data.device_ua ? undefined : "Unknown");
}

test("without credentials nothing is signed", async (t) => {
  const unsigned = await startHarness(t);
  assertCounts(await unsigned.post(event()), 200, { received: 1, delivered: 1 });
  const [{ headers, findings }] = unsigned.calls;
  assert.deepEqual(
    Object.keys(headers).filter((name) => !TRANSPORT.includes(name)),
    ["content-type"],
  );
  assert.deepEqual(
    findings.filter((one) => one.severity === "error"),
    [],
  );
});

test("text beyond ASCII, slashes and 64-bit numbers arrive unchanged and signed", async (t) => {
  const wide = await startHarness(t, {
    settings: { events: { properties: "*" } },
    bindings: SIGNED,
    kochava: KEYS,
  });
  const name = 'Läufer/„Café“ 跑鞋 👟 \\ " \u2028';
  const body = JSON.stringify(
    event({ event_type: name, event_properties: { 'k/"ä': name, id: 0 } }),
  ).replace('"id":0', '"id":9007199254740993');
  assertCounts(await wide.post(body), 200, { received: 1, delivered: 1 });
  const [call] = wide.calls;
  assert.equal(call.body.data.event_name, name);
  assert.equal(call.body.data.event_data['k/"ä'], name);
  assert.match(call.bodyText, /"id":9007199254740993[,}]/);
  assert.match(call.bodyText, /^[\x20-\x7e]*$/);
  assert.equal(call.signature.state, "valid");
});

test("of one request an install goes first, and a user last", async (t) => {
  const own = await startHarness(t, {
    settings: { installs: { send: true }, users: { send: true } },
    bindings: SIGNED,
    kochava: KEYS,
  });
  const body = ["$identify", "Level Up", "[Amplitude] Application Installed", "Level Down"].map(
    (event_type) => event({ event_type, user_id: "u-1" }),
  );
  assertCounts(await own.post(body), 200, { received: 4, delivered: 4 });
  const told = own.calls.map(({ path, body }) =>
    path === IDENTITY ? "identity" : (body.data.event_name ?? body.action),
  );
  assert.deepEqual([told[0], told[3]], ["install", "identity"]);
  assert.deepEqual(told.slice(1, 3).sort(), ["Level Down", "Level Up"]);
  for (const call of own.calls) {
    assert.equal(call.signature.state, "valid");
    assert.deepEqual(
      call.findings.filter((one) => one.severity === "error"),
      [],
    );
  }
});

test("between two and six requests are in flight at once", async (t) => {
  let [now, most] = [0, 0];
  const counting = await startServer(t, ({ response }) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      response.end('{"success":"1"}');
    }, 30);
  });
  const { post } = await startHarness(t, { bindings: { KOCHAVA_URL: counting.url } });
  assertCounts(await post(levels(40)), 200, { received: 40, delivered: 40 });
  assert.ok(most > 1 && most <= 6, `${most} at once`);
  assert.deepEqual(
    counting.seen.map((body) => JSON.parse(body).data.event_name).sort(),
    levels(40)
      .map((one) => one.event_type)
      .sort(),
  );
});

const people = (count) =>
  levels(count).map((one, number) => ({
    ...one,
    user_id: `user-${number}`,
    user_properties: { ...one.user_properties, plan: `plan-${number}` },
  }));

test("an identity is sent after its event was answered", async () => {
  const { kochava, calls, post } = linking;
  kochava.script([{ match: { path: EVENT }, delayMs: 40, forever: true }]);
  assertCounts(await post(people(12)), 200, { received: 12, delivered: 12 });
  assert.equal(calls.length, 24);
  for (let number = 0; number < 12; number += 1) {
    const sent = calls.find((call) => call.body.data.event_name === `Level ${number}`);
    const linked = calls.find(
      (call) => call.path === IDENTITY && call.body.data.app_userid === `user-${number}`,
    );
    assert.equal(linked.body.data.plan, `plan-${number}`);
    assert.ok(
      Date.parse(linked.at) - Date.parse(sent.at) >= 39,
      "not before the event was answered",
    );
  }
});

test("an identity is not sent if its event fails, and is retried alone", async () => {
  const { kochava, calls, post } = linking;
  const [refused, unavailable, fine] = people(3);
  kochava.script([
    { match: { event_name: refused.event_type }, body: { success: "0" } },
    { match: { event_name: unavailable.event_type }, status: 500, forever: true },
    { match: { path: IDENTITY }, status: 503 },
  ]);
  assertCounts(await post([refused, unavailable, fine]), 503, {
    received: 3,
    delivered: 1,
    refused: 1,
    pending: 1,
  });
  const linked = calls.filter((call) => call.path === IDENTITY);
  assert.deepEqual(
    linked.map((call) => call.body.data.app_userid),
    ["user-2", "user-2"],
  );
  assert.equal(calls.filter((call) => call.body.data.event_name === fine.event_type).length, 1);
});

test("an identity that fails is reported, and its event still counts once", async () => {
  const { kochava, calls, post } = linking;
  for (const [step, code] of [
    [{ body: { success: "0" } }, "kochava-rejected"],
    [{ status: 500 }, "kochava-unavailable"],
    [{ status: 404 }, "kochava-paused"],
  ]) {
    kochava.reset();
    kochava.script([{ match: { path: IDENTITY }, ...step, forever: true }]);
    const answer = await post(people(20));
    assertCounts(answer, 200, { received: 20, delivered: 20 });
    const codes = answer.json.refusals.map((refusal) => refusal.code);
    assert.deepEqual(codes, Array(20).fill(code));
    assert.equal(calls.filter((call) => call.path === EVENT).length, 20);
    // five that fail with none accepted in between, and five on their way
    if (code === "kochava-paused")
      assert.ok(calls.length <= 20 + 10, "no more identities are sent");
  }
});

test("a batch that needs more subrequests than the platform allows is refused up front", async () => {
  const { calls, post, preview } = narrow;
  assertError(await post(levels(6)), 413, "batch-too-large");
  assert.equal(calls.length, 0);
  // events that are not sent need no subrequest
  assertCounts(
    await post([
      ...levels(5),
      event({ ip_address: null }),
      event({ event_type: "Settings Opened" }),
    ]),
    200,
    { received: 7, delivered: 5, refused: 1, skipped: 1 },
  );
  assert.equal(calls.length, 5);
  assert.equal((await preview(levels(6))).json.fates.length, 6);
});

test("an identity beside its event counts as a subrequest, too", async (t) => {
  const { calls, post } = await startHarness(t, {
    settings: { users: { send: true, from: "both" } },
    bindings: { SUBREQUESTS_MAX: "5" },
  });
  assertError(await post(people(3)), 413, "batch-too-large");
  assert.equal(calls.length, 0);
  assertCounts(await post(people(2)), 200, { received: 2, delivered: 2 });
  assert.equal(calls.length, 4);
});

test("retries never exceed the subrequests that the platform allows", async () => {
  const { kochava, calls, post } = narrow;
  kochava.script([{ status: 500, forever: true }]);
  assertCounts(await post(levels(4)), 503, { received: 4, pending: 4 });
  assert.equal(calls.length, 5);
});
