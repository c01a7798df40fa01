// The console of a real Worker in workerd, beside the stand-in for Kochava.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, test } from "node:test";
import { ADMIN, QUICK, events, startDurableHarness } from "../../worker/test/durable.mjs";
import { SETTINGS, TOKEN, startServer } from "../../worker/test/support.mjs";
import { assertAccessible, openConsole, startBrowser } from "./support.mjs";

const browser = await startBrowser();
after(() => browser.close());

const open = (t, harness, fragment = "#/now?period=TEN_MINUTES", options = {}) =>
  openConsole(t, browser, harness.url, { token: ADMIN, fragment, ...options });

/** Reads everything again, as the page does when its tab is shown. */
const refresh = (page) =>
  page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

/** Reads again until the locator is there. */
async function eventually(page, locator, seconds = 30) {
  const deadline = Date.now() + seconds * 1_000;
  while ((await locator.count()) === 0) {
    if (Date.now() > deadline) {
      const text = await page.locator("body").innerText();
      assert.fail(`${locator} is not there; the page says: ${text.slice(0, 2_000)}`);
    }
    await refresh(page);
    await page.waitForTimeout(250);
  }
}

const state = (page, word) => page.getByRole("heading", { level: 3, name: word, exact: true });
const tile = (page, title) =>
  page.locator(".tile", { has: page.getByText(title, { exact: true }) }).locator(".tile-value");

test("an outage comes and goes, in the words and in the chart", async (t) => {
  const harness = await startDurableHarness(t);
  const { page, errors } = await open(t, harness);
  await state(page, "Flowing").waitFor();
  await harness.post(events(5));
  await harness.drained();
  await harness.stopKochava();
  await harness.post(events(7));
  await eventually(page, state(page, "Down"));
  await page.getByText(/^Kochava does not answer since \d\d:\d\d\. /).waitFor();
  await eventually(page, page.getByText("7 events wait, none is lost."));
  assert.equal(await tile(page, "Waiting").textContent(), "7");
  const chart = page.getByRole("img", { name: /^Chart: 5 delivered, .* 1 incident\.$/ });
  await eventually(page, chart);
  await page.getByRole("list", { name: "Incidents" }).getByText("until now").waitFor();
  await assertAccessible(page, "outage");
  await harness.startKochava();
  await harness.drained();
  await eventually(page, state(page, "Flowing"));
  await eventually(page, page.getByRole("img", { name: /^Chart: 12 delivered, .* 1 incident\.$/ }));
  const incident = page.getByRole("list", { name: "Incidents" }).getByRole("listitem");
  await eventually(page, incident.filter({ hasText: /^Down from .* to .* \(\d+ s\)/ }));
  assert.equal(await tile(page, "Waiting").textContent(), "0");
  assert.equal(await tile(page, "Delivered").textContent(), "12");
  assert.deepEqual(errors, []);
});

test("a wrong key is named, with what to do, and mended", async (t) => {
  const refusal = [{ status: 401, forever: true }];
  const harness = await startDurableHarness(t, { kochava: { script: refusal } });
  const { page } = await open(t, harness);
  await harness.post(events(6));
  await eventually(page, state(page, "Paused"));
  await page.getByText(/^Kochava refuses our key with 401 since \d\d:\d\d\. /).waitFor();
  await page.getByText("KOCHAVA_API_KEY", { exact: true }).first().waitFor();
  await eventually(page, page.getByText("6 events wait, none is lost."));
  await page.getByRole("link", { name: "Delivery", exact: true }).first().click();
  const row = page.getByRole("region", { name: "Open breakers" }).getByRole("row").last();
  await row.filter({ hasText: /kochava-paused 401/ }).waitFor();
  // what setting the right key does: Kochava accepts calls again, which a probe finds out
  harness.kochava.reset();
  await harness.drained();
  await eventually(page, page.getByText("All are closed: calls go out."));
  await page.getByRole("link", { name: "Now", exact: true }).click();
  await eventually(page, state(page, "Flowing"));
  assert.equal((await harness.stats()).eventsDelivered, 6);
});

