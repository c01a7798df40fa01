// How many requests a second does the built Worker answer in workerd, beside a Worker in
// JavaScript?
//
// Both are asked in turn, dry: the Worker's `POST /preview` plans and sends nothing; without the
// router that serves the page, which neither has then. The loader shares the machine with workerd,
// alike for both.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { Log, LogLevel, Miniflare } from "miniflare";
import { startWorker } from "../start-worker.mjs";
import { eventOf } from "./events.mjs";
import { median } from "./measure.mjs";
import { seededRandom } from "../../worker/test/chaos/random.mjs";

const ROUNDS = 9;
const TOKEN = "the-ingest-token";
const settings = JSON.parse(
  readFileSync(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);

/** Rows of requests/s, one event and a hundred a request. */
export async function workerRows() {
  const random = seededRandom(7);
  const events = (count) =>
    JSON.stringify(Array.from({ length: count }, (_, number) => eventOf(random, number)));
  const own = await startWorker({
    bindings: { INGEST_TOKEN: TOKEN, SETTINGS: settings },
    durable: false,
    page: false,
  });
  try {
    return [
      { name: "worker", ...(await compareWith("parse-worker.mjs", own.url, events(1))) },
      { name: "worker-batch", ...(await compareWith("naive-worker.mjs", own.url, events(100))) },
    ].map((row) => ({ ...row, unit: "requests/s" }));
  } finally {
    await own.stop();
  }
}

async function compareWith(file, ownUrl, body) {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const other = new Miniflare({
    modules: true,
    scriptPath: script,
    compatibilityDate: "2026-01-01",
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.ERROR),
  });
  const otherUrl = (await other.ready).href;
  try {
    await load(otherUrl, body, 2);
    await load(`${ownUrl}/preview`, body, 2);
    const samples = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const baseline = await load(otherUrl, body, 1);
      const value = await load(`${ownUrl}/preview`, body, 1);
      samples.push({ baseline, value, ratio: value / baseline });
    }
    return {
      value: median(samples.map(({ value }) => value)),
      baseline: median(samples.map(({ baseline }) => baseline)),
      ratio: median(samples.map(({ ratio }) => ratio)),
    };
  } finally {
    await other.dispose();
  }
}

/** Requests a second; every answer must be a 200. */
async function load(url, body, seconds) {
  const headers = { "content-type": "application/json", "x-api-key": TOKEN };
  const { requests, non2xx, errors } = await autocannon({
    url,
    method: "POST",
    headers,
    body,
    connections: 16,
    duration: seconds,
  });
  if (non2xx > 0 || errors > 0)
    throw new Error(`${non2xx} answers of ${url} were no success, ${errors} failed`);
  return requests.average;
}
