// The packed package, installed into an empty folder as a user has it.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const tarball = join(root, "target/kochava-edge.tgz");
export const bin = (name) => join(root, "node_modules/.bin", name);
export const run = promisify(execFile);

/** An environment in which a command finds nothing of this repository. */
export const bare = { ...process.env, NODE_PATH: "", NO_COLOR: "1" };

/** Creates the folder and removes it after the test or file `t`. */
export async function installed(t) {
  const folder = await mkdtemp(join(tmpdir(), "kochava-edge-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  await run(
    "npm",
    ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", tarball],
    { cwd: folder, env: bare },
  );
  return {
    folder,
    modules: join(folder, "node_modules"),
    path: (name) => join(folder, name),
    write: (name, text) => writeFile(join(folder, name), text),
    read: (name) => readFile(join(folder, name), "utf8"),
    /** Runs a command in the folder and returns its output. */
    async run(command, args, options = {}) {
      const { stdout } = await run(command, args, {
        cwd: folder,
        env: bare,
        maxBuffer: 1e8,
        ...options,
      });
      return stdout;
    },
  };
}
