// The speed of the wasm of the npm package in this Node.

import { brotliCompressSync, constants } from "node:zlib";
import { readFileSync } from "node:fs";
import { Mapper } from "../../pkg/node.js";
import { seededRandom } from "../../worker/test/chaos/random.mjs";
import { eventOf, linesOf } from "./events.mjs";
import { compare } from "./measure.mjs";
import { v8RoundTrip } from "./v8.mjs";

const EVENTS = 1_000;
/** Realistic settings: filters, renames, mapped paths and revenue. */
const settings = JSON.parse(
  readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);
const credentials = {
  authentication: { api_key: "bench-api-key-0123", secret: "bench-secret-0123456789" },
};
const context = { receivedAt: Date.UTC(2026, 0, 13) };

/**
 * Rows of µs per event. The baseline is V8's parsing and printing of the same bytes; for `explain`
 * it is `plan`.
 */
export function packageRows() {
  const mapper = new Mapper(settings);
  const signing = new Mapper({ ...settings, ...credentials });
  const slim = linesOf(EVENTS);
  const perEvent = ({ value, baseline, ratio }) => ({
    value: (value * 1_000) / EVENTS,
    baseline: (baseline * 1_000) / EVENTS,
    ratio,
    unit: "µs/event",
  });
  const batch = (name, bytes, planner = mapper) => ({
    name,
    ...perEvent(
      compare(
        () => v8RoundTrip(bytes),
        () => planner.planNdjson(bytes, context),
        { repeat: 5 },
      ),
    ),
  });
  const one = Buffer.from(JSON.stringify(eventOf(seededRandom(11), 0, { bytes: 1_100 })));
  const once = { repeat: 2_000, warm: 8_000 };
  const single = compare(
    () => v8RoundTrip(one),
    () => mapper.plan(one, context),
    once,
  );
  const explained = compare(
    () => mapper.plan(one, context),
    () => mapper.explain(one, context),
    { repeat: 500, warm: 4_000 },
  );
  const micro = ({ value, baseline, ratio }) => ({
    value: value * 1_000,
    baseline: baseline * 1_000,
    ratio,
    unit: "µs/event",
  });
  return [
    batch("ndjson", slim),
    batch("ndjson-export", linesOf(EVENTS, { shape: "export" })),
    batch("ndjson-mixed", linesOf(EVENTS, { shape: "export", nonAscii: 0.1 })),
    batch("ndjson-signed", slim, signing),
    { name: "single", ...micro(single) },
    { name: "explain", ...micro(explained), ratio: 1 / explained.ratio },
  ];
}

/** Returns the size of the compressed wasm. */
export function wasmKilobytes() {
  const wasm = readFileSync(new URL("../../pkg/wasm/kochava_edge_bg.wasm", import.meta.url));
  return (
    brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length / 1_000
  );
}
