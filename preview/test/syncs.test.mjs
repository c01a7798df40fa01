// wrangler.toml in both directions, a tab for each sync, and whose settings are shown.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { parse } from "smol-toml";
import { editorText, openPage, serve, startBrowser } from "./support.mjs";

const TOKEN = "an-admin-token-of-24-chars";
const LIVE = {
  syncs: [
    { sync: null, faults: [], document: settingsFor("kolive-default") },
    { sync: "us", faults: [], document: settingsFor("kolive-us") },
  ],
};
const asked = [];
const server = await serve();
const worker = await serve("/", {
  mark: { "server-timing": "kochava-edge" },
  answer: (path, { headers }) => {
    if (path !== "/settings") return undefined;
    asked.push(headers.authorization);
    return headers.authorization === `Bearer ${TOKEN}`
      ? [200, JSON.stringify(LIVE)]
      : [404, JSON.stringify({ error: "not-found" })];
  },
});
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
  worker.close();
});
const open = (t, url = server.url, options) => openPage(t, browser, url, options);

function settingsFor(guid) {
  return {
    app_guid: guid,
    mapping: {
      kochava_device_id: "user_properties.kochava_device_id",
      origination_ip: "ip_address",
      idfv: "user_properties.idfv",
    },
  };
}

/** A whole wrangler.toml of a deployment, with a part of a sync in a variable of its own. */
const WRANGLER = `name = "kochava-edge"
main = "build/index.js"
[[queues.producers]]
queue = "kochava-edge"
binding = "QUEUE"
[vars]
SUBREQUESTS_MAX = 10000
SYNC_EU_APP_GUID = "komine-eu"
SYNC_EU_TEST_APP_GUID = "komine-eu-test"
[vars.SETTINGS]
app_guid = "komine"
[vars.SETTINGS.mapping]
kochava_device_id = "user_properties.kochava_device_id"
origination_ip = "ip_address"
idfv = "user_properties.idfv"
[vars.SYNC_EU]
app_guid = "koreplaced"
[vars.SYNC_EU.mapping]
kochava_device_id = "kd"
origination_ip = "ip"
adid = "gps"
`;

test("a wrangler.toml can be pasted, has a tab for each sync, and is copied back", async (t) => {
  const { page, consoleErrors } = await open(t);
  await view(page, "wrangler.toml");
  await toml(page).fill(WRANGLER);
  const tabs = page.getByRole("group", { name: "Syncs" }).getByRole("button");
  assert.deepEqual(await tabs.allInnerTexts(), ["without a name", "eu"]);
  await page.locator(".line", { hasText: '"kochava_app_id": "komine"' }).waitFor();
  await tabs.getByText("eu").click();
  await view(page, "Form");
  const guid = page.getByRole("textbox", { name: "App GUID", exact: true });
  assert.equal(await guid.inputValue(), "komine-eu");
  await guid.fill("komine-europe");
  const { vars } = parse(await copied(page));
  assert.equal(vars.SETTINGS.app_guid, "komine");
  assert.deepEqual(JSON.parse(JSON.stringify(vars.SYNC_EU)), {
    app_guid: "komine-europe",
    test_app_guid: "komine-eu-test",
    mapping: { kochava_device_id: "kd", origination_ip: "ip", adid: "gps" },
  });
  assert.deepEqual(consoleErrors, []);
});

test("what is typed as TOML changes the settings, and an error shows its line", async (t) => {
  const { page } = await open(t);
  await view(page, "wrangler.toml");
  assert.match(await editorText(page, TOML), /^\[vars\.SETTINGS\]$/m);
  await toml(page).fill('[vars.SETTINGS]\napp_guid = "komine\n');
  await page.getByText("This is not valid TOML.").waitFor();
  await view(page, "Form");
  await page.getByRole("button", { name: "Show it" }).click();
  // it selects the place of the error, which typing replaces: so it must have done so
  await page.waitForFunction(() => document.activeElement.classList.contains("cm-content"));
  await toml(page).fill('name = "kochava-edge"\nmain = "build/index.js"\n');
  await page.getByText("This has no [vars.SETTINGS] and no [vars.SYNC_…].").waitFor();
});

test("whole settings are taken as JSON, as TOML, from the JSON view and from a file", async (t) => {
  const { page } = await open(t);
  await view(page, "JSON");
  const json = page.getByRole("textbox", { name: "Settings, as JSON" });
  const guid = page.getByRole("textbox", { name: "App GUID", exact: true });
  await json.fill(WRANGLER);
  await page.locator(".toast").getByText("2 syncs are read.").waitFor();
  await json.fill(JSON.stringify({ vars: { SYNC_US: settingsFor("komine-us") } }));
  assert.deepEqual(
    await page.getByRole("group", { name: "Syncs" }).getByRole("button").allInnerTexts(),
    ["us"],
  );
  await json.fill(JSON.stringify(settingsFor("komine-json")));
  await view(page, "Form");
  assert.equal(await guid.inputValue(), "komine-json");
  await page.locator('.settings input[type="file"]').setInputFiles({
    name: "settings.toml",
    mimeType: "application/toml",
    buffer: Buffer.from('app_guid = "komine-file"\n[mapping]\nkochava_device_id = "k"\n'),
  });
  await page.getByText("Those you pasted or opened").waitFor();
  assert.equal(await guid.inputValue(), "komine-file");
  await page.locator('.settings input[type="file"]').setInputFiles({
    name: "other.toml",
    mimeType: "application/toml",
    buffer: Buffer.from('main = "x"\n'),
  });
  await page.getByRole("alert").filter({ hasText: "other.toml: This has no" }).waitFor();
  assert.equal(await guid.inputValue(), "komine-file");
});

