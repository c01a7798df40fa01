// console/dist/THIRD-PARTY-CONSOLE.txt names every npm package whose code is in the page.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));

test("each npm package in the page is named, by the source maps of a second build", async () => {
  const text = await readFile(`${root}dist/THIRD-PARTY-CONSOLE.txt`, "utf8");
  const { output } = await build({
    configFile: `${root}vite.config.ts`,
    root,
    logLevel: "silent",
    build: { write: false, sourcemap: true },
  });
  const sources = output.flatMap(({ map }) => map?.sources ?? []);
  const names = sources.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const packages = new Set(names.filter((name) => name && name !== "kochava-edge"));
  assert.ok(packages.has("uplot") && packages.has("preact"), [...packages].join(" "));
  assert.deepEqual(
    [...packages].filter((name) => !text.includes(`\n- ${name} `)),
    [],
  );
});
