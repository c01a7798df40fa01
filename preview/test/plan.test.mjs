// The preview of an event: result, problems, trace, copies and samples.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { Mapper } from "kochava-edge";
import {
  EVENT,
  IOS,
  faultsOf,
  openPage,
  paste,
  serve,
  shownText,
  startBrowser,
} from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options) => openPage(t, browser, server.url, options);
const SETTINGS = JSON.parse(
  await readFile(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);

test("the page opens with a sample that is ready", async (t) => {
  const { page, consoleErrors } = await open(t);
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
  assert.deepEqual(consoleErrors, []);
});

test("a pasted event is planned at once, and a refusal names rule, field and source", async (t) => {
  const { page } = await open(t);
  const refused = { ...EVENT, ip_address: null };
  await paste(page, refused);
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  const problem = await page.getByRole("region", { name: "Problems" }).innerText();
  const [{ violations }] = new Mapper(SETTINGS).plan(refused).fates;
  assert.equal(violations.length, 1);
  const message = shownText(violations[0].message);
  assert.ok(problem.toLowerCase().includes(message.toLowerCase()), problem);
  assert.match(problem, /origination-ip-missing/);
  assert.match(problem, /data\.origination_ip/);
  assert.match(problem, /Post-Install Event Setup/);
  await page.getByRole("button", { name: "Show in the event" }).click();
  await page.waitForFunction((text) => getSelection().toString() === text, "null");
  assert.equal(await page.locator(".cm-lintRange-error").innerText(), "null");
});

test("an event that is not selected can be added to the selection", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...EVENT, event_type: "Song Played" });
  await page.getByText("Not sent: Song Played matches none of the selected events.").waitFor();
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
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

test("a field highlights its origin in the event, and a value its field", async (t) => {
  const { page } = await open(t);
  await page.locator('.line[data-key="0 data.device_ids.idfa"]').hover();
  assert.equal(
    await page.locator(".cm-highlight").innerText(),
    '"4E6C2D8A-17B3-4F59-A0C2-6B1D9E7F3A52"',
  );
  await page.locator(".cm-highlight").hover();
  const line = page.locator('.line[data-highlighted="true"]');
  await line.waitFor();
  assert.match(await line.innerText(), /^"idfa": "4E6C2D8A/);
  assert.match(
    await page.getByRole("region", { name: "Event", exact: true }).locator(".status").innerText(),
    /data\.device_ids\.idfa/,
  );
  // the sample's settings try the export column first, which is null in this event
  const row = page
    .getByRole("list", { name: "Fields that are sent" })
    .getByRole("button", { name: /^data\.device_ids\.idfa/ });
  assert.match((await row.innerText()).replace(/\s+/g, " "), /idfa no value user_properties\.idfa/);
});

test("the exact bytes are counted and copied", async (t) => {
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

test("a shell passes the copied curl command on with the exact body", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...IOS, event_properties: { name: 'it\'s $HOME `x` \\ "y"' } });
  await page.getByRole("button", { name: "Exact bytes" }).click();
  const body = await page.getByLabel("Body, exact bytes").innerText();
  assert.ok(body.includes("it's $HOME"));
  await page.getByRole("button", { name: "Copy curl" }).click();
  const args = await curlArguments(await clipboard(page));
  assert.deepEqual(args, [
    "--request",
    "POST",
    "https://control.kochava.com/track/json",
    "--header",
    "Content-Type: application/json",
    "--data-raw",
    body,
  ]);
});

test("the copied JSON is the fate without its trace", async (t) => {
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

test("credentials sign the request, and the page says that the copied curl command includes them", async (t) => {
  const { page } = await open(t);
  await page.getByText("Authentication", { exact: true }).click();
  await page.getByLabel("API key").fill("test-api-key");
  const [fault] = faultsOf({ ...SETTINGS, authentication: { api_key: "test-api-key" } });
  await page.locator(`[id="field-${fault.path}"]`).getByText(shownText(fault.message)).waitFor();
  await page.getByLabel("App secret").fill("test-secret");
  await page.getByText("The copied curl command includes your API key").waitFor();
  const request = await page.getByRole("region", { name: /^Request 1/ }).innerText();
  assert.match(request, /Kochava-Api-Key:\s+test-api-key/);
  assert.match(request, /Kochava-Auth-Token:\s+[0-9a-f]{64}/);
  assert.doesNotMatch(request, /test-secret/);
});

test("unreadable text shows where parsing stopped", async (t) => {
  const { page } = await open(t);
  await paste(page, '{ "event_type": oops }');
  await page.getByRole("heading", { name: "Unreadable" }).waitFor();
  await page.getByText("line 1, column 17").waitFor();
  await page.getByRole("button", { name: "Show it" }).click();
  await page.waitForFunction((text) => getSelection().toString() === text, "o");
  await paste(page, "");
  await page.getByRole("button", { name: "Show a sample" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("every sample of the webhook has the fate that samples/README.md says", async (t) => {
  const { page } = await open(t);
  const table = await readFile(new URL("../../samples/README.md", import.meta.url), "utf8");
  const expected = [...table.matchAll(/^\| `\d+-[^|]*\|[^|]*\| (ready|refused|skipped)/gm)].map(
    ([, fate]) => fate,
  );
  const webhook = page.getByLabel("Sample event").locator("optgroup").first();
  const names = await webhook.locator("option").count();
  // beside the samples: the NDJSON of them
  assert.equal(expected.length, names - 1);
  for (const [index, fate] of expected.entries()) {
    await page.getByLabel("Sample event").selectOption({ index: index + 1 });
    await page.locator(`.verdict-${fate}`).waitFor();
  }
});

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Returns the arguments that a POSIX shell passes to `curl`. */
async function curlArguments(command) {
  const curl = `curl() { for argument; do printf '%s\\0' "$argument"; done; }\n`;
  const { stdout } = await promisify(execFile)("sh", ["-c", curl + command]);
  return stdout.split("\0").slice(0, -1);
}
