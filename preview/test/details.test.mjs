// Points of the page that first-time users stumbled over: contrast, filters, focus order, links,
// the App GUID, zoom, print, and what is pointed at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { rules } from "kochava-edge";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const open = (t, options) => openPage(t, browser, server.url, options);

test('"Copied" on the primary button can be read, under the mouse, too', async (t) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open(t, { colorScheme });
    await page.getByRole("button", { name: "Copy for wrangler.toml" }).click();
    await page.getByText("Copied", { exact: true }).waitFor();
    const [text, ground] = await page.getByRole("button", { name: "Copied" }).evaluate((button) => {
      const pixel = (colour) => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
      };
      const style = getComputedStyle(button);
      return [pixel(style.color), pixel(style.backgroundColor)];
    });
    assert.ok(contrast(text, ground) >= 4.5, `${colorScheme}: ${contrast(text, ground)}`);
  }
});

test("a filtered list shows the detail of an event that is in it", async (t) => {
  const { page } = await open(t);
  await paste(page, [EVENT, { ...EVENT, event_type: "Other" }, { ...EVENT, ip_address: null }]);
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.getByRole("button", { name: "skipped 1" }).click();
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.getByRole("button", { name: "refused 1" }).click();
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
});

test("the filter ends with the text that it was made for", async (t) => {
  const { page } = await open(t);
  const list = [EVENT, { ...EVENT, event_type: "Other" }];
  await paste(page, list);
  await page.getByRole("button", { name: "skipped 1" }).click();
  const lines = [EVENT, EVENT, { ...EVENT, event_type: "Third" }].map((each) =>
    JSON.stringify(each),
  );
  await page.locator('.event input[type="file"]').setInputFiles({
    name: "other.ndjson",
    mimeType: "text/plain",
    buffer: Buffer.from(lines.join("\n")),
  });
  await page.getByRole("heading", { name: "3 events" }).waitFor();
  assert.equal(await page.getByRole("listbox").getByRole("option").count(), 3);
  assert.equal(await page.getByRole("button", { name: "Show all" }).count(), 0);
});

test("the first stops of the keyboard lead to the result and to the settings", async (t) => {
  for (const width of [1440, 390]) {
    const { page } = await open(t, { width });
    await page.keyboard.press("Tab");
    const first = page.getByRole("link", { name: "Skip to the result" });
    assert.ok(await first.evaluate((link) => link === document.activeElement));
    const { x, y } = await first.boundingBox();
    assert.ok(x >= 0 && y >= 0, "it is seen while it has the focus");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "result-title");
    await page.keyboard.press("Tab");
    assert.ok(
      await page.evaluate(() => document.activeElement.closest(".result") !== null),
      "the next stop is in the result",
    );
    await page.getByRole("link", { name: "Skip to the settings" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.id === "settings-title");
  }
});

test("every rule that cites a page of Kochava's guide links to it", async (t) => {
  const { page } = await open(t);
  await paste(page, { ...EVENT, ip_address: null });
  const link = page.getByRole("region", { name: "Problems" }).getByRole("link").first();
  assert.equal(await link.innerText(), "Post-Install Event Setup");
  assert.equal(
    await link.getAttribute("href"),
    "https://support.kochava.com/server-to-server-integration/post-install-event-setup/",
  );
  assert.deepEqual(
    [await link.getAttribute("target"), await link.getAttribute("rel")],
    ["_blank", "noreferrer"],
  );
  // what the rules cite besides: code and pages of others
  const pages = rules.filter(({ source }) => /^Kochava, /.test(source));
  const unlinked = pages.filter(({ source }) => !GUIDES.some((name) => source.includes(name)));
  assert.deepEqual(unlinked, []);
});

const GUIDES = [
  "Post-Install Event Setup",
  "Post-Install Event Examples",
  "Install Notification Setup",
  "Install Authentication Integration",
  "IdentityLink Setup",
  "S2S without Device UA",
  "Segment integration",
  "Over the Top TV and Connected TV",
  "Google's DMA Consent Policy",
];

