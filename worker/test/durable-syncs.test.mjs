// Several syncs in one deployment: each has settings, credentials, breakers, rejects and numbers of
// its own, and none waits for another.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  QUICK,
  assertStats,
  events,
  messageOf,
  namesOf,
  startDurableHarness,
  until,
} from "./durable.mjs";
import { SETTINGS } from "./support.mjs";

const EUROPE = SETTINGS.app_guid;
const AMERICA = "kotest-america-d4e5f6";
const US = { ...SETTINGS, app_guid: AMERICA, delivery: QUICK };
const OF_US = { contains: AMERICA };

const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();
const callsOf = (on, app) => on.kochava.calls.filter(({ body }) => body.kochava_app_id === app);
const counts = (over) => ({
  received: 0,
  delivered: 0,
  queued: 0,
  skipped: 0,
  refused: 0,
  unconfirmed: 0,
  ...over,
});

const start = (t, us = US, more = {}) =>
  startDurableHarness(t, { ...more, bindings: { SYNC_US: us, ...more.bindings } });

test("an event goes to the app of every sync that takes its sender", async (t) => {
  const on = await start(
    t,
    { ...US, sources: ["amplitude"] },
    { bindings: { RECORD_MESSAGES: "1" } },
  );
  const batch = events(3);
  const { status, json } = await on.post(batch);
  assert.equal(status, 200);
  const { syncs, refusals, ...all } = json;
  assert.deepEqual(all, counts({ received: 3, queued: 3 }));
  assert.deepEqual(refusals, []);
  const each = counts({ received: 3, queued: 3 });
  assert.deepEqual(syncs, { default: each, us: each });
  await on.drained();
  for (const app of [EUROPE, AMERICA])
    assert.deepEqual(sorted(namesOf(callsOf(on, app))), sorted(typesOf(batch)), app);
  // the messages of both went out with one call, and each says whose it is
  const { texts } = await on.counters();
  const headers = texts.map((text) => JSON.parse(text)).map(({ v, sync }) => [v, sync]);
  assert.deepEqual(headers, [
    [3, undefined],
    [4, "us"],
  ]);
  for (const sync of ["default", "us"])
    assertStats(await on.stats(`?sync=${sync}`), {
      eventsDelivered: 3,
      successOnFirstAttempt: 3,
      deliveryRate: 100,
    });
  assertStats(await on.stats(), {
    eventsDelivered: 6,
    successOnFirstAttempt: 6,
    deliveryRate: 100,
  });
  // sent once more, both know it
  await on.post(batch);
  await on.drained();
  assert.equal(on.kochava.calls.length, 6);
  assert.equal((await on.stats("?sync=us")).duplicates, 3);
  assert.equal((await on.admin("GET", "/stats?sync=mars")).status, 400);
});

test("an element of a sender that a sync does not name is not its business", async (t) => {
  const on = await start(t, { ...US, sources: ["segment"] });
  const { json } = await on.post(events(2));
  assert.deepEqual(json.syncs, { default: counts({ received: 2, queued: 2 }), us: counts({}) });
  await on.drained();
  assert.equal(callsOf(on, AMERICA).length, 0);
  assert.equal((await on.stats("?sync=us")).skipped, 0);
});

test("a sync that is answered 401 all the time delays and duplicates nothing of another", async (t) => {
  const refused = { match: OF_US, forever: true, status: 401, empty: true };
  const alone = await startDurableHarness(t);
  const on = await start(t);
  on.kochava.script([refused]);
  const rounds = 8;
  const sent = [];
  for (let round = 0; round < rounds; round += 1) {
    const batch = events(3);
    sent.push(...batch);
    assert.equal((await on.post(batch)).status, 200);
    assert.equal((await alone.post(batch)).status, 200);
    await alone.called(3 * (round + 1));
    await until(
      () => callsOf(on, EUROPE).length >= 3 * (round + 1),
      "the other sync's events should arrive",
    );
  }
  await until(
    async () => (await on.stats("?sync=default")).eventsDelivered === sent.length,
    "the other sync should count them",
  );
  assert.deepEqual(sorted(namesOf(callsOf(on, EUROPE))), sorted(typesOf(sent)));
  const [own, other] = [await alone.stats(), await on.stats("?sync=default")];
  assertStats(other, {
    eventsDelivered: sent.length,
    successOnFirstAttempt: sent.length,
    deliveryRate: 100,
  });
  assert.ok(
    other.latencyInSeconds <= 2 * own.latencyInSeconds + 0.5,
    `${other.latencyInSeconds} s beside it, ${own.latencyInSeconds} s without it`,
  );
  // its breaker is its own
  const health = await until(async () => {
    const seen = await on.health();
    return seen.status === "paused" && seen;
  }, "/health should tell of the pause");
  assert.deepEqual(
    health.syncs.map(({ sync, status }) => [sync, status]),
    [
      [null, "ok"],
      ["us", "paused"],
    ],
  );
  assert.deepEqual(
    health.open_breakers.map(({ sync, code }) => [sync, code]),
    [["us", "kochava-paused"]],
  );
  // mended, everything of it arrives, once
  on.kochava.reset();
  await on.drained(60);
  assert.deepEqual(sorted(namesOf(callsOf(on, AMERICA))), sorted(typesOf(sent)));
  assert.equal(callsOf(on, EUROPE).length, 0);
  assert.equal((await on.stats("?sync=us")).eventsDelivered, sent.length);
});

