// Does the page that the Worker serves work there? What it can do is tested in preview/test.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { event, startHouse } from "./support.mjs";

const house = await startHouse({ after });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
after(() => browser.close());

test("the page comes with its headers", async () => {
  const { headers, text } = await house.send("/");
  assert.match(
    headers["content-security-policy"],
    /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.*connect-src 'self';.*frame-ancestors 'none'/,
  );
  assert.deepEqual(
    [headers["x-content-type-options"], headers["referrer-policy"]],
    ["nosniff", "no-referrer"],
  );
  const [, script] = /<script type="module"[^>]* src="\.(\/assets\/[^"]+\.js)"/.exec(text);
  assert.equal(
    (await house.send(script)).headers["cache-control"],
    "public, max-age=31536000, immutable",
  );
});

test("an event that is pasted shows its request, and goes nowhere", async () => {
  const page = await browser.newPage();
  const complaints = [];
  const requests = [];
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()),
  );
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) =>
    requests.push(`${request.method()} ${new URL(request.url()).origin}`),
  );
  await page.goto(house.url);
  await page.locator(".cm-content").first().waitFor();
  await page
    .getByRole("textbox", { name: "Event, as JSON" })
    .fill(JSON.stringify(event({ event_type: "Level 99" })));
  await page.getByText('"event_name": "Level 99"').waitFor();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.deepEqual(complaints, []);
  assert.deepEqual([...new Set(requests)], [`GET ${house.url}`]);
  assert.equal(house.calls.length, 0, "nothing is sent to Kochava");
});
