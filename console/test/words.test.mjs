// What the page says: sentences, shares and what is usual, from made-up numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

process.env.TZ = "UTC";
const { situationOf, topReasons } = await load("lib/situation.ts");
const { sharesOf } = await load("lib/coverage.ts");
const { usualOf } = await load("now/usual.ts");
const { duration } = await load("lib/time.ts");
const { percent, seconds } = await load("lib/number.ts");
const { byReason } = await load("rejects/by-reason.ts");
const { pathOf } = await load("parts/sparkline.tsx");

const NOW = Date.parse("2026-11-27T15:40:00Z");
const COUNTS = {
  eventsDelivered: 100,
  eventsNotDelivered: 0,
  eventsExpired: 0,
  eventsDiscarded: 0,
  skipped: 0,
  reasons: {},
};
const FACTS = {
  faults: [],
  breakers: [],
  waiting: [],
  counts: COUNTS,
  alerts: [],
  words: "hour",
  usual: 100,
  now: NOW,
};
const breaker = (code, status, over = {}) => ({
  kind: "event",
  code,
  status,
  since: "2026-11-27T15:37:02.114Z",
  next_probe: "2026-11-27T15:41:10.000Z",
  app_guid: "koexample",
  sync: null,
  ...over,
});
const waiting = (state, events, over = {}) => ({
  sync: null,
  state,
  events,
  oldest: "2026-11-27T15:37:00.000Z",
  ...over,
});
const sentencesOf = (over) => situationOf({ ...FACTS, ...over });

test("nothing is wrong: it flows, and there is nothing to say", () => {
  assert.deepEqual(sentencesOf({}), { state: "flowing", findings: [] });
});

test("a refused key is told with its status, what waits, and the next try", () => {
  const { state, findings } = sentencesOf({
    breakers: [breaker("kochava-paused", 401)],
    waiting: [waiting("paused", 4), waiting("queued", 2)],
  });
  assert.equal(state, "paused");
  assert.equal(findings.length, 1);
  assert.equal(
    findings[0].text,
    "Kochava refuses our key with 401 since 15:37. 4 events wait, none is lost. Next try at 15:41.",
  );
  assert.match(findings[0].todo, /^Check `KOCHAVA_API_KEY` and `KOCHAVA_SECRET`/);
});

test("each reason why calls stop has its sentence and its word", () => {
  const rows = [
    ["kochava-paused", 404, "paused", "Kochava refuses the App GUID `koexample` with 404"],
    ["kochava-paused", 302, "paused", "Kochava's address leads elsewhere (302)"],
    ["kochava-limits", undefined, "slowed", "Kochava limits us"],
    ["kochava-unavailable", undefined, "down", "Kochava does not answer"],
    [
      "kochava-rejects-all",
      400,
      "paused",
      "Kochava rejects every call of the App GUID `koexample` with 400",
    ],
    ["unreadable-answers", undefined, "paused", "Kochava's answers cannot be read"],
  ];
  for (const [code, status, word, begins] of rows) {
    const { state, findings } = sentencesOf({ breakers: [breaker(code, status)] });
    assert.equal(state, word, code);
    assert.ok(
      findings[0].text.startsWith(`${begins} since 15:37. Nothing is lost.`),
      findings[0].text,
    );
    assert.notEqual(findings[0].todo, "");
  }
});

test("breakers of events and identities with one reason are one sentence, those of two syncs two", () => {
  const both = [
    breaker("kochava-paused", 401),
    breaker("kochava-paused", 401, { kind: "identity", since: "2026-11-27T15:30:00Z" }),
  ];
  const { findings } = sentencesOf({ breakers: both });
  assert.equal(findings.length, 1);
  assert.match(findings[0].text, /since 15:30\./);
  const two = sentencesOf({ breakers: [both[0], breaker("kochava-paused", 401, { sync: "us" })] });
  assert.equal(two.findings.length, 2);
  assert.match(two.findings[1].text, /\(sync `us`\)/);
});

test("what waits of a sync is told with its breaker, however the unnamed sync is called", () => {
  const { findings } = sentencesOf({
    breakers: [breaker("kochava-paused", 404, { sync: "default" })],
    waiting: [waiting("paused", 3), waiting("paused", 9, { sync: "us" })],
  });
  assert.match(findings[0].text, /\(sync `default`\)\. 3 events wait, none is lost\./);
});

test("the worst state is the state", () => {
  const breakers = [breaker("kochava-limits"), breaker("kochava-unavailable")];
  assert.equal(sentencesOf({ breakers }).state, "down");
  const faults = [{ path: "mapping", code: "missing", message: "`mapping` is missing" }];
  assert.equal(sentencesOf({ breakers, faults }).state, "misconfigured");
});

test("events that were not delivered are told with their share", () => {
  const counts = { ...COUNTS, eventsDelivered: 95, eventsNotDelivered: 5 };
  const { state, findings } = sentencesOf({ counts });
  assert.equal(state, "flowing");
  assert.equal(findings[0].text, "5 of 100 events (5 %) could not be delivered in the last hour.");
  assert.equal(findings[0].severity, "error");
  const one = { ...COUNTS, eventsDelivered: 99_999, eventsNotDelivered: 1 };
  assert.match(sentencesOf({ counts: one }).findings[0].text, /^1 of 100,000 events \(0\.1 %\)/);
  const few = { ...COUNTS, eventsDelivered: 96, eventsNotDelivered: 4 };
  assert.equal(sentencesOf({ counts: few }).findings[0].severity, "warning");
});

