// Writes docs/screenshots/console-VIEW-WIDTH-SCHEME.png from the built page and made-up answers.

import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { withPalette } from "../preview/png-palette.mjs";
import { NOW } from "./test/fixtures/night.mjs";
import { FIRST } from "./test/fixtures/rejects.mjs";
import { ADMIN, startMock } from "./test/mock.mjs";
import { openConsole, startBrowser } from "./test/support.mjs";

const FOLDER = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
const SIZES = {
  1440: { width: 1440, height: 900 },
  390: { width: 390, height: 844, isMobile: true, hasTouch: true },
};
/** Longer pages are cut: what follows are more rows of the same kind. */
const HEIGHT_MAX = 1_800;

/** The address of each view, what shows that it is complete, and what is done there. */
const VIEWS = {
  login: ["", "Open the console"],
  now: ["#/now?period=ONE_DAY", "Over time"],
  coverage: ["#/coverage?period=ONE_WEEK", "Kochava device id"],
  rejects: ["#/rejects", "Page 1"],
  reject: [`#/rejects/${FIRST}`, "Today it would be sent"],
  replay: ["#/rejects", "Page 1", replay],
  delivery: ["#/delivery", "Bindings and secrets"],
  settings: ["#/settings?sync=default", "Send a test event"],
  live: ["#/live", "Song Played"],
};

/** The dialog of a replay, with the differences of one event. */
async function replay(page) {
  await page.getByRole("button", { name: "Replay…" }).first().click();
  await page.getByText("2 fields differ").first().click();
}

await mkdir(FOLDER, { recursive: true });
const mock = await startMock();
const browser = await startBrowser();
for (const view of Object.keys(VIEWS)) {
  for (const width of Object.keys(SIZES)) {
    for (const colorScheme of ["light", "dark"]) await shoot(view, width, colorScheme);
  }
}
await browser.close();
mock.close();

async function shoot(view, size, colorScheme) {
  const [fragment, shows, enter] = VIEWS[view];
  const ends = [];
  const { page } = await openConsole({ after: (end) => ends.push(end) }, browser, mock.url, {
    token: view === "login" ? undefined : ADMIN,
    now: NOW,
    fragment,
    colorScheme,
    ...SIZES[size],
  });
  await page.getByText(shows).first().waitFor();
  await enter?.(page);
  if (enter === undefined) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({
      width: SIZES[size].width,
      height: Math.max(SIZES[size].height, Math.min(height, HEIGHT_MAX)),
    });
  }
  // the chart and the editor measure their layout asynchronously
  await page.waitForTimeout(500);
  const name = `console-${view}-${size}-${colorScheme}.png`;
  await writeFile(FOLDER + name, withPalette(await page.screenshot()));
  for (const end of ends) await end();
  console.log(`docs/screenshots/${name}`);
}
