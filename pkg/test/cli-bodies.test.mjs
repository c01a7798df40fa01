// `kochava-edge check` checks bodies byte for byte, as they would be sent.

import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { check } from "../node.js";
import { SHOP, folder, parsed, run } from "./cli/bin.mjs";
import { READY } from "./cli/inputs.mjs";

/** Written by plan: follows the guide and is spelled as PHP spells JSON. */
const BODY = await run(["plan", "-o", "ndjson", "-s", SHOP], { input: READY }).then(
  ({ out }) => parsed(out)[0].requests[0].body,
);
const PRETTY = JSON.stringify(JSON.parse(BODY), null, 2);

/**
 * Each with the codes expected for each body. Kochava hashes a body as PHP spells it: Strict
 * Authentication.
 */
const SPELLING = "not-php-spelling";
const FORMS = {
  "a body": [BODY, [[]]],
  "a body with the line end of an editor": [`${BODY}\n`, [[]]],
  "a body with that of Windows": [`${BODY}\r\n`, [[]]],
  "two line ends": [`${BODY}\n\n`, [[SPELLING]]],
  "a space before it": [` ${BODY}`, [[SPELLING]]],
  "a carriage return after it": [`${BODY}\r`, [[SPELLING]]],
  "a body in many lines": [`${PRETTY}\n`, [[SPELLING]]],
  // RFC 8259, section 8.1: senders must not add one
  "a byte order mark": [`\ufeff${BODY}`, [["invalid-json"]]],
  "a list of a body": [`[${BODY}]\n`, [["body-not-an-object"]]],
  "a list in many lines": [`[\n${BODY},\n${BODY}\n]\n`, [["body-not-an-object"]]],
  "a body that is cut off": [BODY.slice(0, -1), [["invalid-json"]]],
  "a bracket too many": [`${BODY}}`, [["invalid-json"]]],
  "bodies with a comma between": [`${BODY},${BODY}`, [["invalid-json"]]],
  "no JSON": ["<html>\n<body> {} </body>\n", [["invalid-json"]]],
  "a form": ["action=event&data= {} []\n", [["invalid-json"]]],
  nothing: ["", [["empty-body"]]],
  "a line end": ["\n", [["empty-body"]]],
  spaces: ["  \n\n", [["empty-body"]]],
  lines: [
    `${BODY}\n\n[${BODY}]\n17\n{"a"\n`,
    [[], ["body-not-an-object"], ["body-not-an-object"], ["invalid-json"]],
  ],
  "lines of Windows": [`${BODY}\r\n\r\n${BODY}\r\n`, [[], []]],
  "lines after a byte order mark": [`\ufeff${BODY}\n${BODY}\n`, [[], []]],
  "documents one after the other": [
    `${PRETTY}\n${PRETTY}\n[${BODY}]`,
    [[SPELLING], [SPELLING], ["body-not-an-object"]],
  ],
};
for (const [form, [input, wanted]] of Object.entries(FORMS)) {
  test(`check reads ${form}`, async () => {
    const { code, out } = await run(["check"], { input });
    const found = parsed(out).map(codesOf);
    assert.deepEqual(found, wanted);
    assert.equal(code, wanted.flat().some((word) => word !== SPELLING) ? 1 : 0);
  });
}

test("a single body gives the result of the package, in a file, as gzip and from a pipe", async (t) => {
  for (const [form, [input, wanted]] of Object.entries(FORMS)) {
    if (wanted.length > 1) continue;
    const cwd = await folder(t, { "body.json": input, "body.gz": gzipSync(input) });
    const { out } = await run(["check", "-o", "ndjson", "body.json", "body.gz", "-"], {
      cwd,
      input,
    });
    const answer = check(input.replace(/\r?\n$/, ""));
    assert.deepEqual(parsed(out), [answer, answer, answer], form);
  }
});

test("a newline inside a string is not replaced: it is invalid JSON", async () => {
  const { out } = await run(["check"], { input: `{"action":"ev\nent"}` });
  assert.deepEqual(codesOf(parsed(out)[0]), ["invalid-json"]);
});

test("check prints code, place and sentence of each finding, and the line of each of several bodies", async (t) => {
  const body = JSON.parse(BODY);
  // Kochava, Post-Install Event Setup: `device_ids` is an object
  body.data.device_ids = [];
  const cwd = await folder(t, {
    "bodies.json": `${JSON.stringify(body, null, 2)}\n\n17\n`,
    "empty.json": "",
  });
  const table = await run(["check", "-o", "table", "bodies.json", "empty.json"], { cwd });
  assert.equal(table.code, 1);
  assert.match(
    table.out,
    /^1 {2}bodies\.json:1 {2}event {2}1 violation.*\n {3}device-ids-not-an-object {2}\/data\/device_ids\n {5}device ids that are not an object; send an object of strings/,
  );
  const line = JSON.stringify(body, null, 2).split("\n").length + 2;
  assert.match(
    table.out,
    new RegExp(
      `^2 {2}bodies\\.json:${line} {2}unreadable {2}1 violation\\n {3}body-not-an-object {2}\\(the whole body\\)\\n`,
      "m",
    ),
  );
  assert.match(
    table.out,
    /^3 {2}empty\.json {2}unreadable {2}1 violation\n {3}empty-body {2}\(the whole body\)\n/m,
  );
  assert.match(table.out, /^3 bodies: 0 valid, 3 invalid$/m);
  const { out } = await run(["check", "-o", "ndjson", "bodies.json"], { cwd });
  assert.deepEqual(
    parsed(out).map(({ violations }) => violations.map(({ code, pointer }) => [code, pointer])),
    [[["device-ids-not-an-object", "/data/device_ids"]], [["body-not-an-object", ""]]],
  );
});

test("the help of check describes lists and line ends", async () => {
  const { out } = await run(["check", "--help"]);
  for (const word of [
    "byte for byte",
    "A list is one body",
    "byte order mark",
    "`\\n` or `\\r\\n`",
    "NDJSON holds one body per line",
  ])
    assert.ok(out.replaceAll(/\s+/g, " ").includes(word), word);
});

function codesOf({ violations, warnings }) {
  return [...violations, ...warnings].map(({ code }) => code);
}
