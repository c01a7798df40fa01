// Checks the settings in wrangler.toml with the built Worker, before a deployment.
//
//   node tools/check-settings.mjs [--deploy]
//
// Exits with 1 and prints every fault. Secrets are not checked, because Cloudflare keeps them. With
// `--deploy` the App GUIDs of this repository's examples are faults, too.

import { readFile } from "node:fs/promises";
import { parse } from "smol-toml";
import { exampleGuids } from "./example-guids.mjs";
import { startWorker } from "./start-worker.mjs";

const faults = [
  ...(process.argv.includes("--deploy") ? await exampleFaults() : []),
  ...(await settingsFaults()),
];
for (const { path, message } of faults) console.error(`wrangler.toml: ${path}: ${message}`);
if (faults.length > 0) process.exit(1);
console.log("The settings in wrangler.toml are valid.");

async function exampleFaults() {
  const { vars } = parse(await readFile(new URL("../wrangler.toml", import.meta.url), "utf8"));
  return exampleGuids(vars).map(({ path, guid }) => ({
    path,
    message: `"${guid}" is an example's App GUID, for which Kochava drops every event: put the App GUID of your own app there`,
  }));
}

/** The faults that `/health` of the Worker reports. */
async function settingsFaults() {
  const worker = await startWorker({ bindings: { INGEST_TOKEN: "only-for-this-check" } });
  try {
    const reply = await fetch(`${worker.url}/health`);
    return (await reply.json()).faults;
  } finally {
    await worker.stop();
  }
}
