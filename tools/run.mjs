// Runs the Worker in workerd beside a simulated Kochava, and shows what becomes of each sample.
//
//   node tools/run.mjs [--once] [--port 8787]
//
// Sends every sample, prints what Kochava received and answered, then serves until Ctrl-C. With
// `--once` it exits instead, with 1 if a result differs from samples/README.md. While
// it serves, the simulated Kochava may be stopped and started, and the settings file may be edited.

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { watchFile } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startStandIn } from "./stand-in.mjs";
import { startWorker } from "./start-worker.mjs";

const samples = fileURLToPath(new URL("../samples/", import.meta.url));
const folder = fileURLToPath(new URL("../target/run/", import.meta.url));
const settingsFile = `${folder}settings.json`;
const TOKEN = "local-token";
const ADMIN_TOKEN = "local-admin-token";
const SDK_KEYS = "local-key";
/** The App GUID of the second sync. */
const OUTLET = "kooutlet-ios-b7c8d9";
const PORT = 8787;
const KOCHAVA_PORT = 8788;
// minutes instead of hours, so that an outage can be tried by hand
const DELIVERY = {
  steps_s: [2, 5, 10, 30, 60],
  span_s: 600,
  pause_steps_s: [5, 10, 30],
  slow_steps_s: [1, 2, 5],
};

const { values: options } = parseArgs({
  options: { once: { type: "boolean", default: false }, port: { type: "string" } },
});

let isServing = false;
let hasFailed = true;
let isStopping = false;
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await writeFile(settingsFile, JSON.stringify(await settingsOfSamples(), null, 2));
const kochava = await startStandIn({
  port: options.once ? 0 : await freePort(KOCHAVA_PORT),
  print: (line) => isServing && console.log(`  kochava  ${line}`),
  onStop: (command) =>
    isServing &&
    !isStopping &&
    console.log(
      `\n  The simulated Kochava has stopped: events wait in the queue until it is back. Start it again:\n\n    ${command}\n`,
    ),
});
const worker = await startWorker({
  port: options.once ? 0 : await freePort(Number(options.port ?? PORT)),
  bindings: await bindings(),
  persist: `${folder}state`,
  consumer: { maxBatchTimeout: 0.1 },
  onLog: (line) => isServing && console.log(`  worker   ${line}`),
});
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

hasFailed = await sendSamples();
if (options.once) {
  await stop();
} else {
  explainServing();
  isServing = true;
  watchFile(settingsFile, { interval: 500 }, applySettings);
}

async function bindings() {
  return {
    INGEST_TOKEN: TOKEN,
    ADMIN_TOKEN,
    SDK_KEYS,
    KOCHAVA_API_KEY: "local-api-key",
    KOCHAVA_SECRET: "local-secret",
    KOCHAVA_URL: kochava.url,
    SETTINGS: JSON.parse(await readFile(settingsFile, "utf8")),
    SETTINGS_DELIVERY: DELIVERY,
    SYNC_OUTLET: await settingsOfOutlet(),
  };
}

/**
 * The settings of a second app, an outlet that gets the purchases of the iOS app alone: another sync of
 * the same deployment (docs/syncs.md).
 */
async function settingsOfOutlet() {
  const shop = JSON.parse(await readFile(`${samples}settings/sneaker-shop.json`, "utf8"));
  return {
    app_guid: OUTLET,
    sources: ["amplitude"],
    mapping: shop.mapping,
    events: { select: [{ names: ["Order Completed"] }] },
    delivery: DELIVERY,
  };
}

/**
 * The settings of the sneaker shop, whose events come from Amplitude's webhook, with what every
 * other sender needs: more places for each field, standard names, and all of their events.
 */
