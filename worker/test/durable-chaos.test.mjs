// Is every event in exactly one place when isolates die at random and Kochava storms?

import assert from "node:assert/strict";
import { test } from "node:test";
import { runChaos, table } from "./chaos/run.mjs";

test("in calm weather every event is delivered once, and everything is counted", {
  timeout: 120_000,
}, async () => {
  const { rows, faults, seconds } = await runChaos({ events: 500, seed: 7, calm: true });
  assert.deepEqual(faults, [], table({ rows, seconds }));
});

test("when isolates die and Kochava storms nothing is lost, and what is there twice is explained", {
  timeout: 300_000,
}, async () => {
  const { rows, faults, seconds } = await runChaos({ events: 2_000, seed: 11, hurried: true });
  assert.deepEqual(faults, [], table({ rows, seconds }));
});
