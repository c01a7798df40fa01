// Identities: held until an event of the device is delivered, and sent only if changed.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assertStats, events, startDurableHarness, until } from "./durable.mjs";
import { assertCounts, event } from "./support.mjs";

const TRACK = "/track/json";
const IDENTITY = "/v1/cpi/identityLink.php";
const users = (over = {}) => ({
  users: { send: true, from: "both", properties: ["plan"], ...over },
});
const held = await startDurableHarness({ after }, { settings: users({ hold_until_event: true }) });
const harness = await startDurableHarness({ after }, { settings: users() });
beforeEach(async () => {
  for (const one of [held, harness]) {
    await one.drained();
    one.kochava.reset();
  }
});

let names = 0;

/** Makes functions for events and user payloads of a new device → { event, user }. */
function device() {
  names += 1;
  const user_properties = {
    ...event().user_properties,
    kochava_device_id: `KA-DEVICE-${names}`,
    adid: `38400000-8cf0-41bd-b23e-${String(names).padStart(12, "0")}`,
  };
  return {
    event: (over = {}) =>
      events(1, { device_id: `phone-${names}`, user_id: null, user_properties, ...over })[0],
    user: (user_id, plan) => ({
      user_id,
      device_id: `phone-${names}`,
      platform: "Android",
      ip_address: "203.0.113.24",
      user_properties: { ...user_properties, plan },
    }),
  };
}

const paths = (on) => on.kochava.calls.map((call) => call.path);
const linked = (on) =>
  on.kochava.calls.filter((call) => call.path === IDENTITY).map((call) => call.body.data);

async function queued(on, batch) {
  assertCounts(await on.post(batch), 200, { received: batch.length, queued: batch.length });
}

test("an identity is held until an event of its device is delivered", async () => {
  const { event: track, user } = device();
  const other = device();
  await queued(held, [user("user-1")]);
  // an event of another device does not release it
  await queued(held, [other.event()]);
  await held.called(1);
  await queued(held, [track()]);
  await held.drained();
  assert.deepEqual(paths(held), [TRACK, TRACK, IDENTITY]);
  assert.equal(linked(held)[0].app_userid, "user-1");
});

test("an event after a held identity in the same body is not held", async () => {
  const { event: track, user } = device();
  await queued(held, [user("user-2"), track()]);
  await held.drained();
  assert.deepEqual(paths(held), [TRACK, IDENTITY]);
});

test("after an event of the device, its identities are sent at once", async () => {
  const { event: track, user } = device();
  await queued(held, [track()]);
  await held.drained();
  await queued(held, [user("user-3")]);
  await held.drained();
  assert.deepEqual(paths(held), [TRACK, IDENTITY]);
});

test("a rejected event does not release the identities of its device", async () => {
  const { event: track, user } = device();
  held.kochava.script([{ match: { path: TRACK }, body: { success: "0" } }]);
  await queued(held, [track()]);
  await held.drained();
  await queued(held, [user("user-4")]);
  await queued(held, [device().event()]);
  await held.called(2);
  assert.deepEqual(paths(held), [TRACK, TRACK]);
  await queued(held, [track()]);
  await held.drained();
  assert.deepEqual(paths(held), [TRACK, TRACK, TRACK, IDENTITY]);
});

test("without hold_until_event an identity is sent without an event", async () => {
  await queued(harness, [device().user("user-5")]);
  await harness.drained();
  assert.deepEqual(paths(harness), [IDENTITY]);
});

test("an install is sent once for each device, and releases the identities of its user", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { installs: { send: true }, ...users({ hold_until_event: true }) },
  });
  const [first, second] = [device(), device()];
  const installed = ({ event }) => event({ event_type: "[Amplitude] Application Installed" });
  await queued(own, [first.user("user-8", "pro"), installed(first)]);
  await own.drained();
  await queued(own, [installed(first), installed(second)]);
  await own.drained();
  assert.deepEqual(
    own.kochava.calls.map(({ path, body }) => (path === IDENTITY ? "identity" : body.action)),
    ["install", "identity", "install"],
  );
  const stats = await own.stats();
  assert.deepEqual(
    [stats.installs, stats["installs-undelivered"], stats.skipReasons["install-known"]],
    [2, 0, 1],
  );
  assert.deepEqual([stats.eventsDelivered, stats.skipped, stats.identities], [3, 1, 1]);
});

test("only a changed identity is sent again", async (t) => {
  const own = await startDurableHarness(t, { settings: users() });
  const { user } = device();
  for (const [user_id, plan] of [
    ["user-6", "pro"],
    ["user-6", "pro"],
    ["user-6", "free"],
    ["user-6", "free"],
    ["user-7", "free"],
    ["user-6", "free"],
  ]) {
    await queued(own, [user(user_id, plan)]);
    await own.drained();
  }
  assert.deepEqual(
    linked(own).map(({ app_userid: id, plan }) => [id, plan]),
    [
      ["user-6", "pro"],
      ["user-6", "free"],
      ["user-7", "free"],
      ["user-6", "free"],
    ],
  );
  const stats = await own.stats();
  assert.deepEqual([stats.identities, stats.skipReasons["identity-unchanged"]], [4, 2]);
});

test("an event with an unchanged identity is sent without it", async (t) => {
  const own = await startDurableHarness(t, { settings: users() });
  const { event: track } = device();
  for (const _ of [1, 2, 3]) {
    await queued(own, [track({ user_id: "user-8" })]);
    await own.drained();
  }
  assert.deepEqual(paths(own), [TRACK, IDENTITY, TRACK, TRACK]);
  assertStats(await own.stats(), {
    eventsDelivered: 3,
    successOnFirstAttempt: 3,
    identities: 1,
    deliveryRate: 100,
  });
});

test("a rejected identity counts as not sent, and is sent again", async () => {
  const { user } = device();
  harness.kochava.script([{ body: { success: "0" } }]);
  await queued(harness, [user("user-9")]);
  await harness.drained();
  await queued(harness, [user("user-9")]);
  await harness.drained();
  assert.deepEqual(paths(harness), [IDENTITY, IDENTITY]);
});

test("delivered devices and identities are remembered after a restart", async (t) => {
  const own = await startDurableHarness(t, { settings: users({ hold_until_event: true }) });
  const { event: track, user } = device();
  await queued(own, [track(), user("user-10")]);
  await own.drained();
  await own.restart();
  await queued(own, [user("user-10")]);
  await queued(own, [user("user-11")]);
  await own.drained();
  assert.deepEqual(
    linked(own).map(({ app_userid: id }) => id),
    ["user-10", "user-11"],
  );
});

test("while the journal does not answer nothing is sent, and a held identity is sent afterwards", async (t) => {
  const own = await startDurableHarness(t, { settings: users({ hold_until_event: true }) });
  const { event: track, user } = device();
  await queued(own, [track()]);
  await own.drained();
  await own.fail({ JOURNAL: { times: -1 } });
  await queued(own, [user("user-12")]);
  await queued(own, [device().event()]);
  await until(
    async () => (await own.counters()).failed.JOURNAL >= 1,
    "the consumer should ask the journal",
  );
  assert.deepEqual(paths(own), [TRACK]);
  await own.fail({});
  // a message waits 20 s for a store
  await own.drained(45);
  assert.deepEqual(paths(own).sort(), [TRACK, TRACK, IDENTITY].sort());
});
