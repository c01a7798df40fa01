// Runs the bundled `kochava-edge` in tests.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../bin/kochava-edge.js", import.meta.url));
export const SAMPLES = fileURLToPath(new URL("../../../samples/", import.meta.url));
export const SHOP = `${SAMPLES}settings/sneaker-shop.json`;
const PEAK = new URL("./peak.mjs", import.meta.url).href;

/**
 * Runs the command to its end.
 *
 * @param {string[]} words
 * @param {{ input?: string | Uint8Array | AsyncIterable<Uint8Array>, cwd?: string, env?: object,
 *   isClosedEarly?: boolean, isInterrupted?: boolean }} options `isClosedEarly`: the reader closes
 *   the pipe after the first bytes; `isInterrupted`: Ctrl-C is sent after them
 */
export async function run(
  words,
  { input = "", cwd, env, isClosedEarly = false, isInterrupted = false } = {},
) {
  const child = spawn(process.execPath, ["--import", PEAK, BIN, ...words], {
    cwd,
    env: { ...plainEnv(), ...env },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [out, err, peak] = [[], [], []];
  let lines = 0;
  child.stdout.on("data", (chunk) => {
    // of a large output only the lines are counted
    if (out.length < 1_000) out.push(chunk);
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
    if (isClosedEarly) child.stdout.destroy();
    if (isInterrupted) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk) => err.push(chunk));
  child.stdio[3].on("data", (chunk) => peak.push(chunk));
  child.stdin.on("error", () => {});
  Readable.from(typeof input === "string" || input instanceof Uint8Array ? [input] : input)
    .on("error", () => {})
    .pipe(child.stdin);
  const code = await new Promise((resolve) =>
    child.on("close", (exitCode, signal) => resolve(exitCode ?? signal)),
  );
  return {
    code,
    out: Buffer.concat(out).toString(),
    err: Buffer.concat(err).toString(),
    lines,
    peakMegabytes: Number(Buffer.concat(peak)) / 1_000,
  };
}

/**
 * Runs a shell command on a terminal with `columns` columns. Both outputs are returned together,
 * without carriage returns.
 */
export async function runInTerminal(command, { columns = 80, cwd, env } = {}) {
  const line = `stty cols ${columns} rows 50; ${command}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd,
    env: { ...plainEnv(), TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
  });
  const out = [];
  child.stdout.on("data", (chunk) => out.push(chunk));
  const code = await new Promise((resolve, reject) =>
    child.on("close", resolve).on("error", reject),
  );
  return { code, out: Buffer.concat(out).toString().replaceAll("\r\n", "\n") };
}

/** A call as a shell command. */
export function command(...words) {
  return [process.execPath, BIN, ...words]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(" ");
}

/** A folder with these files, removed after the test. */
export async function folder(test, files) {
  const path = await mkdtemp(join(tmpdir(), "kochava-edge-"));
  test.after(() => rm(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

/** Lines of JSON, parsed. */
export function parsed(ndjson) {
  return ndjson
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Fates in short: `ready`, `skipped not-selected`, `refused invalid-json`. */
export function inShort(fates) {
  return fates.map(({ fate, code, violations }) =>
    [fate, code ?? violations?.map((violation) => violation.code)].flat().filter(Boolean).join(" "),
  );
}

/** The environment without variables that change the output. */
function plainEnv() {
  const { NO_COLOR, FORCE_COLOR, COLUMNS, NODE_OPTIONS, NODE_TEST_CONTEXT, ...env } = process.env;
  return env;
}