test("a reject is looked at, compared, replayed, delivered and counted", async (t) => {
  const harness = await startDurableHarness(t);
  await harness.post(events(2, { ip_address: null, client_ip: "203.0.113.9" }));
  await harness.drained();
  const [{ event, id }] = await harness.rejects();
  const mended = { mapping: { ...SETTINGS.mapping, origination_ip: ["ip_address", "client_ip"] } };
  await harness.restart({ settings: mended });
  const { page, errors } = await open(t, harness);
  await eventually(page, page.getByText("2 of 2 events (100 %) could not be delivered"));
  await page.getByText("No IP address (2).").waitFor();
  await page.getByRole("link", { name: "Not delivered", exact: true }).first().click();
  await page.getByText("Mended by the settings:").waitFor();
  await page.getByRole("table").last().getByRole("link", { name: event, exact: true }).click();
  await page.waitForURL(new RegExp(`#/rejects/${id}`));
  await page.getByRole("heading", { name: "Today it would be sent" }).waitFor();
  await page.getByText("It was never sent, so Kochava has not answered.").waitFor();
  const row = page.locator(".field-row", { hasText: "data.origination_ip" });
  assert.match(
    await row.innerText(),
    /203\.0\.113\.9[\s\S]*ip_address[\s\S]*no value[\s\S]*client_ip/,
  );
  await assertAccessible(page, "reject");
  await page.getByRole("button", { name: "Replay…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 would go.").waitFor();
  await dialog.getByText("never sent before").waitFor();
  assert.equal(harness.kochava.calls.length, 0, "a look sends nothing");
  await dialog.getByRole("button", { name: "Replay 1 event" }).click();
  await dialog.getByText("1 was sent again.").waitFor();
  await harness.drained();
  assert.deepEqual(
    harness.kochava.calls.map(({ body }) => [body.data.event_name, body.data.origination_ip]),
    [[event, "203.0.113.9"]],
  );
  await page.keyboard.press("Escape");
  await page.getByRole("list", { name: "Reasons" }).getByText("1 event", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Now", exact: true }).click();
  await eventually(page, page.getByRole("img", { name: /^Chart: 1 delivered, 2 not delivered/ }));
  const { eventsDelivered, replayed } = await harness.stats();
  assert.deepEqual([eventsDelivered, replayed], [1, 1]);
  assert.deepEqual(errors, []);
});

test("what the settings skip is counted apart from what was rejected, with its reason", async (t) => {
  const harness = await startDurableHarness(t);
  await harness.post([
    ...events(3),
    ...events(2, { ip_address: null }),
    ...events(4, { event_type: "Other" }),
  ]);
  await harness.drained();
  const stats = await harness.stats();
  assert.deepEqual(
    [stats.eventsDelivered, stats.eventsNotDelivered, stats.skipped, stats.deliveryRate],
    [3, 2, 4, 60],
  );
  assert.deepEqual(stats.reasons, { "origination-ip-missing": 2 });
  assert.deepEqual(stats.skipReasons, { "not-selected": 4 });
  const { page } = await open(t, harness);
  await eventually(page, page.getByText(/^2 of 5 events \(40 %\) could not be delivered/));
  assert.equal(await tile(page, "Delivered").textContent(), "3");
  assert.equal(await tile(page, "Not delivered").textContent(), "2");
  assert.equal(await tile(page, "Skipped").textContent(), "4");
  assert.equal(await tile(page, "Delivery rate").textContent(), "60 %");
  await page.getByText("by your settings: Not selected (4)").waitFor();
  await page.getByRole("link", { name: "See why" }).click();
  const reasons = page.getByRole("list", { name: "Reasons" });
  await reasons.getByText("2 events", { exact: true }).waitFor();
  assert.equal(await reasons.getByText("Not selected").count(), 0);
});

test("what Kochava answered is shown with its attempts, and rejects are deleted by their typed number", async (t) => {
  const answer = { success: "0", error: "unknown currency" };
  const harness = await startDurableHarness(t, {
    kochava: { script: [{ status: 400, body: answer, forever: true }] },
  });
  await harness.post(events(1));
  await harness.drained();
  const { page } = await open(t, harness, "#/rejects");
  await page.getByText("Mended by Kochava:").waitFor();
  await page.getByRole("table").last().getByRole("link").first().click();
  await page.getByRole("heading", { name: "Kochava's answer: 400" }).waitFor();
  assert.equal(await page.locator("pre.answer").first().innerText(), JSON.stringify(answer));
  assert.equal((await harness.rejects())[0].attempts, 1);
  await page.getByRole("definition").filter({ hasText: /^1$/ }).waitFor();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByLabel("Type delete 1 to confirm").fill("delete 1");
  await page.getByRole("button", { name: "Delete 1 event" }).click();
  await page.getByText("1 event was deleted.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Nothing to mend" }).waitFor();
  assert.deepEqual(await harness.rejects(), []);
});

test("a user and a number of many digits are explained as they were received", async (t) => {
  const harness = await startDurableHarness(t, {
    settings: { users: { send: true, properties: ["email"] } },
  });
  const user =
    '{"user_id":"u-1","user_properties":{"email":"a@example.com","level":12345678901234567890}}';
  await harness.post(`{"users":[${user}]}`);
  await harness.drained();
  const { page } = await open(t, harness, "#/rejects");
  await page.getByRole("table").last().getByRole("link", { name: "(a user)" }).click();
  await page.getByRole("heading", { name: "A user" }).waitFor();
  await page.getByRole("heading", { name: "Today it is still refused" }).waitFor();
  await page.locator(".cm-line", { hasText: "12345678901234567890" }).waitFor();
  await page.locator(".field-row", { hasText: "a@example.com" }).first().hover();
  await page.locator(".cm-highlight", { hasText: "a@example.com" }).waitFor();
});

test("each sync has its own state, numbers, rejects and settings", async (t) => {
  const refusal = { match: { contains: "kotest-us-0a1b2c" }, status: 404, forever: true };
  const harness = await startDurableHarness(t, {
    settings: { sources: ["amplitude"] },
    bindings: {
      SYNC_US: {
        ...SETTINGS,
        app_guid: "kotest-us-0a1b2c",
        sources: ["amplitude"],
        delivery: QUICK,
        mapping: { ...SETTINGS.mapping, origination_ip: "us_ip" },
      },
    },
    kochava: { script: [refusal] },
  });
  // one for both, and six for the one whose address is elsewhere
  await harness.post(events(1, { us_ip: "203.0.113.9" }));
  await harness.post(events(6, { us_ip: "203.0.113.9", ip_address: null }));
  const { page } = await open(t, harness);
  await eventually(page, page.getByText(/^Kochava refuses the App GUID kotest-us-0a1b2c with 404/));
  await eventually(page, page.getByText(/\(sync us\)\. 7 events wait, none is lost\./));
  await page.getByLabel("Sync").selectOption("default");
  await eventually(page, state(page, "Flowing"));
  await eventually(page, page.getByRole("img", { name: /^Chart: 1 delivered, 6 not delivered/ }));
  await page.getByRole("link", { name: "Not delivered", exact: true }).first().click();
  await page
    .getByRole("list", { name: "Reasons" })
    .getByText("6 events", { exact: true })
    .waitFor();
  await page.getByLabel("Sync").selectOption("us");
  await page.getByRole("heading", { name: "Nothing to mend" }).waitFor();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.locator(".cm-content", { hasText: "kotest-us-0a1b2c" }).waitFor();
  assert.equal(await page.getByText("kotest-android-a1b2c3").count(), 0);
  await assertAccessible(page, "syncs");
});

test("a wrong token and a Worker without one look the same", async (t) => {
  const harness = await startDurableHarness(t);
  const without = await startDurableHarness(t, { bindings: { ADMIN_TOKEN: null } });
  const texts = [];
  for (const { url } of [harness, without]) {
    const { page } = await openConsole(t, browser, url);
    await page.getByLabel("Operator's token").fill("not-the-token-of-this-worker");
    await page.getByRole("button", { name: "Open the console" }).click();
    await page.getByRole("alert").waitFor();
    texts.push(await page.locator("body").innerText());
  }
  assert.equal(texts[0], texts[1]);
  assert.match(
    texts[0],
    /This token opens nothing\. Either it is wrong, or this Worker has no ADMIN_TOKEN/,
  );
});

test("an operator whom Cloudflare Access let in needs no token", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };
  const team = await startServer(t, ({ response }) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  const harness = await startDurableHarness(t, {
    bindings: { ACCESS_AUD: "the-tag", ACCESS_TEAM: team.url, ADMIN_TOKEN: null },
  });
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const claims = { aud: ["the-tag"], iss: team.url, exp: now + 600, nbf: now - 10 };
  const signed = `${encode({ alg: "RS256", kid: "key-1" })}.${encode(claims)}`;
  const signature = sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url");
  const { page } = await openConsole(t, browser, harness.url, {
    extraHTTPHeaders: { "cf-access-jwt-assertion": `${signed}.${signature}` },
  });
  await state(page, "Flowing").waitFor();
  await page.getByRole("link", { name: "Not delivered", exact: true }).click();
  await page.getByRole("heading", { name: "Nothing to mend" }).waitFor();
});

