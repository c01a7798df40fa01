// docs/cli.md is current, and its examples run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { COMMANDS } from "../cli/commands.mjs";
import { BIN, SAMPLES, SHOP, folder, parsed, run } from "./cli/bin.mjs";
import { READY } from "./cli/inputs.mjs";
import { zipOf } from "./cli/zip.mjs";

const GENERATOR = new URL("../../tools/docs-cli.mjs", import.meta.url).pathname;
const TOOLCHAINS = new URL("../../tools/docs-toolchains.mjs", import.meta.url).pathname;
const PAGE = new URL("../../docs/cli.md", import.meta.url);
/** Nothing is sent to Kochava: every request is confirmed. */
const CONFIRMING = new URL("./cli/scripted-fetch.mjs", import.meta.url).href;
const LINES_MAX = 250;

test("docs/cli.md is what tools/docs-cli.mjs writes, and is tracked by git", async () => {
  await promisify(execFile)(process.execPath, [GENERATOR, "--check"]);
});

test("the table of toolchains in docs/package.md is that of the cases that run", async () => {
  await promisify(execFile)(process.execPath, [TOOLCHAINS, "--check"]);
});

test("docs/cli.md has every command and example, and stays short", async () => {
  const page = await readFile(PAGE, "utf8");
  for (const { name, examples } of COMMANDS) {
    assert.ok(page.includes(`\n## ${name}\n`), name);
    for (const { command } of examples) assert.ok(page.includes(`\n${command}\n`), command);
  }
  assert.ok(page.split("\n").length <= LINES_MAX);
});

test("every example of docs/cli.md runs on the samples with the exit code in the table", async (t) => {
  const cwd = await exampleFolder(t);
  const env = { ...process.env, NO_COLOR: "1", NODE_OPTIONS: `--import ${CONFIRMING}` };
  env.PATH = [join(cwd, "bin"), dirname(process.execPath), env.PATH].join(":");
  for (const { command, exitCode } of COMMANDS.flatMap(({ examples }) => examples)) {
    const { code, stderr } = await shell(command, { cwd, env });
    assert.equal(code, exitCode, `${command}\n${stderr}`);
  }
  const fates = parsed(await readFile(join(cwd, "fates.ndjson"), "utf8"));
  assert.equal(fates.length, (await sampleNames()).length);
});

/** A folder with the files that the examples name, made of samples/. */
async function exampleFolder(t) {
  const names = await sampleNames();
  const samples = await Promise.all(names.map((name) => readFile(SAMPLES + name, "utf8")));
  const lines = samples.map((sample) => `${sample.replace(/\s*\n\s*/g, "")}\n`).join("");
  const settings = Object.entries(JSON.parse(await readFile(SHOP, "utf8")));
  const variables = settings.map(
    ([key, value]) => `SETTINGS_${key.toUpperCase()} = '${JSON.stringify(value)}'\n`,
  );
  const planned = await run(["plan", "-o", "ndjson", "-s", SHOP], { input: READY });
  const [{ requests }] = parsed(planned.out);
  const cwd = await folder(t, {
    "event.json": READY,
    "events.ndjson": lines,
    "events.ndjson.gz": gzipSync(lines),
    "export.zip": zipOf({ "export/1.json.gz": gzipSync(`${READY}\n`) }),
    "body.json": requests[0].body,
    "planned.ndjson": planned.out,
    "bodies.ndjson": `${requests[0].body}\n{}\n`,
    "wrangler.toml": `[vars]\n${variables.join("")}`,
  });
  await mkdir(join(cwd, "events"));
  for (const [index, name] of names.entries())
    await writeFile(join(cwd, "events", name), samples[index]);
  await mkdir(join(cwd, "bin"));
  await symlink(BIN, join(cwd, "bin/kochava-edge"));
  return cwd;
}

async function sampleNames() {
  const names = await readdir(SAMPLES);
  return names.filter((name) => name.endsWith(".json")).sort();
}

async function shell(command, options) {
  try {
    const { stderr } = await promisify(execFile)("sh", ["-c", command], options);
    return { code: 0, stderr };
  } catch ({ code, stderr }) {
    return { code, stderr };
  }
}
