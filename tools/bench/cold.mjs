// Cold start: the time from a new process to the first plan, and to the Worker's first answer.
//
// Run as a script it measures the package once and prints ms: load it, compile the wasm, read
// settings, plan one event.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { linesOf } from "./events.mjs";
import { median, summarize, takeTurns } from "./measure.mjs";
import { builtWorker, naiveWorker, startOne } from "./worker.mjs";

const file = fileURLToPath(import.meta.url);
const PROCESSES = 9;

/** Returns the median time to the first plan in ms, over new processes. */
export const coldStart = () =>
  median(
    Array.from({ length: PROCESSES }, () =>
      Number(execFileSync(process.execPath, [file], { encoding: "utf8" })),
    ),
  );

/**
 * Measures the time from the start of workerd to the Worker's first answer, which says what one event
 * becomes; the baseline is the naive Worker.
 */
export async function coldStartOfWorker() {
  const event = linesOf(1);
  const milliseconds = (kind) => async () => {
    const worker = await startOne(kind);
    await worker.post("/preview", event);
    const time = performance.now() - worker.started;
    await worker.stop();
    return time;
  };
  const rounds = await takeTurns(
    { baseline: milliseconds(naiveWorker), subject: milliseconds(builtWorker()) },
    { rounds: PROCESSES, warm: 1 },
  );
  return { unit: "ms", ...summarize(rounds, ({ subject, baseline }) => subject / baseline) };
}

if (process.argv[1] === file) {
  const settings = JSON.parse(
    readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
  );
  const event = linesOf(1);
  const started = performance.now();
  const { Mapper } = await import("../../pkg/node.js");
  new Mapper(settings).plan(event);
  console.log(performance.now() - started);
}
