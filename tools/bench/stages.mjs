// Where the processor time of the whole path goes: ingest and consumer of the built Worker, by stage.
//
//   node tools/bench/stages.mjs FOLDER [--picture docs/stages.svg]
//
// FOLDER has a build whose wasm kept its functions' names (target/profile). V8's profiler says which
// share of the isolate's time each function takes; the shares are scaled to the processor time that
// the process uses without the profiler. What the profile does not see is the platform's: reading
// and writing sockets, parsing HTTP, starting and ending a request.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import { openInspector } from "../inspector.mjs";
import {
  bodiesOf,
  builtWorker,
  deliverAll,
  eventSource,
  load,
  postAll,
  startOne,
} from "./worker.mjs";

/** Microseconds between two samples: often enough, and seldom enough to cost little itself. */
const SAMPLING = 250;

const PLATFORM = "platform";
const JOURNAL = "journal (Durable Object)";
/** Whose stack has a function of these belongs to the journal: the object, and the call of it. */
const OF_JOURNAL = /_worker::durable_objects|^journal_/;

/**
 * What a function belongs to, by its name and, of JavaScript, its file. Of a stack the innermost
 * function that a pattern names decides: so an allocation counts for the one that allocates.
 */
const STAGES = [
  // the last is native code without a name. Of it the profiler counts some for the function that was
  // called last, which at the end of a request is the log line's
  [PLATFORM, /^\((program|root)\) $|^ $|__wbg_log_|^formatLog/],
  ["garbage collection", /^\(garbage collector\) $/],
  ["promises and wake-ups", /queueMicrotask|JsFuture|__wbg_then|[Ff]utures_?[Uu]nordered/],
  ["queue: send", /sendBatch|_worker::(ingest|platform)::send|RawMessageBuilder/],
  [
    "Kochava: request",
    /_worker::inline_delivery|Abort|Timeout|Delay|__wbg_fetch_|^(fetch|Request) $|new_with_str_and_init/,
  ],
  ["body or answer: read", /_worker::(http::read|body)|__wbg_(read|getReader|body|releaseLock)_/],
  ["core: write", /kochava_edge::(kochava::wire|json::(write|number::write))|Planner>::write/],
  ["core: read", /kochava_edge::(json|source)/],
  ["core: filter and map", /kochava_edge::(plan|mapping|settings|time)/],
  ["core: validate", /kochava_edge::kochava/],
  [
    "core: messages and delivery",
    /kochava_edge::(durable|digest|delivery)|sha2|serde_|_worker::(ingest|consumer|platform)/,
  ],
  ["request and reply", /_worker::(router|route|reply|authenticate|http|config|log)|^fetch index/],
];
const REST = "glue";
/** In the chart from above to below. */
const ORDER = [
  PLATFORM,
  "garbage collection",
  "request and reply",
  "body or answer: read",
  "core: read",
  "core: filter and map",
  "core: validate",
  "core: write",
  "core: messages and delivery",
  "queue: send",
  JOURNAL,
  "Kochava: request",
  "promises and wake-ups",
  REST,
];

/** The loads that are profiled: `part` of the path, with so many events a request or message. */
const LOADS = [
  { name: "ingest-1", part: "ingest", events: 1, requests: 5_000 },
  { name: "ingest-100", part: "ingest", events: 100, requests: 300 },
  { name: "consume-1", part: "consumer", events: 1, requests: 4_000, messages: 100 },
  { name: "consume-35", part: "consumer", events: 35, requests: 200, messages: 10 },
];
/** Runs before one counts. */
const WARM = 3;

const { values, positionals } = parseArgs({
  options: { picture: { type: "string" } },
  allowPositionals: true,
});
const [folder] = positionals;
const built = builtWorker();
const worker = await startOne({
  ...built,
  modules: built.modules.map((file) => join(folder, file.split("/").at(-1))),
  inspector: true,
});
const next = eventSource();

const results = [];
try {
  // the inspector knows a Worker from its first request on
  await worker.post("/amplitude", JSON.stringify(next(1)));
  const inspector = await openInspector(`ws://127.0.0.1:${worker.inspectorPort}/subject`);
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING });
  for (const load of LOADS) {
    for (let run = 0; run < WARM; run += 1) await costOf(await prepare(load));
    const total = await costOf(await prepare(load));
    const work = await prepare(load);
    await inspector.call("Profiler.start");
    const profiled = await costOf(work);
    const { profile } = await inspector.call("Profiler.stop");
    const stages = stagesOf(profile, profiled, total);
    const events = load.requests * load.events * 1_000;
    results.push({
      ...load,
      stages: new Map(stages.entries().map(([name, time]) => [name, time / events])),
    });
  }
  inspector.close();
} finally {
  await worker.stop();
}

