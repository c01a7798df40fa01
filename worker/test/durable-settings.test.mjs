// What changed or faulty settings do to events that wait, and how long a batch may take.

import assert from "node:assert/strict";
import { test } from "node:test";
import { QUICK, assertStats, events, messageOf, namesOf, startDurableHarness } from "./durable.mjs";
import { SETTINGS, assertCounts } from "./support.mjs";

const HOUR = 3_600_000;
const IDENTITY = "/v1/cpi/identityLink.php";
const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();
/**
 * Has the Worker queue a body, and returns the texts of its messages, which wait: the journal does
 * not answer.
 */
async function waiting(on, body) {
  await on.fail({ JOURNAL: { times: -1 } });
  const answer = await on.post(body);
  assertCounts(answer, 200, { received: body.length, queued: body.length });
  return (await on.counters()).texts;
}

test("while settings are faulty messages wait, are renewed before they are too old, and are delivered once the fault is mended", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { app_guid: null },
    bindings: { RECORD_MESSAGES: "1" },
  });
  const batch = events(4);
  const young = messageOf([batch[0]]);
  assert.deepEqual(await own.batch([young]), { outcome: "ok", acked: [false], waits: [300] });
  // Workers Free keeps a message for 24 hours (Cloudflare, Queues limits); it is renewed after 20
  const old = messageOf([batch[1]], { sent: Date.now() - 20 * HOUR });
  // the platform moves a message to the dead-letter queue after a hundred deliveries; after 60 it
  // is renewed
  const tired = messageOf([batch[2]]);
  const renewed = [
    await own.batch([old]),
    await own.batch([tired], { attempts: 60 }),
    await own.batch([messageOf([batch[3]])], { queue: "kochava-edge-dead" }),
  ];
  for (const { acked } of renewed) assert.deepEqual(acked, [true]);
  const { texts } = await own.counters();
  const copies = texts.map((text) => JSON.parse(text));
  assert.deepEqual(
    copies.flatMap((copy) => copy.events.map(({ event }) => event.event_type)),
    typesOf(batch.slice(1)),
  );
  assert.ok(copies.every(({ sent }) => Date.now() - sent < HOUR));
  assert.equal(own.kochava.calls.length, 0);

  await own.restart({ settings: {} });
  assert.deepEqual((await own.batch([young, ...texts])).acked, [true, true, true, true]);
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(await own.rejects(), []);
  assertStats(await own.stats(), {
    eventsDelivered: 4,
    successOnFirstAttempt: 4,
    deliveryRate: 100,
  });
});

test("a message without readable text waits while settings are faulty, too", async (t) => {
  const own = await startDurableHarness(t, { settings: { app_guid: null } });
  assert.deepEqual((await own.batch(["unreadable"])).waits, [300]);
  assert.deepEqual((await own.batch(["unreadable"], { attempts: 60 })).acked, [true]);
  assert.equal((await own.counters()).sent, 1);
});

test("a dead letter becomes a reject without being planned", async (t) => {
  const own = await startDurableHarness(t, { settings: { enabled: false } });
  // what the settings would hold, refuse and skip
  const [held, refused, skipped] = [
    events(1)[0],
    events(1, { ip_address: null })[0],
    events(1, { event_type: "Opened" })[0],
  ];
  const batch = [held, refused, skipped];
  const { acked } = await own.batch(
    batch.map((one) => messageOf([one])),
    { queue: "kochava-edge-dead" },
  );
  assert.deepEqual([acked, own.kochava.calls.length], [[true, true, true], 0]);
  const rejects = await own.rejects();
  assert.deepEqual(
    rejects.map(({ code }) => code),
    ["dead-letter", "dead-letter", "dead-letter"],
  );
  const kept = await Promise.all(
    rejects.map(async ({ id }) => (await own.admin("GET", `/rejects/${id}`)).json.event),
  );
  assert.deepEqual(sorted(kept.map(({ event_type: type }) => type)), sorted(typesOf(batch)));
  const { eventsDiscarded, skipped: counted } = await own.stats();
  assert.deepEqual([eventsDiscarded, counted], [3, 0]);
});

