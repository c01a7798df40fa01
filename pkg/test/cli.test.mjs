// The inputs and results of `kochava-edge`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { Mapper } from "../node.js";
import { SAMPLES, SHOP, folder, inShort, parsed, run } from "./cli/bin.mjs";
import { READY, REFUSED, SKIPPED, documentedFates } from "./cli/inputs.mjs";

const SKIPPED_FATE = "skipped not-selected";
/**
 * The rules that REFUSED breaks: Kochava, Post-Install Event Setup, the table of mandatory
 * parameters.
 */
const REFUSED_FATE = "refused origination-ip-missing device-identity-missing";
const plan = (input, ...words) => run(["plan", "--settings", SHOP, ...words], { input });

test("the samples have the fates that their README documents", async () => {
  const wanted = documentedFates();
  assert.equal(wanted.length, 14);
  const { code, out } = await run([
    "plan",
    "-o",
    "ndjson",
    "-s",
    SHOP,
    ...wanted.map(({ file }) => SAMPLES + file),
  ]);
  assert.equal(code, 1, "one of them is refused");
  const fates = parsed(out);
  assert.deepEqual(
    fates.map((fate) => fate.fate),
    wanted.map(({ fate }) => fate),
  );
  fates.forEach(({ requests, warnings, code: reason, violations }, index) => {
    const { file, name, codes } = wanted[index];
    if (name) assert.equal(JSON.parse(requests[0].body).data.event_name, name, file);
    assert.deepEqual(
      [
        ...(warnings ?? violations ?? []).map((violation) => violation.code),
        ...(reason ? [reason] : []),
      ],
      codes,
      file,
    );
  });
});

test("the table of the samples has a row for each with its codes, and the counts", async () => {
  const wanted = documentedFates();
  const { code, out, err } = await run([
    "plan",
    "-o",
    "table",
    "-s",
    SHOP,
    ...wanted.map(({ file }) => SAMPLES + file),
  ]);
  assert.equal(code, 1);
  assert.match(err, /^Settings: .*sneaker-shop\.json\n/);
  wanted.forEach(({ file, fate, codes }, index) => {
    const start = out.indexOf(`\n ${String(index + 1).padStart(2)}  ${file.slice(0, 30)}`);
    assert.notEqual(start, -1, file);
    const row = out.slice(
      start,
      index < 13 ? out.indexOf(`\n ${String(index + 2).padStart(2)}  `, start) : undefined,
    );
    assert.match(row, new RegExp(`  ${fate} `), file);
    for (const word of codes) assert.match(row, new RegExp(`${word}$`, "m"), file);
  });
  assert.match(
    out,
    /data\.origination_ip: no IP address in `ip_address`; send the device's, or\s+map another field/,
  );
  assert.match(
    out,
    /^14 events: 12 ready, 1 skipped, 1 refused\n {2}refused +1 {2}origination-ip-missing\n {2}skipped +1 {2}not-selected\n {2}warning/m,
  );
});

test("a line is exactly what the package returns", async () => {
  const input = `${READY}\n${SKIPPED}\n${REFUSED}\n`;
  const mapper = new Mapper(JSON.parse(await readFile(SHOP, "utf8")));
  const { code, out, err } = await plan(input);
  assert.equal(out, Buffer.from(mapper.planNdjson(Buffer.from(input))).toString());
  assert.equal(code, 1);
  assert.equal(err, "", "nothing is printed besides the lines");
});

