// Runs the cases of cases.mjs: each toolchain in a fresh folder, from the packed package and the npm
// registry.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { openBrowser, served } from "../test/support/browser.mjs";
import { bare, run, tarball } from "../test/support/consumer.mjs";
import { CASES } from "./cases.mjs";

const CODE = "origination-ip-missing";
const LOADED_MS = 60_000;
const folders = new Map();
after(() => Promise.all([...folders.values()].map((path) => rm(path, { recursive: true }))));

for (const one of CASES) {
  const { tool, what, entry = "kochava-edge", needs } = one;
  test(`${tool}, ${what}: ${entry}, ${needs ?? "untouched"}`, async (t) => {
    const cwd = await folderWith(t, one);
    const env = {
      ...bare,
      PATH: `${join(cwd, "node_modules/.bin")}:${bare.PATH}`,
      NEXT_TELEMETRY_DISABLED: "1",
      CI: "1",
    };
    const inFolder = (words) => run(words[0], words.slice(1), { cwd, env, maxBuffer: 1e8 });
    for (const command of one.build ?? [])
      await inFolder(command.split(" ")).catch(({ stdout, stderr }) =>
        assert.fail(`${command}\n${stdout}${stderr}`),
      );
    if (one.run) {
      const { stdout } = await inFolder(one.run);
      assert.match(stdout, new RegExp(`^${CODE}$`, "m"));
    }
    if (one.page) await assertTitle(t, `${await served(t, join(cwd, one.page))}/index.html`);
    if (one.dev) await assertTitle(t, await started(t, one.dev, { cwd, env }));
  });
}

/** The folder in which the packages of a case are installed, with its files and no others. */
async function folderWith(t, { install, files }) {
  const key = install.join(" ");
  if (!folders.has(key)) {
    const path = await mkdtemp(join(tmpdir(), "kochava-edge-"));
    folders.set(key, path);
    await writeFile(join(path, "package.json"), '{ "private": true, "type": "module" }');
    await run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball, ...install],
      { cwd: path, env: bare, maxBuffer: 1e8 },
    );
  }
  const cwd = folders.get(key);
  for (const name of await readdir(cwd))
    if (!/^(?:node_modules|package-lock\.json)$/.test(name))
      await rm(join(cwd, name), { recursive: true });
  for (const [name, text] of Object.entries({
    "package.json": '{ "private": true, "type": "module" }',
    ...files,
  })) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  return cwd;
}

async function assertTitle(t, url) {
  const tab = await (await openBrowser(t)).newPage();
  const complaints = [];
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await tab.goto(url);
  await tab
    .waitForFunction((title) => document.title === title, CODE, { timeout: LOADED_MS })
    .catch(() => assert.fail(complaints.join("\n") || "the page has no result"));
}

/** Starts a server that takes its port as the last word. */
async function started(t, words, { cwd, env }) {
  const port = await freePort();
  const child = spawn(words[0], [...words.slice(1), String(port)], {
    cwd,
    env,
    detached: true,
    stdio: "ignore",
  });
  t.after(() => process.kill(-child.pid));
  const url = `http://localhost:${port}`;
  const deadline = Date.now() + LOADED_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return url;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return assert.fail(`${words.join(" ")} does not answer`);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
