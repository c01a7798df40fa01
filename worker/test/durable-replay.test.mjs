// Replaying rejects, and the counts of /stats.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertStats, events, namesOf, startDurableHarness } from "./durable.mjs";
import { SETTINGS, assertCounts, assertError } from "./support.mjs";

const harness = await startDurableHarness({ after });
beforeEach(async () => {
  await harness.fail({});
  await harness.drained();
  harness.kochava.reset();
  await harness.admin("DELETE", "/rejects?all=1");
});

const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();

async function replay(on, query = "?all=1", body) {
  const answer = await on.admin("POST", `/rejects/replay${query}`, body);
  assert.equal(answer.status, 200, answer.text);
  await on.drained();
  return answer.json;
}

/**
 * Sends a batch whose events Kochava rejects, each with a different text, so that delivery does not
 * pause.
 */
async function rejected(batch, on = harness) {
  on.kochava.script(
    batch.map((one) => ({
      match: { event_name: one.event_type },
      body: { success: "0", error: one.event_type },
    })),
  );
  assertCounts(await on.post(batch), 200, { received: batch.length, queued: batch.length });
  await on.drained();
  on.kochava.reset();
}

/** Sends events that break a rule, and waits until the consumer has stored them. */
async function refused(batch, on = harness) {
  assertCounts(await on.post(batch), 200, { received: batch.length, refused: batch.length });
  await on.drained();
}

test("a dry replay shows what would be sent, and the difference to what was sent", async () => {
  const [one] = events(1);
  await rejected([one]);
  const { dry, found, results, more, rejects } = await replay(harness, "?dry=1&all=1");
  assert.deepEqual([dry, found, results, more], [true, 1, { ready: 1 }, false]);
  assert.deepEqual(
    [rejects[0].result, rejects[0].changes, rejects[0].requests.length],
    ["ready", [], 1],
  );
  assert.equal(JSON.parse(rejects[0].requests[0].body).data.event_name, one.event_type);
  assert.equal(harness.kochava.calls.length, 0);
  assert.equal((await harness.rejects()).length, 1);
});

test("after the mapping is fixed a replay delivers refused events", async (t) => {
  const wrong = { mapping: { ...SETTINGS.mapping, origination_ip: "user_properties.ip" } };
  const own = await startDurableHarness(t, { settings: wrong });
  const batch = events(3).map((one) => ({ ...one, ip_address: null, ip: "203.0.113.24" }));
  await refused(batch, own);
  const before = await own.rejects();
  assert.deepEqual((await replay(own)).results, { refused: 3 });
  assert.deepEqual([own.kochava.calls.length, (await own.rejects()).length], [0, 3]);

  await own.restart({ settings: { mapping: { ...SETTINGS.mapping, origination_ip: "ip" } } });
  const dry = await replay(own, "?dry=1&all=1");
  assert.deepEqual(dry.results, { ready: 3 });
  const change = dry.rejects[0].changes.find(({ field }) => field === "data.origination_ip");
  assert.deepEqual(change, { field: "data.origination_ip", before: null, after: "203.0.113.24" });
  assert.equal((await own.admin("GET", `/rejects/${before[0].id}`)).json.today.fate, "ready");

  assert.deepEqual((await replay(own)).results, { queued: 3 });
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual([await own.rejects(), await own.sql("SELECT * FROM reject_events")], [[], []]);
  assertStats(await own.stats(), {
    eventsDelivered: 3,
    successOnFirstAttempt: 3,
    eventsNotDelivered: 3,
    eventsDiscarded: 3,
    deliveryRate: 50,
  });
});

