// Takes a picture of each view and each of its states from the built page and made-up answers:
// target/screenshots/console-NAME-WIDTH-SCHEME.png. Those that are committed, one of each view, are
// copied to docs/screenshots/.
//
//   node console/screenshots.mjs [NAME…]   all, or those whose names begin so

import { savePicture } from "../preview/save-picture.mjs";
import { NOW } from "./test/fixtures/night.mjs";
import { FIRST, rejects } from "./test/fixtures/rejects.mjs";
import * as scenes from "./test/fixtures/scenes.mjs";
import { VIEWS, empty, failing, loading } from "./test/fixtures/views.mjs";
import { ADMIN, startMock } from "./test/mock.mjs";
import { openConsole, startBrowser } from "./test/support.mjs";

const SIZES = {
  1440: { width: 1440, height: 900 },
  390: { width: 390, height: 844, isMobile: true, hasTouch: true },
};
/** Longer pages are cut. */
const HEIGHT_MAX = 1_800;

/** The first reject that Kochava rejected. */
const REJECTED = rejects(new URLSearchParams("reason=kochava-rejected")).rejects[0].id;

/**
 * By name: the `fragment` of the address, a text that `shows` that the view is complete, `answers`
 * other than the mock's, and what is done there (`enter`). A list is `short`: what follows are more
 * rows of the same kind. `isCommitted` is for the pictures in docs/.
 */
const SHOTS = {
  login: { fragment: "", shows: "Open the console", isLocked: true, isCommitted: true },
  "login-refused": { fragment: "", shows: "Open the console", isLocked: true, enter: refuse },
  unreachable: { fragment: "#/now", shows: "Try again", isCut: true },
  now: { fragment: "#/now?period=ONE_DAY", shows: "Over time", isCommitted: true },
  "now-healthy": { ...now("ONE_DAY"), answers: scenes.healthy },
  "now-outage": { ...now("ONE_HOUR"), answers: scenes.outage, isCommitted: true },
  "now-recovered": { ...now("ONE_HOUR"), answers: scenes.recovered },
  "now-slowed": { ...now("ONE_HOUR"), answers: scenes.slowed },
  "now-misconfigured": { ...now("ONE_HOUR"), answers: scenes.misconfigured },
  "now-fresh": { ...now("ONE_HOUR"), answers: scenes.fresh },
  "now-alerts": { ...now("ONE_WEEK"), answers: scenes.alerted },
  "now-pointed": { ...now("ONE_DAY"), enter: point },
  "now-rate": { ...now("ONE_DAY"), enter: (page) => choose(page, "Delivery rate") },
  "now-latency": { ...now("ONE_DAY"), enter: (page) => choose(page, "Latency") },
  "now-table": { ...now("ONE_DAY"), enter: (page) => page.getByText("As a table").click() },
  "now-sync": { fragment: "#/now?period=ONE_DAY&sync=us", shows: "Over time" },
  "now-deployed": { ...now("ONE_HOUR"), enter: deploy },
  coverage: {
    fragment: "#/coverage?period=ONE_WEEK",
    shows: "Kochava device id",
    isCommitted: true,
  },
  rejects: { fragment: "#/rejects", shows: "Page 1", isShort: true, isCommitted: true },
  "rejects-groups": { fragment: "#/rejects", shows: "Page 1", enter: openGroups, isShort: true },
  "rejects-filtered": {
    fragment: "#/rejects?reason=origination-ip-missing&event=Level+Complete",
    shows: "Page 1",
    isShort: true,
  },
  "rejects-checked": { fragment: "#/rejects", shows: "Page 1", enter: checkTwo, isShort: true },
  "rejects-nothing": { fragment: "#/rejects?search=xyz", shows: "No event matches" },
  reject: {
    fragment: `#/rejects/${FIRST}`,
    shows: "Today it would be sent",
    isCommitted: true,
  },
  "reject-answered": { fragment: `#/rejects/${REJECTED}`, shows: "Kochava's answer: 400" },
  "reject-gone": { fragment: `#/rejects/${"f".repeat(32)}`, shows: "does not exist any more" },
  replay: { fragment: "#/rejects", shows: "Page 1", enter: replayRejected, isCommitted: true },
  "replay-all": { fragment: "#/rejects", shows: "Page 1", enter: replayAll },
  "replay-progress": { fragment: "#/rejects", shows: "Page 1", enter: stayInReplay },
  "replay-done": { fragment: "#/rejects", shows: "Page 1", enter: finishReplay },
  delete: { fragment: "#/rejects", shows: "Page 1", enter: askToDelete },
  "delete-typed": { fragment: "#/rejects", shows: "Page 1", enter: typeToDelete },
  delivery: { fragment: "#/delivery", shows: "Bindings and secrets", isCommitted: true },
  "delivery-healthy": {
    fragment: "#/delivery",
    shows: "Bindings and secrets",
    answers: scenes.healthy,
  },
  "delivery-misconfigured": {
    fragment: "#/delivery",
    shows: "Bindings and secrets",
    answers: scenes.misconfigured,
  },
  settings: {
    fragment: "#/settings?sync=default",
    shows: "Send a test event",
    isCommitted: true,
  },
  "settings-test": {
    fragment: "#/settings?sync=default",
    shows: "Send a test event",
    enter: (page) => sendTest(page, "Level Up", "Kochava has accepted it."),
  },
  "settings-test-skipped": {
    fragment: "#/settings?sync=default",
    shows: "Send a test event",
    enter: (page) => sendTest(page, "Song Played", "not sent"),
  },
  "settings-two": { fragment: "#/settings", shows: "Send a test event" },
  "settings-misconfigured": {
    fragment: "#/settings",
    shows: "unknown-key",
    answers: scenes.misconfigured,
  },
  live: { fragment: "#/live", shows: "Song Played", isShort: true, isCommitted: true },
};
for (const [name, view] of Object.entries(VIEWS)) {
  const { fragment, shows, loads, nothing } = view;
  SHOTS[`${name}-loading`] = { fragment, shows: loads, answers: loading(view) };
  SHOTS[`${name}-error`] = { fragment, shows: "Try again", answers: failing(view) };
  SHOTS[`${name}-offline`] = { fragment, shows, enter: goOffline, isShort: true };
  if (nothing !== undefined)
    SHOTS[`${name}-empty`] = { fragment, shows: nothing[2], answers: empty(view) };
}
// it reads again by itself
SHOTS["live-error"].shows = "store-unavailable";

