// preview/dist/THIRD-PARTY.txt names every npm package and every crate whose code is in the page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));
const text = await readFile(`${root}dist/THIRD-PARTY.txt`, "utf8");

test("each npm package in the page is named, by the source maps of a second build", async () => {
  const { output } = await build({
    configFile: `${root}vite.config.ts`,
    root,
    logLevel: "silent",
    build: { write: false, sourcemap: true },
  });
  const sources = output.flatMap(({ map }) => map?.sources ?? []);
  const names = sources.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const packages = new Set(names.filter((name) => name && name !== "kochava-edge"));
  assert.ok(packages.size >= 15, `${packages.size} packages`);
  assert.deepEqual(
    [...packages].filter((name) => !text.includes(`\n- ${name} `)),
    [],
  );
});

test("the crates in the wasm are named, and each licence stands in full", () => {
  assert.match(text, /^- wasm-bindgen \d+\.\d+\.\d+ \(MIT OR Apache-2\.0\)$/m);
  const entries = text.match(/^- .+ \(.+\)$/gm);
  const headings = text.split(/^-{80}\n/m).slice(1);
  const named = headings.flatMap((section) => section.split("\n", 1)[0].split(", "));
  assert.equal(named.length, entries.length);
  for (const section of headings) assert.match(section, /permission|licen[cs]e/i);
});
