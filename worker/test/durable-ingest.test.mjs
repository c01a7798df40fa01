// Ingest with a queue: replies, duplicates, and failures of queue and stores.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertStats, events, namesOf, startDurableHarness, until } from "./durable.mjs";
import { assertCounts, assertError, assertRetryAfter } from "./support.mjs";

const harness = await startDurableHarness(
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
  await harness.fail({});
  await harness.drained();
  harness.kochava.reset();
});

const sent = async () => (await harness.counters()).sent;
const sorted = (names) => [...names].sort();
const typesOf = (batch) => batch.map((one) => one.event_type);

/** Asserts that every event of the batch was delivered once, and nothing else. */
async function assertArrived(batch) {
  await harness.drained();
  assert.deepEqual(sorted(namesOf(harness.kochava.calls)), sorted(typesOf(batch)));
}

/** Asserts a 503 with pending events, which the sender sends again. */
function assertPending(answer, counts, code = "store-unavailable") {
  assertCounts(answer, 503, counts);
  assertError(answer, 503, code);
  assertRetryAfter(answer);
}

test("an event is answered as queued, and delivered afterwards", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script([{ delayMs: 300 }]);
  assertCounts(await own.post(events(1)), 200, { received: 1, queued: 1 });
  assert.ok((await own.inFlight()) > 0, "the answer does not wait for the delivery");
  await own.drained();
  assert.equal(own.kochava.calls.length, 1);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    attempts: 1,
    deliveryRate: 100,
  });
});

test("events are packed into messages of the billed size", async () => {
  const before = await sent();
  const batch = events(60);
  assertCounts(await harness.post(batch), 200, { received: 60, queued: 60 });
  const messages = (await sent()) - before;
  assert.ok(
    messages <= Math.ceil((JSON.stringify(batch).length + 60 * 400) / 63_000) + 1,
    `${messages} messages`,
  );
  await assertArrived(batch);
});

test("an event with trailing commas, as Amplitude's templates leave them, is queued", async () => {
  const [event] = events(1);
  const text = JSON.stringify(event).replaceAll("}", ",}");
  assertCounts(await harness.post(text), 200, { received: 1, queued: 1 });
  await assertArrived([event]);
});

test("a body of 1,000 events is accepted, and each is delivered once", async () => {
  const batch = events(1_000);
  assertCounts(await harness.post(batch), 200, { received: 1_000, queued: 1_000 });
  await assertArrived(batch);
});

test("copies of an event are queued like any other, delivered once, and counted as duplicates", async (t) => {
  const own = await startDurableHarness(t);
  const [first, second] = events(2);
  // a duplicate has the same insert id and device; an event without an id is never one
  const onAnother = { ...first, device_id: second.device_id };
  const [anonymous] = events(1, { $insert_id: undefined });
  const byUuid = { ...anonymous, uuid: "uuid-1" };
  const batch = [first, first, second, onAnother, anonymous, anonymous, byUuid, byUuid];
  assertCounts(await own.post(batch), 200, { received: 8, queued: 8 });
  assertCounts(await own.post([second, first]), 200, { received: 2, queued: 2 });
  await own.drained(45);
  assertCounts(await own.post(first), 200, { received: 1, queued: 1 });
  await own.drained();
  assert.deepEqual(
    sorted(namesOf(own.kochava.calls)),
    sorted(typesOf([first, second, onAnother, anonymous, anonymous, byUuid])),
  );
  assertStats(await own.stats(), {
    eventsDelivered: 6,
    successOnFirstAttempt: 6,
    duplicates: 5,
    deliveryRate: 100,
  });
});

