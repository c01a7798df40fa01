// Memory for large inputs, and splitting at any chunk boundary.

import assert from "node:assert/strict";
import { exec } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { Bodies } from "../cli/bodies.mjs";
import { Elements } from "../cli/elements.mjs";
import { Lines } from "../cli/lines.mjs";
import { SHOP, command, folder, inShort, parsed, run } from "./cli/bin.mjs";
import { READY, REFUSED, SKIPPED, eventsIn, megabytesOfEvents } from "./cli/inputs.mjs";

const ARRAY = { open: "[", separator: ",", close: "]" };

test("200 MB take as much memory as 50 MB, as lines and as an array", async () => {
  const peaks = [];
  for (const [megabytes, form] of [[50], [200], [200, ARRAY]]) {
    const { code, lines, peakMegabytes } = await run(["plan", "-s", SHOP], {
      input: megabytesOfEvents(megabytes, form),
    });
    assert.deepEqual([code, lines], [0, eventsIn(megabytes)]);
    peaks.push(peakMegabytes);
  }
  const [small, ...large] = peaks;
  for (const peak of large) assert.ok(peak < small + 25, `${peaks.join(", ")} MB`);
});

test("a line that is too long is refused, and those around it are planned", async () => {
  const input = async function* () {
    yield Buffer.from(`${SKIPPED}\n{"a":"`);
    const part = Buffer.alloc(1_000_000, "x");
    for (let index = 0; index < 150; index += 1) yield part;
    yield Buffer.from(`"}\n${SKIPPED}\n`);
  };
  const { code, out, peakMegabytes } = await run(["plan", "-s", SHOP], { input: input() });
  assert.deepEqual(inShort(parsed(out)), [
    "skipped not-selected",
    "refused line-too-long",
    "skipped not-selected",
  ]);
  assert.equal(code, 1);
  // a value may have 64 MB, and while its buffer grows there are two of them
  assert.ok(peakMegabytes < 260, `${peakMegabytes} MB`);
});

test("any number of threads gives the same lines, summary and exit code", async (t) => {
  const batch = `[${Array(50).fill(READY).join()},${SKIPPED}]`;
  const some = `${READY}\r\n\n \t\r\n${REFUSED}\n{"events":[]}\n${batch}\n{\n${SKIPPED}\n`;
  const cwd = await folder(t, {
    "lines.ndjson": `\n${some.repeat(120)}{"a":"${"x".repeat(3_000_000)}"}\n${some.repeat(80)}${READY}`,
    "list.json": `[${Array(2_000).fill(`${READY},\n${SKIPPED}`).join()}]`,
    "empty.ndjson": "",
    "blank.ndjson": "\n\n",
  });
  const files = ["lines.ndjson", "list.json", "empty.ndjson", "blank.ndjson"];
  const words = ["plan", "-o", "ndjson", "-s", SHOP, ...files];
  const alone = await run([...words, "--threads", "0"], { cwd });
  // two events, none, a batch of 51, an unreadable line and an event; blank lines give nothing
  const perRepetition = 2 + 0 + 51 + 1 + 1;
  assert.deepEqual([alone.code, alone.err], [1, ""]);
  assert.equal(alone.lines, 200 * perRepetition + 2 + 4_000 + 1);
  for (const threads of ["1", "2", "5"]) {
    const planned = await run([...words, "--threads", threads], { cwd });
    assert.deepEqual([planned.code, planned.err, planned.lines], [1, "", alone.lines]);
    assert.ok(planned.out === alone.out, `${threads} threads`);
  }
  const table = words.with(2, "table");
  const [rows, onThreads] = await Promise.all(
    ["0", "2"].map((threads) => run([...table, "--threads", threads], { cwd })),
  );
  assert.deepEqual([rows.code, onThreads.code], [1, 1]);
  assert.ok(rows.out === onThreads.out, "the table");
  // the last row has the number of all, and each file counts its own lines
  assert.match(rows.out, /^15,003 +empty\.ndjson +- +refused +empty-body$/m);
  assert.match(rows.out, /^ +2 +lines\.ndjson:5 +Level Complete +refused /m);
});

