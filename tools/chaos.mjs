// What is left of so many events when isolates die and Kochava storms? The built Worker in workerd, with its books.
//
// node tools/chaos.mjs [--events 20000] [--seed 1]; ends with 1 where a book does not close.

import { parseArgs } from "node:util";
import { runChaos, table } from "../worker/test/chaos/run.mjs";

const { values } = parseArgs({
  options: { events: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const books = await runChaos({
  events: Number(values.events),
  seed: Number(values.seed),
  hurried: true,
  patienceSeconds: 900,
});
console.log(table(books));
for (const fault of books.faults.slice(0, 20)) console.log(`  ✗ ${fault}`);
process.exit(books.faults.length > 0 ? 1 : 0);
