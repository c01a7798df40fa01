// The packed package: its files, types, imports from the host, memory and size.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import process from "node:process";
import { join } from "node:path";
import { after, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { rules } from "../node.js";
import { bin, installed, root, run, tarball } from "./support/consumer.mjs";

const consumer = await installed({ after });
const wasm = await readFile(consumer.path("node_modules/kochava-edge/wasm/kochava_edge_bg.wasm"));

test("the package contains these files only", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const entries = await readdir(`${root}samples`, { recursive: true, withFileTypes: true });
  const samples = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length));
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .map((name) => name.replace("package/", ""))
      .sort(),
    [
      "CHANGELOG.md",
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "README.md",
      "THIRD-PARTY.txt",
      "api.js",
      "bin/kochava-edge.js",
      "bin/plan-thread.js",
      "browser.js",
      "bulk.js",
      "cjs/inline.cjs",
      "cjs/inline.d.cts",
      "deliver.js",
      "deno-thread.js",
      "deno-threads.js",
      "deno.js",
      "errors.js",
      "index.d.ts",
      "init.d.ts",
      "init.js",
      "inline.js",
      "input.js",
      "line-blocks.js",
      "line-forms.js",
      "loading.js",
      "node-api.js",
      "node.js",
      "package.json",
      "pool.js",
      ...samples,
      "serve.js",
      "settings.schema.json",
      "stream.js",
      "thread.js",
      "threads.js",
      "transfer.js",
      "wasm-module.d.ts",
      "wasm/kochava_edge.js",
      "wasm/kochava_edge_bg.wasm",
      "wasm/kochava_edge_inline.js",
      "workerd.js",
    ].sort(),
  );
  assert.equal(
    await consumer.read("node_modules/kochava-edge/settings.schema.json"),
    await readFile(`${root}settings.schema.json`, "utf8"),
  );
});

test("publint and attw find nothing", async () => {
  await run(bin("publint"), ["run", tarball, "--strict"]).catch(({ stdout }) =>
    assert.fail(stdout),
  );
  // `init` and the file of wasm are ESM, which CommonJS imports dynamically or by Node's require of modules
  const words = [tarball, "--profile=node16", "--ignore-rules=cjs-resolves-to-esm"];
  await run(bin("attw"), words).catch(({ stdout }) => assert.fail(stdout));
});

test("the samples that the help names can be planned from the package", async () => {
  const help = await consumer.run(bin("node"), ["node_modules/.bin/kochava-edge", "--help"]);
  assert.match(help.replace(/\s+/g, " "), /cd node_modules\/kochava-edge\/samples/);
  const line = "../../.bin/kochava-edge plan --settings settings/sneaker-shop.json *.json | wc -l";
  const output = await consumer.run("sh", ["-c", line], {
    cwd: consumer.path("node_modules/kochava-edge/samples"),
  });
  assert.equal(output.trim(), "14");
});

test("the release's manifest says where the package comes from", async () => {
  await consumer.write("package-release.json", await readFile(`${root}pkg/package.json`));
  const url = "https://git.example/team/kochava-edge";
  const words = [`${root}tools/release-manifest.mjs`, consumer.path("package-release.json"), url];
  await run(process.execPath, words);
  const manifest = JSON.parse(await consumer.read("package-release.json"));
  assert.deepEqual(manifest.repository, {
    type: "git",
    url: "git+https://git.example/team/kochava-edge.git",
    directory: "pkg",
  });
  assert.equal(manifest.homepage, `${url}#readme`);
  assert.deepEqual(manifest.bugs, { url: `${url}/issues` });
  const { repository, homepage, bugs, ...rest } = manifest;
  assert.deepEqual(rest, JSON.parse(await readFile(`${root}pkg/package.json`, "utf8")));
  await assert.rejects(run(process.execPath, words.with(2, "http://git.example/x")), /https/);
});

test("the package has no run-time dependencies", async () => {
  const manifest = JSON.parse(await consumer.read("node_modules/kochava-edge/package.json"));
  assert.deepEqual(
    [manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies],
    [undefined, undefined, undefined],
  );
  assert.equal((await consumer.run("ls", ["node_modules"])).trim(), "kochava-edge");
});