test("a sync whose calls are slow holds no connection of another", async (t) => {
  const on = await start(t);
  on.kochava.script([{ match: OF_US, forever: true, delayMs: 700 }]);
  const batch = events(30);
  await on.post(batch);
  await until(() => callsOf(on, EUROPE).length === 30, "all of the other sync should arrive", 6);
  assert.ok(callsOf(on, AMERICA).length <= 15, `${callsOf(on, AMERICA).length} slow calls`);
  await on.drained(60);
  assert.equal(callsOf(on, AMERICA).length, 30);
});

test("rejects belong to a sync: each is listed, explained, replayed and deleted by it", async (t) => {
  const on = await start(t);
  const [one] = events(1);
  on.kochava.script([
    { match: OF_US, body: { success: "0", error: "america" } },
    { body: { success: "0", error: "europe" } },
  ]);
  await on.post([one]);
  await on.drained();
  on.kochava.reset();
  const all = await on.rejects();
  assert.deepEqual(sorted(all.map(({ sync }) => String(sync))), ["null", "us"]);
  assert.equal(new Set(all.map(({ id }) => id)).size, 2, "one event, a reject for each");
  const [us] = await on.rejects("?sync=us");
  const [europe] = await on.rejects("?sync=default");
  assert.deepEqual([us.sync, us.answer.includes("america")], ["us", true]);
  assert.deepEqual([europe.sync, europe.answer.includes("europe")], [null, true]);
  const shown = await on.admin("GET", `/rejects/${us.id}`);
  const guid = shown.json.today.fields.find(({ field }) => field === "kochava_app_id");
  assert.equal(guid.value, AMERICA);

  const replayed = await on.admin("POST", "/rejects/replay?sync=us");
  assert.deepEqual(
    replayed.json.rejects.map(({ id, sync, result }) => [id, sync, result]),
    [[us.id, "us", "queued"]],
  );
  await on.drained();
  assert.deepEqual(
    on.kochava.calls.map(({ body }) => body.kochava_app_id),
    [AMERICA],
  );
  assert.deepEqual(await on.rejects("?sync=us"), []);
  const [a, b] = [await on.stats("?sync=us"), await on.stats("?sync=default")];
  assert.deepEqual([a.eventsDelivered, a.replayed], [1, 1]);
  assert.deepEqual([b.eventsDelivered, b.replayed, b.eventsDiscarded], [0, 0, 1]);
  const deleted = await on.admin("DELETE", "/rejects?sync=us");
  assert.equal(deleted.json.deleted, 0);
  assert.equal((await on.admin("DELETE", "/rejects?sync=default")).json.deleted, 1);
});

test("each sync keeps its rejects for as long as its settings say, one taken away for a year", async (t) => {
  const on = await start(t, { ...US, rejects: { retention_days: 7 } });
  const stored = async () => {
    const rows = await on.sql("SELECT sync, name FROM rejects ORDER BY sync, name");
    return rows.map(({ sync, name }) => [sync, name]);
  };
  const age = (days, ...where) =>
    on.sql(
      "UPDATE rejects SET last_at = ? WHERE sync = ? AND name = ?",
      Date.now() - days * 86_400_000,
      ...where,
    );
  const sweep = async () => {
    const worker = await on.worker.miniflare.getWorker();
    assert.equal((await worker.scheduled({ cron: "17 * * * *" })).outcome, "ok");
  };
  const batch = events(3, { ip_address: null });
  const [old, older, young] = typesOf(batch);
  await on.post(batch);
  await on.drained();
  assert.equal((await stored()).length, 6);
  // the sync of SETTINGS keeps rejects for 30 days, the default
  for (const [days, name] of [
    [8, old],
    [31, older],
  ])
    for (const sync of ["", "us"]) await age(days, sync, name);
  await sweep();
  assert.deepEqual(await stored(), [
    ...sorted([old, young]).map((name) => ["", name]),
    ["us", young],
  ]);
  // nobody knows what a sync that is gone wanted
  await on.restart({ bindings: { SYNC_US: null } });
  await age(364, "us", young);
  await sweep();
  assert.deepEqual((await stored()).at(-1), ["us", young]);
  await age(366, "us", young);
  await sweep();
  assert.deepEqual(
    await stored(),
    sorted([old, young]).map((name) => ["", name]),
  );
});

