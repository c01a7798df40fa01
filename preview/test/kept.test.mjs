// Work is kept: over a reload, and against every action that replaces or removes something.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EVENT, editorText, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options) => openPage(t, browser, server.url, options);
const OWN = { ...EVENT, event_type: "My Own Event" };

test("event, settings and view survive a reload", async (t) => {
  const { page, consoleErrors } = await open(t);
  await paste(page, [EVENT, OWN]);
  await row(page, 1).click();
  await page.getByRole("textbox", { name: "iPadOS" }).fill("komine-ipad");
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  await reload(page);
  await page.getByRole("heading", { name: "2 events" }).waitFor();
  assert.equal(await row(page, 1).getAttribute("aria-selected"), "true");
  assert.match(await editorText(page, "Settings, as JSON"), /"ipados": "komine-ipad"/);
  assert.match(await editorText(page, "Event, as JSON"), /"My Own Event"/);
  await page.getByText("Yours, begun from a sample").waitFor();
  await page.getByRole("button", { name: "Check a body" }).click();
  const body = page.getByRole("textbox", { name: "Kochava body, as JSON" });
  await body.fill('{"action":"event","kochava_app_id":"komine"}');
  await reload(page);
  assert.match(await editorText(page, "Kochava body, as JSON"), /komine/);
  assert.deepEqual(consoleErrors, []);
});

test("a text of settings that is not finished survives a reload, too", async (t) => {
  const { page } = await open(t);
  for (const [view, label, text] of [
    ["JSON", "Settings, as JSON", '{ "app_guid": "komine", '],
    ["wrangler.toml", "Settings, as lines of wrangler.toml", '[vars.SETTINGS]\napp_guid = "komine'],
  ]) {
    await page.getByRole("button", { name: view, exact: true }).click();
    await page.getByRole("textbox", { name: label }).fill(text);
    await page.getByText(/This is not valid/).waitFor();
    await reload(page);
    await page.getByText(/This is not valid/).waitFor();
    assert.equal(await editorText(page, label), text);
  }
});

test("events stay in the tab, settings are for good, and credentials are kept nowhere", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...EVENT, user_id: "a-private-id" });
  await page.getByText("Authentication", { exact: true }).click();
  await page.getByLabel("API key").fill("the-key");
  await page.getByLabel("App secret").fill("the-secret");
  await page.getByRole("textbox", { name: "iPadOS" }).fill("komine-ipad");
  await page.waitForFunction(
    () => JSON.stringify({ ...localStorage }).includes("komine-ipad") && sessionStorage.length > 0,
  );
  const [local, tab] = await page.evaluate(() => [
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
  ]);
  assert.doesNotMatch(local, /a-private-id/);
  assert.match(tab, /a-private-id/);
  assert.doesNotMatch(local + tab, /the-key|the-secret/);
  // another tab has the settings, but not the event
  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.getByRole("heading", { name: "Ready" }).waitFor();
  assert.equal(await other.getByRole("textbox", { name: "iPadOS" }).inputValue(), "komine-ipad");
  assert.equal(await other.getByText("a-private-id").count(), 0);
});

test("an event that is too large to be kept says so, and nothing stale comes back", async (t) => {
  const { page } = await open(t);
  await paste(page, OWN);
  await page.waitForFunction(() => sessionStorage.length > 0);
  const line = JSON.stringify(EVENT);
  const text = `${Array(Math.ceil(6_000_000 / line.length))
    .fill(line)
    .join("\n")}\n`;
  await page
    .locator('.event input[type="file"]')
    .setInputFiles({ name: "big.ndjson", mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByText("Too large to be kept over a reload.").waitFor({ timeout: 30_000 });
  await reload(page);
  assert.doesNotMatch(await editorText(page, "Event, as JSON"), /My Own Event/);
});

test("settings of a link replace one's own, and one click brings those back", async (t) => {
  const { page } = await open(t);
  await page.getByRole("textbox", { name: "iPadOS" }).fill("komine-ipad");
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("textbox", { name: "iPadOS" }).fill("komine-later");
  await page.evaluate((hash) => (location.hash = hash), new URL(link).hash);
  await page.getByText("The settings come from the link.").waitFor();
  await page.getByText("Those of the link").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "iPadOS" }).inputValue(), "komine-ipad");
  assert.equal(new URL(page.url()).hash, "", "a reload does not take the link again");
  await undo(page);
  assert.equal(await page.getByRole("textbox", { name: "iPadOS" }).inputValue(), "komine-later");
});

test("a sample in place of one's own event says so, and is undone with one click", async (t) => {
  const { page } = await open(t);
  await paste(page, OWN);
  await page.getByLabel("Sample event").selectOption("segment: Purchase");
  const toast = page.locator(".toast");
  await toast.getByText("A sample is in place of your event.").waitFor();
  await toast.getByRole("button", { name: "Undo" }).click();
  assert.match(await editorText(page, "Event, as JSON"), /"My Own Event"/);
  await page.getByRole("button", { name: "Redo" }).click();
  assert.match(await editorText(page, "Event, as JSON"), /"Order Completed"/);
});

