// Several syncs without a queue: each delivers while the sender waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTINGS, assertError, event, levels, startHarness } from "./support.mjs";

const EUROPE = SETTINGS.app_guid;
const AMERICA = "kotest-america-d4e5f6";
const US = { ...SETTINGS, app_guid: AMERICA, delivery: { attempts: 1 } };

const start = (t, us) => startHarness(t, { bindings: { SYNC_US: us } });
const appsOf = ({ calls }) => calls.map(({ body }) => body.kochava_app_id).sort();
const counts = (over) => ({
  received: 0,
  delivered: 0,
  queued: 0,
  skipped: 0,
  refused: 0,
  unconfirmed: 0,
  ...over,
});

test("without a queue each sync delivers to its app, and 200 means that all have", async (t) => {
  const on = await start(t, US);
  const both = await on.post(levels(2));
  assert.equal(both.status, 200, both.text);
  const two = counts({ received: 2, delivered: 2 });
  assert.deepEqual(both.json, { ...two, syncs: { default: two, us: two }, refusals: [] });
  assert.deepEqual(appsOf(on), [EUROPE, EUROPE, AMERICA, AMERICA].sort());

  on.kochava.reset();
  on.kochava.script([{ match: { contains: AMERICA }, forever: true, status: 500 }]);
  const half = await on.post(event());
  assertError(half, 503, "kochava-unavailable");
  assert.deepEqual(half.json.syncs, {
    default: counts({ received: 1, delivered: 1 }),
    us: counts({ received: 1, pending: 1 }),
  });
  // an event that is pending for one sync is pending: its sender must send it again
  const { syncs, refusals, error, ...all } = half.json;
  assert.deepEqual(all, counts({ received: 1, pending: 1 }));
});

test("without a queue nothing is sent of a body that a sync with faults may want", async (t) => {
  const on = await start(t, { ...US, app_guid: 17, sources: ["segment"] });
  const wanted = { type: "track", event: "Level 1", messageId: "m-1", userId: "u-1" };
  assertError(await on.send("/ingest", ingest(wanted)), 503, "misconfigured");
  assert.deepEqual(on.calls, []);
  // an event of a sender that it does not name goes on
  const { status, text } = await on.post(event());
  assert.equal(status, 200, text);
  assert.deepEqual(appsOf(on), [EUROPE]);
});

const ingest = (body) => ({
  method: "POST",
  headers: { authorization: "Bearer the-ingest-token", "content-type": "application/json" },
  body,
});
