// Can a person use the page in a browser, on a desk and on a phone?

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { TOKEN, event, startHouse } from "./support.mjs";

const house = await startHouse({ after });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
after(() => browser.close());

for (const [where, width] of [["on a desk", 1440], ["on a phone", 390]]) {
  test(`an event shows its request ${where}`, async () => {
    const { page, complaints } = await open(width);
    await page.getByLabel("Event, as JSON").fill(JSON.stringify(event()));
    await page.getByLabel("Ingest token").fill(TOKEN);
    await page.getByRole("button").click();
    const fate = page.getByRole("article");
    await fate.getByRole("heading", { name: "ready" }).waitFor();
    const shown = await fate.innerText();
    assert.match(shown, /POST http:\/\/127\.0\.0\.1:\d+\/track\/json/);
    assert.match(shown, /"event_name": "Level Complete"/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing sticks out at the side");
    assert.deepEqual(complaints, []);
    assert.equal(house.calls.length, 0, "nothing is sent to Kochava");
  });
}

test("the keyboard is enough, and a refusal says what to mend", async () => {
  const { page, complaints } = await open(1440);
  await page.getByLabel("Event, as JSON").fill(JSON.stringify([event({ ip_address: null }), event({ event_type: "Settings Opened" })]));
  await page.keyboard.press("Tab");
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "refused" }).waitFor();
  assert.match(await page.getByRole("article").first().innerText(), /origination-ip-missing Kochava needs the IP address of the device/);
  await page.getByRole("heading", { name: "skipped" }).waitFor();
  assert.deepEqual(complaints, []);
});

test("a wrong token and a broken event are told in words", async () => {
  const { page } = await open(1440);
  await page.getByLabel("Ingest token").fill("wrong");
  await page.getByRole("button").click();
  await page.getByText("send the ingest token as").waitFor();
  await page.getByLabel("Ingest token").fill(TOKEN);
  await page.getByLabel("Event, as JSON").fill("{ oops");
  await page.getByRole("button").click();
  await page.getByText("the body is not JSON (byte 2)").waitFor();
});

test("a Worker that is not set up says on its page what is missing", async (t) => {
  const unset = await startHouse(t, { bindings: { INGEST_TOKEN: null } });
  const { page } = await open(1440, unset.url);
  await page.getByText("INGEST_TOKEN is a secret that must be set").waitFor();
});

/** Opens the page; `complaints` is what the browser has to say about it. */
async function open(width, url = house.url) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.getByRole("status").filter({ hasNotText: "Asking" }).waitFor();
  return { page, complaints };
}
