// Requests per second of the built Worker in workerd, compared with a Worker in JavaScript.
//
// Both get requests in turn. The Worker gets `POST /preview`, which plans without sending, and runs
// without the router that serves the page, which the baseline does not have either. The load
// generator shares the machine with workerd in both cases.

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

/** Rows of requests/s, with one event and with a hundred events per request. */
export async function workerRows() {
  const random = seededRandom(7);
  const events = (count) =>
    JSON.stringify(Array.from({ length: count }, (_, number) => eventOf(random, number)));
  const subject = await startWorker({
    bindings: { INGEST_TOKEN: TOKEN, SETTINGS: settings },
    durable: false,
    page: false,
  });
  try {
    return [
      { name: "worker", ...(await compareWith("parse-worker.mjs", subject.url, events(1))) },
      {
        name: "worker-batch",
        ...(await compareWith("naive-worker.mjs", subject.url, events(100))),
      },
    ].map((row) => ({ ...row, unit: "requests/s" }));
  } finally {
    await subject.stop();
  }
}

async function compareWith(file, subjectUrl, body) {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const baselineWorker = new Miniflare({
    modules: true,
    scriptPath: script,
    compatibilityDate: "2026-01-01",
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.ERROR),
  });
  const baselineUrl = (await baselineWorker.ready).href;
  try {
    await load(baselineUrl, body, 2);
    await load(`${subjectUrl}/preview`, body, 2);
    const samples = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const baseline = await load(baselineUrl, body, 1);
      const value = await load(`${subjectUrl}/preview`, body, 1);
      samples.push({ baseline, value, ratio: value / baseline });
    }
    return {
      value: median(samples.map(({ value }) => value)),
      baseline: median(samples.map(({ baseline }) => baseline)),
      ratio: median(samples.map(({ ratio }) => ratio)),
    };
  } finally {
    await baselineWorker.dispose();
  }
}

/** Returns requests per second; every answer must be 2xx. */
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
    throw new Error(`${non2xx} answers of ${url} were not 2xx, ${errors} requests failed`);
  return requests.average;
}
