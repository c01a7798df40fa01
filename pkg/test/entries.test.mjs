// How the entries load their wasm, from the packed package: what is thrown if they cannot, and
// `kochava-edge/init`, for those who load it themselves. pkg/toolchains/ tries them in every host.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { CODE, FOUND } from "../toolchains/app.mjs";
import { openBrowser, served } from "./support/browser.mjs";
import { bin, installed } from "./support/consumer.mjs";

const consumer = await installed({ after });
const plans = (print) => `${print}(${CODE});`;
const esbuild = (...words) => consumer.run(bin("esbuild"), ["--bundle", ...words]);

test("without permission to compile or to fetch, an import throws a code and what to allow", async (t) => {
  const address = (name) => `./node_modules/kochava-edge/${name}.js`;
  await consumer.write(
    "refused.js",
    `const told = [];
     const attempt = (loaded) => loaded.then(() => told.push("loaded"), (error) => told.push(error.name, error.code, error.message));
     const entry = location.hash.slice(1);
     await attempt(import(entry).then(({ init }) => init?.(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))));
     document.title = told.join(" | ");`,
  );
  await consumer.write(
    "refused.html",
    '<!doctype html><title></title><script type="module" src="refused.js"></script>',
  );
  const tab = await (await openBrowser(t)).newPage();
  const titleUnder = async (policy, entry) => {
    const url = await served(t, consumer.folder, { "Content-Security-Policy": policy });
    await tab.goto(`${url}/refused.html#${entry}`);
    await tab.waitForFunction(() => document.title !== "", undefined, { polling: 100 });
    return tab.title();
  };
  const scripts = "default-src 'none'; script-src 'self'";
  for (const entry of ["browser", "inline", "init"])
    assert.match(
      await titleUnder(`${scripts}; connect-src 'self'`, address(entry)),
      /^InternalError \| wasm-refused \| .*'wasm-unsafe-eval' in script-src$/,
      entry,
    );
  assert.match(
    await titleUnder(`${scripts} 'wasm-unsafe-eval'`, address("browser")),
    /^InternalError \| wasm-not-loaded \| .*connect-src.*kochava-edge\/inline$/,
  );
  assert.equal(await titleUnder(`${scripts} 'wasm-unsafe-eval'`, address("inline")), "loaded");
});

test("without the file beside the code, the import throws a code and what to do", async (t) => {
  await consumer.write("moved.mjs", 'export * from "kochava-edge";');
  await esbuild("moved.mjs", "--format=esm", "--outfile=moved.js");
  await consumer.write(
    "moved-page.js",
    'import("./moved.js").catch(({ code }) => (document.title = code));',
  );
  await consumer.write(
    "moved.html",
    '<!doctype html><title></title><script type="module" src="moved-page.js"></script>',
  );
  const url = await served(t, consumer.folder);
  const tab = await (await openBrowser(t)).newPage();
  await tab.goto(`${url}/moved.html`);
  await tab.waitForFunction(() => document.title === "wasm-not-loaded");
});

test("init takes bytes, a module, a response or a promise of one, and gives the whole package", async () => {
  await consumer.write(
    "init.mjs",
    `import * as kochavaEdge from "kochava-edge";
     import { readFileSync } from "node:fs";
     import { init, initSync } from "kochava-edge/init";
     const bytes = readFileSync(new URL(import.meta.resolve("kochava-edge/kochava_edge_bg.wasm")));
     const source = {
       bytes: () => bytes,
       buffer: () => new Uint8Array(bytes).buffer,
       module: () => new WebAssembly.Module(bytes),
       response: () => new Response(bytes),
       promise: async () => new Response(bytes),
     }[process.argv[2]]();
     const loaded = process.argv[3] === "sync" ? initSync(source) : await init(source);
     const { Mapper } = loaded;
     ${plans("console.log")}
     console.log(Object.keys(loaded).sort().join() === Object.keys(kochavaEdge).sort().join());
     console.log(loaded === (await init(bytes)) && loaded === initSync(bytes));`,
  );
  for (const words of [
    ["bytes"],
    ["buffer"],
    ["module"],
    ["response"],
    ["promise"],
    ["bytes", "sync"],
    ["module", "sync"],
  ]) {
    const output = await consumer.run(bin("node"), ["init.mjs", ...words]);
    assert.equal(output, `${FOUND}\ntrue\ntrue\n`, words.join(" "));
  }
});