test("a slow reader gets every line unchanged from threads", async (t) => {
  const line = (number) => `{"event_type":"Settings Opened","number":${number}}\n`;
  const numbers = Array.from({ length: 400_000 }, (_, number) => number);
  const lines = numbers.map((number) => (number % 1_000 === 0 ? `${number}\n` : line(number)));
  const cwd = await folder(t, { "lines.ndjson": lines.join("") });
  const words = command("plan", "-t", "2", "-o", "ndjson", "-s", SHOP, "lines.ndjson");
  const { stdout } = await promisify(exec)(`${words} | (sleep 0.2; sort | uniq -c)`, { cwd });
  assert.match(
    stdout,
    /^ *400 \{"fate":"refused".*"not-a-batch".*\n *399600 \{"fate":"skipped".*\n$/,
  );
});

test("--threads takes a whole number up to 64", async () => {
  for (const wrong of ["x", "-1", "1.5", "65", ""]) {
    const { code, err } = await run(["plan", `--threads=${wrong}`, "-s", SHOP]);
    assert.equal(code, 2);
    assert.match(err.replace(/\s+/g, " "), /It must be a whole number from 0 to 64\./);
  }
});

const TEXTS = {
  elements: [
    '[{"a":"]},{\\"\\\\"}, [1,[2]] ,"x,y", 3 ,{"b":{"c":[]}}]',
    ['{"a":"]},{\\"\\\\"}', "[1,[2]] ", '"x,y"', "3 ", '{"b":{"c":[]}}'],
  ],
  documents: [
    '{"a":"}"}\n{"b":[1]}17 "x" [1,2]{}',
    ['{"a":"}"}', '{"b":[1]}', "17", '"x"', "1", "2", "{}"],
  ],
  "newlines outside and inside strings": ['{\n"a":\n"b\nc\\\n"}', ['{ "a": "b\u0001c\\\u0001"}']],
};
for (const [what, [text, wanted]] of Object.entries(TEXTS)) {
  test(`${what} are found wherever the chunks end`, () => {
    for (let size = 1; size <= text.length; size += 1)
      assert.deepEqual(
        split(Elements, text, size).map(({ value }) => value),
        wanted,
        `chunks of ${size}`,
      );
  });
}

test("each value has its line and offset", () => {
  const text = '[\n{"a":1},\n\n {"b":\n2}]\n{"c":3}';
  for (let size = 1; size <= text.length; size += 1) {
    const places = split(Elements, text, size).map(({ place }) => [place.line, place.offset]);
    assert.deepEqual(places, [
      [2, 2],
      [4, 13],
      [6, 23],
    ]);
  }
});

const BODIES = {
  "one, as it is": [' \n{"a":\n[1]}\n\n', [[' \n{"a":\n[1]}\n', 1]]],
  "one list": ["[{},{}]\r\n", [["[{},{}]", 1]]],
  "one that is broken": ['{"a":1} ]\n{"b":2}', [['{"a":1} ]\n{"b":2}', 1]]],
  several: [
    '{"a":\n1}\n\n [2, 3]"x"\n{"b"',
    [
      ['{"a":\n1}', 1],
      ["[2, 3]", 4],
      ['"x"', 4],
      ['{"b"', 5],
    ],
  ],
  none: ["", [["", 1]]],
};
for (const [what, [text, wanted]] of Object.entries(BODIES)) {
  test(`bodies are found wherever the chunks end: ${what}`, () => {
    for (let size = 1; size <= text.length + 1; size += 1) {
      const found = split(Bodies, text, size, new Uint8Array(0)).map(({ value, place }) => [
        value,
        place.line,
      ]);
      assert.deepEqual(found, wanted, `chunks of ${size}`);
    }
  });
}

test("lines are found wherever the chunks end", () => {
  const text = '{"a":1}\r\n\n \n{"b":2}\nx';
  for (let size = 1; size <= text.length; size += 1) {
    const found = split(Lines, text, size).map(({ value, place }) => [
      value,
      place.line,
      place.offset,
    ]);
    assert.deepEqual(found, [
      ['{"a":1}', 1, 0],
      ['{"b":2}', 4, 12],
      ["x", 5, 20],
    ]);
  }
});

function split(Splitter, text, size, start) {
  const found = [];
  const splitter = new Splitter(
    (value, place) => found.push({ value: Buffer.from(value).toString(), place: { ...place } }),
    start,
  );
  for (let at = 0; at < text.length; at += size)
    splitter.push(Buffer.from(text.slice(at, at + size)));
  splitter.end();
  return found;
}
