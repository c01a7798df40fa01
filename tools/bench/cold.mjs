// Cold start: the time from a new process to the first plan.
//
// Run as a script it measures once and prints ms: load the package, compile the wasm, read
// settings, plan one event. The isolate of the Worker does the same with its own wasm, which
// workerd compiles before the first request.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median } from "./measure.mjs";

const file = fileURLToPath(import.meta.url);

/** Returns the median time to the first plan in ms, over new processes. */
export function coldMilliseconds(processes = 9) {
  return median(
    Array.from({ length: processes }, () =>
      Number(execFileSync(process.execPath, [file], { encoding: "utf8" })),
    ),
  );
}

if (process.argv[1] === file) {
  const settings = JSON.parse(
    readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
  );
  const { linesOf } = await import("./events.mjs");
  const event = linesOf(1);
  const started = performance.now();
  const { Mapper } = await import("../../pkg/node.js");
  new Mapper(settings).plan(event);
  console.log(performance.now() - started);
}
