// The list of rejects and one reject: search, selection, replay, deletion, the trace.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST } from "./fixtures/rejects.mjs";
import { assertAccessible, startMockedConsole } from "./support.mjs";

const { mock, open } = await startMockedConsole();

const reasons = (page) => page.getByRole("list", { name: "Reasons" });

test("a reject that is gone is told, and does not lock the console", async (t) => {
  const { page } = await open(t, `#/rejects/${"f".repeat(32)}`);
  await page.getByRole("heading", { name: "This reject does not exist any more" }).waitFor();
  await assertAccessible(page, "gone");
});

test("everything can be reached by keyboard, and a dialog gives the focus back", async (t) => {
  const { page } = await open(t, "#/rejects");
  await page.getByRole("button", { name: "Replay…" }).first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the view");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "view");
  const opener = reasons(page).getByRole("button", { name: "Delete…" }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Delete all events: “No IP address”" }).waitFor();
  await page.getByLabel("Type delete 184 to confirm").waitFor();
  await assertAccessible(page, "delete dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await opener.evaluate((button) => button === document.activeElement), true);
});

test("a deletion needs its typed number", async (t) => {
  const { page } = await open(t, "#/rejects");
  await reasons(page).getByRole("button", { name: "Delete…" }).first().click();
  const confirm = page.getByRole("button", { name: "Delete 184 events" });
  assert.equal(await confirm.isDisabled(), true);
  await page.getByLabel("Type delete 184 to confirm").fill("delete 18");
  assert.equal(await confirm.isDisabled(), true);
  const deletions = () =>
    mock.requests.filter(({ route, body }) => route === "DELETE /rejects" && !body.dry);
  assert.deepEqual(deletions(), []);
  await page.getByLabel("Type delete 184 to confirm").fill("delete 184");
  await confirm.click();
  await page.getByText("184 events were deleted.").waitFor();
  assert.deepEqual(
    deletions().map(({ body }) => body),
    [{ filter: { reason: "origination-ip-missing" }, dry: false }],
  );
});

test("a selection is replayed after a look at the differences, with progress", async (t) => {
  const { page } = await open(t, "#/rejects");
  await page.getByLabel("Select Purchase").first().check();
  await page.getByLabel("Select Level Complete").first().check();
  await page.getByRole("button", { name: "Replay 2 selected…" }).click();
  const dialog = page.getByRole("dialog", { name: "Replay 2 events" });
  await dialog.getByText("2 would go.").waitFor();
  await dialog.getByText("2 fields differ").first().click();
  assert.equal(await dialog.locator("del").first().textContent(), "EURO");
  assert.equal(await dialog.locator("del + ins").first().textContent(), "EUR");
  await dialog.getByText("never sent before").waitFor();
  await assertAccessible(page, "replay dialog");
  await dialog.getByRole("button", { name: "Replay 2 events" }).click();
  await dialog.getByText("2 were sent again.").waitFor();
  await assertAccessible(page, "replayed");
  const sent = mock.requests.filter(
    ({ route, body }) => route === "POST /rejects/replay" && !body.dry,
  );
  assert.deepEqual(
    sent.map(({ body }) => body.ids.length),
    [2],
  );
});

test("a replay of hundreds goes on request by request, and can be stopped", async (t) => {
  let left = 250;
  const waits = [];
  mock.answers["POST /rejects/replay"] = ({ body }) => {
    if (body.dry)
      return { dry: true, found: 100, results: { ready: 100 }, more: true, rejects: [] };
    const queued = Math.min(100, left);
    left -= queued;
    waits.push(left);
    return { dry: false, found: queued, results: { queued }, more: left > 0, rejects: [] };
  };
  mock.answers["DELETE /rejects"] = ({ body }) => ({
    dry: true,
    found: body.filter?.reason === "unconfirmed" ? 2 : 250,
    deleted: 0,
  });
  const { page } = await open(t, "#/rejects");
  await page.getByRole("button", { name: "Replay all that match…" }).click();
  await page.getByText("Of the first 100 events of 250:").waitFor();
  // two of them are not among the first hundred
  await page.getByText("A replay sends them a second time.").waitFor();
  await page.getByRole("button", { name: "Replay all 250" }).click();
  await page.getByText("250 were sent again.").waitFor();
  await page.getByText("250 of 250 events in the queue").waitFor();
  assert.deepEqual(waits, [150, 50, 0]);
});

test("a search narrows the list, and Back leads out of a reject into it", async (t) => {
  const { page } = await open(t, "#/rejects");
  await page.getByLabel("Name of the event").fill("purch");
  await page.waitForURL(/search=purch/);
  const lastQuery = () =>
    mock.requests.filter(({ route }) => route === "GET /rejects").at(-1).query;
  await page.waitForTimeout(300);
  assert.equal(lastQuery().get("search"), "purch");
  await page.getByRole("table").last().getByRole("link").first().click();
  await page.waitForURL(/#\/rejects\/[0-9a-f]{32}/);
  await page.goBack();
  await page.waitForURL(/search=purch/);
  assert.equal(await page.getByLabel("Name of the event").inputValue(), "purch");
});

test("the trace of a reject highlights the event, and the event the trace", async (t) => {
  const { page } = await open(t, `#/rejects/${FIRST}`);
  await page.getByText("Today it would be sent").waitFor();
  await page.locator(".cm-content").waitFor();
  await page.locator(".field-row", { hasText: "data.origination_ip" }).hover();
  await page.locator(".cm-highlight", { hasText: "203.0.113.24" }).waitFor();
  await page.locator(".cm-line", { hasText: '"level": 12' }).getByText("12").hover();
  await page.locator('.line[data-highlighted="true"]', { hasText: '"level"' }).waitFor();
});

test("an event opens in the preview with the settings in force, in a tab without the token", async (t) => {
  const { page, context } = await open(t, `#/rejects/${FIRST}`);
  await page.getByText("Today it would be sent").waitFor();
  const opened = context.waitForEvent("page");
  await page.getByRole("button", { name: "Open in the preview" }).click();
  const preview = await opened;
  await preview.getByText('"origination_ip": "203.0.113.24"').first().waitFor();
  await preview.getByText('"kochava_app_id": "kosneaker-ios-7a1b"').first().waitFor();
  assert.equal(await preview.evaluate(() => sessionStorage.getItem("kochava-edge:token")), null);
  assert.ok(!preview.url().includes("203.0.113.24"));
});

test("a chosen reason is shown alone, and everything again by Show all", async (t) => {
  const { page } = await open(t, "#/rejects");
  await reasons(page).getByRole("heading").nth(2).waitFor();
  await reasons(page).getByRole("link", { name: "Kochava rejected it" }).click();
  await page.waitForURL(/reason=kochava-rejected/);
  await reasons(page).getByRole("link", { name: "No IP address" }).waitFor({ state: "detached" });
  assert.equal(await reasons(page).getByRole("heading").count(), 1);
  const names = page.getByRole("region", { name: "List of rejects" }).getByRole("rowheader");
  assert.deepEqual([...new Set(await names.allInnerTexts())], ["Purchase"]);
  await page.getByRole("button", { name: "Show all" }).click();
  await reasons(page).getByRole("link", { name: "No IP address" }).waitFor();
});

test("what can be done with a selection stays in view while the list is scrolled", async (t) => {
  for (const width of [1440, 390]) {
    const { page } = await open(t, "#/rejects", { width });
    const boxes = page.getByRole("checkbox", { name: /^Select (?!this page)/ });
    await boxes.nth(25).check();
    await boxes.nth(26).check();
    const replay = page.getByRole("button", { name: "Replay 2 selected…" });
    const { y, height } = await replay.boundingBox();
    assert.ok(y > 0 && y + height <= 900, `${y}`);
    await assertAccessible(page, "selected");
    await page.getByRole("button", { name: "Select none" }).click();
    await replay.waitFor({ state: "detached" });
  }
});
