// Measures the package and the Worker against V8 on the same bytes in the same run.
//
// Prints a table and writes target/bench.json. Every ratio is the median of rounds in which baseline
// and subject take turns.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { coldMilliseconds } from "./bench/cold.mjs";
import { ROUNDS } from "./bench/measure.mjs";
import { measureUpload } from "./upload.mjs";
import { packageRows, wasmKilobytes } from "./bench/package.mjs";
import { workerRows } from "./bench/worker.mjs";

/** The floor and the goal of each row, where it has them; `most` where less is better. */
const AIMS = {
  ndjson: { goal: 4 },
  "ndjson-export": { goal: 5 },
  "ndjson-mixed": { goal: 7 },
  "ndjson-signed": { floor: 1.6, goal: 2.5 },
  single: { floor: 1.5, goal: 2.5 },
  explain: { floor: 2.2, goal: 1.5, most: true },
  "npm-wasm": { floor: 200, most: true },
  "worker-upload": { floor: 500, most: true },
  "memory-20mb": { floor: 64, most: true },
};

const root = fileURLToPath(new URL("..", import.meta.url));
const rows = [
  ...packageRows(),
  ...(await workerRows()),
  { name: "npm-wasm", value: wasmKilobytes(), unit: "KB brotli" },
  { name: "worker-upload", value: measureUpload().kibibytes, unit: "KiB gzip" },
  { name: "memory-20mb", value: memoryMegabytes(), unit: "MB" },
  { name: "cold-start", value: coldMilliseconds(), unit: "ms" },
].map((row) => ({ baseline: null, ratio: null, ...row }));

console.log(
  `Node ${process.versions.node}, V8 ${process.versions.v8}; the median of ${ROUNDS} rounds.`,
);
console.log(
  "A ratio is V8's time over ours; explain's is its cost over plan's, a Worker's\nits requests over those of a Worker in JavaScript.\n",
);
print(["row", "value", "baseline", "ratio", "floor", "goal", ""]);
for (const { name, value, unit, baseline, ratio } of rows) {
  const { floor, goal, most } = AIMS[name] ?? {};
  const figure = ratio ?? value;
  const keeps = (aim) => (most ? figure <= aim : figure >= aim);
  const verdict =
    goal !== undefined && keeps(goal)
      ? "goal"
      : floor === undefined
        ? ""
        : keeps(floor)
          ? "floor"
          : "missed";
  const aim = (limit) => (limit === undefined ? "" : `${most ? "≤" : "≥"} ${limit}`);
  print([
    name,
    `${value.toFixed(2)} ${unit}`,
    baseline?.toFixed(2) ?? "",
    ratio === null ? "" : `${ratio.toFixed(2)} x`,
    aim(floor),
    aim(goal),
    verdict,
  ]);
}
mkdirSync(`${root}target`, { recursive: true });
writeFileSync(
  `${root}target/bench.json`,
  `${JSON.stringify(
    rows.map(({ name, value, unit, baseline, ratio }) => ({ name, value, unit, baseline, ratio })),
    null,
    2,
  )}\n`,
);

function print(cells) {
  const widths = [14, 18, 8, 7, 7, 7, 0];
  console.log(
    cells
      .map((cell, at) =>
        at === 0 || at === 6 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]),
      )
      .join(" ")
      .trimEnd(),
  );
}

function memoryMegabytes() {
  return Number(
    execFileSync(
      process.execPath,
      ["--expose-gc", fileURLToPath(new URL("bench/memory.mjs", import.meta.url))],
      { encoding: "utf8" },
    ),
  );
}
