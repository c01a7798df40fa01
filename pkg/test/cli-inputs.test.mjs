// What `kochava-edge` reads besides JSON and gzip, and what it names instead of reading.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { SHOP, command, folder, inShort, parsed, run } from "./cli/bin.mjs";
import { READY, REFUSED, SKIPPED, megabytesOfEvents } from "./cli/inputs.mjs";
import { zipOf } from "./cli/zip.mjs";

const NDJSON = ["-o", "ndjson", "-s", SHOP];
const shell = promisify(execFile);

/** As Amplitude's Export API answers: a folder with a gzip file for each hour. */
const EXPORT = {
  "187520/": "",
  "187520/187520_2026-01-12_9#0.json.gz": gzipSync(`${SKIPPED}\n${READY}\n`),
  "__MACOSX/187520/._187520_2026-01-12_9#0.json.gz": "metadata",
  "187520/.DS_Store": "metadata",
  "187520/187520_2026-01-12_10#0.json.gz": gzipSync(`${READY}\n\n${REFUSED}\n`),
  "187520/list.json": `[${SKIPPED},\n${SKIPPED}]`,
};
const EXPORTED = ["skipped", "ready", "ready", "refused", "skipped", "skipped"];
const fatesOf = (out) => parsed(out).map(({ fate }) => fate);

for (const [what, options] of Object.entries({
  deflated: {},
  stored: { method: 0 },
  "with sizes behind the data": { hasDescriptors: true },
  "with the fields of ZIP64": { isLarge: true },
  "stored, with the fields of ZIP64": { isLarge: true, method: 0 },
  // 4.3.16: the signature of the record that the comment belongs to
  "with the signature of its end in its comment": { comment: "a PK\x05\x06 b" + " ".repeat(40) },
})) {
  test(`a ZIP archive is read file by file: ${what}`, async (t) => {
    const cwd = await folder(t, { "export.zip": zipOf(EXPORT, options), "good.json": READY });
    for (const name of ["plan", "explain"]) {
      const { code, out, err } = await run([name, ...NDJSON, "export.zip", "good.json"], { cwd });
      assert.deepEqual([code, err], [1, ""]);
      assert.deepEqual(fatesOf(out), [...EXPORTED, "ready"]);
    }
  });
}

test("an archive in a pipeline, and its files by name in the table and with --locate", async (t) => {
  const cwd = await folder(t, { "export.zip": zipOf(EXPORT) });
  const words = command("plan", "-s", SHOP, "export.zip");
  const { stdout } = await shell("sh", ["-c", `${words} | jq .fate`], { cwd });
  assert.deepEqual(
    stdout.trim().split("\n"),
    EXPORTED.map((fate) => `"${fate}"`),
  );
  const located = await run(["plan", ...NDJSON, "--locate", "export.zip"], { cwd });
  const nine = "export.zip/187520/187520_2026-01-12_9#0.json.gz";
  const ten = "export.zip/187520/187520_2026-01-12_10#0.json.gz";
  assert.deepEqual(
    parsed(located.out).map(({ file, line, event }) => [file, line, event]),
    [
      [nine, 1, "Settings Opened"],
      [nine, 2, "Level Complete"],
      [ten, 1, "Level Complete"],
      [ten, 3, "Level Complete"],
      ["export.zip/187520/list.json", 1, "Settings Opened"],
      ["export.zip/187520/list.json", 2, "Settings Opened"],
    ],
  );
  const table = await run(["plan", "-o", "table", "-s", SHOP, "export.zip"], {
    cwd,
    env: { COLUMNS: "160" },
  });
  assert.match(table.out, /:2 +Settings Opened +skipped/);
});