test("a tab that was left open over a deployment says so, and shows what is in force", async (t) => {
  const harness = await startDurableHarness(t);
  const { page } = await open(t, harness, "#/settings");
  await page.locator(".cm-content", { hasText: "kotest-android-a1b2c3" }).waitFor();
  const settings = { ...SETTINGS, app_guid: "kotest-android-d4e5f6", delivery: QUICK };
  await harness.worker.rebind({
    INGEST_TOKEN: TOKEN,
    ADMIN_TOKEN: ADMIN,
    KOCHAVA_URL: harness.kochava.url,
    SETTINGS: settings,
  });
  const banner = page.getByText("A deployment changed the settings since this page was loaded.");
  await eventually(page, banner);
  await eventually(page, page.locator(".cm-content", { hasText: "kotest-android-d4e5f6" }));
  await assertAccessible(page, "deployed");
  await page.getByRole("button", { name: "Reload" }).click();
  await banner.waitFor({ state: "detached" });
});

test("faults of the settings are told, and what is stored can be seen", async (t) => {
  const harness = await startDurableHarness(t);
  await harness.post(events(1, { ip_address: null }));
  await harness.drained();
  await harness.restart({ settings: { mapping: { origination_ipp: "ip_address" } } });
  const { page } = await open(t, harness);
  await state(page, "Misconfigured").waitFor();
  await page.getByText(/in the configuration, so that senders are answered 503/).waitFor();
  // the sentence leads to all of them
  await page.getByRole("main").getByRole("link", { name: "Delivery", exact: true }).click();
  await page.getByText("mapping.origination_ipp", { exact: true }).first().waitFor();
  await page.getByRole("link", { name: "Not delivered", exact: true }).click();
  await page.getByRole("table").last().getByRole("link").first().click();
  await page.getByText("The settings have faults, so that it cannot be explained.").waitFor();
  await assertAccessible(page, "faults");
});

