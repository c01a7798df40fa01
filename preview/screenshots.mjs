// Takes pictures of the built page: target/screenshots/NAME.png, and docs/screenshots/NAME.png.
//
//   node preview/screenshots.mjs [NAME…]   all, or those whose names begin so

import { readFile } from "node:fs/promises";
import { savePicture } from "./save-picture.mjs";
import { EVENT, openPage, paste, serve, startBrowser } from "./test/support.mjs";

/** An event of Segment's, for which settings are proposed. */
const OWN_EVENT = new URL("../samples/senders/segment/purchase.json", import.meta.url);
const DESKTOP = { width: 1280, height: 760 };

const SHOTS = {
  "plan-light": [
    DESKTOP,
    async (page) =>
      page
        .locator(".group")
        .first()
        .evaluate((group) => (group.open = false)),
  ],
  "plan-dark": [
    { ...DESKTOP, colorScheme: "dark" },
    async (page) => page.getByLabel("Sample event").selectOption("iOS with tracking denied"),
  ],
  trace: [
    DESKTOP,
    async (page) => page.locator('.line[data-key="0 data.device_ids.idfa"]').hover(),
  ],
  ndjson: [
    DESKTOP,
    async (page) => page.getByLabel("Sample event").selectOption("All of these, as NDJSON"),
  ],
  segment: [DESKTOP, async (page) => chooseSample(page, "segment: Purchase")],
  revenuecat: [DESKTOP, async (page) => chooseSample(page, "revenuecat: Trial")],
  check: [DESKTOP, async (page) => page.getByRole("button", { name: "Check a body" }).click()],
  phone: [
    { width: 390, height: 844, isMobile: true, hasTouch: true },
    async (page) =>
      page
        .getByRole("navigation", { name: "Panels" })
        .getByRole("button", { name: /^Result/ })
        .tap(),
  ],
};

const STATES = {
  refused: async (page) => {
    await paste(page, { ...EVENT, ip_address: null, client_ip: "203.0.113.7" });
    await show(page, "Result");
  },
  skipped: async (page) => {
    await page.getByLabel("Sample event").selectOption("Filtered because it was not selected");
    await show(page, "Result");
  },
  proposed: async (page) => {
    await paste(page, await readFile(OWN_EVENT, "utf8"));
    await show(page, "Result");
    await page.getByRole("button", { name: "Propose settings for this event" }).click();
  },
  kept: async (page) => {
    await paste(page, EVENT);
    await show(page, "Settings");
    await page.getByRole("textbox", { name: "iPadOS" }).fill("komyapp-ipad");
    await show(page, "Event");
    await page.waitForFunction(() => JSON.stringify({ ...localStorage }).includes("komyapp-ipad"));
    await page.reload();
    await page.locator(".cm-content").first().waitFor();
    await page.getByLabel("Sample event").selectOption("segment: Purchase");
    await page.locator(".toast").waitFor();
  },
  checked: async (page) => {
    await page.getByRole("button", { name: "Check a body" }).click();
    const text = await page
      .getByRole("textbox", { name: "Kochava body, as JSON" })
      .locator(".cm-line")
      .allInnerTexts();
    await page
      .getByRole("textbox", { name: "Kochava body, as JSON" })
      .fill(text.join("\n").replace('"usertime"', '"user_time"'));
    await page
      .getByText("Did you mean")
      .first()
      .evaluate((found) => found.closest("li").scrollIntoView());
  },
};
const WIDTHS = {
  1440: { width: 1440, height: 900 },
  390: { width: 390, height: 844, isMobile: true, hasTouch: true },
};
for (const [name, enter] of Object.entries(STATES))
  for (const [width, size] of Object.entries(WIDTHS))
    for (const colorScheme of ["light", "dark"])
      SHOTS[`${name}-${width}-${colorScheme}`] = [{ ...size, colorScheme }, enter];

/** Shows a panel on a narrow screen, where one is visible at a time. */
async function show(page, name) {
  const tab = page
    .getByRole("navigation", { name: "Panels" })
    .getByRole("button", { name: new RegExp(`^${name}`) });
  if (await tab.isVisible()) await tab.click();
}

async function chooseSample(page, id) {
  await page.getByLabel("Sample event").selectOption(id);
}

const server = await serve();
const browser = await startBrowser();
const wanted = process.argv.slice(2);
for (const [name, [options, enter]] of Object.entries(SHOTS)) {
  if (wanted.length > 0 && !wanted.some((part) => name.startsWith(part))) continue;
  await shoot(name, options, enter);
}
await browser.close();
server.close();

async function shoot(name, options, enter) {
  const done = [];
  const { page } = await openPage({ after: (end) => done.push(end) }, browser, server.url, options);
  await enter(page);
  // the editor measures its layout and draws highlights asynchronously
  await page.waitForTimeout(300);
  await savePicture(`${name}.png`, await page.screenshot(), true);
  for (const end of done) await end();
  console.log(`docs/screenshots/${name}.png`);
}
