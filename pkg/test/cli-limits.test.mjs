// `kochava-edge` with very large inputs and after unexpected errors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { SHOP, folder, inShort, parsed, run } from "./cli/bin.mjs";
import { READY } from "./cli/inputs.mjs";

test("a wrapper of 65,000 events gives a line and a row for each", async (t) => {
  const event = JSON.stringify({
    event_type: "Settings Opened",
    event_properties: { note: "x".repeat(200) },
  });
  const cwd = await folder(t, { "large.json": `{"events":[${Array(65_000).fill(event).join()}]}` });
  const lines = await run(["plan", "-o", "ndjson", "-s", SHOP, "large.json"], { cwd });
  assert.deepEqual([lines.code, lines.lines, lines.err], [0, 65_000, ""]);
  const table = await run(["plan", "-o", "table", "-s", SHOP, "large.json"], { cwd });
  assert.match(table.out, /^65,000 events: 0 ready, 65,000 skipped, 0 refused$/m);
});

test("a body with 150,000 findings and an event with as many fields are printed", async (t) => {
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
  const checked = await run(["check", "-o", "table", "body.json"], { cwd });
  assert.deepEqual([checked.code, checked.err], [1, ""]);
  assert.match(checked.out, /^1 body: 0 valid, 1 invalid$/m);
  const explained = await run(["explain", "-o", "table", "event.json"], { cwd });
  assert.deepEqual([explained.code, explained.err], [0, "Settings: settings.json\n\n"]);
  assert.match(explained.out, /^1 event: 1 ready/m);
});

test("a batch that is too large for the mapper is refused, and what follows it is planned", async () => {
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

const stoppedBy = (kind) => `kochava-edge: unexpected ${kind}; the output is incomplete\n`;

/** Code loaded before the command line that makes a function it calls fail. */
const BROKEN = {
  "a RangeError": [
    stoppedBy("RangeError"),
    ["check"],
    'JSON.stringify = () => { throw new RangeError("hunter2"); };',
  ],
  "a thrown value that is no error": [
    stoppedBy("error"),
    ["check"],
    'JSON.stringify = () => { throw "hunter2"; };',
  ],
  "a trap in check": [stoppedBy("RuntimeError"), ["check"], trapping("check")],
  "a trap in plan": [
    stoppedBy("RuntimeError"),
    ["plan", "-s", SHOP],
    trapping("mapper_planNdjson"),
  ],
  "a trap in explain": [
    stoppedBy("RuntimeError"),
    ["explain", "-s", SHOP],
    trapping("mapper_explain"),
  ],
  // not reported as a fault of the settings
  "a trap while reading settings": [
    `${SHOP}: there is not enough memory for the input\n`,
    ["plan", "-s", SHOP],
    trapping("mapper_new"),
  ],
};
for (const [what, [sentence, words, hook]] of Object.entries(BROKEN)) {
  test(`an unexpected error is reported without what it quotes: ${what}`, async () => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const { code, out, err } = await run([...words, "-o", "ndjson"], {
      input: '{"secret":"hunter2"}',
      env: { NODE_OPTIONS },
    });
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, sentence);
  });
}

/** Makes one function of the wasm trap, as a panic does. */
function trapping(name) {
  return `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...words) {
      const { exports } = new Instance(...words);
      return { exports: { ...exports, ${name}() { throw new WebAssembly.RuntimeError("hunter2"); } } };
    };`;
}
