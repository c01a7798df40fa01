// docs/operations.md says what each number, state and incident of the page means, in the same words.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { NOW } from "./fixtures/night.mjs";
import { load } from "./load.mjs";
import { ADMIN, startMock } from "./mock.mjs";
import { openConsole, startBrowser } from "./support.mjs";

const { STATES, STATE_OF_BREAKER, REASONS: NAMES } = await load("lib/words.ts");
// the route is read from the address of a browser
Object.assign(globalThis, { location: { hash: "" }, addEventListener: () => {} });
const { VIEWS } = await load("state/route.ts");
const OPERATIONS = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
const REASONS = await readFile(new URL("../../docs/reasons.md", import.meta.url), "utf8");

/** The rows of the table whose first column has this head. */
function tableOf(text, head) {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  assert.notEqual(first, -1, `there is no table of ${head}`);
  const after = lines.slice(first + 2);
  const length = after.findIndex((line) => !line.startsWith("|"));
  const rows = after.slice(0, length === -1 ? undefined : length);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const first = (text, head) => tableOf(text, head).map(([cell]) => cell);

test("each number of the page is explained under its name, and no other", async (t) => {
  const mock = await startMock();
  t.after(() => mock.close());
  const browser = await startBrowser();
  t.after(() => browser.close());
  const open = (fragment) =>
    openConsole(t, browser, mock.url, { token: ADMIN, now: NOW, fragment });
  const { page: now } = await open("#/now");
  await now.getByText("Over time").waitFor();
  const { page: delivery } = await open("#/delivery");
  const attempts = delivery.getByRole("region", { name: "Attempts" }).getByRole("term");
  await attempts.first().waitFor();
  const shown = [
    ...(await now.locator(".tile dt").allInnerTexts()),
    ...(await attempts.allInnerTexts()),
  ];
  assert.equal(shown.length, 15);
  const explained = first(OPERATIONS, "number");
  const ofOneRow = new Set(["Latency, median", "Latency, 95th percentile"]);
  assert.deepEqual(
    shown.filter((name) => !ofOneRow.has(name)),
    explained.filter((name) => !/^(Coverage|Messages)/.test(name)),
  );
});

test("each view, state and incident is in the documentation by its word", () => {
  assert.deepEqual(
    first(OPERATIONS, "view"),
    VIEWS.map(([, title]) => title),
  );
  const { ok, queued, held, ...ofTheWorker } = STATES;
  assert.deepEqual(first(OPERATIONS, "state"), Object.values(ofTheWorker));
  for (const word of [queued, held]) assert.ok(OPERATIONS.includes(`*${word}*`), word);
  assert.equal(ok, STATES.flowing);
  assert.deepEqual(
    tableOf(OPERATIONS, "incident").map(([code, state]) => [code, state]),
    Object.entries(STATE_OF_BREAKER).map(([code, state]) => [`\`${code}\``, STATES[state]]),
  );
});

test("each reason why an event is not sent has a name of its own on the page", () => {
  const parts = ["refused", "skipped", "undelivered"].map((name) => {
    const [, part] = REASONS.split(`<!-- ${name}: generated -->`);
    return part.split(`<!-- /${name} -->`)[0];
  });
  const codes = [...parts.join("").matchAll(/<a id="([a-z-]+)"><\/a>/g)].map(([, code]) => code);
  assert.ok(codes.length >= 30, codes.join(" "));
  assert.deepEqual(
    codes.filter((code) => NAMES[code] === undefined),
    [],
  );
});
