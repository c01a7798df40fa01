// Events that are too large for a message of the queue: they have the same rights as any other.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { QUICK, assertStats, events, namesOf, startDurableHarness, until } from "./durable.mjs";
import { assertCounts, assertError } from "./support.mjs";

const IDENTITY = "/v1/cpi/identityLink.php";
const harness = await startDurableHarness(
  { after },
  { settings: { delivery: { ...QUICK, steps_s: Array(30).fill(1) } } },
);
beforeEach(async () => {
  await harness.fail({});
  await harness.drained();
  harness.kochava.reset();
  await harness.admin("DELETE", "/rejects?all=1");
});

/** Makes an event beyond the 128 KB of a message (Cloudflare, Queues limits). */
const large = (over = {}) =>
  events(1, { event_properties: { level: 1, story: "x".repeat(130_000) }, ...over })[0];
const stored = (on = harness) => on.sql("SELECT DISTINCT key FROM large_events");
const typesOf = (batch) => batch.map((one) => one.event_type);

test("a large event is queued, delivered once, recognised as a duplicate, and its text is deleted", async (t) => {
  const own = await startDurableHarness(t);
  const batch = [large(), ...events(1)];
  assertCounts(await own.post(batch), 200, { received: 2, queued: 2 });
  await own.drained();
  assert.deepEqual(namesOf(own.kochava.calls).sort(), typesOf(batch).sort());
  assert.deepEqual(await stored(own), []);
  assertCounts(await own.post(batch), 200, { received: 2, queued: 2 });
  await own.drained();
  assert.equal(own.kochava.calls.length, 2);
  assert.deepEqual(await stored(own), []);
  assertStats(await own.stats(), {
    eventsDelivered: 2,
    successOnFirstAttempt: 2,
    duplicates: 2,
    deliveryRate: 100,
  });
});

test("a large event that Kochava rejects is a reject with the whole event, counted once, and its text is nowhere else", async (t) => {
  const own = await startDurableHarness(t);
  const one = large();
  own.kochava.script([{ body: { success: "0", error: "no such app" } }]);
  assertCounts(await own.post(one), 200, { received: 1, queued: 1 });
  await own.drained();
  const [reject, ...more] = await own.rejects();
  assert.deepEqual(
    [reject.event, reject.code, reject.status, more],
    [one.event_type, "kochava-rejected", 200, []],
  );
  const { json } = await own.admin("GET", `/rejects/${reject.id}`);
  assert.deepEqual(json.event, one);
  assert.deepEqual(await stored(own), []);
  assertStats(await own.stats(), { eventsNotDelivered: 1, eventsDiscarded: 1, deliveryRate: 0 });
  const replay = await own.admin("POST", "/rejects/replay?all=1");
  assert.deepEqual(replay.json.results, { queued: 1 }, replay.text);
  await own.drained();
  assert.deepEqual(namesOf(own.kochava.calls), [one.event_type, one.event_type]);
  assert.deepEqual([await own.rejects(), await stored(own)], [[], []]);
});

test('with rejects.keep "reason" a large event that is rejected is kept nowhere', async (t) => {
  const own = await startDurableHarness(t, { settings: { rejects: { keep: "reason" } } });
  own.kochava.script([{ body: { success: "0", error: "no such app" } }]);
  assertCounts(await own.post(large()), 200, { received: 1, queued: 1 });
  await own.drained();
  assert.equal((await own.rejects()).length, 1);
  assert.deepEqual(await stored(own), []);
});

test("a large event that breaks a rule becomes a reject with the whole event", async () => {
  const one = large({ ip_address: null });
  assertCounts(await harness.post(one), 200, { received: 1, refused: 1 });
  await harness.drained();
  const [reject, ...more] = await harness.rejects();
  assert.deepEqual(
    [reject.event, reject.code, more],
    [one.event_type, "origination-ip-missing", []],
  );
  const { json } = await harness.admin("GET", `/rejects/${reject.id}`);
  assert.deepEqual(json.event, one);
  assert.deepEqual(await stored(), []);
});

test("if the text of a rejected large event cannot be deleted, the reject keeps the whole event", async () => {
  const one = large();
  harness.kochava.script([{ body: { success: "0", error: "no such app" } }]);
  // the text is stored, read, and kept in the reject; then the database fails
  await harness.fail({ DB: { after: 3, times: 6 } });
  assertCounts(await harness.post(one), 200, { received: 1, queued: 1 });
  await harness.drained(60);
  await harness.fail({});
  const [reject, ...more] = await harness.rejects();
  assert.deepEqual([reject.event, more], [one.event_type, []]);
  assert.deepEqual((await harness.admin("GET", `/rejects/${reject.id}`)).json.event, one);
});

test("the identity of a large event that is rejected is a reject, too", async (t) => {
  const own = await startDurableHarness(t, { settings: { users: { send: true, from: "events" } } });
  const one = large({ user_id: "user-1" });
  own.kochava.script([{ match: { path: IDENTITY }, body: { success: "0", error: "no" } }]);
  assertCounts(await own.post(one), 200, { received: 1, queued: 1 });
  await own.drained();
  const [reject, ...more] = await own.rejects();
  assert.deepEqual([reject.event, reject.code, more], [one.event_type, "kochava-rejected", []]);
  const { json } = await own.admin("GET", `/rejects/${reject.id}`);
  assert.deepEqual(json.event, one);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    "identities-undelivered": 1,
  });
});

test("a large event does not overtake an earlier event of its device, nor a later one it", async () => {
  const [first, last] = events(2, { device_id: "one-device" });
  const middle = large({ device_id: "one-device" });
  harness.kochava.script([
    { match: { event_name: first.event_type }, status: 500 },
    { match: { event_name: middle.event_type }, status: 500 },
  ]);
  assertCounts(await harness.post([first, middle, last]), 200, { received: 3, queued: 3 });
  await harness.drained();
  assert.deepEqual(namesOf(harness.kochava.calls), [
    first.event_type,
    first.event_type,
    middle.event_type,
    middle.event_type,
    last.event_type,
  ]);
});

test("a large event waits while the breaker of its route is open", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script(Array(5).fill({ status: 429, retryAfter: 3 }));
  assertCounts(await own.post(events(5)), 200, { received: 5, queued: 5 });
  await until(async () => (await own.stats()).open_breakers.length > 0, "the breaker should open");
  const one = large();
  assertCounts(await own.post(one), 200, { received: 1, queued: 1 });
  await own.drained();
  const at = (call) => Date.parse(call.at);
  const [tripped] = own.kochava.calls.slice(4, 5).map(at);
  const calls = own.kochava.calls.filter((call) => call.body.data.event_name === one.event_type);
  assert.equal(calls.length, 1);
  assert.ok(at(calls[0]) - tripped >= 2_900, `it was sent after ${at(calls[0]) - tripped} ms`);
});

test("while the database does not answer, large events stay with their sender and others are queued", async () => {
  const [small] = events(1);
  const one = large();
  await harness.fail({ DB: { times: -1 } });
  const answer = await harness.post([one, small]);
  assertCounts(answer, 503, { received: 2, queued: 1, pending: 1 });
  assertError(answer, 503, "store-unavailable");
  await harness.fail({});
  assertCounts(await harness.post([one, small]), 200, { received: 2, queued: 2 });
  await harness.drained(45);
  assert.deepEqual(
    namesOf(harness.kochava.calls).sort(),
    [one.event_type, small.event_type].sort(),
  );
});
