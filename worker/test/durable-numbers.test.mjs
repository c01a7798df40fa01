// The operator's numbers: series, coverage, what waits, incidents, the last outcomes, groups of
// rejects, settings and the synthetic event.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN, QUICK, assertStats, events, startDurableHarness, until } from "./durable.mjs";
import { SETTINGS, TOKEN, assertCounts, assertError, event } from "./support.mjs";

/** Waits for the end of an outage rather than give up. */
const PATIENT = { ...QUICK, steps_s: Array(30).fill(1) };

const get = async (harness, path) => {
  const answer = await harness.admin("GET", path);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

async function queued(on, batch) {
  assertCounts(await on.post(batch), 200, { received: batch.length, queued: batch.length });
}

/** The members of /stats that a series has, too, and that add up. */
const SUMS = [
  "eventsDelivered",
  "eventsNotDelivered",
  "eventsExpired",
  "eventsDiscarded",
  "successOnFirstAttempt",
  "successAfterRetry",
  "skipped",
  "duplicates",
  "unconfirmed",
  "replayed",
  "attempts",
];

/** Asserts that the points of a series are, together, what /stats says of the same period. */
function assertSums(series, stats) {
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  for (const name of SUMS)
    assert.equal(sum(series.points.map((point) => point[name])), stats[name], name);
  for (const kind of ["reasons", "skipReasons"]) {
    const total = {};
    for (const point of series.points)
      for (const [code, times] of Object.entries(point[kind]))
        total[code] = (total[code] ?? 0) + times;
    assert.deepEqual(total, stats[kind]);
  }
}

test("an outage is seen coming and going: what waits, the status, the incident, the series", async (t) => {
  const own = await startDurableHarness(t, { settings: { delivery: PATIENT } });
  const before = Date.now();
  assert.deepEqual((await own.stats()).waiting, []);
  assert.deepEqual((await own.health()).waiting, { events: 0, oldest: null });
  await own.stopKochava();
  await queued(own, events(12));
  const waiting = await until(async () => {
    const { waiting } = await own.stats();
    return (
      waiting.length === 1 && waiting[0].state === "down" && waiting[0].events === 12 && waiting
    );
  }, "all twelve should wait for Kochava");
  const oldest = Date.parse(waiting[0].oldest);
  assert.ok(oldest >= before && oldest <= Date.now(), waiting[0].oldest);
  assert.equal(waiting[0].sync, null);
  await until(async () => (await own.health()).status === "down", "/health should see it");
  const health = await own.health();
  assert.deepEqual(health.waiting, { events: 12, oldest: waiting[0].oldest });
  const during = await get(own, "/stats/series?period=ONE_HOUR&step=minute");
  const { since, ...incident } = during.incidents[0];
  assert.deepEqual(incident, {
    sync: null,
    kind: "event",
    code: "kochava-unavailable",
    app_guid: SETTINGS.app_guid,
    until: null,
  });
  assert.equal(during.incidents.length, 1);

  await own.startKochava();
  await own.drained();
  const stats = await own.stats("?period=ONE_HOUR");
  assert.equal(stats.eventsDelivered, 12);
  assert.deepEqual(stats.waiting, []);
  await until(async () => (await own.health()).status === "ok", "/health should see the end");
  const series = await get(own, "/stats/series?period=ONE_HOUR&step=minute");
  assertSums(series, stats);
  assert.equal(series.incidents[0].since, since);
  assert.ok(Date.parse(series.incidents[0].until) >= Date.parse(since));
  // and after a restart of everything but the stored state
  await own.restart({ settings: { delivery: PATIENT } });
  assertSums(await get(own, "/stats/series?period=ONE_HOUR&step=hour"), stats);
  assert.deepEqual((await own.stats()).waiting, []);
});

test("a refused key pauses: what waits says so, and the queue's own backlog is told apart", async (t) => {
  const own = await startDurableHarness(t, { settings: { delivery: PATIENT } });
  own.kochava.script([{ status: 403, forever: true }]);
  await queued(own, events(8));
  await until(async () => {
    const { waiting } = await own.stats();
    return waiting.length === 1 && waiting[0].state === "paused" && waiting[0].events === 8;
  }, "all should be paused");
  await until(async () => (await own.health()).status === "paused", "/health should see it");
  const { queue } = await own.stats();
  if (queue !== null) {
    assert.ok(queue.messages >= 1, JSON.stringify(queue));
    assert.ok(Date.parse(queue.oldest) <= Date.now());
  }
  own.kochava.script([]);
  await own.drained();
  assertStats(await own.stats(), { eventsDelivered: 8, successOnFirstAttempt: 8 });
  assert.deepEqual((await own.stats()).waiting, []);
});

test("coverage equals a recount of the stand-in's calls, by platform and field", async (t) => {
  const settings = {
    events: {
      properties: ["level"],
      revenue: { from: "event_properties.price", currency: "event_properties.currency" },
    },
    mapping: {
      ...SETTINGS.mapping,
      idfa: "user_properties.idfa",
      idfv: "user_properties.idfv",
      android_id: "user_properties.android_id",
      att: "user_properties.att",
    },
  };
  const own = await startDurableHarness(t, { settings });
  const platforms = new Map();
  const batch = [];
  const add = (platform, count, over, user = {}) => {
    for (const one of events(count, { platform, ...over })) {
      one.user_properties = { kochava_device_id: "KA-1", ...user };
      platforms.set(one.event_type, platform.toLowerCase());
      batch.push(one);
    }
  };
  add("Android", 5, {}, { adid: "38400000-8cf0-41bd-b23e-10b96e40000d" });
  add("Android", 3, {}, { android_id: "9f3c2a7715d84e06", user_agent: "Dalvik/2.1.0 (Linux)" });
  add("Android", 2, { event_properties: { price: 4.5, currency: "EUR" } });
  const idfv = "11111111-2222-4333-8444-555555555555";
  add("iOS", 4, {}, { idfv, idfa: "AAAAAAAA-2222-4333-8444-555555555555", att: "authorized" });
  add("iOS", 2, {}, { idfv, kochava_device_id: "" });
  await queued(own, batch);
  await own.drained();
  assert.equal(own.kochava.calls.length, batch.length);
  // an event that is refused, one that is rejected, and a copy are not counted
  own.kochava.script([{ status: 400, body: { success: "0" } }]);
  await own.post(events(1, { platform: "Android", ip_address: null }));
  await own.post(events(1, { platform: "Android" }));
  await own.post([batch[0]]);
  await own.drained();

  const expected = {};
  for (const { body, answer } of own.kochava.calls) {
    if (answer.status !== 200) continue;
    const { data } = body;
    const row = (expected[platforms.get(data.event_name)] ??= { sent: 0 });
    const ids = data.device_ids;
    const has = {
      kochava_device_id: body.kochava_device_id !== "",
      idfa: Boolean(ids.idfa),
      idfv: Boolean(ids.idfv),
      adid: Boolean(ids.adid),
      android_id: Boolean(ids.android_id),
      origination_ip: Boolean(data.origination_ip),
      device_ua: Boolean(data.device_ua),
      att: data.app_tracking_transparency?.att_detail !== undefined,
      revenue: data.event_data?.sum !== undefined,
      revenue_with_currency: data.event_data?.sum !== undefined && Boolean(data.currency),
    };
    row.sent += 1;
    for (const [name, is] of Object.entries(has)) row[name] = (row[name] ?? 0) + Number(is);
  }
  const { rows } = await get(own, "/stats/coverage?period=ONE_HOUR&step=hour");
  const counted = Object.fromEntries(
    rows.map(({ platform, sent, fields }) => {
      const { fire_adid, rida, other_id, consent, ...rest } = fields;
      assert.deepEqual([fire_adid, rida, other_id, consent], [0, 0, 0, 0]);
      return [platform, { sent, ...rest }];
    }),
  );
  assert.deepEqual(counted, expected);
  assert.equal(expected.android.sent, 10);
  assert.equal(expected.ios.att, 4);
  for (const { sent, points, sync } of rows) {
    assert.equal(sync, null);
    assert.equal(
      points.reduce((sum, point) => sum + point.sent, 0),
      sent,
    );
  }
});

test("the last outcomes are told by name and code, without identifiers, from a cursor on", async (t) => {
  const own = await startDurableHarness(t);
  const first = await get(own, "/live");
  assert.deepEqual(first.outcomes, []);
  own.kochava.script([{ match: { event_name: "Level bad" }, status: 400, body: { success: "0" } }]);
  const batch = [...events(5), event({ event_type: "Level bad", $insert_id: "bad" })];
  await queued(own, batch);
  await own.drained();
  const { next, outcomes } = await get(own, `/live?after=${first.next}`);
  assert.deepEqual(
    outcomes
      .map(({ event, kind, outcome, code, status, sync }) => [
        event,
        kind,
        outcome,
        code,
        status,
        sync,
      ])
      .sort(),
    batch
      .map(({ event_type: name }) =>
        name === "Level bad"
          ? [name, "event", "rejected", "kochava-rejected", 400, null]
          : [name, "event", "delivered", null, null, null],
      )
      .sort(),
  );
  assert.ok(!JSON.stringify(outcomes).includes("KA-"), "no identifiers");
  assert.deepEqual((await get(own, `/live?after=${next}`)).outcomes, []);
  await queued(own, events(150));
  await own.drained();
  assert.equal((await get(own, `/live?after=${next}`)).outcomes.length, 100, "the last hundred");
  assertError(await own.admin("GET", "/live?after=x"), 400, "bad-query");
});

test("rejects are grouped by reason, event and app with who can mend them, and found by a part of a name", async (t) => {
  const own = await startDurableHarness(t);
  const named = (count, name, over) => events(count, { event_type: name, ...over });
  await own.post(named(5, "Level Up", { ip_address: null }));
  await own.post(named(2, "Level Down", { ip_address: null }));
  await own.post(named(3, "Level Up", { user_properties: {}, device_id: null }));
  await own.drained();
  const { groups } = await get(own, "/rejects/groups");
  const app = SETTINGS.app_guid;
  assert.deepEqual(
    groups.map(({ reason, event, app, count, fix }) => [reason, event, app, count, fix.by]),
    [
      ["origination-ip-missing", "Level Up", app, 5, "settings"],
      ["device-identity-missing", "Level Up", app, 3, "app"],
      ["origination-ip-missing", "Level Down", app, 2, "settings"],
    ],
  );
  for (const { first_at: first, last_at: last, fix } of groups) {
    assert.ok(Date.parse(first) <= Date.parse(last) && Date.parse(last) <= Date.now());
    assert.ok(fix.how.length > 0);
  }
  const counts = async (query) =>
    (await get(own, `/rejects/groups${query}`)).groups.map(({ count }) => count);
  assert.deepEqual(await counts("?reason=device-identity-missing"), [3]);
  assert.deepEqual(await counts("?search=lEVEL+d"), [2]);
  assert.equal((await own.rejects("?search=down")).length, 2);
  assert.equal((await own.rejects("?search=el%20u&limit=200")).length, 8);
  assert.equal((await own.rejects("?search=nothing")).length, 0);
  const dry = await own.admin("DELETE", "/rejects?search=level%20up&dry=1");
  assert.deepEqual([dry.json.found, dry.json.deleted], [8, 0]);
  const deleted = await own.admin("DELETE", "/rejects", { filter: { search: "Level Up" } });
  assert.equal(deleted.json.deleted, 8);
  assert.deepEqual(await counts(""), [2]);
  assertError(await own.admin("GET", "/rejects?search="), 400, "bad-query");
  // letters from A to Z may have any case, others have the one that they have
  await own.post(named(1, "Level ÜBUNG Straße", { ip_address: null }));
  await own.drained();
  for (const [search, count] of [
    ["ÜBUNG", 1],
    ["Übung strAßE", 1],
    ["übung", 0],
    ["STRASSE", 0],
  ])
    assert.equal(
      (await own.rejects(`?search=${encodeURIComponent(search)}`)).length,
      count,
      search,
    );
});

test("the app of a reject is that of its call, or of the platform of its event", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { app_guid: { ios: "koapple", android: "koandroid" } },
  });
  own.kochava.script([{ match: { event_name: "Level bad" }, status: 400, body: { success: "0" } }]);
  await own.post([
    ...events(2, { event_type: "Level 1", ip_address: null }),
    ...events(1, { event_type: "Level 1", ip_address: null, platform: "iOS" }),
    // no App GUID of this platform, which is the reason, too
    ...events(1, { event_type: "Level 1", platform: "Roku" }),
    ...events(1, { event_type: "Level bad" }),
  ]);
  await own.drained();
  const { groups } = await get(own, "/rejects/groups");
  assert.deepEqual(groups.map(({ reason, app, count }) => [reason, app, count]).sort(), [
    ["app-guid-missing", null, 1],
    ["kochava-rejected", "koandroid", 1],
    ["origination-ip-missing", "koandroid", 2],
    ["origination-ip-missing", "koapple", 1],
  ]);
  const [bad] = await own.rejects("?reason=kochava-rejected");
  assert.equal(bad.app, "koandroid");
});

