// Cost by the size of the batch and of the event.
//
// node tools/bench/growth.mjs [--picture docs/growth.svg]: prints µs per event by the number of
// events, and ns per byte by the size of one event, and draws both. A linear cost is a level line;
// small batches pay the fixed cost of a call.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import { Mapper } from "../../pkg/node.js";
import { seededRandom } from "../../worker/test/chaos/random.mjs";
import { eventOf, linesOf } from "./events.mjs";
import { median } from "./measure.mjs";

const { values } = parseArgs({ options: { picture: { type: "string" } } });
const settings = JSON.parse(
  readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);
const mapper = new Mapper(settings);
const context = { receivedAt: Date.UTC(2026, 0, 13) };

const BATCHES = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
const SIZES = [300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 1_900_000];
/** Each figure is the median of ROUNDS rounds, which process BYTES bytes together. */
const [ROUNDS, BYTES] = [7, 12_000_000];

const all = linesOf(100_000);
const events = [];
for (let start = 0; start < all.length; start = all.indexOf(10, start) + 1) events.push(start);
events.push(all.length);
for (let number = 0; number < 40; number += 1)
  mapper.planNdjson(all.subarray(0, events[1_000]), context);

// each call plans the next events, so that all figures are of the same mix of events
const batches = BATCHES.map((count) => {
  let first = 0;
  const next = () => {
    if (first + count >= events.length) first = 0;
    const batch = all.subarray(events[first], events[first + count]);
    first += count;
    return batch;
  };
  return {
    count,
    cost: timed(all.length * (count / 100_000), () => mapper.planNdjson(next(), context)) / count,
  };
});
const sizes = SIZES.map((bytes) => {
  const event = Buffer.from(`${JSON.stringify(eventOf(seededRandom(3), 0, { bytes }))}\n`);
  return {
    bytes: event.length,
    cost: (timed(event.length, () => mapper.planNdjson(event, context)) * 1_000) / event.length,
  };
});

console.log("events in the batch   µs per event");
for (const { count, cost } of batches)
  console.log(`${String(count).padStart(19)}   ${cost.toFixed(2).padStart(11)}`);
console.log("\nbytes of the event    ns per byte");
for (const { bytes, cost } of sizes)
  console.log(`${String(bytes).padStart(18)}   ${cost.toFixed(2).padStart(10)}`);
if (values.picture) writeFileSync(values.picture, await picture());

/** Returns µs per call: the median of the rounds. */
function timed(bytes, work) {
  const repeat = Math.max(1, Math.round(BYTES / ROUNDS / bytes));
  work();
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    for (let number = 0; number < repeat; number += 1) work();
    return ((performance.now() - started) * 1_000) / repeat;
  });
  return median(rounds);
}

async function picture() {
  const curve = (rows, x, title, unit) => ({
    width: 380,
    height: 220,
    data: { values: rows },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: x, type: "quantitative", scale: { type: "log" }, title, axis: { format: "~s" } },
      y: { field: "cost", type: "quantitative", scale: { domainMin: 0 }, title: unit },
    },
  });
  const spec = {
    background: "white",
    hconcat: [
      curve(batches, "count", "events in the batch", "µs per event"),
      curve(sizes, "bytes", "bytes of the event", "ns per byte"),
    ],
  };
  return new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}
