// The settings: form and JSON, errors, and copies for wrangler.toml and as a link.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { parse } from "smol-toml";
import { EVENT, faultsOf, openPage, paste, serve, shownText, startBrowser } from "./support.mjs";

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

test("every setting has a field in the form", async (t) => {
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
    .getByLabel("Add a mapping")
    .locator("option")
    .evaluateAll((options) => options.map(({ value }) => `mapping.${value}`));
  for (const name of named("", schema).filter((name) => name !== "$schema")) {
    const hasField =
      offered.includes(name) || (await page.locator(`[id="field-${name}"]`).count()) === 1;
    assert.ok(hasField, name);
  }
});

test("senders, preset and new names are set in the form, and taken away again", async (t) => {
  const { page } = await open(t);
  const senders = page.getByRole("group", { name: "Senders" });
  await senders.getByText("None ticked: events of all senders are taken.").waitFor();
  // by its title, which the package gives
  for (const title of ["Amplitude, Webhook", "Segment", "RevenueCat"])
    await senders.getByLabel(title, { exact: true }).check();
  await senders.getByLabel("Segment", { exact: true }).uncheck();
  await page.getByLabel("Preset", { exact: true }).selectOption("standard");
  const renamed = page.getByRole("group", { name: "Renamed properties" });
  await renamed.getByLabel("New: Property").fill("product_id");
  await renamed.getByLabel("New: Key that is sent").fill("content_id");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Names of screens" }).fill("*");
  await page.getByRole("textbox", { name: "Names of pages" }).fill("Page: *");
  const events = {
    ...sample.events,
    preset: "standard",
    rename_properties: { product_id: "content_id" },
    screen_name: "*",
    page_name: "Page: *",
  };
  assert.deepEqual(await settingsOf(page), {
    ...sample,
    sources: ["amplitude", "revenuecat"],
    events,
  });
  for (const title of ["Amplitude, Webhook", "RevenueCat"])
    await senders.getByLabel(title, { exact: true }).uncheck();
  await page.getByLabel("Preset", { exact: true }).selectOption("none");
  await renamed.getByRole("button", { name: "Remove product_id" }).click();
  await page.getByRole("textbox", { name: "Names of screens" }).fill("");
  await page.getByRole("textbox", { name: "Names of pages" }).fill("");
  assert.deepEqual(await settingsOf(page), sample);
});

test("a sender that is not known is shown, with its error, and can be taken out", async (t) => {
  const { page } = await open(t);
  await typeSettings(page, { ...sample, sources: ["segmnt", "amplitude"] });
  const senders = page.getByRole("group", { name: "Senders" });
  const [fault] = faultsOf({ ...sample, sources: ["segmnt", "amplitude"] });
  await senders.getByText(shownText(fault.message)).waitFor();
  await senders.getByLabel("segmnt").click();
  assert.deepEqual((await settingsOf(page)).sources, ["amplitude"]);
});

test("a field of the mapping that is missing is shown with its error", async (t) => {
  const { page } = await open(t);
  await page.getByLabel("Any JSON", { exact: true }).check();
  await page.getByRole("alert").getByRole("button", { name: "mapping.event_name" }).click();
  await page.getByRole("combobox", { name: "Event name" }).fill("name");
  assert.equal(await page.getByRole("alert").count(), 0);
  const { sources, mapping } = await settingsOf(page);
  assert.deepEqual([sources, mapping.event_name], [["generic"], "name"]);
});

test("blocks can be edited in the form", async (t) => {
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
    .getByRole("button", { name: "Add a condition" })
    .click();
  await events.getByLabel("Block 3, condition 1: property").fill("event_properties.count");
  await events.getByLabel("Block 3, condition 1: operator").selectOption("greater than");
  await events.getByLabel("Block 3, condition 1: value").fill("3");
  await page.keyboard.press("Tab");
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  assert.deepEqual((await settingsOf(page)).events.select[2], {
    names: ["Settings Opened"],
    where: [{ property: "event_properties.count", is: "greater than", value: 3 }],
  });
});