const FORMS = {
  "one document": [READY, ["ready"]],
  "a document over many lines": [JSON.stringify(JSON.parse(SKIPPED), null, 2), [SKIPPED_FATE]],
  "a byte order mark before it": [`\ufeff${SKIPPED}`, [SKIPPED_FATE]],
  lines: [`${SKIPPED}\n${READY}`, [SKIPPED_FATE, "ready"]],
  "lines that end as on Windows": [`${SKIPPED}\r\n${READY}\r\n`, [SKIPPED_FATE, "ready"]],
  "blank lines": [`\n${SKIPPED}\n  \n\r\n\n${READY}\n\n`, [SKIPPED_FATE, "ready"]],
  "a byte order mark before lines": [`\ufeff${SKIPPED}\n${READY}\n`, [SKIPPED_FATE, "ready"]],
  "an array": [`[${SKIPPED},${READY},\n ${REFUSED}]`, [SKIPPED_FATE, "ready", REFUSED_FATE]],
  "an empty array": [" [ ] ", []],
  "an array with the trailing comma that Amplitude's templates leave": [
    `[${SKIPPED},]`,
    [SKIPPED_FATE],
  ],
  "arrays on lines": [
    `[${SKIPPED},${READY}]\n[]\n[${SKIPPED}]\n`,
    [SKIPPED_FATE, "ready", SKIPPED_FATE],
  ],
  "a wrapper": [`{"events":[${SKIPPED},${READY}]}`, [SKIPPED_FATE, "ready"]],
  "wrappers on lines": [
    `{"events":[${SKIPPED},${READY}]}\n{"events":[]}\n${SKIPPED}\n`,
    [SKIPPED_FATE, "ready", SKIPPED_FATE],
  ],
  "documents one after the other": [
    `{\n"event_type": "x"\n}\n{\n"event_type": "y"\n} [${READY}]`,
    [SKIPPED_FATE, SKIPPED_FATE, "ready"],
  ],
  "elements that are no objects": [
    `[1, "a,]", null, [${READY}], ${READY}]`,
    [...Array(4).fill("refused not-an-object"), "ready"],
  ],
  "a wrapper in an array, whose events are read": [`[{"events":[${READY}]}]`, ["ready"]],
  "a missing element": [
    `[${SKIPPED},,${SKIPPED}]`,
    [SKIPPED_FATE, "refused invalid-json", SKIPPED_FATE],
  ],
  "a broken element": [
    `[${SKIPPED},{"a":1]},{"b" 1},${READY}]`,
    [SKIPPED_FATE, "refused invalid-json", "refused invalid-json", "ready"],
  ],
  "a newline inside a string, which JSON does not allow": [
    `[{"event_type":"a\nb"},{"a":"\\\n"},${READY}]`,
    ["refused invalid-json", "refused invalid-json", "ready"],
  ],
  "broken lines": [
    `${READY}\n{"event_type":\nx\n17\n${SKIPPED}\n`,
    ["ready", "refused invalid-json", "refused invalid-json", "refused not-a-batch", SKIPPED_FATE],
  ],
  "bytes that are not UTF-8": [
    Buffer.from([...Buffer.from(`${READY}\n{"a":"`), 0xff, ...Buffer.from(`"}\n${READY}\n`)]),
    ["ready", "refused invalid-utf8", "ready"],
  ],
  "an array that ends between its elements": [
    `[${SKIPPED},${READY}`,
    [SKIPPED_FATE, "ready", "refused invalid-json"],
  ],
  "an array that ends inside an element": [
    `[${SKIPPED},${READY.slice(0, -9)}`,
    [SKIPPED_FATE, "refused invalid-json"],
  ],
  "a document that ends early": [READY.slice(0, -1), ["refused invalid-json"]],
  "a bracket after a document": [`${READY} ]`, ["ready", "refused invalid-json"]],
  // the code that Mapper.plan("") throws
  nothing: ["", ["refused empty-body"]],
  "blank lines alone": ["\n \n", ["refused empty-body"]],
  "a byte order mark alone": ["\ufeff", ["refused empty-body"]],
  "an empty array without spaces": ["[]", []],
};

for (const [form, [input, wanted]] of Object.entries(FORMS)) {
  test(`plan reads ${form}`, async () => {
    const { code, out } = await plan(input);
    assert.deepEqual(inShort(parsed(out)), wanted);
    assert.equal(code, wanted.some((fate) => fate.startsWith("refused")) ? 1 : 0);
  });
}

test("gzip is recognized by its bytes, not by the name of the file", async (t) => {
  const cwd = await folder(t, {
    "events.json.gz": gzipSync(`[${READY}]`),
    "named-otherwise.json": gzipSync(READY),
    "not-packed.gz": READY,
  });
  const { code, out } = await run(
    ["plan", "-o", "ndjson", "-s", SHOP, "events.json.gz", "named-otherwise.json", "not-packed.gz"],
    { cwd },
  );
  assert.deepEqual(inShort(parsed(out)), ["ready", "ready", "ready"]);
  assert.equal(code, 0);
  // two members, as `cat one.gz two.gz` makes them (RFC 1952, section 2.2)
  const piped = await plan(
    Buffer.concat([gzipSync(`${SKIPPED}\n${READY}\n`), gzipSync(`${SKIPPED}\n`)]),
  );
  assert.deepEqual(inShort(parsed(piped.out)), [SKIPPED_FATE, "ready", SKIPPED_FATE]);
});

