// Writes docs/screenshots/ from the built page.

import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { withPalette } from "./palette.mjs";
import { openPage, serve, startBrowser } from "./test/support.mjs";

const FOLDER = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
const DESK = { width: 1280, height: 760 };

const SHOTS = {
  "plan-light": [
    DESK,
    async (page) =>
      page
        .locator(".group")
        .first()
        .evaluate((group) => (group.open = false)),
  ],
  "plan-dark": [
    { ...DESK, colorScheme: "dark" },
    async (page) => page.getByLabel("Sample event").selectOption("iOS with tracking denied"),
  ],
  trace: [DESK, async (page) => page.locator('.line[data-key="0 data.device_ids.idfa"]').hover()],
  ndjson: [
    DESK,
    async (page) =>
      page.getByLabel("Sample event").selectOption("All of them, one on each line (NDJSON)"),
  ],
  check: [DESK, async (page) => page.getByRole("button", { name: "Check a body" }).click()],
  phone: [
    { width: 390, height: 844, isMobile: true, hasTouch: true },
    async (page) =>
      page
        .getByRole("navigation", { name: "Panels" })
        .getByRole("button", { name: /^Result/ })
        .tap(),
  ],
};

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
  // the editor's measuring and what lights up
  await page.waitForTimeout(300);
  await writeFile(`${FOLDER}${name}.png`, withPalette(await page.screenshot()));
  for (const end of done) await end();
  console.log(`docs/screenshots/${name}.png`);
}
