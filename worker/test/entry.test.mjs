// worker/entry.mjs passes events to the wasm and replaces the wasm instance after a trap.
//
// Bundled with a fake glue module, so that a trap happens exactly where a test wants one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const GLUE = `
export const log = [];
export const script = [];
const state = { criticalError: false, instanceId: 1 };
export const __worker_init_state = () => state;
export const __wbg_reset_state = () => log.push("reset");
const run = (name) => {
  log.push(name);
  const error = script.shift();
  if (error) throw error;
  return name;
};
export const fetch = async () => run("fetch");
export const queue = async () => run("queue");
export const scheduled = async () => run("scheduled");
export class Counter {
  constructor(ctx, env) { run("new " + ctx + env); }
  answer(request) { return run("answer " + request); }
  free() {}
}`;

/** A fresh copy of the entry point, with what its fake glue recorded. */
async function load() {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { default, durableObject } from "./entry.mjs"; export * as glue from "glue";`,
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "esm",
    banner: { js: "const addEventListener = () => {};" },
    plugins: [
      fake("glue", GLUE),
      fake(
        "cloudflare:workers",
        "export class DurableObject { constructor(ctx, env) { Object.assign(this, { ctx, env }); } }",
      ),
    ],
  });
  // the comment makes each module distinct
  const text = `${outputFiles[0].text}\n// ${Math.random()}`;
  const {
    default: handlers,
    durableObject,
    glue,
  } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  const promises = [];
  const ctx = { waitUntil: (promise) => promises.push(promise) };
  const handle = (name) => (event) => handlers[name](event, {}, ctx);
  const entry = { fetch: handle("fetch"), queue: handle("queue"), scheduled: handle("scheduled") };
  return { entry, promises, durableObject, glue };
}

const fake = (name, contents) => ({
  name,
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }));
    build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents }));
  },
});

const trap = () => new WebAssembly.RuntimeError("unreachable");

test("a request continues after its sender disconnects", async () => {
  const { entry, promises } = await load();
  const response = entry.fetch({});
  assert.equal(await response, "fetch");
  assert.deepEqual(promises, [response]);
});

test("after a trap the next event gets a new instance, and the one after that keeps it", async () => {
  for (const handler of ["fetch", "queue", "scheduled"]) {
    const { entry, glue } = await load();
    glue.script.push(trap());
    await assert.rejects(entry[handler]({}), WebAssembly.RuntimeError);
    await entry.queue({});
    await entry.queue({});
    assert.deepEqual(glue.log, [handler, "reset", "queue", "queue"]);
  }
});

test("an ordinary error keeps the instance", async () => {
  const { entry, glue } = await load();
  glue.script.push(new Error("no answer"));
  await assert.rejects(entry.fetch({}), /no answer/);
  await entry.fetch({});
  assert.deepEqual(glue.log, ["fetch", "fetch"]);
});

test("an object is constructed again in the new instance, once and with the same arguments", async () => {
  const { entry, glue, durableObject } = await load();
  const Counter = durableObject(glue.Counter);
  const [one, other] = [new Counter("a", "b"), new Counter("c", "d")];
  assert.equal(one.answer("1"), "answer 1");
  glue.script.push(trap());
  assert.throws(() => one.answer("2"), WebAssembly.RuntimeError);
  one.answer("3");
  await entry.queue({});
  other.answer("4");
  other.answer("5");
  assert.deepEqual(glue.log, [
    ...["new ab", "answer 1", "answer 2", "reset", "new ab", "answer 3", "queue"],
    ...["new cd", "answer 4", "answer 5"],
  ]);
});

test("a trap within a task of the wasm is noted, and its error is not lost", async () => {
  const { entry, glue } = await load();
  globalThis.queueMicrotask(() => {
    throw trap();
  });
  await new Promise(setImmediate);
  await entry.queue({});
  assert.deepEqual(glue.log, ["reset", "queue"]);
});
