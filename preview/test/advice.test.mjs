// Refusals, warnings and skips that mend: the setting that decides, paths of the event that look
// right, and a change with one click. And proposals of a whole mapping.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t) => openPage(t, browser, server.url);
const { ip_address: _, ...WITHOUT_ADDRESS } = EVENT;

test("a refusal offers a path that looks right, applied and undone with one click each", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...WITHOUT_ADDRESS, client_ip: "203.0.113.7" });
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  const problems = page.getByRole("region", { name: "Problems" });
  await problems.getByRole("button", { name: "Show mapping.origination_ip" }).click();
  await page.waitForFunction(() =>
    document.activeElement.closest('[id="field-mapping.origination_ip"]'),
  );
  await problems.getByRole("button", { name: "Use client_ip for IP address" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.locator(".line", { hasText: '"origination_ip": "203.0.113.7"' }).waitFor();
  // the path that was there is still tried first
  const field = page.locator('[id="field-mapping.origination_ip"]');
  assert.deepEqual(
    await field.getByRole("combobox").evaluateAll((inputs) => inputs.map(({ value }) => value)),
    ["ip_address", "client_ip"],
  );
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "Refused" }).waitFor();
});

test("where every identifier is missing, the settings of all that would do are named", async (t) => {
  const { page } = await open(t);
  await paste(page, {
    ...EVENT,
    user_properties: { gps_adid: "38400000-8cf0-41bd-b23e-10b96e40000d" },
  });
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  const problems = page.getByRole("region", { name: "Problems" });
  // those that an Android device has
  for (const name of ["kochava_device_id", "adid", "android_id", "custom_ids"])
    await problems.getByRole("button", { name: `Show mapping.${name}`, exact: true }).waitFor();
  await problems
    .getByRole("button", { name: "Use user_properties.gps_adid for Advertising id of Android" })
    .click();
  await page.locator(".line", { hasText: '"adid": "38400000' }).waitFor();
});

test("a skip says which list left the event out, and adds it with one click", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...EVENT, event_type: "Song Played" });
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.getByRole("button", { name: "Show events.select" }).waitFor();
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
});