test("init refuses anything else with a code, and can be called again", async () => {
  await consumer.write(
    "faults.mjs",
    `import { readFileSync } from "node:fs";
     import { init, initSync } from "kochava-edge/init";
     const other = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 2, 7, 1, 1, 97, 1, 98, 3, 0);
     const wrong = ["a.wasm", null, 17, {}, new Uint8Array(8), new Response("", { status: 404 }),
       new Response("<html>"), Promise.resolve("a"), other];
     const told = [];
     for (const source of wrong) {
       await init(source).catch(({ name, code }) => told.push(name + code));
       try { initSync(source); } catch ({ name, code }) { told.push(name + code); }
     }
     console.log(told.length, [...new Set(told)].join());
     const failed = new RangeError("offline");
     await init(Promise.reject(failed)).catch((error) => console.log(error === failed));
     const bytes = readFileSync(new URL(import.meta.resolve("kochava-edge/kochava_edge_bg.wasm")));
     const { Mapper } = await init(bytes);
     ${plans("console.log")}`,
  );
  assert.equal(
    await consumer.run(bin("node"), ["faults.mjs"]),
    `18 InputErrorwrong-type\ntrue\n${FOUND}\n`,
  );
});

test("init serves a page that brings the wasm itself", async (t) => {
  await consumer.write(
    "brought.mjs",
    `import { init } from "kochava-edge/init";
     init(fetch("brought.wasm")).then(({ Mapper }) => { ${plans("document.title = ")} });`,
  );
  await writeFile(
    consumer.path("brought.wasm"),
    await readFile(join(consumer.modules, "kochava-edge/wasm/kochava_edge_bg.wasm")),
  );
  await esbuild("brought.mjs", "--format=iife", "--outfile=brought.js");
  await consumer.write(
    "brought.html",
    '<!doctype html><title></title><script src="brought.js"></script>',
  );
  const url = await served(t, consumer.folder);
  const tab = await (await openBrowser(t)).newPage();
  await tab.goto(`${url}/brought.html`);
  await tab.waitForFunction((title) => document.title === title, FOUND, { timeout: 30_000 });
});

test("the types of all entries compile, also in CommonJS", async () => {
  await consumer.write(
    "entries.mts",
    `import { Mapper, InputError, type Fate } from "kochava-edge/inline";
     import { init, initSync, type KochavaEdge } from "kochava-edge/init";
     import type { Settings } from "kochava-edge";
     declare const settings: Settings;
     const fates: Fate[] = new Mapper(settings).plan("{}").fates;
     const loaded: KochavaEdge = await init(fetch("a.wasm"));
     const mapper: InstanceType<KochavaEdge["Mapper"]> = new loaded.Mapper(settings);
     void [fates, mapper.plan("{}").fates, initSync(new Uint8Array()).version, InputError];
     // @ts-expect-error a path
     void init("a.wasm");`,
  );
  await consumer.write(
    "entries.cts",
    `import { Mapper, type Settings } from "kochava-edge";
     import * as inline from "kochava-edge/inline";
     declare const settings: Settings;
     void [new Mapper(settings).plan("{}").fates, new inline.Mapper(settings).plan("{}").fates];`,
  );
  const compilers = { node16: process.env.TSC_OLDEST, nodenext: bin("tsc") };
  for (const [module, tsc] of Object.entries(compilers)) {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      // package.test.mjs checks the declarations themselves
      skipLibCheck: true,
      module,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
    };
    await consumer.write(
      "tsconfig.json",
      JSON.stringify({ compilerOptions, files: ["entries.mts", "entries.cts"] }),
    );
    await consumer.run(tsc, ["-p", "."]).catch(({ stdout }) => assert.fail(`${module}: ${stdout}`));
  }
});