const PACKED = {
  "events.json.zst": ["28b52ffd04", "Zstandard"],
  "events.json.xz": ["fd377a585a000004", "xz"],
  "events.json.bz2": ["425a683931415926", "bzip2"],
  "events.7z": ["377abcaf271c0004", "7-Zip"],
};
for (const [name, [bytes, format]] of Object.entries(PACKED)) {
  const input = Buffer.from(bytes, "hex");
  const wanted = `is compressed with ${format}, which cannot be read; decompress it first (gzip can be read)`;

  test(`${name} is told as what it is, from a file and from a pipe, by every command`, async (t) => {
    const cwd = await folder(t, { [name]: input, "good.json": READY });
    for (const command of ["plan", "explain", "check"]) {
      const words = [command, "-o", "ndjson", "-s", SHOP];
      const file = await run([...words, name, "good.json"], { cwd });
      assert.deepEqual([file.code, file.err], [2, `${name}: ${wanted}\n`]);
      assert.equal(parsed(file.out).length, 1, "the other file is read");
      const piped = await run([...words, "-"], { input });
      assert.deepEqual([piped.code, piped.out, piped.err], [2, "", `stdin: ${wanted}\n`]);
    }
  });
}

test("a file named .ndjson or .jsonl is read as lines, whatever its first line is", async (t) => {
  const cwd = await folder(t, {
    "events.ndjson": `{"broken":\n${READY}\n${SKIPPED}\n`,
    "events.jsonl": READY,
  });
  const { out } = await run(["plan", "-o", "ndjson", "-s", SHOP, "events.ndjson", "events.jsonl"], {
    cwd,
  });
  assert.deepEqual(inShort(parsed(out)), ["refused invalid-json", "ready", SKIPPED_FATE, "ready"]);
});

test("a row has file, line and the original name of the event", async (t) => {
  const cwd = await folder(t, {
    "lines.ndjson": `${SKIPPED}\n\n{"events":[{"event_type":"one"},{"event_type":"two"}]}\n{"user_id":"u"}\n`,
    "array.json": `[\n{"event_type":"first"},\n{"event_properties":{"event_type":"inner"},"\\u0065vent_type":"second"}\n]`,
    "alone.json": '{"event_type":"Product \\u0056iewed"}',
  });
  const files = ["lines.ndjson", "array.json", "alone.json"];
  const { out } = await run(["plan", "-o", "table", "-s", SHOP, ...files], { cwd });
  const rows = out.split("\n").filter((line) => /^ +\d+ {2}\S/.test(line));
  assert.deepEqual(
    rows.map((row) => row.trim().split(/ {2,}/).slice(1, 3)),
    [
      ["lines.ndjson:1", "Settings Opened"],
      ["lines.ndjson:3", "one"],
      ["lines.ndjson:3", "two"],
      ["lines.ndjson:4", "-"],
      ["array.json:2", "first"],
      ["array.json:3", "second"],
      // renamed by the settings, not in the row
      ["alone.json", "Product Viewed"],
    ],
  );
});

test("an event of any sender has its own name in the tables and beside --locate", async (t) => {
  // Segment, Spec: `event` names a track call; a view is named by the pattern of the settings
  const segment = [
    '{"type":"track","event":"Order \\"Completed\\", {\\"fate\\":\\"","messageId":"1","properties":{"event_type":"inner"}}',
    '{"type":"screen","name":"Home","messageId":"2"}',
    '{"type":"identify","messageId":"3"}',
  ];
  const names = ['Order "Completed", {"fate":"', "screen view Home", null];
  const cwd = await folder(t, { "segment.ndjson": segment.map((line) => `${line}\n`).join("") });
  for (const command of ["plan", "explain"]) {
    const words = [command, "-s", SHOP, "segment.ndjson"];
    const located = await run([...words, "-o", "ndjson", "--locate"], { cwd });
    assert.deepEqual(
      parsed(located.out).map(({ event }) => event),
      names,
      command,
    );
    const table = await run([...words, "-o", "table"], { cwd });
    for (const name of names) assert.ok(table.out.includes(`  ${name ?? "-"}  `), command);
  }
});

test("the last of duplicate event_type members names the row, as it names the event", async (t) => {
  const double = READY.replace("{", '{"event_type":"First",').replace(
    /}$/,
    ',"event_type":"Level Complete"}',
  );
  const cwd = await folder(t, {
    "double.ndjson": `${double}\n{"event_type":"First","event_type":null}\n`,
  });
  const { out } = await run(["plan", "-o", "table", "-s", SHOP, "double.ndjson"], { cwd });
  assert.match(out, /double\.ndjson:1 +Level Complete +ready/);
  assert.match(out, /double\.ndjson:2 +- /);
  const planned = await run(["plan", "-o", "ndjson", "-s", SHOP, "double.ndjson"], { cwd });
  assert.equal(
    JSON.parse(parsed(planned.out)[0].requests[0].body).data.event_name,
    "Level Complete",
  );
});

