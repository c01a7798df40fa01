// Writes docs/screenshots/*.png from the built page.

import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { withPalette } from "./png-palette.mjs";
import { openPage, serve, startBrowser } from "./test/support.mjs";

const FOLDER = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
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
    async (page) =>
      page.getByLabel("Sample event").selectOption("All samples in strict JSON, as NDJSON"),
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

async function chooseSample(page, id) {
  await page.getByLabel("Sample event").selectOption(id);
}

await mkdir(FOLDER, { recursive: true });
const server = await serve();
const browser = await startBrowser();
for (const [name, [options, enter]] of Object.entries(SHOTS)) {
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
  await writeFile(`${FOLDER}${name}.png`, withPalette(await page.screenshot()));
  for (const end of done) await end();
  console.log(`docs/screenshots/${name}.png`);
}
