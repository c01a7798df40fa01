// Would the Worker accept the settings of wrangler.toml? Asked of the built Worker itself, before a deployment.
//
// Exits 1 with every fault. A missing INGEST_TOKEN is none: it is a secret and lies with Cloudflare.

import { startWorker } from "./start-worker.mjs";

const worker = await startWorker({ bindings: { INGEST_TOKEN: "only for this check" } });
const health = await fetch(`${worker.url}/health`).then((answer) => answer.json());
await worker.stop();
for (const { path, message } of health.faults) console.error(`wrangler.toml: ${path}: ${message}`);
if (health.faults.length > 0) process.exit(1);
console.log("The settings of wrangler.toml are whole.");
