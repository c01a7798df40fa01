import { startMock, ADMIN } from "/root/wt/w-console/console/test/mock.mjs";
import {
  startBrowser,
  openConsole,
  assertAccessible,
} from "/root/wt/w-console/console/test/support.mjs";
import { FIRST, NOW } from "/root/wt/w-console/console/test/fixtures.mjs";
const mock = await startMock();
const browser = await startBrowser();
const views = process.argv[2]?.split(",") ?? [
  "now",
  "coverage",
  "rejects",
  "reject",
  "delivery",
  "settings",
  "live",
  "login",
  "replay",
];
const sizes = (process.argv[3] ?? "d,p").split(",");
const scheme = process.argv[4] ?? "light";
for (const view of views)
  for (const size of sizes) {
    const ends = [];
    const fragment =
      {
        reject: `#/rejects/${FIRST}`,
        login: "",
        replay: "#/rejects",
        coverage: "#/coverage?period=TWO_WEEKS",
      }[view] ?? `#/${view}`;
    const { page, errors } = await openConsole({ after: (f) => ends.push(f) }, browser, mock.url, {
      token: view === "login" ? undefined : ADMIN,
      now: NOW,
      fragment,
      colorScheme: scheme,
      ...(size === "p" ? { width: 390, height: 844, isMobile: true, hasTouch: true } : {}),
    });
    await page.waitForTimeout(900);
    if (view === "replay") {
      await page.getByRole("button", { name: "Replay…" }).first().click();
      await page.waitForTimeout(500);
    }
    await page.screenshot({
      path: `/tmp/s-${view}-${size}.png`,
      fullPage: view !== "live" && view !== "replay",
    });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    try {
      await assertAccessible(page, view);
    } catch (e) {
      console.log(view, size, e.message.slice(0, 1500));
    }
    console.log(view, size, width, errors);
    for (const end of ends) await end();
  }
await browser.close();
mock.close();
process.exit(0);