test("silence is told where events are usual, and not where they wait", () => {
  const counts = { ...COUNTS, eventsDelivered: 0 };
  assert.match(
    sentencesOf({ counts }).findings[0].text,
    /^Nothing arrived in the last hour; usually 100 events/,
  );
  assert.deepEqual(sentencesOf({ counts, usual: null }).findings, []);
  assert.deepEqual(sentencesOf({ counts, waiting: [waiting("queued", 1)] }).findings.length, 0);
});

test("a queue that is five minutes behind is told", () => {
  const old = waiting("queued", 1_200, { oldest: "2026-11-27T15:28:00Z" });
  assert.equal(
    sentencesOf({ waiting: [old] }).findings[0].text,
    "1,200 events wait in the queue, the oldest for 12 min.",
  );
});

test("alerts that no other sentence says are told while they go on", () => {
  const alert = {
    code: "coverage",
    sync: null,
    since: "",
    text: "adid is in 32 % of the events of android. Look at the app's last release",
    sent: null,
    error: null,
  };
  assert.equal(
    sentencesOf({ alerts: [alert] }).findings[0].text,
    "Coverage fell: adid is in 32 % of the events of android. Look at the app's last release.",
  );
  assert.deepEqual(
    sentencesOf({ alerts: [{ ...alert, until: "2026-11-27T15:00:00Z" }] }).findings,
    [],
  );
  assert.deepEqual(sentencesOf({ alerts: [{ ...alert, code: "paused" }] }).findings, []);
});

test("reasons are named by their words, the most frequent first", () => {
  const reasons = {
    expired: 2,
    "origination-ip-missing": 8,
    "kochava-rejected": 1,
    "not-an-object": 1,
  };
  assert.equal(
    topReasons(reasons),
    "No IP address (8), Not accepted in time (2), Kochava rejected it (1)",
  );
});

test("a share that fell by ten points or more is marked", () => {
  const start = Date.parse("2026-11-26T00:00:00Z");
  const hour = (number, had) => ({
    at: new Date(start + number * 3_600_000).toISOString(),
    sent: 100,
    fields: { adid: had, kochava_device_id: 100, revenue: 4, revenue_with_currency: 2 },
  });
  // the last four hours of a day: a sixth of it
  const points = Array.from({ length: 24 }, (_, number) => hour(number, number < 20 ? 90 : 30));
  const sum = (field) => points.reduce((total, { fields }) => total + fields[field], 0);
  const fields = Object.fromEntries(
    Object.keys(points[0].fields).map((field) => [field, sum(field)]),
  );
  const row = { sync: null, platform: "android", sent: 2_400, fields, points };
  const shares = sharesOf(row, { start, end: start + 86_400_000, step: "hour" });
  const of = (field) => shares.find((share) => share.field === field);
  assert.deepEqual(of("adid").fell, { from: 90, to: 30 });
  assert.equal(of("adid").share, 80);
  assert.deepEqual(of("adid").points, [...Array(20).fill(90), ...Array(4).fill(30)]);
  const later = { start, end: start + 2 * 86_400_000, step: "hour" };
  assert.equal(sharesOf(row, later)[0].points.filter((share) => share === null).length, 24);
  assert.equal(of("kochava_device_id").fell, null);
  assert.equal(
    of("revenue_with_currency").share,
    50,
    "a currency is missed only where there is revenue",
  );
  assert.equal(shares[0].field, "kochava_device_id");
  assert.ok(!shares.some(({ field }) => field === "idfa"), "no id of another platform");
});

test("what is usual is the median of the same hour of the days before", () => {
  const end = Date.parse("2026-11-27T15:00:00Z");
  const point = (hoursAgo, eventsDelivered) => ({
    ...COUNTS,
    at: new Date(end - hoursAgo * 3_600_000).toISOString(),
    eventsDelivered,
  });
  const series = (points) => ({ timePeriodEnd: new Date(end).toISOString(), step: "hour", points });
  // four days ago the first hour of all; then 30, 10 and 20 events in this hour
  const points = [point(97, 1), point(72, 30), point(48, 10), point(24, 20), point(1, 500)];
  assert.equal(usualOf(series(points), 60).eventsDelivered, 20);
  assert.equal(usualOf(series(points.slice(2)), 60), null, "two days say nothing");
  assert.equal(usualOf(series(points), 10_080), null, "nor does a week about a week");
});

test("durations and shares never promise too much", () => {
  assert.deepEqual([59_999, 3_599_999, 47 * 3_600_000, 86_400_000 * 2].map(duration), [
    "59 s",
    "59 min",
    "47 h",
    "2 days",
  ]);
  assert.equal(percent(99.99), "99.9 %");
  assert.equal(percent(null), "–");
  assert.deepEqual([0.25, 3.2, 720].map(seconds), ["250 ms", "3.2 s", "12 min"]);
});

test("groups of one reason are added up", () => {
  const group = (event, count, first_at, last_at) => ({
    reason: "expired",
    event,
    count,
    first_at,
    last_at,
    fix: null,
  });
  const [one, ...others] = byReason([
    group("A", 2, "2026-01-02", "2026-01-04"),
    group("B", 3, "2026-01-01", "2026-01-03"),
  ]);
  assert.deepEqual(others, []);
  assert.deepEqual([one.count, one.first_at, one.last_at], [5, "2026-01-01", "2026-01-04"]);
});

test("a sparkline has gaps where nothing was sent", () => {
  assert.equal(pathOf([100, 0]), "M1.0 2.0L119.0 22.0");
  assert.equal(pathOf([null, 100]), "M119.0 2.0h0.01");
});