test("reset, empty settings and removed blocks are undone with one click each", async (t) => {
  const { page } = await open(t);
  const guid = page.getByRole("textbox", { name: "iPadOS" });
  await guid.fill("komine-ipad");
  await page.getByRole("button", { name: "Reset to sample" }).click();
  assert.equal(await guid.inputValue(), "");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  assert.equal(await guid.inputValue(), "komine-ipad");
  await page.getByRole("button", { name: "Start empty" }).click();
  await page.getByText(/settings have errors:/).waitFor();
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  assert.equal(await guid.inputValue(), "komine-ipad");
  const events = page.locator('[id="field-events.select"]');
  const before = await events.getByRole("group").count();
  await events.getByRole("button", { name: "Remove block 1", exact: true }).click();
  await page.locator(".toast").getByText("Block 1 is removed.").waitFor();
  assert.equal(await events.getByRole("group").count(), before - 1);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  assert.equal(await events.getByRole("group").count(), before);
});

test("undo reaches what was typed, chosen and checked, in order, by keys, too", async (t) => {
  const { page } = await open(t);
  await paste(page, OWN);
  await page.getByLabel("Sender", { exact: true }).selectOption("generic");
  await page.getByRole("switch", { name: "Enabled" }).uncheck();
  await page.getByRole("button", { name: "Check a body" }).click();
  await page.getByLabel("Sample body").selectOption("An install");
  // outside of a text, the keys undo, too
  await page.getByRole("heading", { name: "Follows the guide" }).click();
  await page.keyboard.press("Control+z");
  await page.getByRole("heading", { name: /^Breaks/ }).waitFor();
  await page.keyboard.press("Control+z");
  await page.getByRole("switch", { name: "Enabled" }).waitFor();
  assert.equal(await page.getByRole("switch", { name: "Enabled" }).isChecked(), true);
  assert.equal(await page.getByLabel("Sender", { exact: true }).inputValue(), "generic");
  await undo(page);
  assert.equal(await page.getByLabel("Sender", { exact: true }).inputValue(), "");
  await undo(page);
  assert.match(await editorText(page, "Event, as JSON"), /"Level Complete"/);
  assert.ok(await page.getByRole("button", { name: "Undo the last change" }).isDisabled());
  for (let step = 0; step < 4; step += 1) await page.getByRole("button", { name: "Redo" }).click();
  await page.getByRole("heading", { name: "Follows the guide" }).waitFor();
});

test("in an editor, undo goes on where the editor has nothing more to undo", async (t) => {
  const { page } = await open(t);
  await paste(page, OWN);
  await page.getByLabel("Sample event").selectOption("segment: Purchase");
  const editor = page.getByRole("textbox", { name: "Event, as JSON" });
  const text = () => editorText(page, "Event, as JSON");
  const type = async (...keys) => {
    await editor.click();
    await page.keyboard.press("Control+Home");
    for (const key of keys) {
      await page.keyboard.press(key);
      // two steps of the editor, and one of the page
      await page.waitForTimeout(600);
    }
  };
  const sample = await text();
  await type("x", "y");
  assert.equal(await text(), `xy${sample}`);
  // slowly, so that keys and their undo could be steps apart
  await page.waitForTimeout(1_100);
  await page.keyboard.press("Control+z");
  assert.equal(await text(), `x${sample}`);
  await page.waitForTimeout(1_100);
  await page.keyboard.press("Control+z");
  assert.equal(await text(), sample);
  await page.keyboard.press("Control+z");
  assert.match(await text(), /"My Own Event"/);
  // what is typed after an undo is a step again, and so is what is deleted by hand
  const own = await text();
  await type("x");
  await page.waitForTimeout(1_100);
  await page.keyboard.press("Backspace");
  assert.equal(await text(), own);
  await undo(page);
  assert.equal(await text(), `x${own}`);
  await undo(page);
  assert.equal(await text(), own);
  await undo(page);
  assert.doesNotMatch(await text(), /"My Own Event"/);
  assert.ok(await page.getByRole("button", { name: "Undo the last change" }).isDisabled());
});

test("where the browser stores nothing, the page works all the same", async (t) => {
  const { page, consoleErrors } = await open(t);
  await page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
  });
  await page.reload();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await paste(page, OWN);
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  assert.deepEqual(consoleErrors, []);
});

const row = (page, index) =>
  page.getByRole("listbox", { name: "Events" }).getByRole("option").nth(index);
const undo = (page) => page.getByRole("button", { name: "Undo the last change" }).click();

async function reload(page) {
  await page.reload();
  await page.locator(".cm-content").first().waitFor();
}
