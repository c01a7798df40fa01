// The page as the Worker serves it: headers and a smoke test. preview/test tests the page itself.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { event, startHarness } from "./support.mjs";

const harness = await startHarness({ after });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
after(() => browser.close());

test("the page is served with its headers", async () => {
  const { headers, text } = await harness.send("/");
  assert.match(
    headers["content-security-policy"],
    /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.*connect-src 'self';.*frame-ancestors 'none'/,
  );
  assert.deepEqual(
    [headers["x-content-type-options"], headers["referrer-policy"]],
    ["nosniff", "no-referrer"],
  );
  // by which the page knows that a Worker serves it
  assert.equal(headers["server-timing"], "kochava-edge");
  const [, script] = /<script type="module"[^>]* src="\.(\/assets\/[^"]+\.js)"/.exec(text);
  assert.equal(
    (await harness.send(script)).headers["cache-control"],
    "public, max-age=31536000, immutable",
  );
});

test("a pasted event shows its request, and nothing is sent", async () => {
  const page = await browser.newPage();
  const consoleErrors = [];
  const requests = [];
  page.on(
    "console",
    (message) =>
      ["error", "warning"].includes(message.type()) && consoleErrors.push(message.text()),
  );
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  page.on("request", (request) =>
    requests.push(`${request.method()} ${new URL(request.url()).origin}`),
  );
  await page.goto(harness.url);
  await page.locator(".cm-content").first().waitFor();
  await page
    .getByRole("textbox", { name: "Event, as JSON" })
    .fill(JSON.stringify(event({ event_type: "Level 99" })));
  await page.getByText('"event_name": "Level 99"').waitFor();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.deepEqual(consoleErrors, []);
  assert.deepEqual([...new Set(requests)], [`GET ${harness.url}`]);
  assert.equal(harness.calls.length, 0, "nothing is sent to Kochava");
});
