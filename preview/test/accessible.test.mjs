// Accessibility: axe, keyboard, focus, dark colours and phone layout.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { EVENT, openPage, paste, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const STATES = {
  "the first view": async () => {},
  "a form with all groups open": async (page) => {
    await panel(page, "Settings");
    await page
      .locator(".group")
      .evaluateAll((groups) => groups.forEach((group) => (group.open = true)));
  },
  "a refused event": async (page) => {
    await paste(page, { ...EVENT, ip_address: null });
    await panel(page, "Result");
    await page.getByRole("heading", { name: "Refused" }).waitFor();
  },
  "a list of events": async (page) => {
    await paste(page, [EVENT, { ...EVENT, event_type: "Other" }, { ...EVENT, ip_address: null }]);
    await panel(page, "Result");
    await page.getByRole("heading", { name: "3 events" }).waitFor();
  },
  "faulty settings": async (page) => {
    await panel(page, "Settings");
    await page
      .getByRole("group", { name: "Settings view" })
      .getByRole("button", { name: "JSON" })
      .click();
    await page.getByRole("textbox", { name: "Settings, as JSON" }).fill('{ "app_guidd": "x" }');
    await page
      .getByRole("group", { name: "Settings view" })
      .getByRole("button", { name: "Form" })
      .click();
    await page.getByRole("alert").waitFor();
  },
  "a sender other than the detected one": async (page) => {
    await page.getByLabel("Sample event").selectOption("segment: Purchase");
    await page.getByLabel("Sender", { exact: true }).selectOption("generic");
    await page.getByText("Detected by its shape: Segment.").waitFor();
  },
  "an event that cannot be read as the chosen sender's": async (page) => {
    await page.getByLabel("Sample event").selectOption("segment: Purchase");
    await page.getByLabel("Sender", { exact: true }).selectOption("generic");
    await panel(page, "Result");
    await page.getByRole("heading", { name: "Refused" }).waitFor();
  },
  "an event of no known sender": async (page) => {
    await paste(page, { title: "Song Played" });
    await panel(page, "Result");
    await page.getByRole("heading", { name: "Unknown sender" }).waitFor();
  },
  "a sample beside own settings": async (page) => {
    await panel(page, "Settings");
    await page.getByRole("switch", { name: "Send events" }).uncheck();
    await panel(page, "Event");
    await page.getByLabel("Sample event").selectOption("segment: Purchase");
    await page.getByRole("button", { name: "Use the sample settings" }).waitFor();
  },
  "an unreadable event": async (page) => {
    await paste(page, "{ oops");
    await panel(page, "Result");
    await page.getByRole("heading", { name: "Unreadable" }).waitFor();
  },
  "nothing at all": async (page) => {
    await paste(page, "");
    await panel(page, "Result");
    await page.getByRole("heading", { name: "No event yet" }).waitFor();
  },
  "a skipped event with what would send it": async (page) => {
    await paste(page, { ...EVENT, event_type: "Song Played" });
    await panel(page, "Result");
    await page.getByRole("heading", { name: "Skipped" }).waitFor();
  },
  "a refusal with a path that would mend it": async (page) => {
    await paste(page, { ...EVENT, ip_address: null, client_ip: "203.0.113.7" });
    await panel(page, "Result");
    await page.getByRole("button", { name: "Use client_ip for IP address" }).waitFor();
  },
  "a proposal without an App GUID": async (page) => {
    await panel(page, "Settings");
    await page.getByRole("button", { name: "Start empty" }).click();
    await panel(page, "Event");
    await paste(page, EVENT);
    await panel(page, "Result");
    await page.getByRole("button", { name: "Use all of it" }).click();
    await page.getByText("Kochava drops events without the App GUID").waitFor();
  },
  "a message with a way back": async (page) => {
    await panel(page, "Settings");
    await page.getByRole("switch", { name: "Send events" }).uncheck();
    await page.getByRole("button", { name: "Reset to sample" }).click();
    await page.locator(".toast").waitFor();
  },
  "two syncs": async (page) => {
    await panel(page, "Settings");
    await page.getByText("Several syncs", { exact: true }).click();
    await page.getByRole("button", { name: "Add a sync" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Not a name");
  },
  "lines of wrangler.toml with an error": async (page) => {
    await panel(page, "Settings");
    await page.getByRole("button", { name: "wrangler.toml", exact: true }).click();
    await page.getByRole("textbox", { name: /wrangler\.toml/ }).fill("[vars");
    await page.getByText("This is not valid TOML.").waitFor();
  },
  "text that is no JSON": async (page) => {
    await paste(page, "a,b\n1,2\n");
    await panel(page, "Result");
    await page.getByRole("heading", { name: "This is CSV" }).waitFor();
  },
  "settings in place of an event": async (page) => {
    await paste(page, '[vars.SETTINGS]\napp_guid = "ko"\n');
    await panel(page, "Result");
    await page.getByRole("heading", { name: "These are settings" }).waitFor();
  },
  "a call to Kochava in place of an event": async (page) => {
    await paste(page, { action: "event", kochava_app_id: "ko" });
    await panel(page, "Result");
    await page.getByText("This looks like a call to Kochava").waitFor();
  },
  "a skip link with the focus": async (page) => {
    await page.keyboard.press("Tab");
  },
  "several bodies, one with a misspelt key": async (page) => {
    await page.getByRole("button", { name: "Check a body" }).click();
    await page
      .getByRole("textbox", { name: "Kochava body, as JSON" })
      .fill('[{"action":"event","kochava_ap_id":"ko"},{"action":"event","data":{"user_time":1}}]');
    await page.getByText("These are 2 bodies.").waitFor();
  },
  "check mode": async (page) => {
    await page.getByRole("button", { name: "Check a body" }).click();
    await page.getByRole("region", { name: "Findings" }).getByRole("heading").last().waitFor();
  },
};

// the dark theme differs in colours only
for (const [scheme, width, rules] of [
  ["light", 1440],
  ["light", 390],
  ["dark", 1440, ["color-contrast"]],
]) {
  for (const [name, enter] of Object.entries(STATES))
    test(`axe finds nothing serious in ${name}, ${scheme}, ${width} px wide`, async (t) => {
      const { page } = await openPage(t, browser, server.url, { width, colorScheme: scheme });
      await enter(page);
      assert.deepEqual(await violationsOf(page, rules), []);
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        "no horizontal overflow",
      );
    });
}

