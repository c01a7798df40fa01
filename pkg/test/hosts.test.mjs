// The packed package in every host gives the same bytes as the core run natively.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Miniflare } from "miniflare";
import { startKochava } from "../../sim/server.mjs";
import { openBrowser, served } from "./support/browser.mjs";
import { bare, bin, installed, root, run } from "./support/consumer.mjs";
import { CASES, SETTINGS, dataOf } from "./support/data.mjs";
import { eventLines } from "./support/events.mjs";
import { hashOf } from "./support/fates.mjs";

const EVENTS = 10_000;
/** Of the cases and the generated events. */
const READY_MIN = 5_500;

const consumer = await installed({ after });
await consumer.write("lines.ndjson", eventLines(EVENTS));
const data = dataOf(consumer.path("lines.ndjson"));
await consumer.write("data.json", JSON.stringify(data));
await consumer.write("fates.mjs", await readFile(new URL("support/fates.mjs", import.meta.url)));
await consumer.write(
  "print-hash.mjs",
  `import { readFileSync } from "node:fs";
   import * as kochavaEdge from "kochava-edge";
   import { fates, hashOf } from "./fates.mjs";
   console.log(await hashOf(fates(kochavaEdge, JSON.parse(readFileSync("data.json", "utf8")))));`,
);
const expected = await hashOf(await fatesOfTheCore());

async function fatesOfTheCore() {
  const words = [
    "run",
    "--quiet",
    "--locked",
    "--example",
    "fates",
    "--",
    CASES,
    SETTINGS,
    consumer.path("lines.ndjson"),
  ];
  const { stdout: output } = await run("cargo", words, { cwd: root, maxBuffer: 1e8 });
  assert.equal(output.match(/^# /gm).length, data.cases.length, "all cases are there");
  assert.ok(output.match(/^\{"fate":"ready"/gm).length > READY_MIN, "enough events are ready");
  return output;
}

test("Node gives the same bytes, and its require works", async () => {
  assert.equal((await consumer.run(bin("node"), ["print-hash.mjs"])).trim(), expected);
  assert.equal(
    await consumer.run(bin("node"), ["-p", 'typeof require("kochava-edge").Mapper']),
    "function\n",
  );
});

test("Deno gives the same bytes with permission to read the data only", async () => {
  const deno = process.env.DENO;
  assert.equal(
    (
      await consumer.run(deno, ["run", "--no-prompt", "--allow-read=data.json", "print-hash.mjs"])
    ).trim(),
    expected,
  );
});

test("Bun gives the same bytes", async () => {
  assert.equal((await consumer.run(bin("bun"), ["print-hash.mjs"])).trim(), expected);
});

for (const [host, command] of Object.entries({
  Node: [bin("node")],
  Deno: [process.env.DENO, "run", "--no-prompt", "--allow-read=."],
  Bun: [bin("bun")],
})) {
  test(`${host} plans a stream on two threads, and neither a stream left early nor one left unread keeps it alive`, async () => {
    await consumer.write(
      "threads.mjs",
      `import process from "node:process";
       import { readFileSync } from "node:fs";
       import * as threads from "node:worker_threads";
       import { Mapper } from "kochava-edge";
       const { prototype } = "Deno" in globalThis ? Worker : threads.Worker;
       const { postMessage } = prototype;
       const used = new Set();
       prototype.postMessage = function (message, ...rest) {
         if (message.bytes) used.add(this);
         return postMessage.call(this, message, ...rest);
       };
       const { settings } = JSON.parse(readFileSync("data.json", "utf8"));
       const mapper = new Mapper(settings);
       const lines = readFileSync("lines.ndjson");
       const endless = function* () { for (;;) yield lines; };
       for await (const chunk of mapper.planNdjsonStream(endless(), { threads: 2 })) if (used.size === 2) break;
       const unread = mapper.planNdjsonStream(endless(), { threads: 2 }).getReader();
       while (used.size < 4) await unread.read();
       console.log(used.size);`,
    );
    const [program, ...words] = command;
    const output = await consumer.run(program, [...words, "threads.mjs"], { timeout: 60_000 });
    assert.equal(output, "4\n");
  });
}

test("workerd gives the same bytes from wrangler's bundle, and deliver handles concurrent invocations", async (t) => {
  await consumer.write(
    "wrangler.json",
    '{ "name": "consumer", "main": "worker.mjs", "compatibility_date": "2026-08-01" }',
  );
  await consumer.write(
    "worker.mjs",
    `import * as kochavaEdge from "kochava-edge";
     import { fates, hashOf } from "./fates.mjs";
     export default {
       async fetch(request, { KOCHAVA }) {
         const data = await request.json();
         if (data.cases) return new Response(await hashOf(fates(kochavaEdge, data)));
         const toKochava = (url, init) => fetch(KOCHAVA + new URL(url).pathname, init);
         return Response.json(await kochavaEdge.deliver(data, { fetch: toKochava, signal: request.signal }));
       },
     };`,
  );
  await consumer.run(bin("wrangler"), ["deploy", "--dry-run", "--outdir", "bundle"], {
    env: { ...bare, PATH: `${join(root, "node_modules/.bin")}:${bare.PATH}` },
  });
  const kochava = await startKochava({
    script: Array.from({ length: 20 }, () => ({ status: 503, delayMs: 20 })),
  });
  t.after(() => kochava.close());
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: consumer.path("bundle"),
    scriptPath: consumer.path("bundle/worker.js"),
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    compatibilityDate: "2026-08-01",
    bindings: { KOCHAVA: kochava.url },
  });
  t.after(() => miniflare.dispose());
  const post = (body) => miniflare.dispatchFetch("http://consumer/", { method: "POST", body });
  assert.equal(await (await post(await consumer.read("data.json"))).text(), expected);

  const request = {
    kind: "event",
    method: "POST",
    url: "https://control.kochava.com/track/json",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  };
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => (await post(JSON.stringify([request]))).json()),
  );
  assert.deepEqual(new Set(answers.map(([{ outcome }]) => outcome)), new Set(["delivered"]));
  assert.equal(kochava.calls.length, 40);
});

test("Chromium gives the same bytes from a module script without a bundler", async (t) => {
  const page = `<!doctype html><title>consumer</title>
    <script type="importmap">{ "imports": { "kochava-edge": "./node_modules/kochava-edge/browser.js" } }</script>
    <script type="module">
      import * as kochavaEdge from "kochava-edge";
      import { fates, hashOf } from "./fates.mjs";
      document.title = await hashOf(fates(kochavaEdge, await (await fetch("data.json")).json()));
    </script>`;
  await writeFile(consumer.path("index.html"), page);
  const url = await served(t, consumer.folder);
  const browser = await openBrowser(t);
  const tab = await browser.newPage();
  const complaints = [];
  tab.on("pageerror", (error) => complaints.push(error.message));
  await tab.goto(`${url}/index.html`);
  await tab
    .waitForFunction(() => document.title !== "consumer", undefined, { timeout: 60_000 })
    .catch(() => assert.deepEqual(complaints, []));
  assert.equal(await tab.title(), expected);
});
