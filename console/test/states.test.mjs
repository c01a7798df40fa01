// Each view while it loads, fails, is empty, or cannot be reached; by keyboard; for axe; on a phone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST } from "./fixtures/rejects.mjs";
import * as scenes from "./fixtures/scenes.mjs";
import { VIEWS, empty, failing, loading } from "./fixtures/views.mjs";
import { ADMIN } from "./mock.mjs";
import { assertAccessible, startMockedConsole } from "./support.mjs";

const { mock, open } = await startMockedConsole();

for (const each of Object.values(VIEWS)) {
  const { fragment, shows, loads, nothing } = each;
  const view = fragment.replace(FIRST, "ID");

  test(`${view}: filled, in light and dark, at desktop and phone width`, async (t) => {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1440, 390]) {
        const { page, errors, requests } = await open(t, fragment, { colorScheme, width });
        await page.getByText(shows).first().waitFor();
        await assertAccessible(page, `${view} ${colorScheme} ${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(wide, width, "nothing is wider than the screen");
        assert.deepEqual(errors, []);
        assert.ok(
          requests.every((url) => url.startsWith(mock.url)),
          requests.join(" "),
        );
      }
    }
  });

  test(`${view}: while it loads`, async (t) => {
    mock.answers = loading(each);
    const { page } = await open(t, fragment);
    await page.getByRole("status").filter({ hasText: loads }).first().waitFor();
    await assertAccessible(page, view);
  });

  test(`${view}: an error, and another try`, async (t) => {
    mock.answers = failing(each);
    const { page } = await open(t, fragment);
    const alert = page.getByRole("alert").filter({ hasText: "The database does not answer." });
    await alert.first().waitFor();
    await alert.first().getByText("store-unavailable").waitFor();
    await assertAccessible(page, view);
    mock.answers = {};
    if (fragment === "#/live") return; // reads again by itself
    const again = alert.getByRole("button", { name: "Try again" });
    while ((await again.count()) > 0) {
      await again.first().click();
      await page.waitForTimeout(200);
    }
    await page.getByText(shows).first().waitFor();
  });

  if (nothing !== undefined)
    test(`${view}: empty`, async (t) => {
      const [, , title] = nothing;
      mock.answers = empty(each);
      const { page } = await open(t, fragment);
      await page.getByRole("heading", { name: title }).waitFor();
      await assertAccessible(page, view);
    });

  test(`${view}: offline and back`, async (t) => {
    const { page, context } = await open(t, fragment);
    await page.getByText(shows).first().waitFor();
    await context.setOffline(true);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText("The Worker does not answer.").first().waitFor();
    assert.ok(await page.getByText(shows).first().isVisible(), "what was known stays");
    await assertAccessible(page, view);
    await context.setOffline(false);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText("The page tries again by itself.").waitFor({ state: "detached" });
  });
}

test("the token is asked for, kept in the tab, sent as a header, and forgotten by Lock", async (t) => {
  const { page, requests } = await open(t, "", { token: undefined });
  await page.getByLabel("Operator's token").fill("not-the-token-at-all");
  await assertAccessible(page, "login");
  await page.getByRole("button", { name: "Open the console" }).click();
  await page.getByRole("alert").filter({ hasText: "This token opens nothing." }).waitFor();
  await assertAccessible(page, "refused");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, "a wrong token is not kept");
  await page.getByLabel("Operator's token").fill(ADMIN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  assert.ok(
    requests.every((url) => !url.includes(ADMIN)),
    "never in an address",
  );
  assert.deepEqual(await page.evaluate(() => [localStorage.length, document.cookie]), [0, ""]);
  await page.reload();
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  await page.getByRole("button", { name: "Lock" }).click();
  await page.getByLabel("Operator's token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test("behind Cloudflare Access there is no token to ask for, nor to forget", async (t) => {
  mock.isOpen = true;
  const { page } = await open(t, "", { token: undefined });
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Lock" }).count(), 0);
});

test("an ended sign-in of Cloudflare Access is told", async (t) => {
  mock.isOpen = true;
  const { page, context } = await open(t, "", { token: undefined });
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  await context.route("**/stats/coverage*", (route) =>
    route.fulfill({
      status: 302,
      headers: { location: "https://team.cloudflareaccess.com/login" },
    }),
  );
  await page.getByRole("link", { name: "Coverage" }).first().click();
  await page.getByText("Your sign-in has ended. Reload the page.").waitFor();
});

test("a Worker that does not answer at first is tried again", async (t) => {
  const { page } = await open(t, "#/now");
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  await page.route("**/stats*", (route) => route.abort());
  await page.reload();
  await page.getByText("Could not load the console: the Worker does not answer.").waitFor();
  await assertAccessible(page, "unreachable");
  await page.unroute("**/stats*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Over time" }).waitFor();
});

test("a token that is taken away locks the console", async (t) => {
  const { page } = await open(t, "#/now");
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  mock.answers["GET /stats/coverage"] = () => ({
    status: 404,
    json: { error: { code: "not-found", message: "there is nothing here" } },
  });
  await page.getByRole("link", { name: "Coverage" }).first().click();
  await page.getByLabel("Operator's token").waitFor();
});

test("a deployment is told to a tab that was left open", async (t) => {
  const { page } = await open(t, "#/now");
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  const health = async () => await (await fetch(`${mock.url}/health`)).json();
  const before = await health();
  mock.answers["GET /health"] = () => ({ ...before, version: "0.2.0" });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  const banner = page.getByText(
    "A deployment replaced the release that this page was loaded from.",
  );
  await banner.waitFor();
  await assertAccessible(page, "deployed");
  await page.getByRole("button", { name: "Reload" }).click();
  await banner.waitFor({ state: "detached" });
});

test("nothing is read while the tab is hidden, and at once when it is seen again", async (t) => {
  const { page } = await open(t, "#/live");
  await page.getByText("Song Played").first().waitFor();
  const hide = (isHidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { get: () => value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const reads = () => mock.requests.filter(({ route }) => route === "GET /live").length;
  await hide(true);
  // a request that was under way may still be counted
  await page.waitForTimeout(300);
  const before = reads();
  await page.waitForTimeout(4_500);
  assert.equal(reads(), before, "two intervals went by");
  await hide(false);
  await page.waitForTimeout(500);
  assert.equal(reads(), before + 1);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForTimeout(300);
  const paused = reads();
  await page.waitForTimeout(2_500);
  assert.equal(reads(), paused, "Pause stops it, too");
});

test("a new Worker says that nothing is wrong, and where to send a test event", async (t) => {
  Object.assign(mock.answers, scenes.fresh);
  const { page, errors } = await open(t, "#/now");
  await page
    .getByText(/^Nothing is wrong\. No event was sent in the last hour\. A test event/)
    .waitFor();
  await page.getByText("ALERT_URL", { exact: true }).waitFor();
  await assertAccessible(page, "new");
  await page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Send a test event" }).first().waitFor();
  assert.deepEqual(errors, []);
});

test("an outage that is over stays in the chart and in the list of incidents", async (t) => {
  Object.assign(mock.answers, scenes.recovered);
  const { page } = await open(t, "#/now?period=ONE_HOUR");
  await page.getByRole("heading", { name: "Flowing", exact: true }).waitFor();
  await page
    .getByText(
      "Every event of the last hour that your settings select was delivered or is on its way.",
    )
    .waitFor();
  await page.getByRole("img", { name: /; 1 incident\.$/ }).waitFor();
  const incident = page.getByRole("list", { name: "Incidents" }).getByRole("listitem");
  assert.equal(
    await incident.innerText(),
    "Down from 02:57 to 03:11 (14 min) kochava-unavailable, event calls to kosneaker-ios-7a1b",
  );
});

test("Slowed, Down and Misconfigured are said with what waits and what to do", async (t) => {
  const said = {
    slowed: [
      "Slowed",
      "Kochava limits us since 03:27. 1 event waits, none is lost. Next try at 03:33.",
    ],
    outage: [
      "Down",
      "Kochava does not answer since 03:17. 1,118 events wait, none is lost. Next try at 03:33.",
    ],
    misconfigured: [
      "Misconfigured",
      "2 faults in the configuration, so that senders are answered 503 and keep their events.",
    ],
  };
  for (const [scene, [word, sentence]] of Object.entries(said)) {
    mock.answers = scenes[scene];
    const { page } = await open(t, "#/now?period=ONE_HOUR");
    await page.getByRole("heading", { name: word, exact: true }).waitFor();
    const finding = page.locator(".finding").first();
    assert.ok((await finding.innerText()).startsWith(sentence), await finding.innerText());
    await assertAccessible(page, scene);
  }
});

test("Delivery: breakers with their next try, what waits, attempts, versions and bindings", async (t) => {
  for (const width of [1440, 390]) {
    const { page } = await open(t, "#/delivery?period=ONE_HOUR", { width });
    const row = page.getByRole("region", { name: "Open breakers" }).getByRole("row").last();
    await row.getByText("kochava-paused").waitFor();
    const cells = await row.getByRole("cell").allInnerTexts();
    assert.deepEqual(cells, [
      "event to koexample, sync us",
      "kochava-paused 404",
      "02:14",
      "03:34",
    ]);
    assert.equal(await row.getByRole("rowheader").innerText(), "Paused");
    const region = (name) => page.getByRole("region", { name, exact: true });
    const waits = await region("Waiting").getByRole("listitem").allInnerTexts();
    assert.match(
      waits[0],
      /^1,240 events, paused, sync us\s+our key or App GUID is refused; the oldest for 1 h$/,
    );
    assert.match(waits[1], /^12 events, queued\s+on their way; the oldest for 1 s$/);
    assert.match(
      await region("Attempts").innerText(),
      /in the last hour[\s\S]*Deferred without a call\s+2,504/,
    );
    assert.match(
      await region("Versions").innerText(),
      /Release\s+0\.1\.0\s+Settings of default\s+8c1fd0e2/,
    );
    const bindings = region("Bindings and secrets");
    await bindings
      .getByRole("listitem")
      .filter({ hasText: /^ALERT_URL\s*is set$/ })
      .waitFor();
    await bindings
      .getByRole("listitem")
      .filter({ hasText: /^SDK_KEYS\s*is not set$/ })
      .waitFor();
    await region("Configuration").getByText("No faults.").waitFor();
  }
});

test("Delivery does not say that calls go out while the configuration has faults", async (t) => {
  mock.answers = scenes.misconfigured;
  const { page } = await open(t, "#/delivery");
  await page
    .getByText("None is open, but faults of the configuration keep events from being sent.")
    .waitFor();
  const faults = page.getByRole("region", { name: "Configuration" }).getByRole("listitem");
  // that of a sync is among those of the Worker, too, and told once
  assert.deepEqual((await faults.allInnerTexts()).map((text) => text.split(":")[0]).sort(), [
    "INGEST_TOKEN",
    "mapping.origination_ipp",
  ]);
  await assertAccessible(page, "faults");
});

test("while the numbers cannot be read, what is stopped is still told", async (t) => {
  Object.assign(mock.answers, failing(VIEWS.now));
  const { page } = await open(t, "#/now");
  await page.getByRole("heading", { name: "Paused", exact: true }).waitFor();
  await page.getByText(/^Kochava refuses the App GUID koexample with 404 since 02:14/).waitFor();
  await page.getByText("Could not load the numbers.").waitFor();
  await assertAccessible(page, "without numbers");
  await page.getByRole("link", { name: "Delivery", exact: true }).first().click();
  await page.getByRole("region", { name: "Open breakers" }).getByText("03:34").waitFor();
});

test("every control of each view is reached by Tab, shows its focus, and lets go of it", async (t) => {
  for (const { fragment, shows } of Object.values(VIEWS)) {
    const { page } = await open(t, fragment);
    await page.getByText(shows).first().waitFor();
    await page.waitForTimeout(500);
    const hidden = [];
    for (let stop = 0; stop < 300; stop += 1) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === document.body || focused.dataset.reached !== undefined) return null;
        focused.dataset.reached = "";
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        // the editor marks its frame
        const editor = focused.closest(".code");
        const isFramed =
          editor !== null && getComputedStyle(editor, "::after").borderTopStyle === "solid";
        const isShown = (outlineStyle !== "none" && outlineWidth !== "0px") || isFramed;
        return { isShown, html: focused.outerHTML.slice(0, 120) };
      });
      if (found === null) break;
      if (!found.isShown) hidden.push(found.html);
    }
    assert.deepEqual(hidden, [], `focus that cannot be seen in ${fragment}`);
    const missed = await page.evaluate(() =>
      [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
        .filter((each) => !each.disabled && each.checkVisibility() && each.tabIndex >= 0)
        .filter((each) => each.dataset.reached === undefined)
        .map((each) => each.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(missed, [], `not reached in ${fragment}`);
  }
});
