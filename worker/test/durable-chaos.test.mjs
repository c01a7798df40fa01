// Every event is in exactly one place while isolates die at random and Kochava fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runChaos, table } from "./chaos/run.mjs";

test("without faults every event is delivered once, and everything is counted", {
  timeout: 120_000,
}, async () => {
  const { rows, faults, seconds } = await runChaos({ events: 500, seed: 7, withFaults: false });
  assert.deepEqual(faults, [], table({ rows, seconds }));
});

test("with crashes and failures nothing is lost, and every duplicate has a known reason", {
  timeout: 300_000,
}, async () => {
  const { rows, faults, seconds } = await runChaos({
    events: 2_000,
    seed: 11,
    crashWhileOpen: false,
  });
  assert.deepEqual(faults, [], table({ rows, seconds }));
});
