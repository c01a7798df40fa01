// Measures what wrangler would upload.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a dry deployment; returns wrangler's line about the upload, and its size after gzip. */
export function measureUpload() {
  const output = execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", "target/upload"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, CI: "true" },
  });
  const [line, gzip] = output.match(/Total Upload: .*gzip: ([\d.]+) KiB/) ?? [];
  if (!line) throw new Error(`no size of the upload in the output of wrangler:\n${output}`);
  return { line, kibibytes: Number(gzip) };
}
