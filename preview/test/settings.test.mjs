// Can a person make settings here, and take them along?

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { parse } from "smol-toml";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options = {}, fragment = "") =>
  openPage(t, browser, server.url + fragment, options);
const sample = JSON.parse(
  await readFile(new URL("../../samples/settings/sneaker-shop.json", import.meta.url), "utf8"),
);

test("the form and the JSON are two views of one value", async (t) => {
  const { page } = await open(t);
  assert.deepEqual(await settingsOf(page), sample);
  await page.getByRole("textbox", { name: "iPadOS" }).fill("kosneakershop-ipad");
  assert.equal((await settingsOf(page)).app_guid.ipados, "kosneakershop-ipad");
  await typeSettings(page, { ...sample, app_guid: "koother" });
  assert.equal(
    await page.getByRole("textbox", { name: "App GUID", exact: true }).inputValue(),
    "koother",
  );
  await page.locator(".line", { hasText: '"kochava_app_id": "koother"' }).waitFor();
});

test("every setting has its place in the form", async (t) => {
  const { page } = await open(t);
  await openGroups(page);
  const schema = JSON.parse(
    await readFile(new URL("../../settings.schema.json", import.meta.url), "utf8"),
  );
  const named = (prefix, { properties = {} }) =>
    Object.entries(properties).flatMap(([key, inner]) =>
      inner.type === "object" && inner.properties
        ? named(`${prefix}${key}.`, inner)
        : [`${prefix}${key}`],
    );
  const offered = await page
    .getByLabel("Map something else")
    .locator("option")
    .evaluateAll((options) => options.map(({ value }) => `mapping.${value}`));
  for (const name of named("", schema).filter((name) => name !== "$schema")) {
    const isThere =
      offered.includes(name) || (await page.locator(`[id="field-${name}"]`).count()) === 1;
    assert.ok(isThere, name);
  }
});

