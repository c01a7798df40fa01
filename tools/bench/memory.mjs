// The memory that a batch of 20 MB needs.
//
// Run as a script it prints the growth of the peak resident memory in MB, without the input; that
// needs a process of its own.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { linesOf } from "./events.mjs";

const file = fileURLToPath(import.meta.url);

/** Returns the growth in a new process. */
export const memoryMegabytes = () =>
  Number(execFileSync(process.execPath, ["--expose-gc", file], { encoding: "utf8" }));

if (process.argv[1] === file) {
  const { Mapper } = await import("../../pkg/node.js");
  const settings = JSON.parse(
    readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
  );
  const mapper = new Mapper(settings);
  const bytes = linesOf(Math.round(20_000_000 / 1_130));
  globalThis.gc?.();
  const before = process.resourceUsage().maxRSS;
  mapper.planNdjson(bytes);
  console.log((process.resourceUsage().maxRSS - before) / 1_024);
}
