import { openPage, serve, startBrowser } from "/root/wt/w-preview/preview/test/support.mjs";
const server = await serve(),
  browser = await startBrowser();
const done = [];
for (const [n, o] of [
  ["d", { width: 1440, height: 900 }],
  ["m", { width: 390, height: 844, isMobile: true, hasTouch: true }],
  ["z", { width: 720, height: 450 }],
]) {
  const { page, consoleErrors } = await openPage(
    { after: (f) => done.push(f) },
    browser,
    server.url,
    o,
  );
  await page.waitForTimeout(400);
  await page.screenshot({ path: `/tmp/s-${n}.png` });
  console.log(n, consoleErrors);
}
await browser.close();
server.close();