test("alerts are shown, and that they could not be sent", async (t) => {
  const receiver = await startServer(t, ({ response }) => {
    response.statusCode = 500;
    response.end();
  });
  const harness = await startDurableHarness(t, {
    settings: {
      delivery: { ...QUICK, steps_s: Array(30).fill(1) },
      alerts: { waiting_minutes: 1 },
    },
    // a minute is a second
    bindings: { ALERT_URL: `${receiver.url}/hook`, CLOCK_RATE: 60 },
  });
  await harness.stopKochava();
  await harness.post(events(3));
  const { page } = await open(t, harness);
  const alerts = page.getByRole("region", { name: "Alerts" });
  const deadline = Date.now() + 30_000;
  while (receiver.seen.length === 0) {
    assert.ok(Date.now() < deadline, "an alert should be sent");
    const worker = await harness.worker.miniflare.getWorker();
    await worker.scheduled({ cron: "* * * * *" });
  }
  await eventually(page, alerts.getByText(/^3 events wait, the oldest for \d+ min/));
  await alerts.getByText("not sent: http-500; tried again every minute").waitFor();
  await assertAccessible(page, "alerts");
});

test("a test event is followed from its plan to Kochava's answer", async (t) => {
  const harness = await startDurableHarness(t, {
    settings: { test_app_guid: "kotest-app-0f0f0f" },
  });
  const { page } = await open(t, harness, "#/settings");
  const stages = page.getByRole("list", { name: "What became of the test event" });
  await page.getByLabel("Name of the event").fill("Level Check");
  await page.getByRole("button", { name: "Send to the test app" }).click();
  await stages.getByText("Planned: your settings send it to the test app.").waitFor();
  await stages.getByText(/^Sent \(event\): Kochava answered 200 after/).waitFor();
  await stages.getByText("Delivered: Kochava has accepted it.").waitFor();
  assert.deepEqual(
    harness.kochava.calls.map(({ body }) => [body.kochava_app_id, body.data.event_name]),
    [["kotest-app-0f0f0f", "Level Check"]],
  );
  await page.getByText("The event, as amplitude would send it").click();
  const event = page.getByLabel("The event", { exact: true });
  await event.filter({ hasText: '"Level Check"' }).waitFor();
  await assertAccessible(page, "test event");
});

