// Does a deployment pass, as far as it can without an account, and is the upload small enough for a quick cold start?

import { execFileSync } from "node:child_process";

const GZIP_KIB_MAX = 220;

const output = execFileSync("wrangler", ["deploy", "--dry-run", "--outdir", "target/upload"], { encoding: "utf8", env: { ...process.env, CI: "true" } });
const [line, gzip] = output.match(/Total Upload: .*gzip: ([\d.]+) KiB/) ?? [];
if (!line) throw new Error(`wrangler said nothing about the upload:\n${output}`);
console.log(`${line} (at most ${GZIP_KIB_MAX})`);
if (Number(gzip) > GZIP_KIB_MAX) throw new Error("the upload is too large");
