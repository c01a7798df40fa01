// Delivery from the queue: retries, breakers, order per device, rejects and identities.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { QUICK, assertStats, events, namesOf, startDurableHarness, until } from "./durable.mjs";
import { assertCounts } from "./support.mjs";

const TRACK = "/track/json";
const IDENTITY = "/v1/cpi/identityLink.php";
const PATIENT = { ...QUICK, steps_s: Array(30).fill(1) };
const harness = await startDurableHarness({ after }, { settings: { delivery: PATIENT } });
beforeEach(async () => {
  await harness.drained();
  harness.kochava.reset();
});

const times = (calls) => calls.map((call) => Date.parse(call.at));
const typesOf = (batch) => batch.map((one) => one.event_type);
const sorted = (names) => [...names].sort();
const ofEvent = (calls, { event_type: type }) =>
  calls.filter((call) => call.body.data.event_name === type);

async function queued(on, batch) {
  assertCounts(await on.post(batch), 200, { received: batch.length, queued: batch.length });
}

test("events that arrive while Kochava is down are delivered once it is back", async (t) => {
  const own = await startDurableHarness(t, { settings: { delivery: PATIENT } });
  await own.stopKochava();
  const batch = events(12);
  await queued(own, batch);
  await until(async () => (await own.stats()).open_breakers.length > 0, "the breaker should open");
  assert.deepEqual(
    (await own.stats()).open_breakers.map(({ kind, code }) => [kind, code]),
    [["event", "kochava-unavailable"]],
  );
  await until(async () => (await own.health()).status === "down", "/health should see it");
  await own.startKochava();
  await own.drained();
  assert.deepEqual(sorted(namesOf(own.kochava.calls)), sorted(typesOf(batch)));
  assertStats(await own.stats(), {
    eventsDelivered: 12,
    ...pick(await own.stats(), ["successOnFirstAttempt", "successAfterRetry"]),
    deliveryRate: 100,
  });
  assert.deepEqual((await own.stats()).open_breakers, []);
});

test("temporary errors are retried with the same bytes, and count as delivered after a retry", async (t) => {
  const own = await startDurableHarness(t);
  const errors = [{ status: 500 }, { reset: true }, { silence: true }];
  const [one] = events(1);
  own.kochava.script(errors);
  await queued(own, [one]);
  await own.drained();
  assert.equal(own.kochava.calls.length, errors.length + 1);
  assert.equal(new Set(own.kochava.calls.map((call) => call.bodyText)).size, 1);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successAfterRetry: 1,
    attempts: 4,
    deliveryRate: 100,
  });
});

test("an event that is not delivered within the schedule becomes a reject", async (t) => {
  const own = await startDurableHarness(t, { settings: { delivery: { ...QUICK, steps_s: [1] } } });
  const [one, other] = events(2);
  own.kochava.script([{ match: { event_name: one.event_type }, status: 500, forever: true }]);
  await queued(own, [one, other]);
  await own.drained();
  assert.equal(ofEvent(own.kochava.calls, one).length, 2);
  const [reject, ...more] = await own.rejects();
  assert.deepEqual(
    [reject.event, reject.code, reject.attempts, reject.status, more],
    [one.event_type, "expired", 2, null, []],
  );
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    eventsNotDelivered: 1,
    eventsExpired: 1,
    deliveryRate: 50,
  });
});

test("an event that Kochava rejects becomes a reject with the status and text of the answer", async () => {
  const [bad, worse, good] = events(3);
  harness.kochava.script([
    { match: { event_name: bad.event_type }, body: { success: "0", error: "no such app" } },
    { match: { event_name: worse.event_type }, status: 400, body: "bad request" },
  ]);
  await queued(harness, [bad, worse, good]);
  await harness.drained();
  assert.equal(harness.kochava.calls.length, 3);
  const rejects = await harness.rejects("?reason=kochava-rejected");
  const actual = rejects.map(({ event, status, answer }) => [event, status, answer]).sort();
  assert.deepEqual(
    actual,
    [
      [bad.event_type, 200, '{"success":"0","error":"no such app"}'],
      [worse.event_type, 400, "bad request"],
    ].sort(),
  );
});