test("events for a sync with faults stay with their sender, and the others go on", async (t) => {
  const on = await start(t, { ...US, app_guid: 17 });
  const batch = events(2);
  const noId = events(1, { $insert_id: undefined });
  const { status, json, headers } = await on.post([...batch, ...noId]);
  assert.equal(status, 503);
  assert.equal(json.error.code, "misconfigured");
  assert.equal(headers["retry-after"], "300");
  const { syncs } = json;
  assert.deepEqual(syncs.default, counts({ received: 3, queued: 2, pending: 1 }));
  assert.deepEqual(syncs.us, counts({ received: 3, pending: 3 }));
  await on.drained();
  assert.deepEqual(sorted(namesOf(callsOf(on, EUROPE))), sorted(typesOf(batch)));
  const health = await on.send("/health");
  assert.equal(health.status, 503);
  assert.deepEqual(
    health.json.faults.map(({ path, code }) => [path, code]),
    [["SYNC_US.app_guid", "wrong-type"]],
  );
  // mended, the sender's next attempt is complete, and nothing comes twice
  await on.restart({ bindings: { SYNC_US: US } });
  const again = await on.post([...batch, ...noId]);
  assert.equal(again.status, 200, again.text);
  await on.drained();
  const everything = sorted(typesOf([...batch, ...noId]));
  assert.deepEqual(sorted(namesOf(callsOf(on, EUROPE))), everything);
  assert.deepEqual(sorted(namesOf(callsOf(on, AMERICA))), everything);
  assert.equal((await on.stats("?sync=default")).duplicates, 2);
  // switched off, it holds nothing up
  await on.restart({ bindings: { SYNC_US: { app_guid: 17, enabled: false } } });
  const off = await on.post(events(1));
  assert.equal(off.status, 200, off.text);
  const { syncs: seen, status: overall } = await on.health();
  assert.deepEqual([overall, seen[1].status], ["ok", "disabled"]);
});

test("messages of a sync without settings wait, and /health tells", async (t) => {
  const on = await startDurableHarness(t);
  const [lost, old, own] = events(3);
  const ofUs = messageOf([lost], { v: 4, sync: "us" });
  const formats = [
    ofUs,
    messageOf([own]),
    JSON.stringify({ v: 1, id: "by hand", received: Date.now(), event: old }),
  ];
  const { acked, waits } = await on.batch(formats);
  assert.deepEqual(acked, [false, true, true]);
  assert.equal(waits[0], 300);
  assert.deepEqual(sorted(namesOf(on.kochava.calls)), sorted(typesOf([old, own])));
  const told = async () => {
    const { json, status } = await on.send("/health");
    return status === 503 && json.syncs.at(-1);
  };
  const unknown = await until(told, "/health should tell of the sync");
  assert.deepEqual([unknown.sync, unknown.status], ["us", "misconfigured"]);
  assert.deepEqual(
    unknown.faults.map(({ path, code }) => [path, code]),
    [["SYNC_US", "missing"]],
  );
  // once it has settings, the message is delivered to its app
  await on.restart({ bindings: { SYNC_US: US } });
  assert.deepEqual((await on.batch([ofUs])).acked, [true]);
  assert.deepEqual(namesOf(callsOf(on, AMERICA)), [lost.event_type]);
  assert.equal((await on.health()).status, "ok");
  // without the sync of SETTINGS, messages of it wait
  await on.restart({ bindings: { SYNC_US: US, SETTINGS: null } });
  const only = await on.batch([messageOf(events(1)), messageOf(events(1), { v: 4, sync: "us" })]);
  assert.deepEqual(only.acked, [false, true]);
  const { json } = await on.post(events(1));
  assert.deepEqual(json.syncs, { us: counts({ received: 1, queued: 1 }) });
});

test("a preview shows what each sync would send", async (t) => {
  const on = await start(t, { ...US, events: { send: false } });
  const preview = (query = "") =>
    on.send(`/preview${query}`, {
      method: "POST",
      headers: { authorization: "Bearer the-ingest-token", "content-type": "application/json" },
      body: events(1),
    });
  const { json } = await preview();
  assert.equal(json.received, 1);
  assert.deepEqual(Object.keys(json), ["received", "syncs"]);
  assert.equal(json.syncs.default.fates[0].fate, "ready");
  assert.deepEqual(
    [json.syncs.us.fates[0].fate, json.syncs.us.fates[0].code],
    ["skipped", "events-not-sent"],
  );
  const one = await preview("?sync=us");
  assert.deepEqual(Object.keys(one.json), ["received", "fates"]);
  assert.equal(one.json.fates[0].fate, "skipped");
  assert.equal((await preview("?sync=mars")).status, 400);
});
