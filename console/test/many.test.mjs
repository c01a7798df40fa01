// Ten thousand rejects by page and group, and no view that takes longer than a second with a hundred
// thousand.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ADMIN, startDurableHarness } from "../../worker/test/durable.mjs";
import { event } from "../../worker/test/support.mjs";
import { assertAccessible, openConsole, startBrowser } from "./support.mjs";

const browser = await startBrowser();
after(() => browser.close());
const harness = await startDurableHarness({ after });

const CODES = ["origination-ip-missing", "kochava-rejected", "expired", "device-identity-missing"];

/** Stores rejects numbered `from` to `to`: a tenth of them each of ten events, a quarter each reason. */
async function store(from, to) {
  const codes = CODES.map((code, number) => `WHEN ${number} THEN '${code}'`).join(" ");
  await harness.sql(
    `WITH RECURSIVE numbers(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ${to})
     INSERT INTO rejects (id, received_at, first_at, last_at, times, code, field, reasons, name, source, of_users, sent, status, answer, attempts, deferrals, progress, was_queued, settings)
     SELECT printf('%032x', i), 1790000000000 + i, 1790000000000 + i, 1790000000000 + i, 1, CASE i % 4 ${codes} END, '',
       json_array(json_object('code', CASE i % 4 ${codes} END)), 'Level ' || (i % 10), 'amplitude', 0, '[]', NULL, '', 0, 0, '{}', 0, '${"0".repeat(32)}'
     FROM numbers`,
  );
  await harness.sql(
    `INSERT INTO reject_events (id, number, text) SELECT id, 0, ? FROM rejects WHERE last_at >= ${1790000000000 + from} AND last_at < ${1790000000000 + to}`,
    JSON.stringify(event({ event_type: "Level 1" })),
  );
}

const open = (t, fragment) => openConsole(t, browser, harness.url, { token: ADMIN, fragment });

test("ten thousand rejects are listed by page and by group", async (t) => {
  for (let from = 0; from < 10_000; from += 2_500) await store(from, from + 2_500);
  const { page } = await open(t, "#/rejects");
  const reasons = page.getByRole("list", { name: "Reasons" });
  await reasons.getByText("2,500 events").first().waitFor();
  assert.equal(await reasons.getByText("2,500 events", { exact: true }).count(), CODES.length);
  await reasons.getByText("By event").first().click();
  const first = reasons
    .getByRole("row")
    .filter({ hasText: /Level \d/ })
    .first();
  assert.match(await first.innerText(), /\t500\t/, "ten events, five of which have this reason");
  // the pages: the newest first, fifty on each, none twice
  const rows = page.getByRole("region", { name: "List of rejects" }).getByRole("link");
  const ids = async () => rows.evaluateAll((links) => links.map((link) => link.hash));
  const pages = [await ids()];
  for (let turn = 0; turn < 3; turn += 1) {
    const before = pages.at(-1)[0];
    await page.getByRole("button", { name: "Older" }).click();
    await page.waitForFunction(
      (hash) =>
        ![hash, undefined].includes(document.querySelector(".rejects a[href*='/rejects/']")?.hash),
      before,
    );
    pages.push(await ids());
  }
  assert.deepEqual(
    pages.map((each) => each.length),
    [50, 50, 50, 50],
  );
  assert.equal(new Set(pages.flat()).size, 200);
  assert.ok(pages[0][0].includes((9_999).toString(16).padStart(32, "0")));
  await page.getByText("Page 4").waitFor();
  await page.getByRole("button", { name: "Newer" }).click();
  await page.getByText("Page 3").waitFor();
  // a group and an event
  await page.goto(`${harness.url}/console#/rejects?reason=expired&event=Level+2`);
  await page.getByText("Event Level 2").waitFor();
  await rows.first().waitFor();
  const names = await rows.allInnerTexts();
  assert.deepEqual([...new Set(names)], ["Level 2"]);
  // a search, and what is selected by it
  await page.goto(`${harness.url}/console#/rejects?search=vel+7`);
  await page.getByRole("button", { name: "Delete all that match…" }).click();
  await page.getByLabel("Type delete 1000 to confirm").waitFor();
  await assertAccessible(page, "many");
});

test("with a hundred thousand rejects no view takes longer than a second", async (t) => {
  for (let from = 10_000; from < 100_000; from += 10_000) await store(from, from + 10_000);
  const { page } = await open(t, "#/now");
  await page.getByRole("heading", { name: "Over time" }).waitFor();
  const views = [
    ["#/rejects", page.getByText("25,000 events").first()],
    ["#/rejects", page.getByRole("region", { name: "List of rejects" })],
    ["#/rejects?reason=expired", page.getByRole("region", { name: "List of rejects" })],
    ["#/rejects?search=vel+3", page.getByRole("region", { name: "List of rejects" })],
    [`#/rejects/${"0".repeat(31)}1`, page.getByRole("heading", { name: "Today it would be sent" })],
    ["#/coverage", page.getByRole("heading", { name: "Coverage" })],
    ["#/delivery", page.getByRole("heading", { name: "Circuit breakers" })],
    ["#/settings", page.getByRole("heading", { name: "Send a test event" })],
    ["#/live", page.getByRole("heading", { name: "Nothing yet" })],
    ["#/now", page.getByRole("heading", { name: "Over time" })],
  ];
  for (const [fragment, shown] of views) {
    // the machine may be busy with something else: the best of three
    const times = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await page.goto(`${harness.url}/console#/live`);
      await page.reload();
      await page.getByRole("heading", { name: "Live" }).waitFor();
      const begin = performance.now();
      await page.evaluate((hash) => (location.hash = hash), fragment);
      await shown.waitFor();
      times.push(performance.now() - begin);
    }
    const best = Math.min(...times);
    t.diagnostic(`${fragment}: ${Math.round(best)} ms`);
    assert.ok(best < 1_000, `${fragment} took ${times.map(Math.round).join(", ")} ms`);
  }
});
