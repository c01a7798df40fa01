// One bad event never stops the rest, and answers that nobody can read are not success for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { QUICK, assertStats, events, namesOf, startDurableHarness, until } from "./durable.mjs";
import { assertCounts } from "./support.mjs";

const LONERS = [
  { status: 403 },
  { status: 404 },
  { status: 429, retryAfter: 3_600 },
  { status: 503, retryAfter: 3_600 },
];
const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers each event in its own way, every time. */
const answering = (batch, steps) =>
  batch.map(({ event_type: name }, index) => ({
    match: { event_name: name },
    ...steps[index],
    forever: true,
  }));

/** Sends events one by one → the time from sending each to its call, in milliseconds, sorted. */
async function latencies(on, count) {
  const batch = events(count);
  const sent = new Map();
  for (const one of batch) {
    sent.set(one.event_type, Date.now());
    assertCounts(await on.post(one), 200, { received: 1, queued: 1 });
    await sleep(30);
  }
  const callOf = (name) => on.kochava.calls.find((call) => call.body.data.event_name === name);
  await until(() => batch.every((one) => callOf(one.event_type)), "every event should arrive");
  return batch
    .map(({ event_type: name }) => Date.parse(callOf(name).at) - sent.get(name))
    .sort((a, b) => a - b);
}

const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))];

test("beside events that are refused or limited each time, ordinary events keep their latency", async (t) => {
  const own = await startDurableHarness(t);
  await latencies(own, 10);
  const usual = await latencies(own, 60);
  const loners = events(4);
  own.kochava.script(answering(loners, LONERS));
  // one after the other, each before ordinary events and beside them
  const beside = [];
  for (const loner of loners) {
    assertCounts(await own.post(loner), 200, { received: 1, queued: 1 });
    beside.push(...(await latencies(own, 30)));
  }
  beside.sort((a, b) => a - b);
  for (const share of [0.5, 0.9])
    assert.ok(
      at(beside, share) <= 2 * at(usual, share),
      `at ${share}: ${at(beside, share)} ms beside loners, ${at(usual, share)} ms without`,
    );
  // each was tried, and none of them delivered
  const tried = new Set(namesOf(own.kochava.calls));
  assert.deepEqual(
    loners.filter((one) => !tried.has(one.event_type)),
    [],
  );
  const { eventsDelivered, open_breakers: open } = await own.stats();
  assert.deepEqual([eventsDelivered, open], [10 + 60 + 120, []]);
});

test("events that are refused or limited each time, while others are accepted, spend their attempts and become rejects", async (t) => {
  const own = await startDurableHarness(t, { settings: { delivery: { ...QUICK, steps_s: [1] } } });
  const loners = events(4);
  own.kochava.script(
    answering(loners, [
      { status: 403 },
      { status: 404 },
      { status: 429, retryAfter: 1 },
      { status: 503, retryAfter: 1 },
    ]),
  );
  for (const loner of loners) assertCounts(await own.post(loner), 200, { received: 1, queued: 1 });
  const ordinary = [];
  await until(async () => {
    const [one] = events(1);
    ordinary.push(one);
    assertCounts(await own.post(one), 200, { received: 1, queued: 1 });
    await sleep(100);
    return (await own.rejects()).length === loners.length;
  }, "every loner should become a reject");
  await own.drained();
  const rejects = await own.rejects();
  assert.deepEqual(sorted(rejects.map(({ event }) => event)), sorted(typesOf(loners)));
  assert.deepEqual([...new Set(rejects.map(({ code }) => code))], ["expired"]);
  const accepted = own.kochava.calls.filter((call) => call.answer.status === 200);
  assert.deepEqual(sorted(namesOf(accepted)), sorted(typesOf(ordinary)));
  const stats = await own.stats();
  assert.deepEqual(
    [stats.eventsDelivered, stats.eventsExpired, stats.successOnFirstAttempt, stats.open_breakers],
    [ordinary.length, 4, ordinary.length, []],
  );
});

test("a run of answers without a readable success trips the breaker, and what was unconfirmed can be listed and replayed", async (t) => {
  const own = await startDurableHarness(t);
  // neither yes nor no: docs/delivery.md, "Circuit breakers"
  const answers = [
    { garbage: true },
    { empty: true },
    { body: { success: -1 } },
    { body: { success: "no" } },
    { body: { success: { ok: 1 } } },
    { body: "<html>welcome</html>" },
  ];
  const steps = Array.from({ length: 60 }, (_, index) => answers[index % answers.length]);
  const batch = events(40);
  own.kochava.script([...steps, { garbage: true, forever: true }]);
  assertCounts(await own.post(batch), 200, { received: 40, queued: 40 });
  await until(async () => (await own.stats()).open_breakers.length > 0, "the breaker should trip");
  assert.deepEqual(
    (await own.stats()).open_breakers.map(({ kind, code }) => [kind, code]),
    [["event", "unreadable-answers"]],
  );
  const health = await own.health();
  assert.deepEqual(
    [health.status, health.open_breakers.map(({ code }) => code)],
    ["paused", ["unreadable-answers"]],
  );
  const early = own.kochava.calls.length;
  assert.ok(early >= 20 && early < 40, `${early} calls: twenty, those on their way, and probes`);

  own.kochava.script([]);
  await own.drained();
  const stats = await own.stats();
  assert.deepEqual([stats.eventsDelivered, stats.open_breakers], [40, []]);
  assert.equal(own.kochava.calls.length, 40, "what was answered 2xx is not sent again by itself");
  const unconfirmed = await own.rejects("?reason=unconfirmed&limit=100");
  assert.equal(unconfirmed.length, stats.unconfirmed);
  assert.ok(stats.unconfirmed >= 20 && stats.unconfirmed < 40, `${stats.unconfirmed}`);
  assert.deepEqual([...new Set(unconfirmed.map(({ code }) => code))], ["unconfirmed"]);

  own.kochava.calls.length = 0;
  const replay = await own.admin("POST", "/rejects/replay?reason=unconfirmed");
  assert.deepEqual(replay.json.results, { queued: stats.unconfirmed }, replay.text);
  await own.drained();
  assert.deepEqual(
    sorted(namesOf(own.kochava.calls)),
    sorted(unconfirmed.map(({ event }) => event)),
  );
  assert.deepEqual(await own.rejects(), []);
});

test("unreadable answers among readable ones trip nothing", async (t) => {
  const own = await startDurableHarness(t);
  const batch = events(60);
  const steps = batch.map((_, index) => (index % 10 === 0 ? {} : { body: "OK" }));
  own.kochava.script(steps);
  assertCounts(await own.post(batch), 200, { received: 60, queued: 60 });
  await own.drained();
  assertStats(await own.stats(), {
    eventsDelivered: 60,
    successOnFirstAttempt: 60,
    unconfirmed: 54,
    deliveryRate: 100,
  });
  assert.deepEqual((await own.stats()).open_breakers, []);
});
