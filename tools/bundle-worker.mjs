// Bundles worker/entry.mjs with the glue that wasm-bindgen generated into one module.
//
//   node tools/bundle-worker.mjs GLUE_FOLDER OUT_FILE
//
// The module exports each Durable Object class that wrangler.toml names, and imports
// `./index_bg.wasm`, which is in the same folder.

import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { parse } from "smol-toml";

const [glueFolder, outFile] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const config = parse(await readFile(`${root}wrangler.toml`, "utf8"));
const glue = resolve(glueFolder, "index.js");

// `import source` is not yet in workerd, whose `import` of a wasm file yields the module as well
const text = await readFile(glue, "utf8");
await writeFile(glue, text.replace("import source ", "import "));

await build({
  stdin: { contents: entry(config), resolveDir: root },
  outfile: outFile,
  bundle: true,
  format: "esm",
  minify: true,
  alias: { glue },
  external: ["*.wasm", "cloudflare:*"],
  logLevel: "warning",
  // a class that the glue does not have
  logOverride: { "import-is-undefined": "error" },
});

/** The exports of the bundle: the entry point and the classes of wrangler.toml. */
function entry({ durable_objects: objects }) {
  const classes = new Set((objects?.bindings ?? []).map((binding) => binding.class_name));
  return [
    'import * as glue from "glue";',
    'import { durableObject } from "./worker/entry.mjs";',
    'export { default } from "./worker/entry.mjs";',
    ...[...classes].map((name) => `export const ${name} = durableObject(glue.${name});`),
  ].join("\n");
}
