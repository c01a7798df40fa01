// Any input: what is no event is named, with what to do; check mode names lines and spellings.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { editorText, EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t) => openPage(t, browser, server.url);

test("CSV, HTML, XML, forms, curl and binary are named, each with a sentence", async (t) => {
  const { page } = await open(t);
  const cases = [
    ["event_type,user_id,time\nLevel Up,u-1,1767225600\n", "This is CSV", "convert each row"],
    ["name;device;ip\na;b;203.0.113.9", "This is CSV", "Export the events as JSON"],
    ["<!DOCTYPE html><html><body>Log in</body></html>", "This is an HTML page", "a login page"],
    ['<?xml version="1.0"?><events/>', "This is XML", "Events are read from JSON"],
    [
      "e=%5B%7B%22event_type%22%3A%22a%22%7D%5D&client=x",
      "This is an encoded form",
      "paste the JSON",
    ],
    ["curl https://x.example/ --data '{}'", "This is a curl command", "--data"],
    ["{'event_type': 'Level Up'}", "This is not quite JSON", "double quotes"],
    ["PAR1\u0000\u0001\u0002 data", "This is binary data", "It is not text."],
  ];
  for (const [text, title, advice] of cases) {
    await paste(page, text);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    const said = await page.locator(".verdict-text p").innerText();
    assert.ok(said.includes(advice), `${title}: ${said}`);
  }
  // what is only broken is not taken for anything else
  await paste(page, '{ "event_type": "a, b", }}\n{ "x": 1, 2 }');
  await page.getByRole("heading", { name: "Unreadable" }).waitFor();
});

test("a call to Kochava is recognised whatever the settings map, and can be checked", async (t) => {
  const { page } = await open(t);
  // these settings take the name of any JSON from `name`
  await page.getByLabel("Sample event").selectOption("generic: Level up");
  const call = { action: "event", kochava_app_id: "ko", name: "x", data: { event_name: "A" } };
  await paste(page, call);
  await page.getByText("This looks like a call to Kochava,").waitFor();
  await page.getByRole("button", { name: "Check this body" }).first().click();
  await page.getByRole("region", { name: "Findings" }).getByRole("heading").first().waitFor();
  assert.match(await editorText(page, "Kochava body, as JSON"), /"kochava_app_id": "ko"/);
});

test("an unknown sender is said to be one where the settings read it as any JSON", async (t) => {
  const { page } = await open(t);
  await page.getByLabel("Sample event").selectOption("generic: Level up");
  await paste(page, { name: "Level Up", what: 1 });
  await page.getByText("Unknown sender.").waitFor();
  await page.getByRole("button", { name: "Show mapping.event_name" }).first().click();
  await page.waitForFunction(() => document.activeElement.matches('[aria-label="Event name"]'));
  await paste(page, EVENT);
  await page.getByText("Unknown sender.").waitFor({ state: "detached" });
});

test("check mode names the line of each finding, and of a syntax error", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Check a body" }).click();
  const body = page.getByRole("textbox", { name: "Kochava body, as JSON" });
  await body.fill('{\n  "action": "event",\n  "kochava_app_id": oops\n}');
  const findings = page.getByRole("region", { name: "Findings" });
  await findings.getByText("invalid-json").waitFor();
  await findings.getByText("line 3", { exact: true }).waitFor();
  await findings.getByRole("button", { name: "the whole body" }).click();
  await page.waitForFunction(() => getSelection().toString() === "o");
  await body.fill('{\n  "action": "event",\n  "data": {\n    "origination_ip": "10.0.0.1"\n  }\n}');
  const problem = findings.getByRole("listitem").filter({ hasText: "origination-ip-not-public" });
  await problem.getByText("line 4", { exact: true }).waitFor();
});

test("check mode checks each body of a list, and of lines", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Check a body" }).click();
  const sample = async (name) => {
    await page.getByLabel("Sample body").selectOption(name);
    return JSON.parse(await editorText(page, "Kochava body, as JSON"));
  };
  const bodies = [await sample("A valid purchase"), await sample("An identity")];
  const broken = { ...bodies[0], action: "evnt" };
  const body = page.getByRole("textbox", { name: "Kochava body, as JSON" });
  const texts = [
    JSON.stringify([bodies[0], broken, bodies[1]], null, 1),
    [bodies[0], broken, bodies[1]].map((each) => JSON.stringify(each)).join("\n"),
  ];
  for (const text of texts) {
    await body.fill(text);
    await page.getByText("These are 3 bodies.").waitFor();
    await page.getByText("1 of 3 break rules").waitFor();
    await page.getByRole("heading", { name: "1. Follows the guide" }).waitFor();
    await page.getByRole("heading", { name: "2. Breaks 1 rule" }).waitFor();
    await page.getByRole("button", { name: "/action", exact: true }).click();
    await page.waitForFunction(() => getSelection().toString() === '"evnt"');
  }
});

test("check mode names the right spelling of a key, and puts it in place", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Check a body" }).click();
  await page.getByLabel("Sample body").selectOption("A valid purchase");
  const valid = await editorText(page, "Kochava body, as JSON");
  const body = page.getByRole("textbox", { name: "Kochava body, as JSON" });
  // Kochava, Post-Install Event Setup: `usertime`, `origination_ip`, `idfv`
  const misspelt = valid
    .replace('"usertime"', '"user_time"')
    .replace('"origination_ip"', '"origination_ipp"')
    .replace('"idfv"', '"idfvv"');
  await body.fill(misspelt);
  for (const right of ["usertime", "origination_ip", "idfv"]) {
    await page.getByRole("button", { name: `Rename it to ${right}`, exact: true }).click();
    await page.locator(".toast").getByText(`Renamed to ${right}.`).waitFor();
  }
  await page.getByRole("heading", { name: "Follows the guide" }).waitFor();
  assert.deepEqual(JSON.parse(await editorText(page, "Kochava body, as JSON")), JSON.parse(valid));
  // a property of the event may have any name
  await body.fill(valid.replace('"content_id"', '"user_time"'));
  await page.getByRole("heading", { name: "Follows the guide" }).waitFor();
  assert.equal(await page.getByText("Did you mean").count(), 0);
});

test("check mode names the right spelling of a standard event", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Check a body" }).click();
  // the sample with common mistakes has `add to cart`; Kochava's standard event is `Add to Cart`
  await page.getByRole("button", { name: "Rename it to Add to Cart" }).click();
  assert.match(await editorText(page, "Kochava body, as JSON"), /"event_name": "Add to Cart"/);
  await page.getByText("event-name-near-standard").waitFor({ state: "detached" });
});

test("check mode recognises an event of a sender, and previews it", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Check a body" }).click();
  await page
    .getByRole("textbox", { name: "Kochava body, as JSON" })
    .fill(JSON.stringify({ ...EVENT, event_type: "Search" }));
  await page.getByText("This looks like an event of a sender").waitFor();
  await page.getByRole("button", { name: "Preview it" }).click();
  await page.locator(".line", { hasText: '"event_name": "Search"' }).waitFor();
});
