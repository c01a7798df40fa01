// `kochava-edge deliver`: what it reads, what it prints, and what it sends to the stand-in for
// Kochava. The outcomes of every answer are in deliver-scripts.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startKochava } from "../../sim/server.mjs";
import { SHOP, folder, parsed, run, runInTerminal, command } from "./cli/bin.mjs";
import { READY, REFUSED, SKIPPED } from "./cli/inputs.mjs";

async function kochavaOf(t, ...script) {
  const kochava = await startKochava({ script });
  t.after(() => kochava.close());
  return kochava;
}

/** The lines of `plan` for these events, addressed to the stand-in. */
async function planned(kochava, ...events) {
  const { out } = await run(["plan", "-o", "ndjson", "-s", SHOP], { input: events.join("\n") });
  return out.replaceAll("https://control.kochava.com", kochava.url);
}

test("the bodies of a plan arrive as they were planned", async (t) => {
  const kochava = await kochavaOf(t);
  const fates = await planned(kochava, READY, READY);
  const { code, out, err } = await run(["deliver", "-o", "ndjson", "-"], { input: fates });
  assert.deepEqual([code, err], [0, ""]);
  const bodies = parsed(fates).flatMap(({ requests }) => requests.map(({ body }) => body));
  assert.deepEqual(kochava.calls.map(({ bodyText }) => bodyText).sort(), bodies.sort());
  const delivered = { outcome: "delivered", attempts: 1, status: 200, retryAfterMs: null };
  assert.deepEqual(
    parsed(out),
    parsed(fates).map((fate) => ({ ...fate, deliveries: fate.requests.map(() => delivered) })),
  );
});

test("skipped and refused events are passed on, and nothing of them is sent", async (t) => {
  const kochava = await kochavaOf(t);
  const fates = await planned(kochava, SKIPPED, REFUSED);
  const { code, out } = await run(["deliver", "-o", "ndjson", "-"], { input: fates });
  assert.deepEqual([code, out], [1, fates]);
  assert.equal(kochava.calls.length, 0);
});

test("what Kochava accepted before is not sent again", async (t) => {
  const kochava = await kochavaOf(t, { status: 503, forever: true });
  const fates = await planned(kochava, READY);
  const options = ["deliver", "-o", "ndjson", "--attempts", "1", "-"];
  const first = await run(options, { input: fates });
  assert.equal(first.code, 1);
  assert.equal(parsed(first.out)[0].deliveries[0].outcome, "unavailable");
  kochava.reset();
  const second = await run(options, { input: first.out });
  assert.equal(second.code, 0);
  assert.ok(kochava.calls.length > 0);
  kochava.reset();
  const third = await run(options, { input: second.out });
  assert.deepEqual([third.code, third.out], [0, second.out]);
  assert.equal(kochava.calls.length, 0);
});

test("an identity is sent again without its event", async (t) => {
  const kochava = await kochavaOf(t);
  const [fate] = parsed(await planned(kochava, READY));
  const identity = { ...fate.requests[0], kind: "identity", body: '{"kochava_app_id":"ko"}' };
  const delivered = { outcome: "delivered", attempts: 1, status: 200, retryAfterMs: null };
  const held = { outcome: "unavailable", attempts: 3, status: 503, retryAfterMs: null };
  const half = {
    ...fate,
    requests: [fate.requests[0], identity],
    deliveries: [delivered, held],
  };
  const { out } = await run(["deliver", "-o", "ndjson", "-"], { input: JSON.stringify(half) });
  assert.deepEqual(
    kochava.calls.map(({ bodyText }) => bodyText),
    [identity.body],
  );
  const [{ deliveries }] = parsed(out);
  assert.deepEqual(deliveries[0], delivered);
  assert.equal(deliveries[1].attempts, 1);
});

test("five refused events of one file stop those of the next", async (t) => {
  const kochava = await kochavaOf(t, { status: 401, forever: true });
  const fates = await planned(kochava, ...Array(5).fill(READY));
  const cwd = await folder(t, { "one.ndjson": fates, "two.ndjson": fates });
  const { code, out } = await run(["deliver", "-o", "ndjson", "one.ndjson", "two.ndjson"], { cwd });
  assert.equal(code, 1);
  const deliveries = parsed(out).flatMap((fate) => fate.deliveries[0]);
  assert.deepEqual(
    deliveries.map(({ outcome, attempts }) => `${outcome} ${attempts}`),
    [...Array(5).fill("paused 1"), ...Array(5).fill("paused 0")],
  );
  assert.equal(kochava.calls.length, 5);
});

test("a line that is no fate is refused, and the others are sent", async (t) => {
  const kochava = await kochavaOf(t);
  const [fate] = parsed(await planned(kochava, READY));
  const broken = [
    "{",
    "17",
    "null",
    '"ready"',
    "{}",
    '{"fate":"ready"}',
    '{"fate":"ready","requests":[{}]}',
    '{"fate":"ready","requests":"none"}',
    '{"fate":"refused"}',
    '{"fate":"refused","violations":[null]}',
    '{"fate":"skipped"}',
    '{"fate":"sent","requests":[]}',
    READY,
  ];
  const input = [...broken, JSON.stringify(fate), JSON.stringify({ ...fate, deliveries: 17 })];
  const cwd = await folder(t, { "fates.ndjson": input.join("\n") });
  const { code, out, err } = await run(["deliver", "-o", "ndjson", "fates.ndjson"], { cwd });
  assert.deepEqual([code, err], [1, ""]);
  const lines = parsed(out);
  assert.deepEqual(
    lines.slice(0, broken.length).map(({ violations }) => violations[0].code),
    broken.map(() => "no-fate"),
  );
  assert.deepEqual(
    lines.slice(broken.length).map(({ deliveries }) => deliveries[0].outcome),
    ["delivered", "delivered"],
  );
});

test("the table has a row for each event, and the counts", async (t) => {
  const kochava = await kochavaOf(t, { body: { success: "0" } });
  const fates = await planned(kochava, READY, SKIPPED, REFUSED);
  const cwd = await folder(t, { "fates.ndjson": fates });
  const { code, out } = await run(["deliver", "-o", "table", "fates.ndjson"], { cwd });
  assert.equal(code, 1);
  const [ready, skipped, refused, empty, counts] = out.split("\n");
  assert.match(ready, /^1 {2}fates\.ndjson:1 {2}event rejected 200/);
  assert.equal(skipped, "2  fates.ndjson:2  skipped not-selected");
  assert.match(refused, /^3 {2}fates\.ndjson:3 {2}refused /);
  assert.equal(empty, "");
  assert.equal(counts, "3 events: 0 delivered, 1 skipped, 2 not delivered");
  const terminal = await runInTerminal(command("deliver", "fates.ndjson"), { cwd, columns: 60 });
  assert.equal(terminal.code, 1, "an event was refused");
  assert.match(terminal.out, /event delivered 200/);
});

test("limits out of bounds are wrong usage", async () => {
  for (const [words, sentence] of [
    [["--attempts", "0"], "--attempts: must be a whole number from 1 to 10"],
    [["--attempts", "x"], "--attempts: must be"],
    [["--attempts", ""], "--attempts: must be"],
    [["--timeout-ms", "5"], "--timeout-ms: must be a whole number from 100 to 30000"],
    [["--budget-ms", "1e9"], "--budget-ms: must be a whole number from 100 to 30000"],
  ]) {
    const { code, out, err } = await run(["deliver", ...words, "-"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.ok(err.startsWith(`kochava-edge: ${sentence}`), err);
  }
});
