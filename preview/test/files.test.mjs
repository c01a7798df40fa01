// Files and batches: loading, the list of events, filters and size.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options) => openPage(t, browser, server.url, options);

const line = (over) => JSON.stringify({ ...EVENT, ...over });
const LINES = [
  line({}),
  line({ event_type: "Settings Opened" }),
  "{ oops",
  line({ ip_address: null }),
  line({ user_properties: { ...EVENT.user_properties, user_agent: null } }),
].join("\n");

test("NDJSON gives a list of fates and a summary by reason", async (t) => {
  const { page } = await open(t);
  await paste(page, LINES);
  await page.getByRole("heading", { name: "5 events" }).waitFor();
  const chips = await page
    .getByRole("group", { name: "Filter" })
    .getByRole("button")
    .allInnerTexts();
  assert.deepEqual(chips.slice(0, 3), ["ready 2", "skipped 1", "refused 2"]);
  assert.deepEqual(chips.slice(3).sort(), [
    "device-ua-missing 1",
    "device-ver-missing 1",
    "invalid-json 1",
    "not-selected 1",
    "origination-ip-missing 1",
  ]);
  const rows = page.getByRole("listbox", { name: "Events" }).getByRole("option");
  assert.equal(await rows.count(), 5);
  await rows.nth(3).click();
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  // spans of the trace are relative to the whole text, not to the line
  await page
    .getByRole("list", { name: "Fields that are not sent" })
    .getByRole("button", { name: /^data\.device_ids\.adid/ })
    .hover();
  assert.equal(
    await page.locator(".cm-highlight").first().innerText(),
    '"38400000-8cf0-41bd-b23e-10b96e40000d"',
  );
  await page.getByRole("button", { name: "not-selected 1" }).click();
  assert.deepEqual(
    await rows.allInnerTexts().then((texts) => texts.map((text) => text.split("\n").at(-2))),
    ["Settings Opened"],
  );
  await page.getByRole("button", { name: "Show all" }).click();
  await rows.nth(2).click();
  const problems = page.getByRole("region", { name: "Problems" });
  await problems.getByText("invalid-json", { exact: true }).waitFor();
});

test("an array and an events wrapper are listed, too", async (t) => {
  const { page } = await open(t);
  await paste(page, { events: [EVENT, { ...EVENT, ip_address: "10.0.0.1" }] });
  await page.getByRole("heading", { name: "2 events" }).waitFor();
  await page.getByRole("listbox").getByRole("option").nth(1).click();
  await page.getByText("origination-ip-not-public").first().waitFor();
  await paste(page, []);
  await page.getByRole("heading", { name: "No events" }).waitFor();
});

test("the list can be used with the keyboard", async (t) => {
  const { page } = await open(t);
  await paste(page, LINES);
  await page.getByRole("listbox", { name: "Events" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.keyboard.press("End");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  const list = page.getByRole("listbox", { name: "Events" });
  assert.equal(
    await list.getAttribute("aria-activedescendant"),
    await page.locator('[role="option"][aria-selected="true"]').getAttribute("id"),
  );
});

test("a gzipped NDJSON file is unpacked", async (t) => {
  const { page } = await open(t);
  await choose(page, {
    name: "export.ndjson.gz",
    buffer: gzipSync(`${line({})}\n${line({ event_type: "Search" })}\n`),
  });
  await page.getByRole("heading", { name: "2 events" }).waitFor();
});

test("a file can be dropped on the Event panel", async (t) => {
  const { page } = await open(t);
  const data = await page.evaluateHandle(
    (text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "one.json", { type: "application/json" }));
      return transfer;
    },
    line({ event_type: "Search" }),
  );
  const editor = page.getByRole("textbox", { name: "Event, as JSON" });
  await editor.dispatchEvent("dragover", { dataTransfer: data });
  await page.getByText("Drop the file to open it").waitFor();
  await editor.dispatchEvent("drop", { dataTransfer: data });
  await page.locator(".line", { hasText: '"event_name": "Search"' }).waitFor();
  assert.equal(await page.getByText("Drop the file to open it").count(), 0);
});

test("a file that cannot be read shows the reason, and the previous event stays", async (t) => {
  const { page } = await open(t);
  const bad = [
    [
      { name: "photo.json", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]) },
      "photo.json is a PNG image, not text. Choose JSON, or NDJSON with one event on each line.",
    ],
    [
      { name: "old.json", buffer: Buffer.from([0x7b, 0xff, 0xfe]) },
      "old.json is not UTF-8 text. Choose JSON, or NDJSON with one event on each line.",
    ],
    [
      { name: "cut.json.gz", buffer: gzipSync(LINES).subarray(0, 40) },
      "cut.json.gz is not valid gzip.",
    ],
    [{ name: "empty.json", buffer: Buffer.from("  \n") }, "empty.json is empty."],
    [
      { name: "bomb.json.gz", buffer: gzipSync(Buffer.alloc(21_000_000, 0x20)) },
      "bomb.json.gz unpacks to more than 20 MB. Use the command line instead: npx kochava-edge plan FILE",
    ],
    [
      { name: "large.json", buffer: Buffer.alloc(20_000_001, 0x20) },
      "large.json is larger than 20 MB. Use the command line instead: npx kochava-edge plan FILE",
    ],
  ];
  const folder = await mkdtemp(join(tmpdir(), "preview-files-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [{ name, buffer }, message] of bad) {
    // from the disk: as bytes, 20 MB take the browser's driver many seconds
    await writeFile(join(folder, name), buffer);
    await page.locator('.event input[type="file"]').setInputFiles(join(folder, name));
    await page.getByRole("alert").filter({ hasText: message }).waitFor();
    await page.getByRole("heading", { name: "Ready" }).waitFor();
  }
  await page.getByLabel("Sample event").selectOption({ index: 2 });
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("no typed character is lost on a slow machine", async (t) => {
  const { page } = await open(t);
  const devtools = await page.context().newCDPSession(page);
  await page.getByRole("textbox", { name: "Event, as JSON" }).click();
  await page.keyboard.press("Control+a");
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 6 });
  const typed = "0123456789".repeat(6);
  await page.keyboard.type(typed);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await page
    .locator(".cm-line")
    .filter({ hasText: new RegExp(`^${typed}$`) })
    .waitFor();
});

test("typing in 5 MB of NDJSON stays fast, and only visible rows are drawn", async (t) => {
  const { page, consoleErrors } = await open(t);
  const count = Math.ceil(5_000_000 / (line({}).length + 1));
  await choose(page, {
    name: "many.ndjson",
    buffer: Buffer.from(`${Array(count).fill(line({})).join("\n")}\n`),
  });
  await page
    .getByRole("heading", { name: `${count.toLocaleString("en")} events` })
    .waitFor({ timeout: 20_000 });
  // 15 rem of rows of 30 px are visible, and 8 more are drawn below
  assert.ok((await page.getByRole("listbox").getByRole("option").count()) <= 30);
  await page.getByRole("textbox", { name: "Event, as JSON" }).click();
  await page.keyboard.press("Control+Home");
  // planning is debounced: a key that waited for all lines to be planned again would time out
  await page.keyboard.type("          ");
  assert.match(await page.locator(".cm-line").first().innerText(), /^ {10}\{/);
  await page.getByRole("listbox", { name: "Events" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("option", { name: new RegExp(`^${count}`) }).waitFor();
  assert.deepEqual(consoleErrors, []);
});

const choose = (page, file) =>
  page
    .locator('.event input[type="file"]')
    .setInputFiles({ mimeType: "application/octet-stream", ...file });
