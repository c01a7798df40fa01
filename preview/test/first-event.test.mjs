// From an empty page to an event at Kochava: an event of each sender is pasted, the proposed
// settings are accepted, the lines for wrangler.toml are copied, and the built Worker runs with
// them in workerd beside the simulated Kochava.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { parse } from "smol-toml";
import { startStandIn } from "../../tools/stand-in.mjs";
import { startWorker } from "../../tools/start-worker.mjs";
import { openPage, paste, serve, startBrowser } from "./support.mjs";

const TOKEN = "local-token-for-tests";
const KEY = "local-key";
const GUID = "komyapp-1a2b3c";

const server = await serve();
const browser = await startBrowser();
const kochava = await startStandIn({ port: 0, print: () => {}, onStop: () => {} });
const secrets = {
  INGEST_TOKEN: TOKEN,
  SDK_KEYS: KEY,
  KOCHAVA_API_KEY: "local-api-key",
  KOCHAVA_SECRET: "local-secret",
  KOCHAVA_URL: kochava.url,
};
const worker = await startWorker({ bindings: secrets, consumer: { maxBatchTimeout: 0.1 } });
after(async () => {
  await browser.close();
  server.close();
  await worker.stop();
  await kochava.stop();
});

/** A sample of each sender, the route that it posts to, and the name of the event there. */
const SENDERS = {
  amplitude: ["01-ios-with-tracking-authorized", "/amplitude", "Level Complete"],
  amplitude_http: ["senders/amplitude_http/purchase", "/2/httpapi", "revenue_amount"],
  segment: ["senders/segment/purchase", "/segment", "Order Completed"],
  rudderstack: ["senders/rudderstack/purchase", "/rudderstack", "Order Completed"],
  mparticle: ["senders/mparticle/purchase", "/mparticle", "purchase"],
  revenuecat: ["senders/revenuecat/purchase", "/revenuecat", "NON_RENEWING_PURCHASE"],
  cloudevents: ["senders/cloudevents/purchase", "/cloudevents", "revenue_amount"],
  generic: ["senders/generic/level-up", "/ingest", "Level Up"],
};

for (const [sender, [sample, route, name]] of Object.entries(SENDERS)) {
  test(`${sender}: an event, the proposal, the wrangler.toml, the Worker, Kochava`, async (t) => {
    const file = new URL(`../../samples/${sample}.json`, import.meta.url);
    const text = await readFile(file, "utf8");
    const { page, consoleErrors } = await openPage(t, browser, server.url);
    await page.getByRole("button", { name: "Start empty" }).click();
    await paste(page, "");
    await paste(page, text);
    const proposal = page.getByRole("region", { name: "Proposed settings" });
    await proposal.getByLabel("App GUID of your app").fill(GUID);
    await proposal.getByRole("button", { name: "Use all of it" }).click();
    await page.getByRole("heading", { name: "Ready" }).waitFor();
    await page.getByText("Proposed for your event").waitFor();
    await page.locator(".line", { hasText: `"kochava_app_id": "${GUID}"` }).waitFor();
    const { vars } = parse(await copiedToml(page));
    await worker.rebind({ ...secrets, ...JSON.parse(JSON.stringify(vars)) });
    const health = await fetch(`${worker.url}/health`).then((answer) => answer.json());
    assert.deepEqual(health.faults, []);
    await kochava.forget();
    await send(route, text);
    const [call] = await kochava.received(1);
    assert.equal(call?.body.kochava_app_id, GUID);
    assert.equal(call.body.data.event_name, name);
    const errors = call.findings.filter(({ severity }) => severity === "error");
    assert.deepEqual(errors, []);
    assert.deepEqual(consoleErrors, []);
  });
}

async function copiedToml(page) {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.getByRole("button", { name: "Copy for wrangler.toml" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== "");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Posts as the sender does: an SDK of Amplitude's with a key, any other with the token. */
async function send(route, text) {
  const isSdk = route === "/2/httpapi";
  const body = isSdk ? JSON.stringify({ ...JSON.parse(text), api_key: KEY }) : text;
  const answer = await fetch(worker.url + route, {
    method: "POST",
    headers: {
      "Content-Type":
        route === "/cloudevents" ? "application/cloudevents+json" : "application/json",
      ...(isSdk ? {} : { Authorization: `Bearer ${TOKEN}` }),
    },
    body,
  });
  // CloudEvents has 202 for what is accepted and done later
  assert.equal(answer.status, route === "/cloudevents" ? 202 : 200, await answer.text());
}
