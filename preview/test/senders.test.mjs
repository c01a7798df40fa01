// The sender of an event: detected, chosen or unknown; and the samples of every sender.

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
const textOf = (path) => readFile(new URL(`../../samples/${path}`, import.meta.url), "utf8");
const sampleOf = async (sender, name) => JSON.parse(await textOf(`senders/${sender}/${name}.json`));

/** How the vendors and the platform's own list write the names of the senders. */
const TITLES = {
  amplitude: "Amplitude, Webhook",
  amplitude_http: "Amplitude, SDKs and HTTP APIs",
  segment: "Segment",
  rudderstack: "RudderStack",
  mparticle: "mParticle",
  revenuecat: "RevenueCat",
  cloudevents: "CloudEvents",
  generic: "Any JSON",
};

test("every sender has samples, and each is detected and has the fate that samples/README.md says", async (t) => {
  const { page, consoleErrors } = await open(t);
  const table = await textOf("README.md");
  const rows = [
    ...table.matchAll(
      /^\| `senders\/(\w+)\/([\w-]+)\.json` \|[^|]*\| (ready|refused): `?([\w -]+?)`? \|/gm,
    ),
  ];
  assert.equal(rows.length, 21);
  const groups = await page
    .getByLabel("Sample event")
    .locator("optgroup")
    .evaluateAll((all) => all.map(({ label }) => label));
  assert.deepEqual(
    groups,
    Object.values(TITLES).map((title) => `Samples: ${title}`),
  );
  for (const [, sender, file, fate, what] of rows) {
    const group = page.locator(`optgroup[label="Samples: ${TITLES[sender]}"]`);
    const label = `${TITLES[sender]}: ${file.replace("-", " ")}`;
    const option = group.locator("option").getByText(label, { exact: true });
    await page.getByLabel("Sample event").selectOption(await option.getAttribute("value"));
    await page.locator(`.verdict-${fate}`).waitFor();
    assert.equal(await chosenSender(page), `Detected: ${TITLES[sender]}`);
    const result = await page.getByRole("region", { name: "Result" }).innerText();
    if (fate === "refused") assert.ok(result.includes(what), label);
    else if (what === "identity") assert.match(result, /One identity to Kochava/, label);
    else assert.ok(result.includes(`"event_name": "${what}"`), label);
  }
  assert.deepEqual(consoleErrors, []);
});

test("a chosen sender reads the event, stays while it is typed, and ends with another sample", async (t) => {
  const { page } = await open(t);
  await choose(page, "segment: Purchase");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await sender(page).selectOption("generic");
  // the settings take the name of any JSON from `name`, which a `track` call does not have
  await page.getByText("event-name-missing").waitFor();
  await page.getByRole("button", { name: "Name is in type" }).waitFor();
  await page.getByText("Detected by its shape: Segment.").waitFor();
  await page.getByRole("button", { name: "Check a body" }).click();
  await page.getByRole("button", { name: "Preview events" }).click();
  assert.equal(await chosenSender(page), "Any JSON");
  const event = await sampleOf("segment", "purchase");
  await paste(page, { ...event, name: "Song Played" });
  await page.locator(".line", { hasText: '"event_name": "Song Played"' }).waitFor();
  // one event per line is read alike
  const lines = ["A", "B"].map((name) => JSON.stringify({ ...event, name }));
  await paste(page, lines.join("\n"));
  await page.getByRole("heading", { name: "2 events" }).waitFor();
  await row(page, 1).click();
  await page.locator(".line", { hasText: '"event_name": "B"' }).waitFor();
  await choose(page, "segment: User");
  assert.equal(await chosenSender(page), "Detected: Segment");
});

test("in a batch each event has the sender that its shape shows", async (t) => {
  const { page } = await open(t);
  await choose(page, "segment: Purchase");
  const senders = ["segment", "revenuecat", "cloudevents", "mparticle"];
  const events = await Promise.all(senders.map((name) => sampleOf(name, "purchase")));
  const checkEach = async () => {
    await page.getByRole("heading", { name: "4 events" }).waitFor();
    for (const [index, name] of senders.entries()) {
      await row(page, index).click();
      await page
        .locator("#sender option:checked", { hasText: `Detected: ${TITLES[name]}` })
        .waitFor({ state: "attached" });
    }
  };
  await paste(page, events.map((event) => JSON.stringify(event)).join("\n"));
  await checkEach();
  await paste(page, events);
  await checkEach();
});

