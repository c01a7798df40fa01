// Runs the chaos test (worker/test/chaos/run.mjs) with many events and prints its report.
//
// node tools/chaos.mjs [--events 20000] [--seed 1]; exits with 1 if an invariant does not hold.

import { parseArgs } from "node:util";
import { runChaos, table } from "../worker/test/chaos/run.mjs";

const { values } = parseArgs({
  options: { events: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const report = await runChaos({
  events: Number(values.events),
  seed: Number(values.seed),
  crashWhileOpen: false,
  drainSeconds: 900,
});
console.log(table(report));
for (const fault of report.faults.slice(0, 20)) console.log(`  ✗ ${fault}`);
process.exit(report.faults.length > 0 ? 1 : 0);