async function settingsOfSamples() {
  const read = async (name) => JSON.parse(await readFile(`${samples}settings/${name}.json`));
  const [shop, every] = [await read("sneaker-shop"), await read("every-sender")];
  const { preset, properties } = every.events;
  const { select } = shop.events;
  const mapping = Object.entries({ ...every.mapping, ...shop.mapping }).map(([field, paths]) => [
    field,
    [...new Set([paths, every.mapping[field] ?? []].flat())],
  ]);
  return {
    ...shop,
    events: {
      ...shop.events,
      preset,
      properties: [...new Set([...shop.events.properties, ...properties])],
      select: [
        ...select,
        // what Amplitude's SDKs send, and what comes from other senders
        { where: [{ property: "insert_id", is: "exists" }] },
        { where: [{ property: "user_properties.kochava_device_id", is: "does not exist" }] },
      ],
    },
    mapping: { ...Object.fromEntries(mapping), event_name: every.mapping.event_name },
  };
}

/** Applies the edited settings, as a deployment does. */
async function applySettings() {
  try {
    await worker.rebind(await bindings());
    const { faults } = await fetch(`${worker.url}/health`).then((answer) => answer.json());
    for (const { path, message } of faults) console.log(`  settings ${path}: ${message}`);
    if (faults.length === 0) console.log("  settings applied; stored data is kept");
  } catch (error) {
    console.log(`  cannot read the settings: ${error.message}`);
  }
}

async function sendSamples() {
  const expected = expectedFates(await readFile(`${samples}README.md`, "utf8"));
  const files = (await readdir(samples, { recursive: true }))
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^(\d|senders\/).*\.json$/.test(file))
    .sort();
  print("sample", "sync", "fate", "what Kochava received", "answer");
  print("-".repeat(36), "-".repeat(7), "-".repeat(7), "-".repeat(23), "-".repeat(9));
  const notes = [];
  let outlet = 0;
  for (const file of files) {
    const { rows, faults } = await sendSample(file, expected.get(file));
    for (const row of rows) print(...row);
    outlet += rows.length - 1;
    notes.push(...faults.map((fault) => `${file}: ${fault}`));
  }
  console.log(
    "\n  ✓ delivered through the queue, with a valid signature and no violation of Kochava's guide",
  );
  if (outlet === 0) notes.push("the second sync sent nothing");
  for (const note of notes) console.log(`  ✗ ${note}`);
  if (notes.length === 0) console.log(`  All ${files.length} samples arrived as expected.`);
  return notes.length > 0;
}

/** Sends one sample to the route of its sender; compares the plan, what arrived, and samples/README.md. */
async function sendSample(file, expected) {
  const body = await readFile(samples + file, "utf8");
  const [, sender = "amplitude"] = /^senders\/(\w+)\//.exec(file) ?? [];
  const { syncs } = await post(`/preview?source=${sender}`, body);
  await kochava.forget();
  const reply = await send(sender, body);
  const plans = Object.entries(syncs).map(([sync, { fates }]) => ({
    sync,
    fates,
    planned: fates.flatMap((fate) => fate.requests ?? []),
  }));
  const count = plans.reduce((sum, { planned }) => sum + planned.length, 0);
  const calls = await kochava.received(count);
  const faults = [];
  const [{ fates }] = plans;
  const code = codeOf(fates[0]);
  if (fates[0].fate !== expected?.fate || (code && !expected.words.includes(code)))
    faults.push(`expected ${expected?.words}, got ${fates[0].fate} ${code ?? ""}`);
  if (calls.length !== count)
    faults.push(`${count} calls were planned and ${calls.length} arrived`);
  // an SDK is answered in its own words
  if (
    reply.received !== undefined &&
    reply.received !== reply.queued + reply.skipped + reply.refused
  )
    faults.push(`the reply's counts do not add up: ${JSON.stringify(reply)}`);
  for (const call of calls) {
    if (call.signature.state !== "valid") faults.push(`signature: ${call.signature.message}`);
    for (const { severity, code, pointer } of call.findings)
      if (severity === "error") faults.push(`${code} at ${pointer}`);
  }
  const title = file
    .replace(/^senders\/|\.json$/g, "")
    .replace("/", ": ")
    .replaceAll(/[-_]/g, " ");
  const rows = plans
    // the second sync has a row where it sends something
    .filter(({ planned }, index) => index === 0 || planned.length > 0)
    .map((plan, index) => rowOf(index === 0 ? title : "", plan, calls, faults));
  return { rows, faults };
}

