// Loads a module of the page into Node, for what needs no browser.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const SOURCE = new URL("../src/", import.meta.url);

/** `load("lib/situation.ts")` → its exports. */
export async function load(path) {
  const folder = await mkdtemp(join(tmpdir(), "kochava-edge-"));
  const outfile = join(folder, "module.mjs");
  try {
    await build({
      entryPoints: [fileURLToPath(new URL(path, SOURCE))],
      bundle: true,
      format: "esm",
      logLevel: "error",
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