test("a field can be traced to its origin, and a setting changed, with the keyboard alone", async (t) => {
  const { page } = await openPage(t, browser, server.url);
  await page.locator("body").press("Tab");
  await tabTo(page, (focus) => focus.label === "Sample event");
  await arrowTo(page, "Refused");
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  await page.keyboard.press("Home");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  // Tab leaves the editor
  await tabTo(page, (focus) => focus.role === "switch");
  await page.keyboard.press("Space");
  await page.getByRole("heading", { name: "Skipped" }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await tabTo(page, (focus) => focus.text.startsWith("action"));
  while (!(await focused(page)).text.startsWith("data.origination_ip"))
    await page.keyboard.press("ArrowDown");
  await page.locator(".cm-highlight", { hasText: '"203.0.113.24"' }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.getAttribute("role") === "textbox");
  await page.waitForFunction((text) => getSelection().toString() === text, '"203.0.113.24"');
});

test("a sender can be chosen with the keyboard alone, and an unknown event mapped", async (t) => {
  const { page } = await openPage(t, browser, server.url);
  await page.locator("body").press("Tab");
  await tabTo(page, (focus) => focus.label === "Sample event");
  await arrowTo(page, "RevenueCat: p");
  const sender = page.getByLabel("Sender", { exact: true });
  await sender.getByText("Detected: RevenueCat").waitFor({ state: "attached" });
  await tabTo(page, (focus) => focus.label === "Sender");
  await arrowTo(page, "Segment");
  await page.getByText("Detected by its shape: RevenueCat.").waitFor();
  await page.keyboard.press("Home");
  await page.getByText("Detected by its shape").waitFor({ state: "detached" });
  await paste(page, { title: "Song Played" });
  await tabTo(page, (focus) => focus.label === "Name is in title");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Unknown sender" }).waitFor({ state: "detached" });
});

test("every focused control has a visible focus indicator", async (t) => {
  const { page } = await openPage(t, browser, server.url);
  let visited = 0;
  for (let step = 0; step < 200; step += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const at = document.activeElement;
      const ringed = [
        at,
        at.closest(".tokens"),
        at.closest(".file-button"),
        at.closest(".code"),
      ].filter((element) => element !== null);
      const isDrawn = (style, width) => style !== "none" && parseFloat(width) > 0;
      const isSeen = ringed.some((element) => {
        const [own, after] = [getComputedStyle(element), getComputedStyle(element, "::after")];
        return (
          isDrawn(own.outlineStyle, own.outlineWidth) ||
          own.boxShadow !== "none" ||
          (after.content !== "none" && isDrawn(after.borderTopStyle, after.borderTopWidth))
        );
      });
      return { isSeen, name: at.outerHTML.slice(0, 80), isBody: at === document.body };
    });
    if (focus.isBody) break;
    assert.ok(focus.isSeen, focus.name);
    visited += 1;
  }
  assert.ok(visited >= 100, `${visited} controls`);
});