test("rejected events can be replayed by id, by reason or all at once", async () => {
  const batch = events(4);
  await rejected(batch);
  const [first] = await harness.rejects(`?event=${encodeURIComponent(batch[0].event_type)}`);
  assert.deepEqual((await replay(harness, "", { ids: [first.id] })).results, { queued: 1 });
  assert.deepEqual(
    (
      await replay(harness, "", {
        filter: { reason: "kochava-rejected", event: batch[1].event_type },
      })
    ).results,
    { queued: 1 },
  );
  assert.deepEqual((await replay(harness, "?reason=kochava-rejected")).results, { queued: 2 });
  assert.deepEqual(sorted(namesOf(harness.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(await harness.rejects(), []);
});

test("a replay requires a selection", async () => {
  for (const body of [undefined, "{}", '{"dry":true}', '{"filter":{}}'])
    assertError(await harness.admin("POST", "/rejects/replay", body), 400, "says-not-which");
});

test("an event that is rejected again is a reject again", async () => {
  const [one] = events(1);
  await rejected([one]);
  harness.kochava.script([{ body: { success: "0", error: "still" } }]);
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  const [reject, ...more] = await harness.rejects();
  assert.deepEqual(
    [reject.event, reject.answer, more],
    [one.event_type, '{"success":"0","error":"still"}', []],
  );
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  assert.deepEqual([await harness.rejects(), harness.kochava.calls.length], [[], 2]);
});

test("concurrent replays send each event once", async () => {
  const batch = events(5);
  await rejected(batch);
  const answers = await Promise.all(
    [1, 2, 3].map(() => harness.admin("POST", "/rejects/replay?all=1")),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  await harness.drained();
  assert.deepEqual(sorted(namesOf(harness.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(await harness.rejects(), []);
  assert.deepEqual((await replay(harness)).found, 0);
});

test("a replay that failed after queueing can be repeated, and each event is sent once", async () => {
  const batch = events(3);
  await rejected(batch);
  // reading the rejects and their texts succeeds; deleting them fails
  await harness.fail({ DB: { after: 2, times: -1 } });
  assertError(await harness.admin("POST", "/rejects/replay?all=1"), 503, "store-unavailable");
  await harness.fail({});
  await replay(harness);
  await replay(harness);
  assert.deepEqual(
    [sorted(namesOf(harness.kochava.calls)), await harness.rejects()],
    [sorted(typesOf(batch)), []],
  );
});

test("an event that is too large for a message is replayed through the queue like any other", async () => {
  const story = { level: "x".repeat(150_000) };
  const [large] = events(1, { event_properties: story, ip_address: null });
  await refused([large]);
  await fixAddresses();
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  assert.deepEqual(namesOf(harness.kochava.calls), [large.event_type]);
  assert.equal(harness.kochava.calls[0].body.data.event_data.level.length, 150_000);
  assert.deepEqual(
    [await harness.rejects(), await harness.sql("SELECT key FROM large_events")],
    [[], []],
  );
});

test("rejects that stay do not keep a replay from those behind them", async () => {
  await refused(events(120, { ip_address: "10.0.0.1" }));
  const behind = events(3, { ip_address: null });
  await refused(behind);
  await fixAddresses();
  const { found, results, more } = await replay(harness);
  assert.deepEqual([found, results, more], [123, { refused: 120, queued: 3 }, false]);
  assert.deepEqual(sorted(namesOf(harness.kochava.calls)), sorted(typesOf(behind)));
});

test("a replay that cannot be queued keeps its rejects", async () => {
  const [one] = events(1);
  await rejected([one]);
  await harness.fail({ QUEUE: { times: 1 } });
  assert.deepEqual((await replay(harness)).results, { "not-sent": 1 });
  assert.equal((await harness.rejects()).length, 1);
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  assert.deepEqual(namesOf(harness.kochava.calls), [one.event_type]);
});

/** As if the mapping had been fixed: events without an address have one. */
const fixAddresses = () =>
  harness.sql(
    'UPDATE reject_events SET text = replace(text, \'"ip_address":null\', \'"ip_address":"203.0.113.24"\')',
  );

test("an event that its sender has corrected and sent again is no longer a reject", async () => {
  const [one] = events(1);
  await refused([{ ...one, ip_address: null }]);
  const [row] = await harness.sql("SELECT * FROM rejects");
  const parts = await harness.sql("SELECT * FROM reject_events");
  assertCounts(await harness.post(one), 200, { received: 1, queued: 1 });
  await harness.drained();
  assert.deepEqual(await harness.rejects(), []);
  // as if that had failed: the journal knows the event, and does not have it sent twice
  await insert("rejects", [row]);
  await insert("reject_events", parts);
  await fixAddresses();
  const before = await harness.stats();
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  const after = await harness.stats();
  assert.deepEqual(
    [after.replayed - before.replayed, after.duplicates - before.duplicates],
    [1, 1],
  );
  assert.deepEqual(
    [namesOf(harness.kochava.calls), await harness.rejects()],
    [[one.event_type], []],
  );
});

async function insert(table, rows) {
  for (const row of rows) {
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    await harness.sql(
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`,
      ...Object.values(row),
    );
  }
}

test("a replayed event that its sender sends again is a duplicate", async () => {
  const [one] = events(1);
  await refused([{ ...one, ip_address: null }]);
  await fixAddresses();
  assert.deepEqual((await replay(harness)).results, { queued: 1 });
  const before = await harness.stats();
  assertCounts(await harness.post(one), 200, { received: 1, queued: 1 });
  await harness.drained();
  assert.equal((await harness.stats()).duplicates - before.duplicates, 1);
  assert.deepEqual(namesOf(harness.kochava.calls), [one.event_type]);
});

test("what Kochava did not confirm can be listed and replayed", async () => {
  const [one] = events(1);
  harness.kochava.script([{ garbage: true }]);
  assertCounts(await harness.post([one]), 200, { received: 1, queued: 1 });
  await harness.drained();
  harness.kochava.reset();
  const [reject, ...more] = await harness.rejects("?reason=unconfirmed");
  assert.deepEqual([reject.event, reject.code, more], [one.event_type, "unconfirmed", []]);
  const { json } = await harness.admin("GET", `/rejects/${reject.id}`);
  assert.deepEqual([json.event, json.today.fate, json.fix.by], [one, "ready", "kochava"]);
  const dry = await replay(harness, "?reason=unconfirmed&dry=1");
  assert.deepEqual([dry.results, dry.rejects[0].requests.length], [{ ready: 1 }, 1]);
  assert.deepEqual((await replay(harness, "?reason=unconfirmed")).results, { queued: 1 });
  assert.deepEqual(namesOf(harness.kochava.calls), [one.event_type]);
  assert.deepEqual(await harness.rejects(), []);
});

test("a replay of more rejects than one request can handle is marked as incomplete", async () => {
  const batch = events(130, { ip_address: null });
  await refused(batch);
  await fixAddresses();
  const first = await replay(harness);
  assert.deepEqual([first.found, first.more, first.results], [100, true, { queued: 100 }]);
  const second = await replay(harness);
  assert.deepEqual([second.found, second.more, second.results], [30, false, { queued: 30 }]);
  assert.deepEqual(
    [namesOf(harness.kochava.calls).length, new Set(namesOf(harness.kochava.calls)).size],
    [130, 130],
  );
});

test("the counts, named as in Amplitude, add up to the received events", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { delivery: { steps_s: [1], span_s: 1, slow_steps_s: [1] } },
  });
  const [good, slow, late, bad, noIp, noIp2, skipped] = events(7);
  own.kochava.script([
    { match: { event_name: slow.event_type }, status: 500 },
    { match: { event_name: late.event_type }, status: 500, forever: true },
    { match: { event_name: bad.event_type }, body: { success: "0" } },
  ]);
  const batch = [
    good,
    slow,
    late,
    bad,
    { ...noIp, ip_address: null },
    { ...noIp2, ip_address: null },
    { ...skipped, event_type: "Opened" },
    good,
  ];
  assertCounts(await own.post(batch), 200, { received: 8, queued: 5, refused: 2, skipped: 1 });
  // a copy waits until the other one has been delivered
  await own.drained(60);
  const stats = await own.stats();
  assertStats(stats, {
    eventsDelivered: 2,
    successOnFirstAttempt: 1,
    successAfterRetry: 1,
    eventsNotDelivered: 4,
    eventsExpired: 1,
    eventsDiscarded: 3,
    deliveryRate: 33.33,
    skipped: 1,
    duplicates: 1,
    reasons: { expired: 1, "kochava-rejected": 1, "origination-ip-missing": 2 },
    skipReasons: { "not-selected": 1 },
    open_breakers: [],
    attempts: own.kochava.calls.length,
  });
  assert.ok(stats.latencyInSeconds > 0 && stats.latencyInSeconds < 10);

  // a copy of an event that is kept as a reject, or was delivered, is a duplicate
  await own.post([batch[4], good]);
  await own.drained(60);
  const again = await own.stats("?period=TEN_MINUTES");
  assert.deepEqual(again, { ...stats, ...times(again), timePeriod: "TEN_MINUTES", duplicates: 3 });
  const past = `?from=${encodeURIComponent("2026-01-01T00:00:00Z")}&to=${encodeURIComponent("2026-01-02T00:00:00Z")}`;
  const nothing = await own.stats(past);
  assertStats(nothing, {
    deliveryRate: null,
    latencyInSeconds: null,
    timePeriod: "CUSTOM",
    timePeriodStart: "2026-01-01T00:00:00.000Z",
    timePeriodEnd: "2026-01-02T00:00:00.000Z",
    reasons: {},
  });
});

test("the counts are kept over a restart", async (t) => {
  const own = await startDurableHarness(t);
  await own.post(events(3));
  await own.drained();
  const before = await own.stats();
  await own.restart();
  const { timePeriodStart, timePeriodEnd, ...counts } = await own.stats();
  assert.deepEqual({ ...counts, ...times(before) }, before);
  assert.equal(counts.eventsDelivered, 3);
});

function times({ timePeriodStart, timePeriodEnd }) {
  return { timePeriodStart, timePeriodEnd };
}
