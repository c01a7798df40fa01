// Network: nothing that is typed is sent, the Content-Security-Policy holds, and the page loads
// quickly.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});

test("nothing that is typed is sent", async (t) => {
  const { page, requests, consoleErrors } = await openPage(t, browser, server.url);
  const loaded = requests.length;
  await paste(page, { ...EVENT, event_type: "Level Secret", user_id: "a-very-private-id" });
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.getByLabel("Sample event").selectOption("All of these, as NDJSON");
  await page.getByRole("heading", { name: "14 events" }).waitFor();
  await page.getByRole("switch", { name: "Enabled" }).uncheck();
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("button", { name: "Check a body" }).click();
  await page.getByRole("textbox", { name: "Kochava body, as JSON" }).fill('{"action":"event"}');
  await page.waitForTimeout(300);
  assert.deepEqual(requests.slice(loaded), []);
  assert.ok(
    requests.every(
      ({ method, url, body }) => method === "GET" && body === null && url.startsWith(server.url),
    ),
  );
  assert.deepEqual(consoleErrors, [], "no violation of the Content-Security-Policy");
});

test("the Content-Security-Policy blocks connections to other hosts", async (t) => {
  const { page, requests, consoleErrors } = await openPage(t, browser, server.url);
  const loaded = requests.length;
  const reached = await page.evaluate(() =>
    fetch("https://control.kochava.com/track/json", { method: "POST", body: "{}" }).then(
      () => true,
      () => false,
    ),
  );
  assert.equal(reached, false);
  assert.match(consoleErrors.join("\n"), /connect-src 'self'/);
  assert.ok(requests.slice(loaded).every(({ url }) => !url.startsWith("https:")));
});

test("the page runs in any folder of a static host", async (t) => {
  const elsewhere = await serve("/some/folder/");
  t.after(elsewhere.close);
  const { page, consoleErrors } = await openPage(t, browser, elsewhere.url);
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.deepEqual(consoleErrors, []);
});

test("page and wasm are at most 300 KB compressed, and the editor is a chunk of its own", async (t) => {
  const { requests } = await openPage(t, browser, server.url);
  const files = requests.map(({ url }) => new URL(url).pathname.slice(1) || "index.html");
  assert.ok(files.some((file) => file.endsWith(".wasm")));
  assert.equal(files.filter((file) => file.includes("codemirror")).length, 1);
  let bytes = 0;
  for (const file of files.filter((file) => !file.includes("codemirror")))
    bytes += brotliCompressSync(await readFile(new URL(`../dist/${file}`, import.meta.url))).length;
  t.diagnostic(`${bytes} bytes, brotli`);
  assert.ok(bytes <= 300_000, `${bytes} bytes`);
});

test("the editor loads after the first result and keeps text and selection of the textarea", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/codemirror/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.url);
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.equal(await page.locator(".cm-content").count(), 0);
  const area = page.locator("textarea");
  await area.fill(JSON.stringify({ ...EVENT, event_type: "Search" }));
  await page.locator(".line", { hasText: '"event_name": "Search"' }).waitFor();
  await area.press("ControlOrMeta+a");
  release();
  await page.locator(".cm-content").waitFor();
  assert.match(await page.locator(".cm-content").innerText(), /"Search"/);
  await page.waitForFunction(() => document.activeElement.classList.contains("cm-content"));
  await page.locator("textarea").waitFor({ state: "detached" });
  await page.keyboard.insertText("[]");
  assert.equal(await page.locator(".cm-content").innerText(), "[]", "the selection is kept");
});

test("hashed files are cached forever, and nothing else", async () => {
  const headers = await readFile(new URL("../dist/_headers", import.meta.url), "utf8");
  assert.match(headers, /\n\/assets\/\*\n {2}Cache-Control: public, max-age=31536000, immutable\n/);
  assert.doesNotMatch(headers.split("\n/assets/*")[0], /Cache-Control/);
});