test("2xx without a readable answer is unconfirmed and not sent again", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script([{ empty: true }, { garbage: true }, { truncate: true }]);
  await queued(own, events(3));
  await own.drained();
  assert.equal(own.kochava.calls.length, 3);
  assertStats(await own.stats(), { eventsDelivered: 3, successOnFirstAttempt: 3, unconfirmed: 3 });
});

test("events of one device keep their order, and do not delay other devices", async () => {
  const batch = events(4, { device_id: "one-device" });
  const [other] = events(1);
  harness.kochava.script([{ match: { event_name: batch[0].event_type }, status: 500 }]);
  await queued(harness, [...batch, other]);
  await until(
    () => ofEvent(harness.kochava.calls, other).length === 1,
    "the event of the other device should arrive",
  );
  await harness.drained();
  const names = namesOf(harness.kochava.calls).filter((name) => name !== other.event_type);
  assert.deepEqual(names, [batch[0].event_type, ...typesOf(batch)]);
});

test("an event that is limited alone waits for its Retry-After, spends no attempt and delays no other", async (t) => {
  const own = await startDurableHarness(t);
  const [limited] = events(1);
  own.kochava.script([{ status: 429, retryAfter: 2 }]);
  await queued(own, [limited]);
  await until(async () => (await own.stats()).open_breakers.length > 0, "suspicion should open");
  assert.deepEqual(
    (await own.stats()).open_breakers.map(({ code, app_guid: app }) => [code, app]),
    [["kochava-limits", "kotest-android-a1b2c3"]],
  );
  const started = Date.now();
  await queued(own, events(8));
  await own.called(9);
  assert.ok(Date.now() - started < 1_900, "the others should not wait");
  // as soon as the wave with an accepted event is committed
  await until(
    async () => (await own.stats()).open_breakers.length === 0,
    "an acceptance should end the suspicion",
  );
  await own.drained();
  const [first, second, ...more] = times(ofEvent(own.kochava.calls, limited));
  assert.ok(second - first >= 1_900, `its next call came after ${second - first} ms`);
  assert.deepEqual(more, []);
  assertStats(await own.stats(), {
    eventsDelivered: 9,
    successOnFirstAttempt: 9,
    deliveryRate: 100,
  });
});

test("five events that are limited trip the breaker: all calls wait for the Retry-After, and no attempt is spent", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script(Array(5).fill({ status: 429, retryAfter: 2 }));
  await queued(own, events(5));
  await until(async () => (await own.stats()).open_breakers.length > 0, "the breaker should open");
  await queued(own, events(8));
  await own.drained();
  const calls = times(own.kochava.calls);
  const [limited, later] = [calls.slice(0, 5), calls.slice(5)];
  assert.equal(later.length, 13);
  const wait = Math.min(...later) - Math.max(...limited);
  assert.ok(wait >= 1_900, `the next call came after ${wait} ms`);
  assertStats(await own.stats(), {
    eventsDelivered: 13,
    successOnFirstAttempt: 13,
    deliveryRate: 100,
  });
});

test("a refused key pauses delivery: single probes are sent, and all events once one succeeds", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script([{ status: 401, forever: true }]);
  const batch = events(10);
  await queued(own, batch);
  await until(async () => (await own.stats()).open_breakers.length > 0, "delivery should pause");
  const before = own.kochava.calls.length;
  assert.ok(before <= 10, `${before} calls: five fail, and five may be on their way`);
  const { status, open_breakers: open } = await own.health();
  assert.deepEqual(
    [status, ...open.map(({ kind, code, status }) => [kind, code, status])],
    ["paused", ["event", "kochava-paused", 401]],
  );
  assert.ok(
    Date.parse(open[0].since) <= Date.now() &&
      Date.parse(open[0].next_probe) > Date.parse(open[0].since),
  );
  assert.ok(!JSON.stringify(open).includes("kotest"), "/health does not name the app");
  await own.called(before + 3);
  const probes = times(own.kochava.calls).slice(before);
  for (let at = 1; at < probes.length; at += 1)
    assert.ok(probes[at] - probes[at - 1] >= 450, `probes at ${probes}`);
  assert.deepEqual(await own.rejects(), []);

  own.kochava.script([]);
  await own.drained();
  const accepted = own.kochava.calls.filter((call) => call.answer.status === 200);
  assert.deepEqual(sorted(namesOf(accepted)), sorted(typesOf(batch)));
  assert.deepEqual(await own.rejects(), []);
  await until(async () => (await own.health()).status === "ok", "/health should see it");
  assertStats(await own.stats(), { eventsDelivered: 10, successOnFirstAttempt: 10 });
});