test("refused and skipped events are counted in the reply, and refused ones stored as rejects", async () => {
  const [good, bad, unwanted] = events(3);
  const answer = await harness.post([
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
  const [reject, ...more] = await harness.rejects(`?event=${encodeURIComponent(bad.event_type)}`);
  assert.deepEqual([reject.code, reject.times, more], ["origination-ip-missing", 1, []]);
});

test("if the queue fails all events are pending, and may be sent again", async () => {
  const batch = events(2);
  const before = await sent();
  await harness.fail({ QUEUE: { times: -1 } });
  for (const _ of [1, 2]) assertPending(await harness.post(batch), { received: 2, pending: 2 });
  assert.equal(await sent(), before);
  await harness.fail({});
  assertCounts(await harness.post(batch), 200, { received: 2, queued: 2 });
  await assertArrived(batch);
});

test("if the queue accepts a part the rest is pending, and each event is still delivered once", async () => {
  const batch = events(8).map((one) => ({
    ...one,
    event_properties: { story: "x".repeat(60_000) },
  }));
  await harness.fail({ QUEUE: { after: 1, times: 1 } });
  const answer = await harness.post(batch);
  const { queued, pending } = answer.json;
  assert.ok(queued > 0 && pending > 0, answer.text);
  assertPending(answer, { received: 8, queued, pending });
  await harness.drained();
  const { duplicates } = await harness.stats();
  assertCounts(await harness.post(batch), 200, { received: 8, queued: 8 });
  await assertArrived(batch);
  assert.equal((await harness.stats()).duplicates - duplicates, queued);
});

test("while the journal does not answer events are accepted, and delivered afterwards", async () => {
  const [one] = events(1);
  const { failed } = await harness.fail({ JOURNAL: { times: -1 } });
  assertCounts(await harness.post(one), 200, { received: 1, queued: 1 });
  await until(
    async () => ((await harness.counters()).failed.JOURNAL ?? 0) > (failed.JOURNAL ?? 0),
    "the consumer should ask the journal",
  );
  assert.equal(harness.kochava.calls.length, 0);
  await harness.fail({});
  // a message waits 20 s for a store
  await harness.drained(45);
  await assertArrived([one]);
});

test("a failure of the database is retried", async () => {
  const [bad] = events(1, { ip_address: null });
  await harness.fail({ DB: { times: 2 } });
  assertCounts(await harness.post(bad), 200, { received: 1, refused: 1 });
  await harness.drained();
  assert.equal((await harness.rejects(`?event=${encodeURIComponent(bad.event_type)}`)).length, 1);
});

test("without the database refused events wait in the queue, and others are delivered", async (t) => {
  const own = await startDurableHarness(t);
  for (const table of ["rejects", "reject_events"]) await own.sql(`DROP TABLE ${table}`);
  const [good, bad, other] = events(3);
  assertCounts(await own.post([good, { ...bad, ip_address: null }]), 200, {
    received: 2,
    queued: 1,
    refused: 1,
  });
  assertCounts(await own.post(other), 200, { received: 1, queued: 1 });
  await own.called(2);
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted([good.event_type, other.event_type]));
  await until(
    async () => (await own.stats()).toBeCompleted === 1,
    "the message with the refused event should wait",
  );
  await until(async () => (await own.inFlight()) === 1, "nothing else should be in the queue");

  const health = await own.send("/health");
  assert.deepEqual([health.status, health.json.status], [503, "misconfigured"]);
  assert.deepEqual(
    health.json.faults.map(({ path, code }) => [path, code]),
    [["DB", "d1-failed"]],
  );
  assert.match(health.json.faults[0].message, /d1 migrations apply DB --local.*DB --remote/);
  assertError(await own.admin("GET", "/rejects"), 503, "store-unavailable");
});

test("missing bindings beside the queue are reported, and events are refused until they are set", async (t) => {
  const names = ["DB", "JOURNAL"];
  const bare = await startDurableHarness(t, {
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
    [false, false],
  );
  const answer = await bare.post(events(1));
  assertError(answer, 503, "misconfigured");
  assertRetryAfter(answer);
});

test("/health has all bindings and the version of the settings", async (t) => {
  const { status, bindings, faults, settings, open_breakers: open } = await harness.health();
  assert.deepEqual([status, faults, open], ["ok", [], []]);
  assert.ok(["QUEUE", "DB", "JOURNAL", "ADMIN_TOKEN"].every((name) => bindings[name] === true));
  assert.match(settings, /^[0-9a-f]{32}$/);
  const other = await startDurableHarness(t);
  assert.notEqual((await other.health()).settings, settings);
});

test("/preview stores nothing and sends nothing", async () => {
  const before = await sent();
  const [one] = events(1);
  const answer = await harness.send("/preview", {
    method: "POST",
    headers: { "x-api-key": "the-ingest-token" },
    body: one,
  });
  assert.deepEqual(
    [answer.status, answer.json.fates[0].fate, await sent(), harness.kochava.calls.length],
    [200, "ready", before, 0],
  );
  assertCounts(await harness.post(one), 200, { received: 1, queued: 1 });
});