test("a large archive takes no more memory than a small one", async (t) => {
  const lines = async (megabytes) => {
    const chunks = [];
    for await (const chunk of megabytesOfEvents(megabytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const some = await lines(20);
  const cwd = await folder(t, {
    "small.zip": zipOf({ "a.json": some }),
    "large.zip": zipOf({ "a.json": Buffer.concat(Array(8).fill(some)), "b.json": some }),
  });
  const peaks = [];
  for (const name of ["small.zip", "large.zip"]) {
    const planned = await run(["plan", ...NDJSON, "-t", "0", name], { cwd });
    assert.equal(planned.code, 0);
    peaks.push(planned.peakMegabytes);
  }
  assert.ok(peaks[1] < peaks[0] + 40, `${peaks.join(", ")} MB`);
});

const whole = zipOf({ "a.json": READY, "b.json": SKIPPED });
const damaged = Buffer.from(whole);
damaged[whole.indexOf("504b0102", 0, "hex") - 3] ^= 0xff;
const CORRUPT = "ZIP archive is truncated or corrupt";
/** Each with its sentence, and the fates of the files that can be read. */
const FAULTY = {
  "cut off": [whole.subarray(0, -20), `x.zip: ${CORRUPT}`, []],
  "with a list that is no list": [
    zipOf({ "a.json": READY }).with(-29, 0x7f),
    `x.zip: ${CORRUPT}`,
    [],
  ],
  "with damaged data": [damaged, `x.zip/b.json: ${CORRUPT}`, ["ready"]],
  "with a wrong checksum": [zipOf({ "a.json": READY }, { crc: 17 }), `x.zip/a.json: ${CORRUPT}`],
  encrypted: [
    zipOf({ "a.json": READY }, { flags: 1 }),
    "x.zip/a.json: is encrypted in the ZIP archive",
    [],
  ],
  "with another method": [
    zipOf({ "a.json": READY }, { method: 12 }),
    "x.zip/a.json: is compressed in the ZIP archive by a method that cannot be read",
    [],
  ],
  "without files": [zipOf({ "empty/": "" }), "x.zip: is a ZIP archive without files", []],
  "of one part of several": [Buffer.from("504b0708504b0304", "hex"), `x.zip: ${CORRUPT}`, []],
  "within an archive": [
    zipOf({ "inner.zip": whole }),
    "x.zip/inner.zip: is a ZIP archive in a pipe or in gzip, which cannot be read; name the file of the archive",
    [],
  ],
};
for (const [what, [bytes, sentence, fates]] of Object.entries(FAULTY)) {
  test(`an archive that cannot be read is told once, and the other inputs are read: ${what}`, async (t) => {
    const cwd = await folder(t, { "x.zip": bytes, "good.json": SKIPPED });
    const { code, out, err } = await run(["plan", ...NDJSON, "x.zip", "good.json"], { cwd });
    assert.deepEqual([code, err], [2, `${sentence}\n`]);
    if (fates) assert.deepEqual(fatesOf(out), [...fates, "skipped"]);
  });
}

test("an archive in a pipe says that a file must be named, however its bytes arrive", async () => {
  const input = async function* () {
    for (const byte of whole) yield Buffer.of(byte);
  };
  const sentence =
    "is a ZIP archive in a pipe or in gzip, which cannot be read; name the file of the archive";
  for (const name of ["plan", "explain", "check"]) {
    const { code, err } = await run([name, "-s", SHOP, "-"], { input: input() });
    assert.deepEqual([code, err], [2, `stdin: ${sentence}\n`]);
  }
});

const text = `${READY}\n${SKIPPED}\n`;
const swapped = Buffer.from(text, "utf16le").swap16();
const UTF16 = "is UTF-16 text, which cannot be read; convert it first (iconv -f UTF-16 -t UTF-8)";
const CSV = "is CSV, which cannot be read; convert it first to NDJSON, one JSON object per line";
const BINARY = "is binary data, which cannot be read (JSON, NDJSON, gzip and ZIP can)";
const BROTLI =
  "is compressed with Brotli, which cannot be read; decompress it first (gzip can be read)";
const OTHERS = {
  "utf16.json": [Buffer.from(`\ufeff${text}`, "utf16le"), UTF16],
  "utf16-big.json": [Buffer.concat([Buffer.from("feff", "hex"), swapped]), UTF16],
  "utf16-without-mark.json": [Buffer.from(text, "utf16le"), UTF16],
  "utf16-list.json": [Buffer.from("[]", "utf16le").swap16(), UTF16],
  "events.csv": ["event_type,ip_address\nLevel Complete,203.0.113.9\n", CSV],
  "quoted.csv": ['"event_type","a ""name"", too"\r\n"x","y"\r\n', CSV],
  "semicolons.txt": ["event;time;ip\na;b;c\n", CSV],
  "tabs.tsv": ["event\ttime\na\tb\n", CSV],
  "marked.csv": ["\ufeffevent,time\na,b\n", CSV],
  "picture.png": [Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), BINARY],
  "program.json": [Buffer.from("7f454c4602010100", "hex"), BINARY],
  "packed.csv.gz": [gzipSync("event,time\na,b\n"), CSV],
  "events.json.br": [brotliCompressSync(text.repeat(50)), BROTLI],
};
for (const [name, [bytes, sentence]] of Object.entries(OTHERS)) {
  test(`${name} is named in one sentence, and the other file is read`, async (t) => {
    const cwd = await folder(t, { [name]: bytes, "good.json": READY });
    for (const one of ["plan", "explain"]) {
      const { code, out, err } = await run([one, ...NDJSON, name, "good.json"], { cwd });
      assert.deepEqual([code, err], [2, `${name}: ${sentence}\n`]);
      assert.deepEqual(fatesOf(out), ["ready"]);
    }
  });
}

const JSON_TEXTS = [
  READY,
  `\ufeff${READY}`,
  "",
  "\n",
  "nonsense",
  '{"a":"b,c"}',
  '["a","b"]',
  '{"name":"日本語, の靴"}',
  "{\u0007}",
];
test("what may be JSON is read as such", async () => {
  for (const input of JSON_TEXTS) {
    const { err } = await run(["plan", ...NDJSON, "-"], { input });
    assert.equal(err, "", JSON.stringify(input));
  }
});

test("check judges a body of any format", async () => {
  for (const input of [OTHERS["utf16.json"][0], "a,b\n1,2\n"]) {
    const { code, out, err } = await run(["check", "-o", "ndjson", "-"], { input });
    assert.deepEqual([code, err], [1, ""]);
    assert.equal(parsed(out).length, 1);
  }
});

test("lines may end with a carriage return alone, wherever the chunks end", async () => {
  const lines = `${SKIPPED}\r${READY}\r\r${REFUSED}\r`;
  for (const size of [1, 7, lines.length]) {
    const input = async function* () {
      for (let at = 0; at < lines.length; at += size) yield Buffer.from(lines.slice(at, at + size));
    };
    const words = ["plan", ...NDJSON, "--locate", "-"];
    const { out, err } = await run(words, { input: input() });
    assert.equal(err, "");
    assert.deepEqual(
      parsed(out).map(({ fate, line }) => [fate, line]),
      [
        ["skipped", 1],
        ["ready", 2],
        ["refused", 4],
      ],
      `chunks of ${size}`,
    );
  }
});

test("line ends of every kind may be mixed, wherever the chunks end", async () => {
  // by the kind of each end: the events are on lines 1 to 7, lines 5 and 6 are blank
  const lines = `${SKIPPED}\r\n${SKIPPED}\r${READY}\n${SKIPPED}\r\r\n\r${REFUSED}\n`;
  const wanted = [
    ["skipped", 1],
    ["skipped", 2],
    ["ready", 3],
    ["skipped", 4],
    ["refused", 7],
  ];
  for (const size of [1, 2, 3, SKIPPED.length + 1, SKIPPED.length + 2, lines.length]) {
    const input = async function* () {
      for (let at = 0; at < lines.length; at += size) yield Buffer.from(lines.slice(at, at + size));
    };
    for (const command of ["plan", "explain"]) {
      const { out } = await run([command, ...NDJSON, "--locate", "-"], { input: input() });
      assert.deepEqual(
        parsed(out).map(({ fate, line }) => [fate, line]),
        wanted,
        `${command}, chunks of ${size}`,
      );
    }
    const blank = await run(["plan", ...NDJSON, "--keep-blank", "-"], { input: input() });
    assert.equal(blank.lines, 7, `chunks of ${size}`);
  }
  const checked = await run(["check", "-o", "ndjson", "-l", "-"], { input: "{}\n{}\r{}\r\n{}\r" });
  assert.deepEqual(
    parsed(checked.out).map(({ line }) => line),
    [1, 2, 3, 4],
  );
});

test("a carriage return within a line ends it, and is white space within a document", async () => {
  const spread = SKIPPED.replace("{", "{\r");
  const lines = await run(["plan", ...NDJSON, "-"], { input: `${SKIPPED}\n${spread}\n` });
  assert.deepEqual(inShort(parsed(lines.out)), [
    "skipped not-selected",
    "refused invalid-json",
    "refused invalid-json",
  ]);
  const document = await run(["plan", ...NDJSON, "-"], { input: `[\r${spread},\r${SKIPPED}\r]\r` });
  assert.deepEqual(inShort(parsed(document.out)), ["skipped not-selected", "skipped not-selected"]);
});

test("--locate and --keep-blank give the same on threads, and for explain and check", async (t) => {
  const lines = `${SKIPPED}\n\n[${READY},${SKIPPED}]\n \r\n{\n${READY}\n\n`;
  const cwd = await folder(t, {
    "a.ndjson": lines.repeat(3_000),
    "list.json": `[\n${READY},\n\n${SKIPPED}]`,
  });
  const words = ["-o", "ndjson", "-s", SHOP, "--locate", "--keep-blank", "a.ndjson", "list.json"];
  const [alone, onThreads] = await Promise.all(
    ["0", "2"].map((threads) => run(["plan", "-t", threads, ...words], { cwd })),
  );
  assert.deepEqual([alone.code, alone.err, alone.lines], [1, "", 24_002]);
  assert.ok(onThreads.out === alone.out);
  const wanted = [
    [1, "Settings Opened", "skipped"],
    [2, null, "skipped"],
    [3, "Level Complete", "ready"],
    [3, "Settings Opened", "skipped"],
    [4, null, "skipped"],
    [5, null, "refused"],
    [6, "Level Complete", "ready"],
    [7, null, "skipped"],
  ];
  const found = (out) => parsed(out).map(({ line, event, fate }) => [line, event, fate]);
  assert.deepEqual(found(alone.out).slice(0, 8), wanted);
  assert.deepEqual(found(alone.out)[8], [8, "Settings Opened", "skipped"]);
  assert.deepEqual(found(alone.out).slice(-2), [
    [2, "Level Complete", "ready"],
    [4, "Settings Opened", "skipped"],
  ]);
  const [blank] = parsed(alone.out).filter(({ line }) => line === 2);
  assert.deepEqual(
    [blank.file, blank.code, blank.message],
    ["a.ndjson", "blank-line", "the line is blank"],
  );
  const small = await folder(t, { "a.ndjson": lines });
  const explained = await run(["explain", ...words.slice(0, -1)], { cwd: small });
  assert.deepEqual(found(explained.out), wanted);
  const checked = await run(["check", "-o", "ndjson", "-l", "a.ndjson"], { cwd: small });
  assert.deepEqual(
    parsed(checked.out).map(({ file, line }) => [file, line]),
    [1, 3, 5, 6].map((line) => ["a.ndjson", line]),
  );
});

test("deliver keeps what --locate added", async (t) => {
  const cwd = await folder(t, { "a.ndjson": `${SKIPPED}\n` });
  const planned = await run(["plan", ...NDJSON, "-l", "a.ndjson"], { cwd });
  const { out } = await run(["deliver", "-o", "ndjson", "-"], { input: planned.out });
  assert.equal(out, planned.out);
  assert.deepEqual(parsed(out)[0].file, "a.ndjson");
});

test("--summary prints only the counts, as lines for people or as one line of JSON", async (t) => {
  const cwd = await folder(t, { "a.ndjson": `${SKIPPED}\n${REFUSED}\n`.repeat(2_000) });
  const counts = {
    total: 4_000,
    ready: 0,
    skipped: 2_000,
    refused: 2_000,
    reasons: [
      { kind: "refused", code: "device-identity-missing", count: 2_000 },
      { kind: "refused", code: "origination-ip-missing", count: 2_000 },
      { kind: "skipped", code: "not-selected", count: 2_000 },
    ],
  };
  for (const words of [["plan"], ["plan", "-t", "2"], ["plan", "-t", "0"], ["explain"]]) {
    const { code, out } = await run([...words, ...NDJSON, "--summary", "a.ndjson"], { cwd });
    assert.equal(code, 1);
    assert.deepEqual(parsed(out), [counts], words.join(" "));
  }
  const table = await run(["plan", "-o", "table", "-s", SHOP, "--summary", "a.ndjson"], { cwd });
  assert.equal(
    table.out,
    "4,000 events: 0 ready, 2,000 skipped, 2,000 refused\n  refused    2,000  device-identity-missing\n  refused    2,000  origination-ip-missing\n  skipped    2,000  not-selected\n",
  );
  const bodies = await run(["check", "-o", "ndjson", "--summary", "-"], { input: "17\n" });
  const [{ total, valid, invalid, reasons }] = parsed(bodies.out);
  assert.deepEqual(
    [total, valid, invalid, reasons],
    [1, 0, 1, [{ kind: "violation", code: "body-not-an-object", count: 1 }]],
  );
  const sent = await run(["deliver", "-o", "ndjson", "--summary", "-"], {
    input: '{"fate":"skipped","code":"x","message":"y"}\n',
  });
  assert.deepEqual(parsed(sent.out), [
    {
      total: 1,
      delivered: 0,
      skipped: 1,
      undelivered: 0,
      reasons: [{ kind: "skipped", code: "x", count: 1 }],
    },
  ]);
});