print();
if (values.picture) writeFileSync(values.picture, await picture());

/** Prepares a load; returns a function that does what is measured. */
async function prepare({ part, requests, events, messages }) {
  const list = bodiesOf(next, requests, events);
  if (part === "ingest") return () => postAll(worker, "/amplitude", list);
  const batches = await load(worker, list, messages);
  return () => deliverAll(worker, batches);
}

/** Returns the nanoseconds of the process. */
async function costOf(work) {
  const before = worker.nanoseconds();
  await work();
  return worker.nanoseconds() - before;
}

/**
 * Returns the nanoseconds of each stage.
 *
 * The process used `profiled` while it was profiled, of which the samples are the isolate's part, and
 * `total` for the same load without the profiler, to which everything is scaled.
 */
function stagesOf({ nodes, samples, timeDeltas }, profiled, total) {
  const stageOfNode = stagesOfNodes(nodes);
  const stages = new Map(ORDER.map((stage) => [stage, 0]));
  const add = (stage, time) => stages.set(stage, stages.get(stage) + time);
  samples.forEach((id, at) => {
    const stage = stageOfNode.get(id);
    if (stage !== undefined) add(stage, timeDeltas[at] * 1_000);
  });
  const seen = stages.values().reduce((sum, time) => sum + time, 0);
  add(PLATFORM, Math.max(0, profiled - seen));
  const scale = total / Math.max(seen, profiled);
  return new Map(stages.entries().map(([stage, time]) => [stage, time * scale]));
}

/** The stage of each node of the call tree; undefined while the isolate does nothing. */
function stagesOfNodes(nodes) {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const labels = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      `${functionName} ${url.split("/").at(-1)}`,
    ]),
  );
  return new Map(
    nodes.map(({ id }) => {
      const stack = [];
      for (let at = id; at !== undefined; at = parents.get(at)) stack.push(labels.get(at));
      return [id, stageOf(stack)];
    }),
  );
}

/** The stage of a stack, whose innermost function comes first. */
function stageOf(stack) {
  if (stack[0] === "(idle) ") return undefined;
  if (stack.some((label) => OF_JOURNAL.test(label))) return JOURNAL;
  // the outermost is `(root)`: by itself it is the platform's
  for (const label of stack.length > 1 ? stack.slice(0, -1) : stack) {
    const found = STAGES.find(([, pattern]) => pattern.test(label));
    if (found) return found[0];
  }
  return REST;
}

function print() {
  const cells = (name, figures) =>
    console.log(
      `${name.padEnd(30)}${figures.map((figure) => figure.toFixed(2).padStart(12)).join("")}`,
    );
  const titles = results.map(({ name }) => name.padStart(12)).join("");
  console.log(`${"µs an event".padEnd(30)}${titles}`);
  const figures = (stage) => results.map(({ stages }) => stages.get(stage));
  for (const stage of ORDER) cells(stage, figures(stage));
  const sum = ({ stages }) => stages.values().reduce((sum, time) => sum + time, 0);
  cells("all", results.map(sum));
}

async function picture() {
  const panel = (title, names) => ({
    title,
    width: 340,
    height: { step: 20 },
    data: {
      values: results
        .filter(({ name }) => names.includes(name))
        .flatMap(({ part, stages }) => [...stages].map(([stage, time]) => ({ part, stage, time }))),
    },
    mark: "bar",
    encoding: {
      y: { field: "stage", type: "nominal", sort: ORDER, title: null, axis: { labelLimit: 220 } },
      x: { field: "time", type: "quantitative", title: "µs of processor time an event" },
      color: {
        field: "part",
        type: "nominal",
        title: null,
        legend: { orient: "bottom" },
        scale: { domain: ["ingest", "consumer"], range: ["#4c78a8", "#f58518"] },
      },
    },
  });
  const spec = {
    background: "white",
    hconcat: [
      panel("one event a request and a message", ["ingest-1", "consume-1"]),
      panel("100 events a request, about 35 a message", ["ingest-100", "consume-35"]),
    ],
    resolve: { scale: { x: "independent" } },
  };
  return new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}
