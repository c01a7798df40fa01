// Copies at the same moment, exact counts, and how often the journal is asked.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertStats, events, messageOf, namesOf, startDurableHarness } from "./durable.mjs";
import { assertCounts, assertError } from "./support.mjs";

const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();

// side by side, since a copy of what is being delivered waits for 15 s
describe("copies at the same moment", { concurrency: true }, () => {
  test("of pairs of copies that are posted at the same moment each event is delivered once", async (t) => {
    const own = await startDurableHarness(t);
    const batch = events(40);
    const answers = await Promise.all(batch.flatMap((one) => [own.post(one), own.post(one)]));
    for (const answer of answers) assertCounts(answer, 200, { received: 1, queued: 1 });
    await own.drained(60);
    assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
    assertStats(await own.stats(), {
      eventsDelivered: 40,
      successOnFirstAttempt: 40,
      duplicates: 40,
      deliveryRate: 100,
    });
  });

  test("a copy of an event that may yet fail does not vanish: it is tried, and if it is delivered the reject is deleted", async (t) => {
    const own = await startDurableHarness(t);
    const [one] = events(1);
    own.kochava.script([{ delayMs: 200, body: { success: "0", error: "not yet" } }]);
    const answers = await Promise.all([own.post(one), own.post(one)]);
    for (const answer of answers) assertCounts(answer, 200, { received: 1, queued: 1 });
    await own.drained(45);
    assert.deepEqual(namesOf(own.kochava.calls), [one.event_type, one.event_type]);
    assert.deepEqual(await own.rejects(), []);
    const { eventsDelivered, duplicates } = await own.stats();
    assert.deepEqual([eventsDelivered, duplicates], [1, 0]);
  });
});

test("two consumers with copies of one message send it once and count it once", async (t) => {
  const own = await startDurableHarness(t);
  const [one] = events(1);
  const text = messageOf([one]);
  own.kochava.script([{ delayMs: 300 }]);
  const [first, second] = await Promise.all([own.batch([text]), own.batch([text])]);
  // the one that comes second waits until the first is settled
  assert.deepEqual(sorted([...first.waits, ...second.waits].map(String)), ["15", "undefined"]);
  assert.deepEqual((await own.batch([text], { attempts: 2 })).acked, [true]);
  assert.deepEqual(namesOf(own.kochava.calls), [one.event_type]);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    attempts: 1,
    deliveryRate: 100,
  });
});

test("while the queue is down nothing is counted, and after the sender's repetition each event once", async (t) => {
  const own = await startDurableHarness(t);
  const [good, bad, unwanted] = events(3);
  const body = [good, { ...bad, ip_address: null }, { ...unwanted, event_type: "Opened" }];
  await own.fail({ QUEUE: { times: -1 } });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await own.post(body);
    assertCounts(answer, 503, { received: 3, skipped: 1, pending: 2 });
    assertError(answer, 503, "store-unavailable");
  }
  assertStats(await own.stats(), {});
  await own.fail({});
  assertCounts(await own.post(body), 200, { received: 3, queued: 1, refused: 1, skipped: 1 });
  await own.drained();
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    eventsNotDelivered: 1,
    eventsDiscarded: 1,
    skipped: 1,
    deliveryRate: 50,
  });
  const rejects = await own.rejects();
  assert.deepEqual(
    rejects.map(({ event, times }) => [event, times]),
    [[bad.event_type, 1]],
  );
});

test("two equal events without an id are two events: two rejects if a rule or Kochava rejects them", async (t) => {
  const own = await startDurableHarness(t);
  const [bad] = events(1, { $insert_id: undefined, ip_address: null });
  const [unlucky] = events(1, { $insert_id: undefined });
  const error = { success: "0", error: "no" };
  own.kochava.script([{ body: error }, { body: error }]);
  assertCounts(await own.post([bad, bad, unlucky, unlucky]), 200, {
    received: 4,
    queued: 2,
    refused: 2,
  });
  await own.drained();
  const rejects = await own.rejects();
  assert.deepEqual(
    sorted(rejects.map(({ event, code, times }) => `${event} ${code} ${times}`)),
    sorted([
      ...Array(2).fill(`${bad.event_type} origination-ip-missing 1`),
      ...Array(2).fill(`${unlucky.event_type} kochava-rejected 1`),
    ]),
  );
  assertStats(await own.stats(), { eventsNotDelivered: 4, eventsDiscarded: 4, deliveryRate: 0 });
});