test("while delivery is disabled events that wait are held, and are delivered when it is enabled again", async (t) => {
  const own = await startDurableHarness(t, { bindings: { RECORD_MESSAGES: "1" } });
  const batch = events(3);
  const texts = await waiting(own, batch);
  await own.restart({ settings: { enabled: false } });
  for (const attempts of [1, 5]) {
    const { acked, waits } = await own.batch(texts, { attempts });
    assert.deepEqual(acked, Array(texts.length).fill(false));
    assert.ok(waits.every((wait) => wait >= 1 && wait <= 3_600));
  }
  assert.equal(own.kochava.calls.length, 0);
  assert.deepEqual(await own.rejects(), []);
  assertStats(await own.stats(), {});
  // and renewed: 60 deliveries are the most
  assert.deepEqual(
    (await own.batch(texts, { attempts: 60 })).acked,
    Array(texts.length).fill(true),
  );
  const copies = (await own.counters()).texts;
  assert.equal(copies.length, texts.length);
  await own.restart({ settings: { enabled: true } });
  await own.batch(copies);
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  assertStats(await own.stats(), {
    eventsDelivered: 3,
    successOnFirstAttempt: 3,
    deliveryRate: 100,
  });
});

test("a narrower selection does not drop what waits", async (t) => {
  const own = await startDurableHarness(t, { bindings: { RECORD_MESSAGES: "1" } });
  const batch = events(3);
  const texts = await waiting(own, batch);
  await own.restart({
    settings: { events: { ...SETTINGS.events, select: [{ names: ["None"] }] } },
  });
  assert.deepEqual((await own.batch(texts)).acked, Array(texts.length).fill(true));
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  // what arrives now is skipped
  assertCounts(await own.post(batch), 200, { received: 3, skipped: 3 });
});

test("identities that wait are held while users.send is off, and their events are sent without one", async (t) => {
  const users = { send: true, from: "events" };
  const own = await startDurableHarness(t, {
    settings: { users },
    bindings: { RECORD_MESSAGES: "1" },
  });
  const batch = events(2).map((one, index) => ({ ...one, user_id: `user-${index}` }));
  const texts = await waiting(own, batch);
  await own.restart({ settings: { users: { ...users, send: false } } });
  assert.deepEqual((await own.batch(texts)).acked, Array(texts.length).fill(true));
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  assert.deepEqual(
    own.kochava.calls.filter((call) => call.path === IDENTITY),
    [],
  );
});

test("a batch behind a slow Kochava ends in time, what is left is put off, and each event is sent once and in its order", async (t) => {
  // an hour of the Worker's is a minute: each call takes six seconds of the minute that a wave has,
  // so that 30 calls need three waves
  const RATE = 60;
  const own = await startDurableHarness(t, {
    bindings: { CLOCK_RATE: String(RATE) },
  });
  const batch = events(30, { device_id: "one-device" });
  own.kochava.script([{ delayMs: 100, forever: true }]);
  assertCounts(await own.post(batch), 200, { received: 30, queued: 30 });
  await own.drained(60);
  const { batches, longestBatch } = await own.counters();
  // limits of docs/delivery.md: a wave calls for a minute; the last call may take its timeout
  const most = 60_000 / RATE + QUICK.timeout_ms;
  assert.ok(longestBatch <= most, `a batch took ${longestBatch} ms, more than ${most} ms`);
  assert.ok(batches >= 3, `${batches} batches`);
  assert.deepEqual(namesOf(own.kochava.calls), typesOf(batch));
  assertStats(await own.stats(), {
    eventsDelivered: 30,
    successOnFirstAttempt: 30,
    deliveryRate: 100,
  });
});

test("a batch that needs more calls than the platform allows puts the rest off", async (t) => {
  const own = await startDurableHarness(t, { bindings: { SUBREQUESTS_MAX: "30" } });
  const batch = events(50);
  const { acked, waits } = await own.batch(batch.map((one) => messageOf([one])));
  assert.equal(own.kochava.calls.length, 30);
  assert.equal(acked.filter(Boolean).length, 30);
  assert.deepEqual([...new Set(waits.filter((wait) => wait !== undefined))], [1]);
});
