// Can a person paste an event and see what Kochava would get, and why?

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { EVENT, IOS, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options) => openPage(t, browser, server.url, options);

test("the first view is a sample that is ready", async (t) => {
  const { page, complaints } = await open(t);
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  // samples/README.md: one event `Level Complete`, no warning
  const body = await page.getByRole("group", { name: "Body", exact: true }).innerText();
  assert.match(body, /"event_name": "Level Complete"/);
  // 2026-01-12 09:14:07 UTC, in seconds (Kochava, Post-Install Event Setup: Epoch format)
  assert.match(body, /"usertime": 1768209247/);
  assert.equal(await page.getByRole("region", { name: "Problems" }).count(), 0);
  assert.match(
    await page.getByRole("region", { name: /^Request 1/ }).innerText(),
    /POST https:\/\/control\.kochava\.com\/track\/json\s+Content-Type: application\/json/,
  );
  assert.deepEqual(complaints, []);
});

test("what is pasted is planned at once, and a refusal names rule, field and source", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...EVENT, ip_address: null });
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  const problem = await page.getByRole("region", { name: "Problems" }).innerText();
  assert.match(problem, /no IP address of the device; send it, or map another field/);
  assert.match(problem, /origination-ip-missing/);
  assert.match(problem, /data\.origination_ip/);
  assert.match(problem, /Post-Install Event Setup/);
  await page.getByRole("button", { name: "Show in the event" }).click();
  await page.waitForFunction((text) => getSelection().toString() === text, "null");
  assert.equal(await page.locator(".cm-lintRange-error").innerText(), "null");
});

test("a setting changes the fate", async (t) => {
  const { page } = await open(t);
  await page.getByRole("switch", { name: "Enabled" }).uncheck();
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.getByRole("button", { name: "Show enabled" }).click();
  await page.waitForFunction(() => document.activeElement.getAttribute("role") === "switch");
  await page.keyboard.press("Space");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("a field shows its origin, and an origin its field", async (t) => {
  const { page } = await open(t);
  await page.locator('.line[data-key="0 data.device_ids.idfa"]').hover();
  assert.equal(await page.locator(".cm-lit").innerText(), '"4E6C2D8A-17B3-4F59-A0C2-6B1D9E7F3A52"');
  await page.locator(".cm-lit").hover();
  const lit = page.locator('.line[data-lit="true"]');
  await lit.waitFor();
  assert.match(await lit.innerText(), /^"idfa": "4E6C2D8A/);
  assert.match(
    await page.getByRole("region", { name: "Event", exact: true }).locator(".status").innerText(),
    /data\.device_ids\.idfa/,
  );
  // the export column comes before the user property in the sample's settings, and is null in this event
  const row = page
    .getByRole("list", { name: "Fields that are sent" })
    .getByRole("button", { name: /^data\.device_ids\.idfa/ });
  assert.match(
    (await row.innerText()).replace(/\s+/g, " "),
    /idfa nothing there user_properties\.idfa/,
  );
});

test("the exact bytes are those that are counted and copied", async (t) => {
  const { page } = await open(t);
  await page
    .getByLabel("Sample event")
    .selectOption("iOS purchase with revenue and a name beyond ASCII");
  await page.getByRole("button", { name: "Exact bytes" }).click();
  const bytes = await page.getByLabel("Body, exact bytes").innerText();
  // Kochava, Install Authentication Integration: a slash is written `\/`
  assert.ok(bytes.includes(String.raw`"order_id":"A\/10412"`));
  assert.match(bytes, /^[ -~]+$/);
  await page.getByText(`${bytes.length} bytes`, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Copy body" }).click();
  assert.equal(await clipboard(page), bytes);
});

test("a shell sends the copied curl as it is shown", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...IOS, event_properties: { name: 'it\'s $HOME `x` \\ "y"' } });
  await page.getByRole("button", { name: "Exact bytes" }).click();
  const body = await page.getByLabel("Body, exact bytes").innerText();
  assert.ok(body.includes("it's $HOME"));
  await page.getByRole("button", { name: "Copy curl" }).click();
  const words = await inShell(await clipboard(page));
  assert.deepEqual(words, [
    "--request",
    "POST",
    "https://control.kochava.com/track/json",
    "--header",
    "Content-Type: application/json",
    "--data-raw",
    body,
  ]);
});

test("the copied JSON is the fate, without its explanation", async (t) => {
  const { page } = await open(t);
  await page
    .getByLabel("Sample event")
    .selectOption({ label: "Filtered because it was not selected" });
  await page.getByRole("button", { name: "Copy JSON" }).click();
  const fate = JSON.parse(await clipboard(page));
  assert.deepEqual(
    [fate.fate, fate.code, Object.keys(fate).sort()],
    ["skipped", "not-selected", ["code", "fate", "message"]],
  );
});

test("credentials sign the request, and the page says that the copied curl carries them", async (t) => {
  const { page } = await open(t);
  await page.getByText("Authentication", { exact: true }).click();
  await page.getByLabel("API key").fill("test-api-key");
  await page.getByText("is required beside the other credential").first().waitFor();
  await page.getByLabel("App secret").fill("test-secret");
  await page.getByText("The copied curl carries your API key").waitFor();
  const request = await page.getByRole("region", { name: /^Request 1/ }).innerText();
  assert.match(request, /Kochava-Api-Key:\s+test-api-key/);
  assert.match(request, /Kochava-Auth-Token:\s+[0-9a-f]{64}/);
  assert.doesNotMatch(request, /test-secret/);
});

test("what is no event says so, and leads to the place", async (t) => {
  const { page } = await open(t);
  await paste(page, '{ "event_type": oops }');
  await page.getByRole("heading", { name: "Unreadable" }).waitFor();
  await page.getByText("line 1, column 17").waitFor();
  await page.getByRole("button", { name: "Show the place" }).click();
  await page.waitForFunction((text) => getSelection().toString() === text, "o");
  await paste(page, "");
  await page.getByRole("button", { name: "Show a sample" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("every sample has the fate that its description says", async (t) => {
  const { page } = await open(t);
  const table = await readFile(new URL("../../samples/README.md", import.meta.url), "utf8");
  const expected = [...table.matchAll(/^\| `\d+-[^|]*\|[^|]*\| (ready|refused|skipped)/gm)].map(
    ([, fate]) => fate,
  );
  assert.ok(expected.length > 0);
  for (const [index, fate] of expected.entries()) {
    await page.getByLabel("Sample event").selectOption({ index: index + 1 });
    await page.locator(`.verdict-${fate}`).waitFor();
  }
});

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** The arguments that `curl` would get from a POSIX shell. */
async function inShell(command) {
  const curl = `curl() { for word; do printf '%s\\0' "$word"; done; }\n`;
  const { stdout } = await promisify(execFile)("sh", ["-c", curl + command]);
  return stdout.split("\0").slice(0, -1);
}