test("each skip that a setting causes is mended with one click", async (t) => {
  const { page } = await open(t);
  await paste(page, EVENT);
  await page.getByRole("switch", { name: "Enabled" }).uncheck();
  await page.getByRole("button", { name: "Switch it on" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.getByRole("switch", { name: "Send events" }).uncheck();
  await page.getByRole("button", { name: "Send events", exact: true }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.getByRole("group", { name: "Senders" }).getByLabel("Segment").check();
  await page.getByRole("button", { name: "Add its sender" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("an event that a block makes a test names the block", async (t) => {
  const { page } = await open(t);
  await page.getByLabel("Sample event").selectOption("Sandbox purchase for the test app");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.getByLabel("App GUID for test traffic: one or by platform").selectOption("none");
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.getByRole("button", { name: "Made a test event by block 1" }).click();
  await page.waitForFunction(() => document.activeElement.closest('[id="field-test[0]"]'));
});

test("with an event of one's own and no settings, a whole mapping is proposed and accepted", async (t) => {
  const { page } = await open(t);
  const own = {
    name: "Level Up",
    client_ip: "203.0.113.9",
    device: { gps_adid: "38400000-8cf0-41bd-b23e-10b96e40000d", os: "Android" },
    kochava_id: "KA-1",
  };
  await page.getByRole("button", { name: "Start empty" }).click();
  await paste(page, own);
  const proposal = page.getByRole("region", { name: "Proposed settings" });
  await proposal.waitFor();
  const pathFor = (name) => proposal.getByLabel(`Path for ${name}`, { exact: true }).inputValue();
  assert.equal(await pathFor("IP address"), "client_ip");
  assert.equal(await pathFor("Advertising id of Android"), "device.gps_adid");
  assert.equal(await pathFor("Kochava device id"), "kochava_id");
  // without an App GUID nothing is accepted
  await proposal.getByRole("button", { name: "Use all of it" }).click();
  await proposal.getByText("Kochava drops events without the App GUID of an app.").waitFor();
  await proposal.getByLabel("App GUID of your app").fill("komyapp");
  await proposal.getByRole("button", { name: "Use all of it" }).click();
  await page.locator(".line", { hasText: '"origination_ip": "203.0.113.9"' }).waitFor();
  assert.equal(await proposal.count(), 0);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.getByText(/settings have errors:/).waitFor();
});

test("a proposal is accepted line by line, and a choice can be changed", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "Start empty" }).click();
  await paste(page, { ...EVENT, user_properties: { ...EVENT.user_properties, plan: "pro" } });
  const proposal = page.getByRole("region", { name: "Proposed settings" });
  await proposal.getByRole("button", { name: "Use ip_address for IP address" }).click();
  await page.getByText("Mapping", { exact: true }).click();
  const field = page.locator('[id="field-mapping.origination_ip"]');
  assert.equal(await field.getByRole("combobox").first().inputValue(), "ip_address");
  await proposal.waitFor();
  await proposal.getByLabel("Path for User agent").selectOption("Not mapped");
  await proposal.getByLabel("App GUID of your app").fill("komyapp");
  await proposal.getByRole("button", { name: "Use all of it" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.locator(".line", { hasText: '"device_ua": ""' }).waitFor();
});

test("a sample's settings are no settings of one's own: a proposal is offered, and put away", async (t) => {
  const { page } = await open(t);
  const proposal = page.getByRole("region", { name: "Proposed settings" });
  const offer = page.getByRole("button", { name: "Propose settings for this event" });
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.equal(await offer.count(), 0, "none for a sample");
  await paste(page, EVENT);
  await page.getByText("These are a sample's settings, not yours.").waitFor();
  assert.equal(await proposal.count(), 0, "the verdict stays in view");
  await offer.click();
  await proposal.waitFor();
  await proposal.getByRole("button", { name: "Not now" }).click();
  assert.equal(await proposal.count(), 0);
  assert.equal(await offer.count(), 0);
  await page.getByRole("button", { name: "Propose from the event" }).click();
  await proposal.waitFor();
});

test("a proposal for settings of one's own adds to them and keeps the rest", async (t) => {
  const { page } = await open(t);
  const settings = {
    app_guid: "komine",
    mapping: { kochava_device_id: "kd", origination_ip: "ip", adid: "gps" },
    events: { rename: { "Level Complete": "Level" } },
  };
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  await page.getByRole("textbox", { name: "Settings, as JSON" }).fill(JSON.stringify(settings));
  await page.getByRole("button", { name: "Form", exact: true }).click();
  await paste(page, EVENT);
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  await page.getByRole("button", { name: "Propose from the event" }).click();
  const proposal = page.getByRole("region", { name: "Proposed settings" });
  assert.equal(await proposal.getByLabel("App GUID of your app").count(), 0);
  await proposal.getByRole("button", { name: "Use all of it" }).click();
  await page.locator(".line", { hasText: '"event_name": "Level"' }).waitFor();
  await page.locator(".line", { hasText: '"kochava_app_id": "komine"' }).waitFor();
});

test("every sample of every sender that is refused says how to mend it, or that the sender must", async (t) => {
  const { page } = await open(t);
  for (const sender of ["amplitude_http", "segment", "rudderstack", "mparticle", "revenuecat"]) {
    const file = new URL(`../../samples/senders/${sender}/refused.json`, import.meta.url);
    await page.getByLabel("Sample event").selectOption(`${sender}: Refused`);
    await page.getByRole("heading", { name: "Refused" }).waitFor();
    const problems = page.getByRole("region", { name: "Problems" });
    await problems.getByRole("button", { name: "Show mapping.origination_ip" }).waitFor();
    // made up without an address: none is offered
    assert.doesNotMatch(await readFile(file, "utf8"), /\d+\.\d+\.\d+\.\d+/);
    assert.equal(await problems.getByRole("list", { name: "In this event" }).count(), 0, sender);
  }
});
