// How long does a fresh process or isolate take to its first answer?
//
// Run by itself it measures one: the package is loaded, compiled, given settings and asked for one
// plan; prints ms. The Worker's isolate does the same with its own wasm, and workerd compiles that
// before the first request comes.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median } from "./measure.mjs";

const file = fileURLToPath(import.meta.url);

/** ms from nothing to the first plan: the median of so many fresh processes. */
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
