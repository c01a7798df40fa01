// /health: complete, and cheap however many ask.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startDurableHarness, until } from "./durable.mjs";

const withoutDigests = ({ settings, syncs, ...rest }) => ({
  ...rest,
  syncs: syncs.map(({ settings, ...sync }) => sync),
});
const PARTS = { DB: "d1-failed", JOURNAL: "journal-failed" };

test("a flood of /health costs one look at each store", async (t) => {
  const harness = await startDurableHarness(t);
  const once = await harness.health();
  assert.equal(once.status, "ok");
  const { calls } = await harness.counters();
  const flood = async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, () => harness.health()));
    for (const answer of answers) assert.deepEqual(answer, once);
  };
  await flood();
  assert.deepEqual((await harness.counters()).calls, calls, "the look was fresh");
  // and while there is none: one request looks, the others wait for what it sees
  const own = await startDurableHarness(t);
  // the digests of the settings differ, as the addresses of the stand-ins do
  assert.deepEqual(withoutDigests(await own.health()), withoutDigests(once));
  const other = await startDurableHarness(t);
  const answers = await Promise.all(Array.from({ length: 150 }, () => other.health()));
  assert.ok(answers.every(({ status }) => status === "ok"));
  assert.deepEqual((await other.counters()).calls, calls);
});

test("every store that delivery needs is reported if it fails, and again once it answers", async (t) => {
  const harness = await startDurableHarness(t);
  const faults = async () => (await harness.health()).faults.map(({ path, code }) => [path, code]);
  for (const [name, code] of Object.entries(PARTS)) {
    await harness.fail({ [name]: { times: -1 } });
    await until(
      async () => JSON.stringify(await faults()) === JSON.stringify([[name, code]]),
      `/health should report ${name}`,
    );
    const { status, json } = await harness.send("/health");
    assert.deepEqual([status, json.status], [503, "misconfigured"]);
  }
  await harness.fail(Object.fromEntries(Object.keys(PARTS).map((name) => [name, { times: -1 }])));
  await until(async () => (await faults()).length === 2, "/health should report all at once");
  await harness.fail({});
  await until(
    async () => (await harness.health()).status === "ok",
    "/health should see them answer",
  );
});

test("faults of the settings and of the stores are reported together", async (t) => {
  const harness = await startDurableHarness(t, { settings: { enabled: "yes" } });
  await harness.fail({ JOURNAL: { times: -1 } });
  const { faults } = await harness.health();
  assert.deepEqual(
    faults.map(({ path, code }) => [path, code]),
    [
      ["enabled", "wrong-type"],
      ["JOURNAL", "journal-failed"],
    ],
  );
});
