// What does `kochava-edge` do where an input is larger than usual, or an error is one that nobody foresaw?

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { SHOP, folder, inShort, parsed, run } from "./cli/bin.mjs";
import { READY } from "./cli/inputs.mjs";

test("a wrapper of 65,000 events has a line and a row for each", async (t) => {
  const event = JSON.stringify({
    event_type: "Settings Opened",
    event_properties: { note: "x".repeat(200) },
  });
  const cwd = await folder(t, { "large.json": `{"events":[${Array(65_000).fill(event).join()}]}` });
  const lines = await run(["plan", "-o", "ndjson", "-s", SHOP, "large.json"], { cwd });
  assert.deepEqual([lines.code, lines.lines, lines.err], [0, 65_000, ""]);
  const table = await run(["plan", "-s", SHOP, "large.json"], { cwd });
  assert.match(table.out, /^65,000 events: 0 ready, 65,000 skipped, 0 refused$/m);
});

test("a body with 150,000 findings and an event with as many fields are told of", async (t) => {
  const many = (value) =>
    Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`k${index}`, value]));
  const cwd = await folder(t, {
    "body.json": JSON.stringify({ action: "event", data: { event_data: many([]) } }),
    "event.json": JSON.stringify({ ...JSON.parse(READY), event_properties: many(1) }),
    "settings.json": JSON.stringify({
      ...JSON.parse(readFileSync(SHOP, "utf8")),
      events: { properties: "*" },
    }),
  });
  const checked = await run(["check", "body.json"], { cwd });
  assert.deepEqual([checked.code, checked.err], [1, ""]);
  assert.match(checked.out, /^1 body: 0 without violations, 1 with$/m);
  const explained = await run(["explain", "event.json"], { cwd });
  assert.deepEqual([explained.code, explained.err], [0, "Settings: settings.json\n\n"]);
  assert.match(explained.out, /^1 event: 1 ready/m);
});

test("a batch that is too large for the mapper is refused, and what follows is planned", async () => {
  // index.d.ts, UnreadableError: `batch-too-large`
  const input = `{"events":[${Array(1_000_001).fill(1).join()}]}\n${READY}\n`;
  for (const words of [["plan"], ["explain"]]) {
    const { code, out } = await run([...words, "-s", SHOP], { input });
    assert.equal(code, 1);
    assert.deepEqual(inShort(parsed(out)), ["refused batch-too-large", "ready"]);
  }
  const { out } = await run(["plan", "-o", "table", "-s", SHOP], { input });
  assert.match(out, /^ +1 {2}stdin +- +refused {2}batch-too-large$/m);
});

/** An answer that is no whole one. */
const stoppedBy = (kind) =>
  `kochava-edge: stopped by an unexpected ${kind}; its output is not whole\n`;

/** Loaded before the command line, which does not fail so by itself: what it calls is made to. */
const BROKEN = {
  "a RangeError": [
    stoppedBy("RangeError"),
    ["check"],
    'JSON.stringify = () => { throw new RangeError("hunter2"); };',
  ],
  "what is thrown is no error": [
    stoppedBy("error"),
    ["check"],
    'JSON.stringify = () => { throw "hunter2"; };',
  ],
  "check traps": [stoppedBy("RuntimeError"), ["check"], trapping("check")],
  "plan traps": [stoppedBy("RuntimeError"), ["plan", "-s", SHOP], trapping("planner_planNdjson")],
  "explain traps": [
    stoppedBy("RuntimeError"),
    ["explain", "-s", SHOP],
    trapping("planner_explain"),
  ],
  // nor are the settings called faulty then
  "the settings trap": [
    `${SHOP}: there is not enough memory for the input\n`,
    ["plan", "-s", SHOP],
    trapping("planner_new"),
  ],
};
for (const [what, [sentence, words, hook]] of Object.entries(BROKEN)) {
  test(`an unforeseen error is told in a sentence, without what it quotes: ${what}`, async () => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const { code, out, err } = await run([...words, "-o", "ndjson"], {
      input: '{"secret":"hunter2"}',
      env: { NODE_OPTIONS },
    });
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, sentence);
  });
}

/** A wasm of which one function ends as Rust's panics do. */
function trapping(name) {
  return `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...words) {
      const { exports } = new Instance(...words);
      return { exports: { ...exports, ${name}() { throw new WebAssembly.RuntimeError("hunter2"); } } };
    };`;
}