test("if Kochava rejects every event with the same text, delivery pauses and nothing is lost", async (t) => {
  const own = await startDurableHarness(t);
  own.kochava.script([{ body: { success: "0", error: "unknown app" }, forever: true }]);
  const batch = events(30);
  await queued(own, batch);
  await until(
    async () => (await own.health()).open_breakers[0]?.code === "kochava-rejects-all",
    "delivery should pause",
  );
  assert.equal((await own.health()).status, "paused");
  assert.deepEqual(await own.rejects(), []);
  own.kochava.script([]);
  await own.drained();
  const accepted = own.kochava.calls.filter((call) => call.answer.bodyText === '{"success":"1"}');
  assert.deepEqual(sorted(namesOf(accepted)), sorted(typesOf(batch)));
  assertStats(await own.stats(), { eventsDelivered: 30, successOnFirstAttempt: 30 });
});

test("rejections among accepted events become rejects, and delivery goes on", async (t) => {
  const own = await startDurableHarness(t);
  const batch = events(40);
  own.kochava.script(
    batch
      .filter((_, index) => index % 10 > 0)
      .map((one) => ({
        match: { event_name: one.event_type },
        body: { success: "0", error: "the same" },
      })),
  );
  await queued(own, batch);
  await own.drained();
  assert.deepEqual([(await own.health()).status, (await own.rejects()).length], ["ok", 36]);
  assertStats(await own.stats(), {
    eventsDelivered: 4,
    successOnFirstAttempt: 4,
    eventsNotDelivered: 36,
    eventsDiscarded: 36,
    deliveryRate: 10,
  });
});

test("an identity is never sent before its event, and is retried alone", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { users: { send: true, from: "events" }, delivery: PATIENT },
  });
  const [late, weak, good] = events(3).map((one, index) => ({ ...one, user_id: `user-${index}` }));
  own.kochava.script([
    { match: { path: TRACK, event_name: late.event_type }, status: 500 },
    { match: { path: IDENTITY, contains: "user-1" }, status: 500 },
    { match: { path: IDENTITY, contains: "user-1" }, reset: true },
  ]);
  await queued(own, [late, weak, good]);
  await own.drained();
  const pathsOf = (one, user) =>
    own.kochava.calls
      .filter(
        (call) => call.body.data.event_name === one.event_type || call.bodyText.includes(user),
      )
      .map((call) => call.path);
  assert.deepEqual(pathsOf(late, "user-0"), [TRACK, TRACK, IDENTITY]);
  assert.deepEqual(pathsOf(weak, "user-1"), [TRACK, IDENTITY, IDENTITY, IDENTITY]);
  assert.deepEqual(pathsOf(good, "user-2"), [TRACK, IDENTITY]);
  assertStats(await own.stats(), {
    eventsDelivered: 3,
    successOnFirstAttempt: 2,
    successAfterRetry: 1,
    identities: 3,
    "identities-undelivered": 0,
  });
});

test("an identity that Kochava rejects becomes a reject of its own, and its event stays delivered", async (t) => {
  const own = await startDurableHarness(t, { settings: { users: { send: true, from: "events" } } });
  const [one] = events(1);
  own.kochava.script([{ match: { path: IDENTITY }, body: { success: "0" } }]);
  await queued(own, [one]);
  await own.drained();
  const [reject, ...more] = await own.rejects();
  assert.deepEqual(
    [reject.event, reject.code, reject.status, more],
    [one.event_type, "kochava-rejected", 200, []],
  );
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    "identities-undelivered": 1,
    identities: 0,
  });
  const answer = await own.admin("POST", "/rejects/replay?all=1");
  assert.deepEqual(answer.json.results, { queued: 1 }, answer.text);
  await own.drained();
  assert.deepEqual(
    own.kochava.calls.map((call) => call.path),
    [TRACK, IDENTITY, IDENTITY],
  );
  assert.deepEqual(await own.rejects(), []);
  assertStats(await own.stats(), {
    eventsDelivered: 1,
    successOnFirstAttempt: 1,
    identities: 1,
    "identities-undelivered": 1,
  });
});

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}