test("events are listed by the names that their senders give them", async (t) => {
  const { page } = await open(t);
  await choose(page, "segment: Purchase");
  const track = await sampleOf("segment", "purchase");
  const { event: _, ...call } = track;
  const revenuecat = await sampleOf("revenuecat", "trial");
  const events = [
    track,
    { ...call, type: "screen", name: "Home" },
    { ...call, type: "page", name: "Prices" },
    { ...call, type: "identify" },
    await sampleOf("mparticle", "purchase"),
    await sampleOf("mparticle", "user"),
    revenuecat,
    await sampleOf("cloudevents", "purchase"),
    // Amplitude's export has an object `data`, too
    { ...EVENT, data: { path: "/batch" } },
    JSON.parse(await textOf("09-send-users-payload.json")),
    await sampleOf("generic", "level-up"),
    await sampleOf("generic", "refused"),
  ];
  await paste(page, events.map((event) => JSON.stringify(event)).join("\n"));
  await page.getByRole("heading", { name: "12 events" }).waitFor();
  assert.deepEqual(await page.locator(".event-name").allInnerTexts(), [
    "Order Completed",
    // the setting's default: "screen view *", "page view *"
    "screen view Home",
    "page view Prices",
    "(a user)",
    "purchase",
    "(a user)",
    revenuecat.event.type,
    JSON.parse(await textOf("senders/cloudevents/purchase.json")).data.event_type,
    "Level Complete",
    "(a user)",
    "Level Up",
    "(no event name)",
  ]);
});

test("an event of another sender can be added to the selection", async (t) => {
  const { page } = await open(t);
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  const settings = JSON.parse(await textOf("settings/every-sender.json"));
  await page
    .getByRole("textbox", { name: "Settings, as JSON" })
    .fill(JSON.stringify({ ...settings, events: { select: [{ names: ["Level *"] }] } }));
  await paste(page, await sampleOf("segment", "purchase"));
  await page.getByText("Not sent: Order Completed matches none of the selected events.").waitFor();
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("an event of a sender that is not named is skipped, with a way to the setting", async (t) => {
  const { page } = await open(t);
  await page.getByRole("group", { name: "Senders" }).getByLabel("Segment").check();
  await page.getByText("source-not-selected").waitFor();
  await page.getByRole("button", { name: "Show sources" }).click();
  await page.waitForFunction(() => document.activeElement.type === "checkbox");
  await page.getByRole("group", { name: "Senders" }).getByLabel("Amplitude, Webhook").check();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("an event of no known sender is said to be one, and can be mapped", async (t) => {
  const { page } = await open(t);
  await paste(page, { what: { title: "Level Complete" }, who: "u-1", ip: "203.0.113.9" });
  await page.getByRole("heading", { name: "Unknown sender" }).waitFor();
  assert.equal(await chosenSender(page), "Detected: no known sender");
  await page.getByRole("button", { name: "Show mapping.event_name" }).click();
  await page.waitForFunction(() => document.activeElement.matches('[aria-label="Event name"]'));
  await page.getByRole("button", { name: "Name is in what.title" }).click();
  // the sample settings take neither its address nor its ids from there
  await page.getByText("origination-ip-missing").waitFor();
  assert.equal(await chosenSender(page), "Detected: Any JSON");
  assert.equal(await page.getByLabel("Event name", { exact: true }).inputValue(), "what.title");
  // another event has its name elsewhere: the path is added
  await paste(page, { name: "Level Complete" });
  await page.getByText("Not sent: an event without a name").waitFor();
  await page.getByRole("button", { name: "Name is in name", exact: true }).click();
  await page.getByText("origination-ip-missing").waitFor();
  assert.equal(await page.getByLabel("Event name, path 2").inputValue(), "name");
});

test("an element of no known format among others can be mapped, too", async (t) => {
  const { page } = await open(t);
  await paste(page, [EVENT, { title: "Level Complete" }]);
  await page.getByRole("heading", { name: "2 events" }).waitFor();
  await row(page, 1).click();
  await page.getByRole("region", { name: "Problems" }).getByText("unrecognized-format").waitFor();
  await page.getByRole("button", { name: "Name is in title" }).click();
  await page.getByText("origination-ip-missing").first().waitFor();
});

test("a call to Kochava in place of an event is recognised, and can be checked", async (t) => {
  const { page } = await open(t);
  await paste(page, { action: "event", kochava_app_id: "ko", data: { event_name: "Purchase" } });
  await page.getByText("This looks like a call to Kochava").waitFor();
  await page.getByRole("button", { name: "Check this body" }).click();
  await page.getByRole("region", { name: "Findings" }).waitFor();
});

test("a sample brings its settings, but never in place of somebody's own", async (t) => {
  const { page } = await open(t);
  const mark = page.getByRole("region", { name: "Settings" }).getByText("sample", { exact: true });
  const guid = page.getByRole("textbox", { name: "App GUID", exact: true });
  await mark.waitFor();
  await choose(page, "segment: Purchase");
  await mark.waitFor();
  await guid.fill("koown");
  await mark.waitFor({ state: "detached" });
  const use = page.getByRole("button", { name: "Use the sample settings" });
  // samples for the same settings
  await choose(page, "revenuecat: Trial");
  assert.equal(await use.count(), 0);
  await choose(page, "iOS with tracking denied");
  await use.waitFor();
  assert.equal(await guid.inputValue(), "koown");
  await use.click();
  await use.waitFor({ state: "detached" });
  await mark.waitFor();
  await page.locator(".line", { hasText: '"event_name": "View"' }).waitFor();
});

const row = (page, index) =>
  page.getByRole("listbox", { name: "Events" }).getByRole("option").nth(index);
const sender = (page) => page.getByLabel("Sender", { exact: true });
const chosenSender = (page) => page.locator("#sender option:checked").textContent();
const choose = (page, id) => page.getByLabel("Sample event").selectOption(id);
