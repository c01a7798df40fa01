// Sends events through the built Worker in workerd while its isolates die and Kochava fails, and
// checks that every event is accounted for.
//
//   node tools/chaos.mjs [--events 20000] [--seed 1]
//
// Exits with 1 if an event is lost or counted twice.

import { parseArgs } from "node:util";
import { runChaos, table } from "../worker/test/chaos/run.mjs";

const { values } = parseArgs({
  options: { events: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const result = await runChaos({
  events: Number(values.events),
  seed: Number(values.seed),
  crashWhileOpen: false,
  drainSeconds: 900,
});
console.log(table(result));
for (const fault of result.faults.slice(0, 20)) console.log(`  ✗ ${fault}`);
process.exit(result.faults.length > 0 ? 1 : 0);
