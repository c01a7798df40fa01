// Would the Worker accept the settings of wrangler.toml? Asked of the built Worker itself, before a deployment.
//
// Exits 1 with every fault. A missing INGEST_TOKEN is none: it is a secret and lies with Cloudflare. With `--deploy` the App GUID of the
// example is a fault too: Kochava would take every event for it and drop it.

import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { startWorker } from "./start-worker.mjs";

const worker = await startWorker({ bindings: { INGEST_TOKEN: "only for this check" } });
const health = await fetch(`${worker.url}/health`).then((answer) => answer.json());
await worker.stop();
if (process.argv.includes("--deploy")) {
  const { vars } = parse(await readFile(new URL("../wrangler.toml", import.meta.url), "utf8"));
  if (vars.SETTINGS?.app_guid === "koexample")
    health.faults.push({
      path: "SETTINGS.app_guid",
      message: "is still the example's: put your own App GUID there",
    });
}
for (const { path, message } of health.faults) console.error(`wrangler.toml: ${path}: ${message}`);
if (health.faults.length > 0) process.exit(1);
console.log("The settings of wrangler.toml are whole.");
