// What is answered to a sender whose events go into the queue?

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertStats, events, namesOf, startDurableHouse } from "./durable.mjs";
import { assertCounts, assertError, assertRetryAfter } from "./support.mjs";

const house = await startDurableHouse(
  { after },
  {
    settings: {
      delivery: {
        attempts: 2,
        budget_ms: 2_000,
        timeout_ms: 1_000,
        steps_s: [1],
        slow_steps_s: [1],
      },
    },
  },
);
beforeEach(async () => {
  await house.fail({});
  await house.drained();
  house.kochava.reset();
});

const sent = async () => (await house.witness()).sent;
const sorted = (names) => [...names].sort();
const typesOf = (batch) => batch.map((one) => one.event_type);

/** Every event of the batch arrived once, and nothing else. */
async function assertArrived(batch) {
  await house.drained();
  assert.deepEqual(sorted(namesOf(house.kochava.calls)), sorted(typesOf(batch)));
}

/** The sender keeps what is pending. */
function assertKept(answer, counts, code = "store-unavailable") {
  assertCounts(answer, 503, counts);
  assertError(answer, 503, code);
  assertRetryAfter(answer);
}

test("an event is answered as queued, and delivered then", async (t) => {
  const own = await startDurableHouse(t);
  own.kochava.script([{ delayMs: 300 }]);
  assertCounts(await own.post(events(1)), 200, { received: 1, queued: 1 });
  assert.ok((await own.underWay()) > 0, "it is not delivered before it is answered");
  await own.drained();
  assert.equal(own.kochava.calls.length, 1);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    attempts: 1,
    deliveryRate: 100,
  });
});

test("events share messages, as many as one is billed for", async () => {
  const before = await sent();
  const batch = events(60);
  assertCounts(await house.post(batch), 200, { received: 60, queued: 60 });
  const messages = (await sent()) - before;
  assert.ok(
    messages <= Math.ceil((JSON.stringify(batch).length + 60 * 400) / 63_000) + 1,
    `${messages} messages`,
  );
  await assertArrived(batch);
});

test("a body of 1,000 events is taken, and each arrives once", async () => {
  const batch = events(1_000);
  assertCounts(await house.post(batch), 200, { received: 1_000, queued: 1_000 });
  await assertArrived(batch);
});

test("an event that was taken before is a duplicate, in a body of its own and within one", async () => {
  const [first, second] = events(2);
  assertCounts(await house.post([first, first, second]), 200, {
    received: 3,
    queued: 2,
    duplicate: 1,
  });
  assertCounts(await house.post([second, first]), 200, { received: 2, duplicate: 2 });
  await house.drained();
  assertCounts(await house.post(first), 200, { received: 1, duplicate: 1 });
  await assertArrived([first, second]);
});

test("a duplicate is the same insert id of the same device, and without an id no event is one", async () => {
  const [one, other] = events(2);
  const onAnother = { ...one, device_id: other.device_id };
  const [anonymous] = events(1, { $insert_id: undefined });
  const byUuid = { ...anonymous, uuid: "uuid-1" };
  assertCounts(await house.post([one, onAnother, anonymous, anonymous, byUuid, byUuid]), 200, {
    received: 6,
    queued: 5,
    duplicate: 1,
  });
  await assertArrived([one, onAnother, anonymous, anonymous, byUuid]);
});

test("what is refused and what is skipped is answered as before, and kept where a person finds it", async () => {
  const [good, bad, unwanted] = events(3);
  const answer = await house.post([
    good,
    { ...bad, ip_address: null },
    { ...unwanted, event_type: "Opened" },
  ]);
  assertCounts(answer, 200, { received: 3, queued: 1, refused: 1, skipped: 1 });
  assert.deepEqual(
    answer.json.refusals.map(({ index, code }) => [index, code]),
    [[1, "origination-ip-missing"]],
  );
  await assertArrived([good]);
  const [reject, ...more] = await house.rejects(`?event=${encodeURIComponent(bad.event_type)}`);
  assert.deepEqual([reject.code, reject.times, more], ["origination-ip-missing", 1, []]);
});

test("an event that no message can hold is delivered while the sender waits", async () => {
  const [large, small] = events(2);
  const batch = [{ ...large, event_properties: { level: 1, story: "x".repeat(130_000) } }, small];
  assertCounts(await house.post(batch), 200, { received: 2, delivered: 1, queued: 1 });
  assertCounts(await house.post(batch), 200, { received: 2, duplicate: 2 });
  await assertArrived(batch);
});

test("where Kochava does not take it, it stays with its sender, and it alone", async () => {
  const [large, small] = events(2);
  const batch = [{ ...large, event_properties: { story: "x".repeat(130_000) } }, small];
  house.kochava.script([{ match: { event_name: large.event_type }, status: 500, forever: true }]);
  const kept = await house.post(batch);
  assertCounts(kept, 503, { received: 2, queued: 1, pending: 1 });
  assertError(kept, 503, "kochava-unavailable");
  await house.drained();
  house.kochava.reset();
  assertCounts(await house.post(batch), 200, { received: 2, delivered: 1, duplicate: 1 });
  await assertArrived([large]);
});