test("a message that is no text becomes a reject with its bytes, whatever type the queue gives it", async (t) => {
  const own = await startDurableHarness(t);
  const [one] = events(1);
  await own.put(Buffer.from([0xff, 0xfe, 0x00, 0x80]), "bytes");
  await own.put(Buffer.from("hello in bytes"), "bytes");
  await own.put({ a: [1, "ä"] }, "json");
  await own.put(new Map([["key", 1]]), "v8");
  // bytes that are a message are one
  await own.put(Buffer.from(messageOf([one])), "bytes");
  await own.drained();
  assert.deepEqual(namesOf(own.kochava.calls), [one.event_type]);
  const rejects = await own.rejects();
  assert.deepEqual([...new Set(rejects.map(({ code }) => code))], ["message-unreadable"]);
  const kept = await Promise.all(
    rejects.map(async ({ id }) => (await own.admin("GET", `/rejects/${id}`)).json.event),
  );
  const texts = kept.map((text) => (typeof text === "string" ? text : JSON.stringify(text)));
  assert.equal(texts.length, 4);
  const base64 = Buffer.from([0xff, 0xfe, 0x00, 0x80]).toString("base64");
  for (const part of [base64, "hello in bytes", JSON.stringify({ a: [1, "ä"] })])
    assert.ok(
      texts.some((text) => text.includes(part)),
      `${part} in ${texts}`,
    );
});

test("a tally that somebody put into the queue by hand counts no deliveries, rejects or attempts", async (t) => {
  const own = await startDurableHarness(t);
  const names = [
    "delivered",
    "first-attempt",
    "after-retry",
    "expired",
    "discarded",
    "attempts",
    "duplicates",
    "identities",
    "unconfirmed",
    "code:kochava-rejected",
    "latency:150",
    "anything",
  ];
  const counters = Object.fromEntries(names.map((name) => [name, 1_000_000]));
  assert.deepEqual((await own.batch([messageOf([], { counters })])).acked, [true]);
  const stats = await own.stats();
  assertStats(stats, { attempts: 0, identities: 0, unconfirmed: 0 });
  assert.deepEqual(stats.reasons, {});
});

test("ingest of a batch of a hundred events makes no request to an object", async (t) => {
  const own = await startDurableHarness(t);
  const batch = events(100);
  assertCounts(await own.post(batch), 200, { received: 100, queued: 100 });
  await own.drained();
  const { callsOf } = await own.counters();
  assert.equal(callsOf.fetch.JOURNAL, undefined);
  assert.equal(callsOf.fetch.DB, undefined);
  assert.ok(callsOf.fetch.QUEUE >= 1 && callsOf.queue.JOURNAL >= 2);
  assert.equal(own.kochava.calls.length, 100);
});

test("a wave makes two requests to each shard that has events of it", async (t) => {
  const own = await startDurableHarness(t, { bindings: { JOURNAL_SHARDS: "4" } });
  const asked = async () => (await own.counters()).callsOf.queue.JOURNAL ?? 0;
  const texts = (shardOf) =>
    events(100).map((one, index) => messageOf([one], { shard: shardOf(index) }));
  for (const shards of [1, 3]) {
    const before = await asked();
    const { acked } = await own.batch(texts((index) => index % shards));
    assert.deepEqual(acked, Array(100).fill(true));
    assert.equal((await asked()) - before, 2 * shards);
  }
  assert.equal(own.kochava.calls.length, 200);
  assert.equal((await own.counters()).callsOf.queue.DB, undefined);
});