test("blocks are made in the form", async (t) => {
  const { page } = await open(t);
  await paste(page, {
    ...EVENT,
    event_type: "Settings Opened",
    event_properties: { screen: "notifications", count: 3 },
  });
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  const events = page.locator('[id="field-events.select"]');
  await events.getByRole("button", { name: "Add a block" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await events
    .getByRole("group", { name: "Block 3" })
    .getByRole("button", { name: "and a property" })
    .click();
  await events.getByLabel("Block 3, row 1: property").fill("event_properties.count");
  await events.getByLabel("Block 3, row 1: operator").selectOption("greater than");
  await events.getByLabel("Block 3, row 1: value").fill("3");
  await page.keyboard.press("Tab");
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  assert.deepEqual((await settingsOf(page)).events.select[2], {
    names: ["Settings Opened"],
    where: [{ property: "event_properties.count", is: "greater than", value: 3 }],
  });
});

test("waits are typed in a row, and what is no number is told", async (t) => {
  const { page } = await open(t);
  await openGroups(page);
  const steps = page.locator('[id="field-delivery.steps_s"]').getByRole("textbox");
  await steps.fill("5, 60,3600");
  await page.keyboard.press("Tab");
  assert.deepEqual((await settingsOf(page)).delivery.steps_s, [5, 60, 3600]);
  await openGroups(page);
  await steps.fill("5, soon");
  await page.keyboard.press("Tab");
  await page
    .locator('[id="field-delivery.steps_s[1]-fault"], [id="field-delivery.steps_s-fault"]')
    .getByText(/must be a number/)
    .waitFor();
});

test("a property of the event is one click away", async (t) => {
  const { page } = await open(t);
  await page
    .locator('[id="field-events.properties"]')
    .getByRole("button", { name: "Add stars" })
    .click();
  await page.locator(".line", { hasText: '"stars": 3' }).waitFor();
  await page
    .locator('[id="field-events.properties"]')
    .getByRole("button", { name: "Remove level" })
    .click();
  await page.locator(".line", { hasText: '"level": 12' }).waitFor({ state: "detached" });
});

test("paths are tried in the order that the form gives them", async (t) => {
  const { page } = await open(t);
  await page.getByText("Mapping", { exact: true }).click();
  const idfv = page.locator('[id="field-mapping.idfv"]');
  await idfv.getByRole("button", { name: /another path/ }).click();
  await idfv.getByLabel("IDFV, path 2").fill("device_id");
  await idfv.getByRole("button", { name: "Try device_id earlier" }).click();
  assert.deepEqual((await settingsOf(page)).mapping.idfv, ["device_id", "user_properties.idfv"]);
});

test("every fault stands beside its field, and the result says that it is old", async (t) => {
  const { page } = await open(t);
  await typeSettings(page, {
    app_guidd: "x",
    app_guid: "ko",
    mapping: { origination_ip: "ip_address", idfv: "idfv" },
    delivery: { attempts: 11 },
  });
  const summary = page.getByRole("alert");
  assert.match(
    await summary.innerText(),
    /^3 settings are at fault:[^]*app_guidd is not a setting; did you mean app_guid\?[^]*delivery\.attempts must be/,
  );
  assert.match(
    await page.locator('[id="field-mapping.kochava_device_id"] .field-fault').textContent(),
    /is required/,
  );
  await page.getByText("this is the result under the last ones that worked").waitFor();
  await summary.getByRole("button", { name: "delivery.attempts" }).click();
  await page.waitForFunction(() => document.activeElement.type === "number");
  await page.keyboard.type("3");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("2");
  await page.getByText("2 settings are at fault:").waitFor();
  // the form has no field for a key that is no setting
  await summary.getByRole("button", { name: "app_guidd" }).click();
  await page.waitForFunction(() => getSelection().toString() === '"x"');
});

test("settings of any shape are shown, and change into whole ones", async (t) => {
  const { page, complaints } = await open(t);
  const odd = [[], "x", 5, null, true, { a: { b: [{}] } }];
  for (const value of odd) {
    const keys = [
      "app_guid",
      "test_app_guid",
      "test",
      "enabled",
      "authentication",
      "events",
      "users",
      "mapping",
      "wire",
      "delivery",
      "rejects",
    ];
    await typeSettings(page, Object.fromEntries(keys.map((key) => [key, value])));
    await openGroups(page);
    const nested = {
      events: { select: value, properties: value, rename: value, revenue: value },
      users: { user_id_as: value, properties: value },
      test: [value, { names: value, where: [value] }],
      delivery: { steps_s: value, span_s: value },
      rejects: { keep: value },
      mapping: { idfa: value, custom_ids: value },
    };
    await typeSettings(page, nested);
    await openGroups(page);
  }
  await page.getByRole("switch", { name: "Send events" }).uncheck();
  assert.equal((await settingsOf(page)).events.send, false);
  assert.deepEqual(complaints, []);
});

test("settings that are no JSON yet keep the last result, and say where they stop", async (t) => {
  const { page } = await open(t);
  await page
    .getByRole("group", { name: "Settings as" })
    .getByRole("button", { name: "JSON" })
    .click();
  await page.getByRole("textbox", { name: "Settings, as JSON" }).fill('{ "app_guid": "ko", }');
  await page.getByText("This is not JSON yet.").waitFor();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page
    .getByRole("group", { name: "Settings as" })
    .getByRole("button", { name: "Form" })
    .click();
  await page.getByRole("button", { name: "Show the place" }).click();
  await page.waitForFunction(() => getSelection().toString() === "}");
  await page.getByRole("button", { name: "Reset to sample" }).click();
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("what is copied for wrangler.toml says the same, without credentials", async (t) => {
  const { page } = await open(t);
  await typeSettings(page, {
    ...sample,
    authentication: { api_key: "the-key", secret: "the-secret" },
  });
  const copy = page.getByRole("button", { name: "Copy for wrangler.toml" });
  // what was typed is taken over when the page comes to it
  const copied = async (fits) => {
    for (;;) {
      await page.evaluate(() => navigator.clipboard.writeText(""));
      await copy.click();
      await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
      const text = await clipboard(page);
      if (fits(varsOf(text))) return text;
    }
  };
  const text = await copied(({ SETTINGS }) => SETTINGS);
  assert.deepEqual(varsOf(text).SETTINGS, sample);
  assert.doesNotMatch(text, /the-key|the-secret/);
  assert.match(text, /wrangler secret put KOCHAVA_API_KEY/);
  // TOML has no null: the Worker reads the text of such a variable
  await typeSettings(page, { ...sample, events: { revenue: null } });
  assert.deepEqual(
    JSON.parse(varsOf(await copied(({ SETTINGS }) => typeof SETTINGS === "string")).SETTINGS),
    { ...sample, events: { revenue: null } },
  );
  // Cloudflare Workers, Limits: a variable holds 5 KB
  const many = Array.from({ length: 400 }, (_, number) => `property_${number}`);
  await typeSettings(page, { ...sample, users: { properties: many } });
  const vars = varsOf(await copied((vars) => vars.SETTINGS_USERS));
  assert.deepEqual(
    [vars.SETTINGS, vars.SETTINGS_USERS, vars.SETTINGS_APP_GUID],
    [undefined, { properties: many }, sample.app_guid],
  );
});

test("a link carries the settings; never credentials, never the event", async (t) => {
  const { page } = await open(t);
  const settings = {
    ...sample,
    app_guid: "kolinked",
    authentication: { api_key: "the-key", secret: "the-secret" },
  };
  await typeSettings(page, settings);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied", { exact: true }).waitFor();
  const link = await clipboard(page);
  assert.ok(link.startsWith(`${server.url}#s=`));
  const other = await openPage(t, browser, link);
  await other.page.getByText("These settings came with the link.").waitFor();
  const { authentication: _, ...rest } = settings;
  assert.deepEqual(await settingsOf(other.page), rest);
});

test("a link with rubbish opens the page all the same", async (t) => {
  for (const rubbish of ["#s=", "#s=%%%", "#s=AAAA", linkOf([1]), linkOf("x".repeat(2_000_000))]) {
    const { page, complaints } = await open(t, {}, rubbish);
    await page.getByText("The settings in this link cannot be read").waitFor();
    await page.getByRole("heading", { name: "Ready" }).waitFor();
    assert.deepEqual(complaints, [], rubbish.slice(0, 40));
  }
});

test("a link with faulty settings names their faults", async (t) => {
  const { page } = await open(t, {}, linkOf({ app_guid: "ko" }));
  await page.getByText("One setting is at fault:").waitFor();
  await page.getByRole("heading", { name: "No result yet" }).waitFor();
});

const linkOf = (value) => `#s=${deflateRawSync(JSON.stringify(value)).toString("base64url")}`;

/** Plain objects, as JSON has them. */
const varsOf = (toml) => JSON.parse(JSON.stringify(parse(toml).vars));
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const view = (page, name) =>
  page.getByRole("group", { name: "Settings as" }).getByRole("button", { name }).click();
const openGroups = (page) =>
  page.locator(".group").evaluateAll((groups) => groups.forEach((group) => (group.open = true)));

async function settingsOf(page) {
  await view(page, "JSON");
  const editor = page.getByRole("textbox", { name: "Settings, as JSON" });
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  const text = await clipboard(page);
  await view(page, "Form");
  return JSON.parse(text);
}

async function typeSettings(page, value) {
  await view(page, "JSON");
  await page.getByRole("textbox", { name: "Settings, as JSON" }).fill(JSON.stringify(value));
  await view(page, "Form");
}