test("a list of numbers is separated by commas, and other words are an error", async (t) => {
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

test("an alert has a number, or is turned off", async (t) => {
  const { page } = await open(t);
  await openGroups(page);
  const waiting = page.locator('[id="field-alerts.waiting_minutes"]');
  await waiting.getByRole("spinbutton").fill("120");
  await page.getByLabel("Paused: on or off").selectOption("Off");
  assert.deepEqual((await settingsOf(page)).alerts, { paused_minutes: null, waiting_minutes: 120 });
  await openGroups(page);
  const paused = page.locator('[id="field-alerts.paused_minutes"]');
  assert.equal(await paused.getByRole("spinbutton").count(), 0);
  await page.getByLabel("Paused: on or off").selectOption("On");
  assert.equal(await paused.getByRole("spinbutton").getAttribute("placeholder"), "5");
  await waiting.getByRole("spinbutton").fill("0");
  await waiting.getByText(/must be/).waitFor();
  assert.deepEqual((await settingsOf(page)).alerts, { waiting_minutes: 0 });
});

test("a property of the event can be added with one click", async (t) => {
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

test("the order of paths can be changed in the form", async (t) => {
  const { page } = await open(t);
  await page.getByText("Mapping", { exact: true }).click();
  const idfv = page.locator('[id="field-mapping.idfv"]');
  await idfv.getByRole("button", { name: /fallback path/ }).click();
  await idfv.getByLabel("IDFV, path 2").fill("device_id");
  await idfv.getByRole("button", { name: "Move device_id up" }).click();
  assert.deepEqual((await settingsOf(page)).mapping.idfv, ["device_id", "user_properties.idfv"]);
});

test("every error is shown beside its field, and the result is marked as stale", async (t) => {
  const { page } = await open(t);
  const faulty = {
    app_guidd: "x",
    app_guid: "ko",
    mapping: { origination_ip: "ip_address", idfv: "idfv" },
    delivery: { attempts: 11 },
  };
  await typeSettings(page, faulty);
  const faults = faultsOf(faulty);
  const paths = ["app_guidd", "delivery.attempts", "mapping.kochava_device_id"];
  assert.deepEqual(faults.map(({ path }) => path).sort(), paths);
  const summary = page.getByRole("alert");
  const text = await summary.innerText();
  assert.match(text, /^3 settings have errors:/);
  for (const { path, message } of faults) assert.ok(text.includes(`${path} ${shownText(message)}`));
  for (const { path, message } of faults.filter(({ path }) => path !== "app_guidd"))
    assert.equal(
      await page.locator(`[id="field-${path}"] .field-fault`).textContent(),
      shownText(message),
    );
  await page.getByText("This result uses the last valid settings.").waitFor();
  await summary.getByRole("button", { name: "delivery.attempts" }).click();
  await page.waitForFunction(() => document.activeElement.type === "number");
  await page.keyboard.type("3");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("2");
  await page.getByText("2 settings have errors:").waitFor();
  // the form has no field for an unknown key, so its place in the JSON is shown
  await summary.getByRole("button", { name: "app_guidd" }).click();
  await page.waitForFunction(() => getSelection().toString() === '"x"');
});

test("settings of any type are shown, and can be corrected in the form", async (t) => {
  const { page, consoleErrors } = await open(t);
  const odd = [[], "x", 5, null, true, { a: { b: [{}] } }];
  for (const value of odd) {
    const keys = [
      "app_guid",
      "test_app_guid",
      "test",
      "sources",
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
      sources: value,
      events: {
        select: value,
        properties: value,
        rename: value,
        revenue: value,
        preset: value,
        rename_properties: value,
        screen_name: value,
      },
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
  assert.deepEqual(consoleErrors, []);
});

test("settings that are not JSON keep the last result and show where the error is", async (t) => {
  const { page } = await open(t);
  await page
    .getByRole("group", { name: "Settings view" })
    .getByRole("button", { name: "JSON" })
    .click();
  await page.getByRole("textbox", { name: "Settings, as JSON" }).fill('{ "app_guid": "ko", }');
  await page.getByText("This is not valid JSON.").waitFor();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page
    .getByRole("group", { name: "Settings view" })
    .getByRole("button", { name: "Form" })
    .click();
  await page.getByRole("button", { name: "Show it" }).click();
  await page.waitForFunction(() => getSelection().toString() === "}");
  await page.getByRole("button", { name: "Reset to sample" }).click();
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("the lines for wrangler.toml have the same settings, without credentials", async (t) => {
  const { page } = await open(t);
  await typeSettings(page, {
    ...sample,
    authentication: { api_key: "the-key", secret: "the-secret" },
  });
  const copy = page.getByRole("button", { name: "Copy for wrangler.toml" });
  // typed settings reach the page asynchronously, so copying is repeated until they are there
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
  // "no preset" is the same as none said
  const senders = { sources: ["segment", "amplitude"], mapping: { ...sample.mapping } };
  const events = { rename_properties: { "a.b": "c" }, screen_name: "*", page_name: "p *" };
  await typeSettings(page, { ...sample, ...senders, events: { ...events, preset: null } });
  const sent = varsOf(await copied(({ SETTINGS }) => SETTINGS.sources));
  assert.deepEqual(sent.SETTINGS, { ...sample, ...senders, events });
  // TOML has no null, so such a variable is JSON text
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

test("a link contains the settings, but neither credentials nor the event", async (t) => {
  const { page } = await open(t);
  const settings = {
    ...sample,
    app_guid: "kolinked",
    sources: ["segment"],
    events: { preset: "standard", rename_properties: { a: "b" }, screen_name: "*" },
    authentication: { api_key: "the-key", secret: "the-secret" },
  };
  await typeSettings(page, settings);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied", { exact: true }).waitFor();
  const link = await clipboard(page);
  assert.ok(link.startsWith(`${server.url}#s=`));
  const other = await openPage(t, browser, link);
  await other.page.getByText("The settings come from the link.").waitFor();
  const { authentication: _, ...rest } = settings;
  assert.deepEqual(await settingsOf(other.page), rest);
});

test("a link with an unreadable fragment opens the page with the sample settings", async (t) => {
  for (const fragment of ["#s=", "#s=%%%", "#s=AAAA", linkOf([1]), linkOf("x".repeat(2_000_000))]) {
    const { page, consoleErrors } = await open(t, {}, fragment);
    await page.getByText("The settings in this link cannot be read").waitFor();
    await page.getByRole("heading", { name: "Ready" }).waitFor();
    assert.deepEqual(consoleErrors, [], fragment.slice(0, 40));
  }
});

test("a link with invalid settings shows their errors", async (t) => {
  const { page } = await open(t, {}, linkOf({ app_guid: "ko" }));
  await page.getByText("4 settings have errors:").waitFor();
  await page.getByRole("heading", { name: "No result yet" }).waitFor();
});

const linkOf = (value) => `#s=${deflateRawSync(JSON.stringify(value)).toString("base64url")}`;

/** Plain objects, since smol-toml returns some without a prototype. */
const varsOf = (toml) => JSON.parse(JSON.stringify(parse(toml).vars));
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const view = (page, name) =>
  page.getByRole("group", { name: "Settings view" }).getByRole("button", { name }).click();
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