test("what is skipped as it arrives is among the last outcomes, and what cannot be read is not", async (t) => {
  const own = await startDurableHarness(t);
  const { next } = await get(own, "/live");
  const named = (count, name) => events(count, { event_type: name });
  await queued(own, named(1, "Level 1"));
  await own.post([...named(3, "Song Played"), ...named(1, "Ad Shown")]);
  assert.equal((await own.post("{")).status, 400);
  await own.drained();
  const { outcomes } = await get(own, `/live?after=${next}`);
  assert.deepEqual(
    outcomes.map(({ event, outcome, code, times }) => [event, outcome, code, times]).sort(),
    [
      ["Ad Shown", "skipped", "not-selected", 1],
      ["Level 1", "delivered", null, 1],
      ["Song Played", "skipped", "not-selected", 3],
    ],
  );
});

test("a hundred thousand rejects are grouped, counted and searched within a second", async (t) => {
  const own = await startDurableHarness(t);
  const sent = `[${JSON.stringify("x".repeat(700))}]`;
  await own.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
     INSERT INTO rejects (id, received_at, first_at, last_at, code, field, reasons, name, source, of_users, sent, answer, attempts, deferrals, progress, was_queued, settings, app)
     SELECT printf('%032x', i), i, i, i, iif(i % 3, 'expired', 'origination-ip-missing'), '', '[]', 'Level ' || (i % 50), 'amplitude', 0, ?, '', 0, 0, '{}', 1, printf('%032x', 0), 'koapp' || (i % 4) FROM n`,
    sent,
  );
  for (const path of ["/rejects/groups", "/rejects?limit=50", "/rejects/groups?search=level%207"]) {
    await get(own, path);
    const started = performance.now();
    const json = await get(own, path);
    const took = performance.now() - started;
    assert.ok(took < 1_000, `${path} took ${took} ms`);
    if (path === "/rejects/groups") {
      const total = json.groups.reduce((sum, { count }) => sum + count, 0);
      assert.deepEqual([json.groups.length, total], [200, 100_000]);
    }
  }
});

test("settings are shown as they are in force, without secrets", async (t) => {
  const bindings = { KOCHAVA_API_KEY: "the-api-key", KOCHAVA_SECRET: "the-secret-of-kochava" };
  const own = await startDurableHarness(t, { bindings });
  const answer = await own.admin("GET", "/settings");
  for (const secret of [...Object.values(bindings), TOKEN, ADMIN])
    assert.ok(!answer.text.includes(secret));
  const { syncs, version, bindings: bound } = answer.json;
  assert.equal(syncs.length, 1);
  const [{ document, faults, settings, since, sync }] = syncs;
  assert.deepEqual(document, { ...SETTINGS, delivery: QUICK });
  assert.deepEqual([faults, sync, since], [[], null, null]);
  assert.equal(settings, (await own.health()).settings);
  assert.deepEqual([bound.KOCHAVA_API_KEY, bound.ALERT_URL], [true, false]);
  assert.match(version, /^\d+\.\d+\.\d+/);
  const worker = await own.worker.miniflare.getWorker();
  assert.equal((await worker.scheduled({ cron: "* * * * *" })).outcome, "ok");
  const [known] = (await get(own, "/settings")).syncs;
  assert.ok(Date.parse(known.since) <= Date.now(), "since the check that saw them first");
  const faulty = await startDurableHarness(t, { settings: { enabled: "yes" } });
  const [shown] = (await get(faulty, "/settings")).syncs;
  assert.deepEqual(
    [shown.settings, shown.faults[0].path, shown.document.enabled],
    [null, "enabled", "yes"],
  );
});

test("a wrong value of a parameter is answered with those there are", async (t) => {
  const own = await startDurableHarness(t);
  for (const [path, named] of [
    ["/stats/series?step=second", /minute, hour, day/],
    ["/stats/coverage?period=DAY", /TEN_MINUTES, ONE_HOUR, FOUR_HOURS/],
    ["/stats?period=x", /TEN_MINUTES/],
    ["/rejects/groups?reason=x", /origination-ip-missing/],
    ["/stats/series?reason=expired", /this route takes `period`, `from`, `to`, `sync`, `step`/],
    ["/alerts?x=1", /takes no parameter/],
  ]) {
    const answer = await own.admin("GET", path);
    assertError(answer, 400, "bad-query");
    assert.match(answer.json.error.message, named);
  }
});

test("a wrong token and a missing secret look the same on every route of the operator", async (t) => {
  const own = await startDurableHarness(t);
  const without = await startDurableHarness(t, { bindings: { ADMIN_TOKEN: null } });
  const routes = [
    ["GET", "/stats/series"],
    ["GET", "/stats/coverage"],
    ["GET", "/live"],
    ["GET", "/alerts"],
    ["GET", "/settings"],
    ["GET", "/rejects/groups"],
    ["POST", "/test-event"],
    ["GET", "/test-event"],
  ];
  for (const [method, path] of routes) {
    const wrong = await own.admin(method, path, undefined, "a-wrong-admin-token");
    const missing = await without.admin(method, path);
    const unknown = await own.admin(method, "/stats/none");
    assert.deepEqual([wrong.status, wrong.text], [missing.status, missing.text], path);
    assert.deepEqual([wrong.status, wrong.json], [404, unknown.json], path);
    assert.ok(!wrong.text.includes("amplitude"));
  }
});
