// What happens when an operator sends rejects again, and do the counts tell the truth?

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertStats, events, namesOf, startDurableHouse } from "./durable.mjs";
import { SETTINGS, assertCounts, assertError } from "./support.mjs";

const house = await startDurableHouse({ after });
beforeEach(async () => {
  await house.fail({});
  await house.drained();
  house.kochava.reset();
  await house.admin("DELETE", "/rejects?all=1");
});

const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();

async function replay(on, query = "?all=1", body) {
  const answer = await on.admin("POST", `/rejects/replay${query}`, body);
  assert.equal(answer.status, 200, answer.text);
  await on.drained();
  return answer.json;
}

/** Lets Kochava reject these, each with words of its own. */
async function rejected(batch, on = house) {
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

test("a dry replay tells what would be sent, and how it differs from what was sent", async () => {
  const [one] = events(1);
  await rejected([one]);
  const { dry, found, results, more, rejects } = await replay(house, "?dry=1&all=1");
  assert.deepEqual([dry, found, results, more], [true, 1, { ready: 1 }, false]);
  assert.deepEqual(
    [rejects[0].result, rejects[0].changes, rejects[0].requests.length],
    ["ready", [], 1],
  );
  assert.equal(JSON.parse(rejects[0].requests[0].body).data.event_name, one.event_type);
  assert.equal(house.kochava.calls.length, 0);
  assert.equal((await house.rejects()).length, 1);
});

test("after the mapping is mended a replay delivers what was refused", async (t) => {
  const wrong = { mapping: { ...SETTINGS.mapping, origination_ip: "user_properties.ip" } };
  const own = await startDurableHouse(t, { settings: wrong });
  const batch = events(3).map((one) => ({ ...one, ip_address: null, ip: "203.0.113.24" }));
  assertCounts(await own.post(batch), 200, { received: 3, refused: 3 });
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

test("what Kochava rejected can be sent again, by id, by reason or all of it", async () => {
  const batch = events(4);
  await rejected(batch);
  const [first] = await house.rejects(`?event=${encodeURIComponent(batch[0].event_type)}`);
  assert.deepEqual((await replay(house, "", { ids: [first.id] })).results, { queued: 1 });
  assert.deepEqual(
    (
      await replay(house, "", {
        filter: { reason: "kochava-rejected", event: batch[1].event_type },
      })
    ).results,
    { queued: 1 },
  );
  assert.deepEqual((await replay(house, "?reason=kochava-rejected")).results, { queued: 2 });
  assert.deepEqual(sorted(namesOf(house.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(await house.rejects(), []);
});

test("a replay needs to be told which", async () => {
  for (const body of [undefined, "{}", '{"dry":true}', '{"limit":5}'])
    assertError(await house.admin("POST", "/rejects/replay", body), 400, "says-not-which");
});

test("what is rejected again is a reject again", async () => {
  const [one] = events(1);
  await rejected([one]);
  house.kochava.script([{ body: { success: "0", error: "still" } }]);
  assert.deepEqual((await replay(house)).results, { queued: 1 });
  const [reject, ...more] = await house.rejects();
  assert.deepEqual(
    [reject.event, reject.answer, more],
    [one.event_type, '{"success":"0","error":"still"}', []],
  );
  assert.deepEqual((await replay(house)).results, { queued: 1 });
  assert.deepEqual([await house.rejects(), house.kochava.calls.length], [[], 2]);
});

test("two replays at once send each event once", async () => {
  const batch = events(5);
  await rejected(batch);
  const answers = await Promise.all(
    [1, 2, 3].map(() => house.admin("POST", "/rejects/replay?all=1")),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  await house.drained();
  assert.deepEqual(sorted(namesOf(house.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(await house.rejects(), []);
  assert.deepEqual((await replay(house)).found, 0);
});

test("a replay that broke off after the queue took it can be repeated, and each event is sent once", async () => {
  const [one] = events(1);
  await rejected([one]);
  // reading, the event's text and the claim succeed; forgetting fails thrice
  await house.fail({ DB: { after: 3, times: 3 } });
  assertError(await house.admin("POST", "/rejects/replay?all=1"), 503, "store-unavailable");
  await house.fail({});
  assert.deepEqual((await replay(house)).results, { queued: 1 });
  assert.deepEqual([namesOf(house.kochava.calls), await house.rejects()], [[one.event_type], []]);
});

test("a replay that the queue does not take keeps its rejects", async () => {
  const [one] = events(1);
  await rejected([one]);
  await house.fail({ QUEUE: { times: 1 } });
  assert.deepEqual((await replay(house)).results, { "not-sent": 1 });
  assert.equal((await house.rejects()).length, 1);
  assert.deepEqual((await replay(house)).results, { queued: 1 });
  assert.deepEqual(namesOf(house.kochava.calls), [one.event_type]);
});

test("an event that its sender mended and sent again is not sent twice", async () => {
  const [one] = events(1);
  assertCounts(await house.post({ ...one, ip_address: null }), 200, { received: 1, refused: 1 });
  assertCounts(await house.post(one), 200, { received: 1, queued: 1 });
  await house.drained();
  // as if the mapping had been mended
  await house.sql("UPDATE reject_events SET text = ?", JSON.stringify(one));
  assert.deepEqual((await replay(house)).results, { duplicate: 1 });
  assert.deepEqual([namesOf(house.kochava.calls), await house.rejects()], [[one.event_type], []]);
});

test("an event that was replayed is a duplicate when its sender sends it once more", async () => {
  const [one] = events(1);
  assertCounts(await house.post({ ...one, ip_address: null }), 200, { received: 1, refused: 1 });
  await house.sql("UPDATE reject_events SET text = ?", JSON.stringify(one));
  assert.deepEqual((await replay(house)).results, { queued: 1 });
  assertCounts(await house.post(one), 200, { received: 1, duplicate: 1 });
  await house.drained();
  assert.deepEqual(namesOf(house.kochava.calls), [one.event_type]);
});

test("more than a call of the operator may hold is sent by several, and said so", async () => {
  const batch = events(130, { ip_address: null });
  assertCounts(await house.post(batch), 200, { received: 130, refused: 130 });
  await house.sql(
    'UPDATE reject_events SET text = replace(text, \'"ip_address":null\', \'"ip_address":"203.0.113.24"\')',
  );
  const first = await replay(house);
  assert.deepEqual([first.found, first.more, first.results], [100, true, { queued: 100 }]);
  const second = await replay(house);
  assert.deepEqual([second.found, second.more, second.results], [30, false, { queued: 30 }]);
  assert.deepEqual(
    [namesOf(house.kochava.calls).length, new Set(namesOf(house.kochava.calls)).size],
    [130, 130],
  );
});

test("the counts add up to what came, by Amplitude's names", async (t) => {
  const own = await startDurableHouse(t, {
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
  assertCounts(await own.post(batch), 200, {
    received: 8,
    queued: 4,
    refused: 2,
    skipped: 1,
    duplicate: 1,
  });
  await own.drained();
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
    reasons: { expired: 1, "kochava-rejected": 1, "origination-ip-missing": 2, "not-selected": 1 },
    open_breakers: [],
    attempts: own.kochava.calls.length,
  });
  assert.ok(stats.latencyInSeconds > 0 && stats.latencyInSeconds < 10);

  // a refusal that comes again is none that is new, nor is a duplicate an event
  await own.post([batch[4], good]);
  await own.drained();
  const again = await own.stats("?period=TEN_MINUTES");
  assert.deepEqual(again, { ...stats, ...times(again), timePeriod: "TEN_MINUTES", duplicates: 2 });
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

test("the counts outlast a restart", async (t) => {
  const own = await startDurableHouse(t);
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