function now(period) {
  return { fragment: `#/now?period=${period}`, shows: "Over time" };
}

async function refuse(page) {
  await page.getByLabel("Operator's token").fill("not-the-token-at-all");
  await page.getByRole("button", { name: "Open the console" }).click();
  await page.getByRole("alert").waitFor();
}

/** Points at the middle of the chart. */
async function point(page) {
  const chart = page.locator(".u-over");
  await chart.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await chart.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
}

const choose = (page, name) => page.getByRole("button", { name }).click();

const wake = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

async function deploy(page) {
  const health = await (await fetch(`${mock.url}/health`)).json();
  mock.answers = { "GET /health": () => ({ ...health, version: "0.2.0" }) };
  await wake(page);
  await page.getByText("A deployment replaced").waitFor();
}

async function goOffline(page) {
  await page.context().setOffline(true);
  await wake(page);
  await page.getByText("The Worker does not answer.").first().waitFor();
}

async function openGroups(page) {
  await page.getByText("By event and app").first().click();
}

async function checkTwo(page) {
  await page.getByLabel("Select Level Complete").nth(4).check();
  await page.getByLabel("Select Purchase").first().check();
}

async function replayRejected(page) {
  await page.getByRole("button", { name: "Replay…" }).nth(1).click();
  await page.getByText("2 fields differ").first().click();
}

async function replayAll(page) {
  await page.getByRole("button", { name: "Replay all that match…" }).click();
  await page.getByText("would go").first().waitFor();
}

async function stayInReplay(page) {
  let requests = 0;
  mock.answers["POST /rejects/replay"] = ({ body }) => {
    if (body.dry) return { ...DRY, more: true };
    requests += 1;
    return requests === 1 ? { ...DRY, dry: false, results: { queued: 100 }, more: true } : null;
  };
  await replayAll(page);
  await page.getByRole("button", { name: "Replay all 217" }).click();
  await page.getByText("100 of 217 events in the queue").waitFor();
}

const DRY = { dry: true, found: 100, results: { ready: 93, refused: 7 }, rejects: [] };

async function finishReplay(page) {
  let left = 217;
  mock.answers["POST /rejects/replay"] = ({ body }) => {
    if (body.dry) return { ...DRY, more: true };
    const queued = Math.min(100, left - 7);
    left -= queued;
    return { ...DRY, dry: false, results: { queued, refused: 7 }, more: left > 7 };
  };
  await replayAll(page);
  await page.getByRole("button", { name: "Replay all 217" }).click();
  await page.getByText("210 were sent again").waitFor();
}

async function askToDelete(page) {
  await page.getByRole("button", { name: "Delete…" }).first().click();
  await page.getByLabel("Type delete 184 to confirm").waitFor();
}

async function typeToDelete(page) {
  await askToDelete(page);
  await page.getByLabel("Type delete 184 to confirm").fill("delete 184");
}

async function sendTest(page, name, shows) {
  await page.getByLabel("Name of the event").fill(name);
  await page.getByRole("button", { name: "Send to the test app" }).click();
  await page.getByText(shows).first().waitFor();
}

const wanted = process.argv.slice(2);
const mock = await startMock();
const browser = await startBrowser();
for (const [name, shot] of Object.entries(SHOTS)) {
  if (wanted.length > 0 && !wanted.some((part) => name.startsWith(part))) continue;
  for (const width of Object.keys(SIZES))
    for (const colorScheme of ["light", "dark"]) await shoot(name, shot, width, colorScheme);
  console.log(`target/screenshots/console-${name}-*.png`);
}
await browser.close();
mock.close();

async function shoot(name, shot, size, colorScheme) {
  const { fragment, shows, answers = {}, enter, isShort, isLocked, isCut, isCommitted } = shot;
  mock.answers = { ...answers };
  const ends = [];
  const { page } = await openConsole({ after: (end) => ends.push(end) }, browser, mock.url, {
    token: isLocked ? undefined : ADMIN,
    now: NOW,
    fragment,
    colorScheme,
    ...SIZES[size],
  });
  if (isCut) {
    await page.route("**/stats*", (route) => route.abort());
    await page.reload();
  }
  await page.getByText(shows).first().waitFor();
  await enter?.(page);
  if (!isShort && (await page.getByRole("dialog").count()) === 0) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({
      width: SIZES[size].width,
      height: Math.max(SIZES[size].height, Math.min(height, HEIGHT_MAX)),
    });
  }
  // the chart and the editor measure their layout asynchronously
  await page.waitForTimeout(500);
  const file = `console-${name}-${size}-${colorScheme}.png`;
  await savePicture(file, await page.screenshot(), isCommitted);
  for (const end of ends) await end();
}