test("an empty file is refused with its name, and blank lines in NDJSON are not", async (t) => {
  const cwd = await folder(t, {
    "empty.json": "",
    "empty.ndjson": "",
    "packed.gz": gzipSync(""),
    "blank.ndjson": "\n\n",
    "good.json": READY,
  });
  const files = ["empty.json", "empty.ndjson", "packed.gz", "blank.ndjson", "good.json"];
  for (const command of ["plan", "explain"]) {
    const { code, out } = await run([command, "-o", "ndjson", "-s", SHOP, ...files], { cwd });
    assert.equal(code, 1);
    assert.deepEqual(
      inShort(parsed(out)),
      ["refused empty-body", "refused empty-body", "refused empty-body", "ready"],
      command,
    );
  }
  const { out } = await run(["plan", "-o", "table", "-s", SHOP, ...files], { cwd });
  assert.match(out, /^ +1 {2}empty\.json +- +refused {2}empty-body\b/m);
});

test("explain reports the source of each field and the place of the event in its file", async (t) => {
  const file = `\ufeff[\n  ${SKIPPED},\n  ${READY}\n]\n`;
  const cwd = await folder(t, { "events.json": file });
  const { code, out } = await run(["explain", "-o", "ndjson", "-s", SHOP, "events.json"], { cwd });
  assert.equal(code, 0);
  const bytes = Buffer.from(file);
  const [skipped, ready] = parsed(out);
  assert.equal(bytes.subarray(...skipped.at).toString(), SKIPPED);
  assert.equal(bytes.subarray(...ready.at).toString(), READY);
  const ip = ready.fields.find(({ field }) => field === "data.origination_ip");
  assert.deepEqual(ip.origin, { kind: "paths", paths: ["ip_address"] });
  assert.equal(bytes.subarray(...ip.tried[0].at).toString(), '"203.0.113.24"');
  assert.equal(ip.value, '"203.0.113.24"');
});

test("explain reports unreadable lines, too", async () => {
  const { code, out } = await run(["explain", "-s", SHOP], { input: `${SKIPPED}\n{"a"\n` });
  assert.equal(code, 1);
  const [, unreadable] = parsed(out);
  assert.deepEqual(inShort([unreadable]), ["refused invalid-json"]);
  assert.deepEqual(
    [unreadable.at, unreadable.fields],
    [[SKIPPED.length + 1, SKIPPED.length + 5], []],
  );
});

test("the table of explain has a row for each field", async () => {
  const { code, out } = await run([
    "explain",
    "-o",
    "table",
    "-s",
    SHOP,
    `${SAMPLES}01-ios-with-tracking-authorized.json`,
  ]);
  assert.equal(code, 0);
  assert.match(out, /^1 {2}Level Complete {2}01-ios-with-tracking-authorized\.json {2}ready\n/);
  assert.match(
    out,
    /^ {3}event: POST https:\/\/control\.kochava\.com\/track\/json\n {3}field +value +source$/m,
  );
  assert.match(out, /^ {3}data\.origination_ip +"203\.0\.113\.24" +ip_address$/m);
  assert.match(out, /^ {3}kochava_app_id +"kosneakershop-ios-a1b2c3" +setting app_guid$/m);
  assert.match(out, /^ {3}data\.device_ver +"" +Kochava's guide$/m);
  assert.match(
    out,
    /^ {3}not sent\n {3}data\.device_ids\.adid +not found: adid, user_properties\.adid$/m,
  );
});

test("check finds no violations in what plan wrote", async () => {
  const planned = await run([
    "plan",
    "-o",
    "ndjson",
    "-s",
    SHOP,
    ...documentedFates().map(({ file }) => SAMPLES + file),
  ]);
  const bodies = parsed(planned.out).flatMap(({ requests = [] }) =>
    requests.map(({ body }) => `${body}\n`),
  );
  const { code, out } = await run(["check"], { input: bodies.join("") });
  assert.equal(code, 0);
  const found = parsed(out);
  assert.equal(found.length, 12);
  assert.deepEqual([...new Set(found.map(({ kind }) => kind))], ["event", "identity", "install"]);
  for (const { violations } of found) assert.deepEqual(violations, []);
});