test("a phone shows one panel at a time", async (t) => {
  const { page, consoleErrors } = await openPage(t, browser, server.url, {
    width: 390,
    height: 844,
    hasTouch: true,
    isMobile: true,
  });
  await page
    .getByRole("navigation", { name: "Panels" })
    .getByRole("button", { name: /^Result/ })
    .tap();
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  await page.locator(".field-row", { hasText: "data.origination_ip" }).tap();
  await page.waitForFunction((text) => getSelection().toString() === text, '"203.0.113.24"');
  assert.equal(await page.getByRole("region", { name: "Result" }).isVisible(), false);
  assert.deepEqual(consoleErrors, []);
});

test("on a phone the sender is chosen at the event, and its width fits", async (t) => {
  const { page } = await openPage(t, browser, server.url, {
    width: 360,
    height: 740,
    hasTouch: true,
    isMobile: true,
  });
  await page.getByLabel("Sample event").selectOption("amplitude_http: Purchase");
  const sender = page.getByLabel("Sender", { exact: true });
  // the longest title
  await sender.selectOption({ label: "Amplitude, SDKs and HTTP APIs" });
  for (const control of [sender, page.getByLabel("Sample event")]) {
    const { x, width, height } = await control.boundingBox();
    assert.ok(x >= 0 && x + width <= 360 && height >= 40, JSON.stringify([x, width, height]));
  }
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await paste(page, { title: "Song Played" });
  await sender.selectOption("");
  await panel(page, "Result");
  await page.getByRole("button", { name: "Show mapping.event_name" }).tap();
  await page.waitForFunction(() => document.activeElement.matches('[aria-label="Event name"]'));
  assert.equal(await page.getByRole("region", { name: "Settings" }).isVisible(), true);
});

const panel = async (page, name) => {
  const tabs = page.getByRole("navigation", { name: "Panels" });
  if (await tabs.getByRole("button", { name: new RegExp(`^${name}`) }).isVisible())
    await tabs.getByRole("button", { name: new RegExp(`^${name}`) }).click();
};

/**
 * Returns the serious violations that axe finds. Runs axe again if the page changed meanwhile: the
 * editor parses JSON when the browser is idle.
 */
async function violationsOf(page, rules) {
  await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    const read = async () => {
      // a stale result is dimmed on purpose, with a banner that says so
      const { violations } = await axe.run(
        { exclude: [".result[data-stale='true'] .result-body"] },
        only ? { runOnly: only } : {},
      );
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .map(({ html, any }) => html.slice(0, 160) + (any[0]?.message ?? ""))
              .slice(0, 3)
              .join(" | ")}`,
        );
    };
    for (let attempt = 0; attempt < 10; attempt += 1) {
      let isStill = true;
      const changes = new MutationObserver(() => (isStill = false));
      changes.observe(document, { childList: true, subtree: true });
      const [planResult] = await Promise.allSettled([read()]);
      changes.disconnect();
      if (!isStill) continue;
      if (planResult.status === "rejected") throw planResult.reason;
      return planResult.value;
    }
    throw new Error("the page keeps changing");
  }, rules);
}

const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    return {
      label: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent,
      role: at.getAttribute("role"),
      text: at.textContent,
    };
  });

/** Chooses in the focused list. Typed letters count as one word only while they come fast. */
async function arrowTo(page, start) {
  for (let step = 0; step < 120; step += 1) {
    const chosen = await page.evaluate(() => document.activeElement.selectedOptions[0].text);
    if (chosen.toLowerCase().startsWith(start.toLowerCase())) return;
    await page.keyboard.press("ArrowDown");
  }
  assert.fail(`no arrow leads to ${start}`);
}

async function tabTo(page, isIt) {
  for (let step = 0; step < 120; step += 1) {
    if (isIt(await focused(page))) return;
    await page.keyboard.press("Tab");
  }
  assert.fail("Tab does not reach the control");
}
