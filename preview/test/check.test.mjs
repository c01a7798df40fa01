// Check mode: any Kochava body against Kochava's guide.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openPage, serve, startBrowser } from "./support.mjs";

const server = await serve();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  server.close();
});

async function open(t) {
  const opened = await openPage(t, browser, server.url);
  await opened.page.getByRole("button", { name: "Check a body" }).click();
  return opened;
}

test("common mistakes are found, each with its place and its source", async (t) => {
  const { page, consoleErrors } = await open(t);
  await page.getByRole("heading", { name: /^Breaks \d+ rules$/ }).waitFor();
  await page.getByText("Read as a post-install event.").waitFor();
  const findings = page.getByRole("region", { name: "Findings" });
  // Kochava, Post-Install Event Setup: `device_ids` is an object, `origination_ip` the device's own
  // address
  for (const pointer of ["/data/origination_ip", "/data/device_ids"])
    await findings.getByRole("button", { name: pointer, exact: true }).first().waitFor();
  assert.match(await findings.innerText(), /Kochava, Post-Install Event Setup/);
  await findings.getByRole("button", { name: "/data/origination_ip", exact: true }).first().click();
  await page.waitForFunction((text) => getSelection().toString() === text, '"10.0.0.12"');
  assert.ok((await page.locator(".cm-lintRange-error").allInnerTexts()).includes('"10.0.0.12"'));
  assert.deepEqual(consoleErrors, []);
});

test("valid bodies follow the guide", async (t) => {
  const { page } = await open(t);
  const kinds = {
    "A valid purchase": "a post-install event",
    "An identity": "an identity (IdentityLink)",
    "An install": "an install",
  };
  for (const [name, kind] of Object.entries(kinds)) {
    await page.getByLabel("Sample body").selectOption(name);
    await page.getByRole("heading", { name: "Follows the guide" }).waitFor();
    await page.getByText(`Read as ${kind}.`).waitFor();
  }
});

test("a pasted body is checked at once", async (t) => {
  const { page } = await open(t);
  const body = page.getByRole("textbox", { name: "Kochava body, as JSON" });
  await body.fill("");
  await page.getByRole("heading", { name: "Nothing to check yet" }).waitFor();
  await body.fill("{ nothing");
  await page.getByText("This is not the body of a call.").waitFor();
});

test("a body of the preview can be checked with one click, and follows the guide", async (t) => {
  const { page } = await openPage(t, browser, server.url);
  await page.getByRole("button", { name: "Check this body" }).click();
  await page.getByRole("heading", { name: "Follows the guide" }).waitFor();
});
