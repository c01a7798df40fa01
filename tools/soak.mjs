// Sends a steady load to the Worker in workerd and measures throughput, latency and memory.
//
//   node tools/soak.mjs [--seconds 600] [--rate 40]
//
// Each event is one request, as Amplitude sends it, and goes through the queue to the simulated
// Kochava. Prints a line each minute and a table at the end: answers, deliveries, and the memory of the
// Worker's own isolate after a garbage collection, which holds its handlers and the journal's object.
// Exits with 1 if an event is missing.

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { openHeap } from "./heap.mjs";
import { QUICK, startDurableHarness } from "../worker/test/durable.mjs";
import { event } from "../worker/test/support.mjs";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, rate: { type: "string", default: "40" } },
});
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
const cleanups = [];
const setup = await startDurableHarness(
  { after: (cleanup) => cleanups.unshift(cleanup) },
  { settings: { delivery: QUICK }, consumer: { maxBatchTimeout: 0.1 }, inspector: true },
);
await setup.health();
const heap = await openHeap(setup.worker.miniflare, setup.worker.name);
const sentAt = new Map();
const answers = [];
const memory = [];
const heaps = [];
let failures = 0;
const started = performance.now();
const elapsed = () => (performance.now() - started) / 1_000;

const sending = [];
for (let number = 0; number < seconds * rate; number += 1) {
  const wait = started + (number * 1_000) / rate - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  sending.push(send(number));
  if (number % (rate * 10) === 0) await measure();
  if (number > 0 && number % (rate * 60) === 0) {
    const { v8, wasm } = heaps.at(-1);
    console.log(
      `  ${Math.round(elapsed())} s: ${number} sent, ${setup.kochava.calls.length} delivered; the Worker has ${v8} MB of V8's heap and ${wasm} MB of wasm, workerd ${memory.at(-1)} MB`,
    );
  }
}
await Promise.all(sending);
await setup.drained(120);
await measure();
const deliveries = setup.kochava.calls.map(
  (call) => Date.parse(call.at) - sentAt.get(call.body.data.event_name),
);
const total = elapsed();
print();
heap.close();
for (const cleanup of cleanups) await cleanup();
process.exit(deliveries.length === sentAt.size && failures === 0 ? 0 : 1);

async function send(number) {
  const name = `Level ${number}`;
  const startedAt = performance.now();
  sentAt.set(name, Date.now());
  const { status } = await setup.post(
    event({ event_type: name, $insert_id: `soak-${number}`, device_id: `device-${number % 500}` }),
  );
  answers.push(performance.now() - startedAt);
  if (status !== 200) failures += 1;
}

async function measure() {
  const { v8, wasm } = await heap.read();
  heaps.push({ v8: inMegabytes(v8), wasm: inMegabytes(wasm) });
  memory.push(residentMegabytes());
}

function inMegabytes(bytes) {
  return Math.round(bytes / 104_857.6) / 10;
}

function print() {
  const at = (list, share) =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
  const latencies = (list) =>
    [0.5, 0.95, 0.99].map((share) => `${Math.round(at(list, share))}`.padStart(8)).join("");
  const extremes = (list) =>
    [list[0], list.at(-1), Math.max(...list)].map((size) => String(size).padStart(8)).join("");
  const growth = (list) => {
    const settled = list.slice(Math.floor(list.length / 4));
    return (settled.at(-1) - settled[0]).toFixed(1).padStart(8);
  };
  const [v8, wasm] = [heaps.map((one) => one.v8), heaps.map((one) => one.wasm)];
  const line = (label, value) => console.log(`  ${label.padEnd(44)}${value}`);
  line("", "     p50     p95     p99");
  line("answer, ms", latencies(answers));
  line("delivery, ms after sending", latencies(deliveries));
  line("events sent", String(sentAt.size).padStart(8));
  line("events delivered", String(deliveries.length).padStart(8));
  line("answers other than 200", String(failures).padStart(8));
  line(
    "events per second, to the last delivery",
    (deliveries.length / total).toFixed(1).padStart(8),
  );
  line("", "   first    last maximum  growth over the last three quarters");
  line("the Worker's heap in V8, MB", extremes(v8) + growth(v8));
  line("the Worker's wasm memory, MB", extremes(wasm) + growth(wasm));
  line("resident memory of workerd, MB", extremes(memory) + growth(memory));
}

/** Resident memory of the workerd process that this process started. */
function residentMegabytes() {
  const rows = execFileSync("ps", ["-e", "-o", "ppid=,rss=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  const own = rows.filter(
    ([parent, , name]) => Number(parent) === process.pid && name.startsWith("workerd"),
  );
  return Math.round(own.reduce((sum, [, size]) => sum + Number(size), 0) / 1_024);
}