/** The row of a sync: its calls are those with the planned bytes, in the planned order. */
function rowOf(title, { sync, fates, planned }, calls, faults) {
  const bodies = planned.map(({ body }) => body);
  const own = calls.filter(({ bodyText }) => bodies.includes(bodyText));
  own.forEach(({ bodyText }, index) => {
    if (bodyText !== bodies[index]) faults.push(`${sync}: the calls arrived in another order`);
  });
  if (own.length !== planned.length)
    faults.push(`${sync}: the bytes that arrived differ from the planned ones`);
  const got = own.map((call) => `${faults.length ? "✗" : "✓"} ${nameOf(call)}`);
  const [answer] = own.map(
    (call) =>
      `${call.answer.status} ${JSON.parse(call.answer.bodyText).success === "1" ? "success" : "failure"}`,
  );
  const received = got.join(", ") || (codeOf(fates[0]) ?? "nothing");
  return [title, sync, fates[0].fate, received, answer ?? "not sent"];
}

function nameOf({ body }) {
  if (body?.action === "install") return "install";
  return body?.data?.event_name ?? `identity (${Object.keys(body?.data ?? {}).length} names)`;
}

function codeOf(fate) {
  return fate.code ?? fate.violations?.[0].code;
}

/** Sends a body as its sender does: an SDK of Amplitude's with a key, any other with the token. */
function send(sender, body) {
  if (sender === "amplitude_http") {
    const json = { ...JSON.parse(body), api_key: SDK_KEYS };
    return post(json.identification ? "/identify" : "/2/httpapi", JSON.stringify(json));
  }
  return post(sender === "generic" ? "/ingest" : `/${sender}`, body);
}

async function post(path, body) {
  const answer = await fetch(worker.url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    body,
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** The fates in samples/README.md, by file. */
function expectedFates(readme) {
  const rows = [...readme.matchAll(/^\| `(\S+\.json)` \|.*\| (\w+)(.*) \|$/gm)];
  return new Map(rows.map(([, file, fate, rest]) => [file, { fate, words: fate + rest }]));
}

function print(sample, sync, fate, received, answer) {
  const cut = (text, width) =>
    text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
  console.log(
    `  ${cut(sample, 36)} ${cut(sync, 7)} ${cut(fate, 7)} ${cut(received, 23)} ${answer}`.trimEnd(),
  );
}

function explainServing() {
  console.log(`
  The preview  ${worker.url}/
  The console  ${worker.url}/console   (token: ${ADMIN_TOKEN})
  The Worker   ${worker.url}/amplitude   (also /segment, /rudderstack, /mparticle, /revenuecat, /cloudevents, /ingest;
               /preview, /health)
  For SDKs     ${worker.url}/2/httpapi (Amplitude), ${worker.url} (Segment, RudderStack), key ${SDK_KEYS}
  Kochava      ${kochava.url}/_sim/calls   (simulated: what it received)
  The settings target/run/settings.json   (applied when you save the file); those of the sync \`outlet\`, a second
               app that gets the orders of the first, are in tools/run.mjs

  Send an event of your own:

    curl ${worker.url}/amplitude \\
      -H 'Authorization: Bearer ${TOKEN}' -H 'Content-Type: application/json' \\
      --data @samples/01-ios-with-tracking-authorized.json

  As the operator: what was not delivered and why, the numbers, and what a replay would send

    curl -H 'X-Api-Key: ${ADMIN_TOKEN}' ${worker.url}/rejects
    curl -H 'X-Api-Key: ${ADMIN_TOKEN}' ${worker.url}/stats
    curl -H 'X-Api-Key: ${ADMIN_TOKEN}' -X POST '${worker.url}/rejects/replay?all=1&dry=1'

  Try an outage: kill ${kochava.pid}, send events, start Kochava again; the events arrive.
  (Waits are shortened here: minutes stand for hours.)

  Ctrl-C stops both. Their log from now on:
`);
}

async function stop() {
  if (isStopping) return;
  isStopping = true;
  await worker.stop();
  await kochava.stop();
  process.exit(hasFailed ? 1 : 0);
}

/** The wanted port, or 0 (any free port) if it is in use. */
function freePort(wanted) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(0));
    probe.listen(wanted, "127.0.0.1", () => probe.close(() => resolve(wanted)));
  });
}
