// Shared by the tests of the console: the browser, and a page that records what it complains about.

import { after, beforeEach } from "node:test";
import { NOW } from "./fixtures/night.mjs";
import { ADMIN, startMock } from "./mock.mjs";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });

/**
 * Opens the console until the test ends → { page, errors, requests }: errors and warnings of the
 * browser's console, and the addresses that the page asked. `token` is in the tab from the start;
 * `now` stops the page's clock, but not its timers.
 */
export async function openConsole(t, browser, url, options = {}) {
  const { token, now, fragment = "", width = 1440, height = 900, ...rest } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: "reduce",
    timezoneId: "UTC",
    ...rest,
  });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  if (now !== undefined) await page.clock.setFixedTime(now);
  if (token !== undefined)
    await page.addInitScript((value) => {
      if (sessionStorage.getItem("kochava-edge:token") === null)
        sessionStorage.setItem("kochava-edge:token", value);
    }, token);
  const errors = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${url}/console${fragment}`);
  return { page, context, errors, requests };
}

/** Asserts that axe finds nothing to complain about. */
export async function assertAccessible(page, where) {
  // evaluated by the debugger, which the Content-Security-Policy does not concern
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n  ")}`,
  );
  assert.deepEqual(found, [], where);
}

/**
 * Starts the page on made-up answers for the tests of one file. `mock.answers` are those of one test;
 * `open(t, fragment, options)` opens the page with the token.
 */
export async function startMockedConsole() {
  const mock = await startMock();
  after(() => mock.close());
  const browser = await startBrowser();
  after(() => browser.close());
  beforeEach(() => {
    mock.answers = {};
    mock.isOpen = false;
    mock.requests.length = 0;
  });
  const open = (t, fragment, options = {}) =>
    openConsole(t, browser, mock.url, { token: ADMIN, now: NOW, fragment, ...options });
  return { mock, open };
}