test("the result tells which App GUID was used, and why", async (t) => {
  const { page } = await open(t);
  const told = page.locator(".app-used");
  const said = async (pattern) => {
    await told.waitFor();
    assert.match(await told.innerText(), pattern);
  };
  await said(
    /^App kosneakershop-ios-a1b2c3, from app_guid\.ios, which covers the event's platform/,
  );
  await said(/It is an example's: put your own there\.$/);
  await page.getByLabel("Sample event").selectOption("Web with only a kochava device id");
  await page.getByText("since no other key covers the event's platform").waitFor();
  await said(/^App kosneakershop-web-g7h8i9, from app_guid\.default, since no other key/);
  await page.getByLabel("Sample event").selectOption("Sandbox purchase for the test app");
  await page.getByText("since it is test traffic").waitFor();
  await said(/^App kosneakershop-test-j0k1l2, from test_app_guid, since it is test traffic/);
  await told.getByRole("button").click();
  await page.waitForFunction(() => document.activeElement.closest('[id="field-test_app_guid"]'));
});

test("at 200 % the frame leaves most of the height to the content", async (t) => {
  // a window of 1440 × 900 and one of 1280 × 720, at 200 %
  for (const [width, height] of [
    [720, 450],
    [640, 360],
  ]) {
    const { page } = await open(t, { width, height });
    const top = await page.locator("#event-code").evaluate((at) => at.getBoundingClientRect().top);
    assert.ok(top <= height * 0.6, `${width} × ${height}: ${top} px above the event`);
    await page.getByRole("navigation", { name: "Panels" }).getByText("Result").click();
    const verdict = await page.locator(".verdict").boundingBox();
    assert.ok(verdict.y <= height * 0.45, `${verdict.y} px above the verdict`);
    await page.mouse.wheel(0, 2_000);
    await page.waitForFunction(() => scrollY > 0);
    const covered = await page.evaluate(() =>
      [...document.querySelectorAll(".top, .tabs")]
        .map((part) => Math.max(0, part.getBoundingClientRect().bottom))
        .reduce((most, bottom) => Math.max(most, bottom), 0),
    );
    assert.equal(covered, 0, "nothing of the frame stays when the page is scrolled");
  }
});

test("in print nothing is cut, and the whole event is there", async (t) => {
  const { page } = await open(t);
  const long = { ...EVENT, event_properties: { level: 12 } };
  for (let number = 0; number < 200; number += 1)
    long.event_properties[`property_${number}`] = number;
  await paste(page, long);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".app, .panel, .result-body, .form, .print-text")]
      .filter((box) => box.scrollHeight > box.clientHeight + 1 && box.clientHeight > 0)
      .map((box) => box.className),
  );
  assert.deepEqual(cut, []);
  const paper = page.locator(".print-text");
  assert.ok(await paper.isVisible());
  assert.match(await paper.innerText(), /"property_199": 199/);
  for (const panel of ["Event", "Settings", "Result"])
    assert.ok(await page.getByRole("region", { name: panel, exact: true }).isVisible(), panel);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator(".print-text").count(), 0);
});

test("a name in the list is not cut while there is free space beside it", async (t) => {
  const { page } = await open(t);
  const name = "A Rather Long Name Of An Event Here";
  await paste(page, [
    { ...EVENT, event_type: name },
    { ...EVENT, event_type: "Level Complete" },
  ]);
  const row = page.getByRole("listbox").getByRole("option").first();
  const isCut = await row
    .locator(".event-name")
    .evaluate((each) => each.scrollWidth > each.clientWidth);
  assert.equal(isCut, false);
});

test('"All of these" has every sample of the webhook', async (t) => {
  const { page } = await open(t);
  const webhook = page.getByLabel("Sample event").locator("optgroup").first();
  const samples = (await webhook.locator("option").count()) - 1;
  await page.getByLabel("Sample event").selectOption("All of these, as NDJSON");
  // each sample has one event
  await page.getByRole("heading", { name: `${samples} events` }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^invalid-json/ }).count(), 0);
});

test("a value that is not sent says so when it is pointed at", async (t) => {
  const { page } = await open(t);
  const status = page.getByRole("region", { name: "Event", exact: true }).locator(".status");
  await page.locator(".cm-line", { hasText: '"city"' }).locator(".tok-string").last().hover();
  await page.waitForFunction(() => document.querySelector(".status").innerText.includes("city"));
  assert.equal(await status.innerText(), "Not sent: no setting uses city");
  await page.locator(".cm-line", { hasText: '"level": 12' }).locator(".tok-number").hover();
  await page.waitForFunction(() => !document.querySelector(".status").innerText.includes("city"));
  assert.match(await status.innerText(), /data\.event_data\.level/);
});

test("pasting with the mouse over a value leaves the verdict in view", async (t) => {
  const { page } = await open(t, { height: 600 });
  const value = page.locator(".cm-line", { hasText: '"level": 12' }).locator(".tok-number");
  await value.hover();
  await page.locator('.line[data-highlighted="true"]').waitFor();
  await page.getByRole("textbox", { name: "Event, as JSON" }).focus();
  await page.keyboard.press("Control+a");
  // beneath the mouse there will be a value whose field is far down in the body
  const properties = Object.fromEntries(
    Array.from({ length: 40 }, (_, number) => [`level_${number}`, number]),
  );
  await page.evaluate(
    (text) => navigator.clipboard.writeText(text),
    JSON.stringify({ ...EVENT, event_properties: { ...properties, level: 13 } }, null, 2),
  );
  await page.keyboard.press("Control+v");
  await page.locator(".line", { hasText: '"level": 13' }).waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.locator(".result-body").evaluate((body) => body.scrollTop), 0);
  assert.ok(await page.locator(".verdict").isVisible());
});

/** WCAG 2.2, contrast ratio of two colours. */
function contrast(one, other) {
  const light = ([...rgb]) => {
    const [red, green, blue] = rgb.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [most, least] = [light(one), light(other)].sort((a, b) => b - a);
  return (most + 0.05) / (least + 0.05);
}
