// How many requests the Worker sends to its Durable Objects: counted, not timed.

import { fileURLToPath } from "node:url";
import { builtWorker, deliverAll, eventSource, load, startOne } from "./worker.mjs";

const EVENTS = 100;

/** Yields the rows: requests for each event at ingest, and for each wave and shard at the consumer. */
export async function* objectRows(names) {
  const waves = { count: 0 };
  const worker = await startCounting((line) => {
    if (line.includes('"route":"queue"')) waves.count += 1;
  });
  try {
    const counted = async () => JSON.parse(await worker.post("/counted", ""));
    const next = eventSource();
    const batches = await load(
      worker,
      next(EVENTS).map((event) => JSON.stringify(event)),
      EVENTS,
    );
    const ingest = await counted();
    await deliverAll(worker, batches);
    const consume = await counted();
    if (waves.count === 0) throw new Error("the consumer wrote no log line of a wave");
    const values = {
      "objects-ingest": ingest.requests / EVENTS,
      "objects-consume": consume.requests / waves.count / consume.objects,
    };
    for (const row of names) yield { row, value: values[row], unit: "requests" };
  } finally {
    await worker.stop();
  }
}

function startCounting(onLog) {
  const built = builtWorker();
  const counting = fileURLToPath(new URL("counting-worker.mjs", import.meta.url));
  return startOne({ ...built, modules: [counting, ...built.modules], onLog });
}