test("a wrangler.toml can be dropped on the Settings panel", async (t) => {
  const { page } = await open(t);
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "wrangler.toml", { type: "application/toml" }));
    return transfer;
  }, WRANGLER);
  const panel = page.locator("section.settings");
  await panel.dispatchEvent("dragover", { dataTransfer: data });
  await page.getByText("Drop wrangler.toml or settings to take them").waitFor();
  await panel.dispatchEvent("drop", { dataTransfer: data });
  await page.locator(".line", { hasText: '"kochava_app_id": "komine"' }).waitFor();
});

test("a wrangler.toml pasted in place of an event is recognised and can be used", async (t) => {
  const { page } = await open(t);
  await page.getByRole("textbox", { name: "Event, as JSON" }).fill(WRANGLER);
  await page.getByRole("heading", { name: "These are settings" }).waitFor();
  await page.getByRole("button", { name: "Use them as settings" }).click();
  await page.getByText("Those you pasted or opened").waitFor();
});

test("a sync is added, named and removed, and undo brings it back", async (t) => {
  const { page } = await open(t);
  await page.getByText("Several syncs", { exact: true }).click();
  await page.getByRole("button", { name: "Add a sync" }).click();
  const name = page.getByLabel("Name", { exact: true });
  await name.fill("Not a name");
  await page.getByText("A name has small letters, digits and underscores.").waitFor();
  await name.fill("default");
  await page.getByText("stands for the sync without a name").waitFor();
  // SYNC_EU_EVENTS is the setting `events` of the sync `eu`
  await name.fill("eu_events");
  await page.getByText("A name cannot be that of a setting").waitFor();
  await name.fill("us");
  await name.press("Enter");
  const tabs = page.getByRole("group", { name: "Syncs" }).getByRole("button");
  assert.deepEqual(await tabs.allInnerTexts(), ["without a name", "us"]);
  await page.getByRole("textbox", { name: "iOS", exact: true }).fill("komine-us");
  const { vars } = parse(await copied(page));
  assert.equal(vars.SYNC_US.app_guid.ios, "komine-us");
  assert.notEqual(vars.SETTINGS.app_guid.ios, "komine-us");
  await page.getByRole("button", { name: "Remove this sync" }).click();
  assert.equal(await tabs.count(), 0);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  assert.deepEqual(await tabs.allInnerTexts(), ["without a name", "us"]);
});

test("samples are marked as such, and their App GUIDs come with a warning", async (t) => {
  const { page } = await open(t);
  const whose = page.locator(".whose-text");
  assert.match(await whose.innerText(), /^sample\s+Those of the sneaker shop: made up$/);
  await page.getByText("make deploy refuses these").waitFor();
  const text = await copied(page);
  assert.match(
    text,
    /^# Put the App GUIDs of your own apps in place of the examples' \(kosneaker/m,
  );
  await page.getByRole("textbox", { name: "iPadOS" }).fill("komine");
  assert.equal(await whose.innerText(), "Yours, begun from a sample");
});

test("served by a Worker, the page takes the Worker's own settings, by sync", async (t) => {
  const { page } = await open(t, worker.url);
  await page.getByRole("button", { name: "Use this Worker's" }).click();
  await page.getByLabel("Admin token").fill("wrong");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("The Worker does not know this token.").waitFor();
  await page.getByLabel("Admin token").fill(TOKEN);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText(`Those of this Worker (${new URL(worker.url).host})`).waitFor();
  assert.deepEqual(asked, ["Bearer wrong", `Bearer ${TOKEN}`]);
  const tabs = page.getByRole("group", { name: "Syncs" }).getByRole("button");
  assert.deepEqual(await tabs.allInnerTexts(), ["without a name", "us"]);
  await tabs.getByText("us", { exact: true }).click();
  const guid = page.getByRole("textbox", { name: "App GUID", exact: true });
  assert.equal(await guid.inputValue(), "kolive-us");
  await guid.fill("kochanged");
  await page.getByText(/Those of this Worker .*, with your changes/).waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
  );
  assert.doesNotMatch(kept, new RegExp(TOKEN), "the token is kept nowhere");
});

test("a static host is no Worker", async (t) => {
  const { page } = await open(t);
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Use this Worker's" }).count(), 0);
});

test("the lines of the repository's own wrangler.toml can be pasted", async (t) => {
  const { page } = await open(t);
  await view(page, "wrangler.toml");
  await toml(page).fill(await readFile(new URL("../../wrangler.toml", import.meta.url), "utf8"));
  await page.locator(".line", { hasText: '"kochava_app_id": "koexample"' }).waitFor();
});

const TOML = "Settings, as lines of wrangler.toml";
const toml = (page) => page.getByRole("textbox", { name: TOML });
const view = (page, name) =>
  page
    .getByRole("group", { name: "Settings view" })
    .getByRole("button", { name, exact: true })
    .click();

async function copied(page) {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.getByRole("button", { name: "Copy for wrangler.toml" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
  return page.evaluate(() => navigator.clipboard.readText());
}
