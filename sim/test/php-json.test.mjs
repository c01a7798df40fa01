// The re-encoder against PHP itself: the same bytes for every value.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { phpNumber, phpReencode } from "../php-json.mjs";

test("numbers", () => {
  const spellings = [
    ["-0", "0"],
    ["-0.0", "-0"],
    ["10.0", "10"],
    ["1e2", "100"],
    ["19.90", "19.9"],
    ["0.1", "0.1"],
    ["1e16", "10000000000000000"],
    ["1e17", "1.0e+17"],
    ["0.0001", "0.0001"],
    ["0.00001", "1.0e-5"],
    ["1.5e-7", "1.5e-7"],
    ["1.25e300", "1.25e+300"],
    ["123456.789", "123456.789"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", "9.223372036854776e+18"],
    ["-9223372036854775808", "-9223372036854775808"],
  ];
  for (const [input, output] of spellings) assert.equal(phpNumber(input), output);
});

test("text that PHP cannot decode or encode throws", () => {
  for (const text of [
    "1e999",
    '"\\ud83d"',
    '"\\udc00"',
    '{"\\u0000a":1}',
    "[1,]",
    "TRUE",
    "'a'",
    "01",
    "",
    " ",
  ]) {
    assert.throws(() => phpReencode(text), { name: "Error" }, text);
  }
});

test("PHP encodes edge cases and generated values the same way", () => {
  const texts = [...EDGES, ...generated(2_000)];
  const expected = runPhp(texts);
  texts.forEach((text, index) => {
    assert.equal(attempt(text, { assoc: false }), expected[index].object, text);
    assert.equal(attempt(text, { assoc: true }), expected[index].assoc, text);
  });
});

function runPhp(texts) {
  const run = spawnSync("php", ["-n", "-r", PHP], {
    input: texts.map((text) => Buffer.from(text).toString("base64")).join("\n"),
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  assert.notEqual(run.error?.code, "ENOENT", "php is missing: apt-get install php-cli");
  assert.equal(run.status, 0, run.stderr);
  return run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

// `-n` ignores php.ini: the test needs PHP's defaults
const PHP = `
function again($text, $assoc) {
  $value = json_decode($text, $assoc);
  if (json_last_error() !== JSON_ERROR_NONE) return null;
  $out = json_encode($value);
  return $out === false ? null : $out;
}
while (($line = fgets(STDIN)) !== false) {
  $text = base64_decode(trim($line));
  echo json_encode(["object" => again($text, false), "assoc" => again($text, true)]), "\\n";
}`;

function attempt(text, options) {
  try {
    return phpReencode(text, options);
  } catch {
    return null;
  }
}

const EDGES = [
  '{"b":1,"a":2,"b":3}',
  '{"10":1,"2":2,"a":3}',
  '{"0":1,"1":2}',
  '{"1":1,"0":2}',
  '{"0":1,"0":2}',
  '{"00":1}',
  '{"-0":1}',
  "{}",
  "[]",
  '{"a":{},"b":[]}',
  '{"":1}',
  '{"\\u0000":1}',
  '{"a":{"\\u0000b":1}}',
  '["\\u0000"]',
  '"\\ud83d\\ude00"',
  '"\\ude00\\ud83d"',
  '"\\u007f\\u0080\\u2028\\ufffd\\uffff"',
  '"\\/\\b\\f\\n\\r\\t\\u001f"',
  "1e999",
  "-1e999",
  "1e-400",
  "5e-324",
  "1.7976931348623157e308",
  "0e5",
  "-0e5",
  "99999999999999999.0",
  "123456789012345678",
  "0.1e1",
  " [ 1 , 2 ] ",
  "\ufeff1",
  "nul",
  "1.",
  "+1",
  `${"[".repeat(511)}${"]".repeat(511)}`,
  `${"[".repeat(512)}${"]".repeat(512)}`,
  '{"__proto__":1,"constructor":{"__proto__":2}}',
];

// A seeded generator (mulberry32), so that a failure can be reproduced.
function* generated(count) {
  let state = 20_200_803;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit) => Math.floor(next() * limit);
  const one = (list) => list[below(list.length)];
  const digits = (length) => Array.from({ length }, () => below(10)).join("");
  const number = () => {
    const whole = one(["0", String(1 + below(9)) + digits(below(22))]);
    return (
      one(["", "-"]) +
      whole +
      one(["", `.${digits(1 + below(20))}`]) +
      one(["", "", `${one(["e", "E"])}${one(["", "+", "-"])}${below(320)}`])
    );
  };
  const letter = () =>
    one([
      "a",
      "/",
      '\\"',
      "\\\\",
      "\\n",
      "\\u00e9",
      "\\u0001",
      "\\uD83D\\uDE00",
      "é",
      "😀",
      "\u2028",
      "\u007f",
      String(below(3)),
    ]);
  const string = () => `"${Array.from({ length: below(5) }, letter).join("")}"`;
  const space = () => one(["", "", "", " ", "\n\t"]);
  const value = (depth) => {
    const kind = below(depth > 3 ? 5 : 8);
    if (kind < 2) return number();
    if (kind < 4) return string();
    if (kind === 4) return one(["true", "false", "null"]);
    if (kind === 5)
      return `[${space()}${Array.from({ length: below(4) }, () => value(depth + 1)).join(`,${space()}`)}]`;
    return `{${Array.from({ length: below(5) }, () => `${string()}${space()}:${value(depth + 1)}`).join(`${space()},`)}}`;
  };
  for (let made = 0; made < count; made += 1) yield value(0);
}
