// How large is what wrangler would upload?

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Deploys dry → wrangler's line, and the upload's size by gzip. */
export function measureUpload() {
  const output = execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", "target/upload"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, CI: "true" },
  });
  const [line, gzip] = output.match(/Total Upload: .*gzip: ([\d.]+) KiB/) ?? [];
  if (!line) throw new Error(`wrangler said nothing about the upload:\n${output}`);
  return { line, kibibytes: Number(gzip) };
}