test("where the queue takes nothing, the sender keeps its events, and may send them again", async () => {
  const batch = events(2);
  const before = await sent();
  await house.fail({ QUEUE: { times: -1 } });
  for (const _ of [1, 2]) assertKept(await house.post(batch), { received: 2, pending: 2 });
  assert.equal(await sent(), before);
  await house.fail({});
  assertCounts(await house.post(batch), 200, { received: 2, queued: 2 });
  await assertArrived(batch);
});

test("where the queue takes a part, the sender is told, and each event still arrives once", async () => {
  const batch = events(8).map((one) => ({
    ...one,
    event_properties: { story: "x".repeat(60_000) },
  }));
  await house.fail({ QUEUE: { after: 1, times: 1 } });
  const answer = await house.post(batch);
  const { queued, pending } = answer.json;
  assert.ok(queued > 0 && pending > 0, answer.text);
  assertKept(answer, { received: 8, queued, pending });
  assertCounts(await house.post(batch), 200, { received: 8, queued: pending, duplicate: queued });
  await assertArrived(batch);
});

test("where the memory does not answer, events are taken all the same: better twice than never", async () => {
  const [one] = events(1);
  await house.fail({ DEDUPE: { times: -1 } });
  for (const _ of [1, 2]) assertCounts(await house.post(one), 200, { received: 1, queued: 1 });
  await house.fail({});
  await assertArrived([one, one]);
});

test("a database that hiccups is asked again", async () => {
  const [bad] = events(1, { ip_address: null });
  await house.fail({ DB: { times: 2 } });
  assertCounts(await house.post(bad), 200, { received: 1, refused: 1 });
  assert.equal((await house.rejects(`?event=${encodeURIComponent(bad.event_type)}`)).length, 1);
});

test("without the database what is refused stays with its sender, and the rest of its body, too", async (t) => {
  const own = await startDurableHouse(t);
  for (const table of ["rejects", "reject_events"]) await own.sql(`DROP TABLE ${table}`);
  const [good, bad, other] = events(3);
  assertKept(await own.post([good, { ...bad, ip_address: null }]), { received: 2, pending: 2 });
  assert.deepEqual([(await own.witness()).sent, own.kochava.calls.length], [0, 0]);
  assertCounts(await own.post(other), 200, { received: 1, queued: 1 });
  await own.drained();
  assert.deepEqual(namesOf(own.kochava.calls), [other.event_type]);

  const health = await own.send("/health");
  assert.deepEqual([health.status, health.json.status], [503, "misconfigured"]);
  assert.deepEqual(
    health.json.faults.map(({ path, code }) => [path, code]),
    [["DB", "unreachable"]],
  );
  assert.match(health.json.faults[0].message, /d1 migrations apply/);
  assertError(await own.admin("GET", "/rejects"), 503, "store-unavailable");
});

test("what is missing beside the queue is told, and nothing is taken until it is there", async (t) => {
  const names = ["DB", "DEDUPE", "JOURNAL", "BREAKER"];
  const bare = await startDurableHouse(t, {
    bindings: Object.fromEntries(names.map((name) => [name, null])),
  });
  const health = await bare.send("/health");
  assert.equal(health.status, 503);
  assert.deepEqual(
    health.json.faults.map(({ path, code }) => [path, code]),
    names.map((name) => [name, "missing"]),
  );
  assert.deepEqual(
    names.map((name) => health.json.bindings[name]),
    [false, false, false, false],
  );
  const answer = await bare.post(events(1));
  assertError(answer, 503, "misconfigured");
  assertRetryAfter(answer);
});

test("/health says that all is there, and under which settings", async (t) => {
  const { status, bindings, faults, settings, open_breakers: open } = await house.health();
  assert.deepEqual([status, faults, open], ["ok", [], []]);
  assert.ok(
    ["QUEUE", "DB", "DEDUPE", "JOURNAL", "BREAKER", "ADMIN_TOKEN"].every(
      (name) => bindings[name] === true,
    ),
  );
  assert.match(settings, /^[0-9a-f]{32}$/);
  const other = await startDurableHouse(t);
  assert.notEqual((await other.health()).settings, settings);
});

test("/preview takes nothing and sends nothing", async () => {
  const before = await sent();
  const [one] = events(1);
  const answer = await house.send("/preview", {
    method: "POST",
    headers: { "x-api-key": "the-ingest-token" },
    body: one,
  });
  assert.deepEqual(
    [answer.status, answer.json.fates[0].fate, await sent(), house.kochava.calls.length],
    [200, "ready", before, 0],
  );
  assertCounts(await house.post(one), 200, { received: 1, queued: 1 });
});
