// The memory that a batch of 20 MB needs.
//
// Prints the growth of the peak resident memory in MB, without the input; needs a process of its
// own.

import { readFileSync } from "node:fs";
import { Mapper } from "../../pkg/node.js";
import { linesOf } from "./events.mjs";

const settings = JSON.parse(
  readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);
const mapper = new Mapper(settings);
const bytes = linesOf(Math.round(20_000_000 / 1_130));
globalThis.gc?.();
const before = process.resourceUsage().maxRSS;
mapper.planNdjson(bytes);
console.log((process.resourceUsage().maxRSS - before) / 1_024);
