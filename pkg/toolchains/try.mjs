// Runs cases: each from the packed package and the npm registry, in a folder with no other files.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { openBrowser, served } from "../test/support/browser.mjs";
import { bare, root, run, tarball } from "../test/support/consumer.mjs";
import { FOUND, MAIN } from "./app.mjs";

const LOADED_MS = 60_000;
const COMMAND_MS = 120_000;
const INSTALL_MS = 90_000;
/** The registry may be out of reach for a moment; nothing else is tried twice. */
const INSTALL_ATTEMPTS_MAX = 3;
const MANIFEST = '{ "private": true, "type": "module" }';

/** @param {import("./app.mjs").Case[]} cases */
export function tryAll(cases) {
  const folders = new Map();
  after(() =>
    Promise.all(Array.from(folders.values(), (path) => rm(path, { recursive: true, force: true }))),
  );
  const closing = [];
  after(() => Promise.all(closing.map((close) => close())));
  let browser;
  // one for all cases, closed after the last
  const browse = () => (browser ??= openBrowser({ after: (close) => closing.push(close) }));
  for (const one of cases)
    test(`${one.tool}, ${one.what}: ${one.entry ?? MAIN}, ${one.needs ?? "untouched"}`, (t) =>
      tryCase(t, one, folders, browse));
}

async function tryCase(t, one, folders, browse) {
  const cwd = await folderWith(one, folders);
  const env = {
    ...bare,
    // hosts are not installed with an application
    PATH: [
      join(cwd, "node_modules/.bin"),
      dirname(process.env.DENO),
      join(root, "node_modules/.bin"),
      bare.PATH,
    ].join(delimiter),
    NEXT_TELEMETRY_DISABLED: "1",
    CI: "1",
  };
  const options = { cwd, env, timeout: COMMAND_MS, maxBuffer: 1e8 };
  for (const command of one.build ?? [])
    await run("sh", ["-c", `exec ${command}`], options).catch(({ message, stdout, stderr }) =>
      assert.fail(`${message}\n${stdout}${stderr}`),
    );
  if (one.run) {
    const { stdout } = await run(one.run[0], one.run.slice(1), options);
    assert.match(stdout, new RegExp(`^${FOUND}$`, "m"));
  }
  if (one.page) {
    const headers = one.policy ? { "Content-Security-Policy": one.policy } : {};
    const url = await served(t, join(cwd, one.page), headers);
    await assertTitle(t, browse, `${url}/index.html`);
  }
  if (one.dev) await assertTitle(t, browse, await started(t, one.dev, { cwd, env }));
}

/** The folder in which the packages of a case are installed, with its files and no others. */
async function folderWith({ install = [], files }, folders) {
  const key = install.join(" ");
  if (!folders.has(key)) {
    const path = await mkdtemp(join(tmpdir(), "kochava-edge-"));
    folders.set(key, path);
    await writeFile(join(path, "package.json"), MANIFEST);
    await installIn(path, install);
  }
  const cwd = folders.get(key);
  for (const name of await readdir(cwd))
    if (!/^(?:node_modules|package-lock\.json)$/.test(name))
      await rm(join(cwd, name), { recursive: true });
  for (const [name, text] of Object.entries({ "package.json": MANIFEST, ...files })) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  return cwd;
}

async function installIn(cwd, packages) {
  const words = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  for (let attempt = 1; ; attempt += 1)
    try {
      const options = { cwd, env: bare, timeout: INSTALL_MS, maxBuffer: 1e8 };
      return await run("npm", [...words, tarball, ...packages], options);
    } catch (error) {
      if (attempt === INSTALL_ATTEMPTS_MAX) throw error;
    }
}

async function assertTitle(t, browse, url) {
  const context = await (await browse()).newContext();
  t.after(() => context.close());
  const tab = await context.newPage();
  const complaints = [];
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await tab.goto(url);
  await tab
    .waitForFunction((title) => document.title === title, FOUND, {
      timeout: LOADED_MS,
      // under a policy without `unsafe-eval` and while a page is hidden
      polling: 100,
    })
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