test("the wasm imports only these functions from its host", async () => {
  const imports = WebAssembly.Module.imports(await WebAssembly.compile(wasm));
  assert.deepEqual(new Set(imports.map(({ module }) => module)), new Set(["./kochava_edge_bg.js"]));
  // wasm-bindgen ends its names with a hash that changes with its version
  const names = new Set(
    imports.map(({ name }) => name.replace(/_[0-9a-f]{16}$/, "").replace(/^__wbg_/, "")),
  );
  const pinned = {
    values: [
      "__wbindgen_is_falsy",
      "__wbindgen_is_function",
      "__wbindgen_is_undefined",
      "__wbindgen_jsval_eq",
      "__wbindgen_number_get",
      "__wbindgen_string_get",
    ],
    machinery: [
      "__wbindgen_throw",
      "_wbg_cb_unref",
      "__wbindgen_generic",
      "__wbindgen_init_externref_table",
    ],
    plainObjects: [
      "new",
      "new_typed",
      "set",
      "get",
      "get_unchecked",
      "length",
      "push",
      "of",
      "assign",
      "instanceof_Uint8Array",
      "prototypesetcall",
    ],
    promises: [
      "then",
      "race",
      "resolve",
      "queueMicrotask",
      "call",
      "apply",
      "static_accessor_GLOBAL",
      "static_accessor_GLOBAL_THIS",
      "static_accessor_SELF",
      "static_accessor_WINDOW",
    ],
    // for the requests that `deliver` is given
    requests: ["Error", "__wbindgen_debug_string", "instanceof_Object"],
    deliver: ["now", "random", "setTimeout", "clearTimeout", "signal", "abort"],
    requestInit: ["set_body", "set_headers", "set_method", "set_redirect", "set_signal"],
  };
  assert.deepEqual([...names].sort(), Object.values(pinned).flat().sort());
});

test("the types compile under strict and reject wrong calls", async () => {
  const options = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    module: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
  };
  await consumer.write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: options, files: ["sample.ts"] }),
  );
  await consumer.write(
    "sample.ts",
    await readFile(new URL("support/sample.ts", import.meta.url), "utf8"),
  );
  for (const tsc of [bin("tsc"), process.env.TSC_OLDEST])
    await consumer.run(tsc, ["-p", "."]).catch(({ stdout }) => assert.fail(`${tsc}: ${stdout}`));
});

test("the unions of codes in the types are those of the code", async () => {
  await run(process.execPath, [`${root}tools/types.mjs`, "--check"]);
  const types = await readFile(`${root}pkg/index.d.ts`, "utf8");
  const union = new RegExp("export type RuleCode =([^;]*);").exec(types)[1];
  const listed = Array.from(union.matchAll(/"([^"]+)"/g), ([, code]) => code);
  assert.deepEqual(listed, rules.map(({ code }) => code).sort());
});

test("an unused import leaves nothing in the bundle", async () => {
  await consumer.write(
    "unused.mjs",
    'import { Mapper } from "kochava-edge"; export const used = 1;',
  );
  await consumer.run(bin("esbuild"), [
    "unused.mjs",
    "--bundle",
    "--format=esm",
    "--outfile=unused.js",
  ]);
  assert.ok((await consumer.read("unused.js")).length < 200);
});

test("ten thousand mappers do not grow the memory", async () => {
  await consumer.write(
    "mappers.mjs",
    `let instance;
     WebAssembly.Instance = class extends WebAssembly.Instance { constructor(...made) { super(...made); instance = this; } };
     const { Mapper } = await import("kochava-edge");
     const mapper = (number) => new Mapper({ app_guid: "ko" + number, mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" } });
     const collected = () => new Promise((resolve) => { gc(); setTimeout(resolve); });
     const grownBy = async (make) => {
       const before = instance.exports.memory.buffer.byteLength;
       for (let number = 0; number < 10_000; number += 1) {
         make(number).plan({ event_type: "a" });
         if (number % 500 === 0) await collected();
       }
       return instance.exports.memory.buffer.byteLength - before;
     };
     await grownBy(mapper);
     const grown = { dropped: await grownBy(mapper) };
     const disposed = (number) => { mapper(number)[Symbol.dispose](); return mapper(1); };
     grown.disposed = await grownBy(disposed);
     const before = instance.exports.memory.buffer.byteLength;
     for (let number = 0; number < 10_000; number += 1) mapper(1);
     grown.sameSettingsAtOnce = instance.exports.memory.buffer.byteLength - before;
     console.log(JSON.stringify(grown));`,
  );
  const grown = JSON.parse(await consumer.run(bin("node"), ["--expose-gc", "mappers.mjs"]));
  // a planner takes about 1,000 bytes: ten thousand leaked ones would take 10 MB
  for (const [how, bytes] of Object.entries(grown)) assert.ok(bytes < 500_000, `${how}: ${bytes}`);
});

for (const readme of ["pkg/README.md", "README.md"]) {
  test(`the example of ${readme} runs unchanged and prints what the README shows`, async () => {
    const [, example, output] = (await readFile(root + readme, "utf8")).match(
      /```js\n([\s\S]*?)```[^`]*```text\n([\s\S]*?)```/,
    );
    await consumer.write("example.mjs", example);
    assert.equal(await consumer.run(bin("node"), ["example.mjs"]), output);
  });
}

test("the compressed wasm stays below its size limit", () => {
  const kilobytes = brotliCompressSync(wasm).length / 1_000;
  assert.ok(kilobytes <= WASM_BROTLI_KB_MAX, `${kilobytes} KB`);
});

const WASM_BROTLI_KB_MAX = 200;
