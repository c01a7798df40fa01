// The speed of the npm package in the Node.js that runs this file.
//
//   node --expose-gc tools/bench/package.mjs [--against FOLDER] ROW…
//
// Prints each row as a line of JSON, and first one of the Node.js itself: { node, v8 }. The baseline
// is V8's parsing and printing of the same bytes; for `explain` it is `plan`.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seededRandom } from "../../worker/test/chaos/random.mjs";
import { BATCHES } from "./batches.mjs";
import { eventOf, linesOf } from "./events.mjs";
import { summarize, takeTurns } from "./measure.mjs";
import { SHOP_SETTINGS } from "./shop-settings.mjs";
import { v8RoundTrip } from "./v8.mjs";

/** Events of a batch. */
const EVENTS = 1_000;
const TURNS = { rounds: 30, warm: 20 };
const root = fileURLToPath(new URL("../..", import.meta.url));
const context = { receivedAt: Date.UTC(2026, 0, 13) };

/** How the rows are measured: each gets the packages, this build's and perhaps another's. */
const ROWS = {
  ...Object.fromEntries(Object.entries(BATCHES).map(([name, batch]) => [name, planBatch(batch)])),
  single: (packages) => {
    const mappers = mappersOf(packages, SHOP_SETTINGS);
    return compare({
      baseline: () => v8RoundTrip(oneEvent),
      subjects: mappers.map((mapper) => () => mapper.plan(oneEvent, context)),
      repeat: 2_000,
      ratioOf: speedOverBaseline,
    });
  },
  explain: (packages) => {
    const mappers = mappersOf(packages, SHOP_SETTINGS);
    return compare({
      baseline: () => mappers[0].plan(oneEvent, context),
      subjects: mappers.map((mapper) => () => mapper.explain(oneEvent, context)),
      repeat: 1_000,
      ratioOf: ({ subject, baseline }) => subject / baseline,
    });
  },
  "ndjson-cores": planOnAllCores,
};

const oneEvent = Buffer.from(JSON.stringify(eventOf(seededRandom(11), 0, { bytes: 1_100 })));
const speedOverBaseline = ({ subject, baseline }) => baseline / subject;

async function main() {
  const { values, positionals } = parseArgs({
    options: { against: { type: "string" } },
    allowPositionals: true,
  });
  const folders = [root, ...(values.against ? [`${values.against}/`] : [])];
  const packages = await Promise.all(folders.map((folder) => import(`${folder}pkg/node.js`)));
  print({ node: process.versions.node, v8: process.versions.v8 });
  for (const name of positionals)
    print({ name, unit: "µs/event", ...(await ROWS[name](packages)) });
}

function print(row) {
  console.log(JSON.stringify(row));
}

function planBatch({ lines, settings, source }) {
  return (packages) => {
    const bytes = lines(EVENTS);
    const mappers = mappersOf(packages, settings);
    const options = { ...context, ...(source && { source }) };
    checkReady(mappers[0].planNdjson(bytes, options));
    return compare({
      baseline: () => v8RoundTrip(bytes),
      subjects: mappers.map((mapper) => () => mapper.planNdjson(bytes, options)),
      repeat: 5,
      events: EVENTS,
      ratioOf: speedOverBaseline,
    });
  };
}

/** A stream of 500 MB on a thread for each processor, against the same on one. */
async function planOnAllCores(packages) {
  const [block, blocks] = [linesOf(20_000), 22];
  const stream = (mapper, threads) => async () => {
    const started = performance.now();
    for await (const _ of mapper.planNdjsonStream(chunksOf(block, blocks), {
      ...context,
      threads,
    }));
    return ((performance.now() - started) * 1_000) / (blocks * 20_000);
  };
  const able = packages.filter(({ Mapper }) => Mapper.prototype.planNdjsonStream);
  const [subject, before] = mappersOf(able, SHOP_SETTINGS);
  const works = {
    baseline: stream(subject, 1),
    subject: stream(subject, availableParallelism()),
    ...(before && { before: stream(before, availableParallelism()) }),
  };
  return summarize(await takeTurns(works, { rounds: 9, warm: 1 }), speedOverBaseline);
}

/** The chunks in which a file of so many equal blocks would be read. */
function* chunksOf(block, blocks) {
  for (let number = 0; number < blocks; number += 1)
    for (let start = 0; start < block.length; start += 65_536)
      yield block.subarray(start, start + 65_536);
}

/** A mapper of each package; an older one that does not know the settings is left out. */
function mappersOf([subject, ...others], settings) {
  const before = others.flatMap(({ Mapper, SettingsError }) => {
    try {
      return [new Mapper(settings)];
    } catch (error) {
      if (error instanceof SettingsError) return [];
      throw error;
    }
  });
  return [new subject.Mapper(settings), ...before];
}

/** Checks that most events are mapped: one that is refused early costs little. */
function checkReady(fates) {
  const ready = new TextDecoder().decode(fates).match(/"fate":"ready"/g)?.length ?? 0;
  if (ready < EVENTS * 0.9) throw new Error(`only ${ready} of ${EVENTS} events are ready`);
}

/**
 * Times the baseline and the subject, and the other build's subject if there is one, in turns, in µs
 * for each event. A run before them lets their code be optimized.
 */
async function compare({ baseline, subjects: [subject, before], repeat, events = 1, ratioOf }) {
  const microseconds = (work) => () => {
    const started = performance.now();
    for (let number = 0; number < repeat; number += 1) work();
    // each pays for its own garbage, not the next
    gc({ type: "minor" });
    return ((performance.now() - started) * 1_000) / repeat / events;
  };
  const works = { baseline, subject, ...(before && { before }) };
  const timed = Object.entries(works).map(([name, work]) => [name, microseconds(work)]);
  return summarize(await takeTurns(Object.fromEntries(timed), TURNS), ratioOf);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
