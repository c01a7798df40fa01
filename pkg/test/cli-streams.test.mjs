// Memory for large inputs, and splitting at any chunk boundary.

import assert from "node:assert/strict";
import test from "node:test";
import { Bodies } from "../cli/bodies.mjs";
import { Elements } from "../cli/elements.mjs";
import { Lines } from "../cli/lines.mjs";
import { SHOP, inShort, parsed, run } from "./cli/bin.mjs";
import { SKIPPED, eventsIn, megabytesOfEvents } from "./cli/inputs.mjs";

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
