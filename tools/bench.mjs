// Measures the Worker and the package against plain JavaScript on the same bytes in the same run.
//
//   node tools/bench.mjs [--against FOLDER] [--newest NODE] [ROW…]
//
// Prints a table and, where no rows are named, writes target/bench.json. `--against` measures another
// checkout's build in the same turns; the last column is our cost over its. `--newest` is a newer
// Node.js, in which the package is measured too.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { coldStart, coldStartOfWorker } from "./bench/cold.mjs";
import { memoryMegabytes } from "./bench/memory.mjs";
import { objectRows } from "./bench/objects.mjs";
import { ROWS } from "./bench/rows.mjs";
import { heading, lineOf } from "./bench/table.mjs";
import { workerRows } from "./bench/worker.mjs";
import { RUNTIME, SCRATCH } from "./bench/workerd.mjs";
import { wasmKilobytes } from "./bench/wasm-size.mjs";
import { measureUpload } from "./upload.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options, positionals } = parseArgs({
  options: { against: { type: "string" }, newest: { type: "string" } },
  allowPositionals: true,
});
const against = options.against && resolve(options.against);
const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0)
  throw new Error(`unknown rows: ${unknown}; there are ${ROWS.map(({ name }) => name)}`);

/** How the rows of a group are measured: yields `{ row, value, unit, … }`. */
const GROUPS = {
  worker: {
    title: `${RUNTIME}, processor time; the baseline is a naive Worker in JavaScript`,
    measure: (names) => workerRows(names, against),
  },
  objects: {
    title: "requests to Durable Objects: per event; per wave of the consumer and shard",
    measure: objectRows,
  },
  package: {
    title: "the baseline is V8 alone; of explain plan, of ndjson-cores one thread",
    measure: (names) => packageRows(process.execPath, names),
  },
  "package-newest": {
    title: "the baseline is V8 alone; for explain it is plan",
    measure: (names) => (options.newest ? packageRows(options.newest, names) : []),
  },
  other: { title: "memory, cold start, sizes", measure: otherRows },
};

const OTHER = {
  "memory-20mb": () => ({ value: memoryMegabytes(), unit: "MB" }),
  "cold-start": () => ({ value: coldStart(), unit: "ms" }),
  "cold-start-worker": coldStartOfWorker,
  "npm-wasm": () => ({ value: wasmKilobytes(), unit: "KB brotli" }),
  "worker-upload": () => ({ value: measureUpload().kibibytes, unit: "KiB gzip" }),
};

console.log("Medians of rounds in which all take turns, and the quartiles of the ratio.");
console.log("≤: our cost over the baseline's; ≥: the baseline's over ours.");
console.log(`Objects are stored in ${SCRATCH}.\n`);
console.log(heading(against));
const results = [];
for (const [group, { title, measure }] of Object.entries(GROUPS)) {
  const rows = ROWS.filter(
    (row) => row.group === group && (positionals.length === 0 || positionals.includes(row.name)),
  );
  if (rows.length === 0) continue;
  let engine = "";
  for await (const { row: name, ...result } of measure(rows.map(({ row }) => row))) {
    if (engine !== (result.engine ?? "-")) {
      engine = result.engine ?? "-";
      console.log(`— ${result.engine ? `${result.engine}; ` : ""}${title}`);
    }
    const row = {
      baseline: null,
      ratio: null,
      ...rows.find(({ row }) => row === name),
      ...result,
    };
    results.push(row);
    console.log(lineOf(row));
  }
}
if (positionals.length === 0) {
  mkdirSync(`${root}target`, { recursive: true });
  const kept = results.map(
    ({
      name,
      value,
      unit,
      baseline,
      ratio,
      floor = null,
      goal = null,
      quartiles,
      engine,
      before,
    }) => ({
      name,
      value,
      unit,
      baseline,
      ratio,
      floor,
      goal,
      ...(quartiles && { quartiles }),
      ...(engine && { engine }),
      ...(before && { before }),
    }),
  );
  writeFileSync(`${root}target/bench.json`, `${JSON.stringify(kept, null, 2)}\n`);
}

/** The rows of the package in this Node.js. */
function packageRows(node, names) {
  const file = fileURLToPath(new URL("bench/package.mjs", import.meta.url));
  const output = execFileSync(
    node,
    ["--expose-gc", file, ...(against ? ["--against", against] : []), ...names],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [versions, ...rows] = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return rows.map(({ name, ...row }) => ({
    row: name,
    engine: `Node ${versions.node}, V8 ${versions.v8.split("-")[0]}`,
    ...row,
  }));
}

async function* otherRows(names) {
  for (const name of names) yield { row: name, ...(await OTHER[name]()) };
}