test("a test event shows why it is not sent, what it waits for, and what Kochava says against it", async (t) => {
  const harness = await startDurableHarness(t, {
    settings: {
      test_app_guid: "kotest-app-0f0f0f",
      events: { select: [{ names: ["Level *"] }] },
    },
  });
  const { page } = await open(t, harness, "#/settings");
  const stages = page.getByRole("list", { name: "What became of the test event" });
  const send = async (name) => {
    await page.getByLabel("Name of the event").fill(name);
    await page.getByRole("button", { name: "Send to the test app" }).click();
  };
  await send("Song Played");
  await stages.getByText(/^Planned: not sent: Not selected \(not-selected\)/).waitFor();
  assert.equal(await stages.getByRole("listitem").count(), 1);
  harness.kochava.script([{ status: 400, body: '{"success":"0","error":"no such app"}' }]);
  await send("Level Up");
  await stages.getByText(/^Sent \(event\): Kochava answered 400/).waitFor();
  await stages.getByText("no such app").waitFor();
  await stages.getByText("Not delivered: Kochava rejected it.").waitFor();
  // the queue does not deliver
  await page.route("**/test-event?*", (route) =>
    route.fulfill({
      json: { id: "0", sync: null, outcome: "queued", code: null, at: null, answers: [] },
    }),
  );
  await send("Level Up");
  await stages.getByText(/^In the queue: it waits there for \d/).waitFor();
  await assertAccessible(page, "a test event that waits");
  const without = await startDurableHarness(t);
  const other = await open(t, without, "#/settings");
  await other.page.getByText("the App GUID of an app for tests").waitFor();
});

test("outcomes appear as they happen, without identifiers", async (t) => {
  const harness = await startDurableHarness(t);
  const { page } = await open(t, harness, "#/live");
  await page.getByRole("heading", { name: "Nothing yet" }).waitFor();
  const [sent] = events(1);
  await harness.post([
    sent,
    ...events(1, { ip_address: null }),
    ...events(1, { event_type: "Other" }),
  ]);
  const row = (text) => page.getByRole("row").filter({ hasText: text });
  await row(sent.event_type).filter({ hasText: "delivered" }).waitFor();
  await row("rejected No IP address").waitFor();
  await row("Other").filter({ hasText: "skipped" }).filter({ hasText: "Not selected" }).waitFor();
  const text = await page.locator("body").innerText();
  for (const personal of ["KA-9F3C2A7715D84E06", "203.0.113", "device-", "u-48213"])
    assert.ok(!text.includes(personal), personal);
});
