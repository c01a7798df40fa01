// The usage, errors, settings and terminal output of `kochava-edge`.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { Writable } from "node:stream";
import test from "node:test";
import { gzipSync } from "node:zlib";
import stringWidth from "string-width";
import { Progress } from "../cli/progress.mjs";
import {
  BIN,
  SAMPLES,
  SHOP,
  command,
  folder,
  inShort,
  parsed,
  run,
  runInTerminal,
} from "./cli/bin.mjs";
import { READY, REFUSED, SKIPPED, megabytesOfEvents, documentedFates } from "./cli/inputs.mjs";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const MAPPING = 'kochava_device_id = "kd"\norigination_ip = "ip"\nidfv = "idfv"\n';

test("help lists every command with an example, the settings and the exit codes", async () => {
  const { code, out } = await run(["--help"]);
  assert.equal(code, 0);
  const words = [
    "kochava-edge plan ",
    "kochava-edge check ",
    "kochava-edge explain ",
    "kochava-edge deliver ",
    "wrangler.toml",
    "settings.json",
    "Exit codes",
    "130",
  ];
  for (const word of words) assert.ok(out.includes(word), word);
  for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
});

for (const name of ["plan", "check", "explain", "deliver"]) {
  test(`the help of ${name} has usage, examples, options and exit codes`, async () => {
    const { code, out } = await run([name, "--help"]);
    assert.equal(code, 0);
    for (const word of [
      `Usage: kochava-edge ${name} `,
      `  kochava-edge ${name} `,
      "--output",
      "Exit codes",
    ])
      assert.ok(out.includes(word), word);
    const needsSettings = ["plan", "explain"].includes(name);
    assert.equal(out.includes("--settings"), needsSettings, "settings are for the planner");
    for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
  });
}

test("the version is that of package.json", async () => {
  assert.deepEqual(await run(["--version"]).then(({ code, out }) => [code, out]), [
    0,
    `${version}\n`,
  ]);
});

const WRONG = [
  [[], /^Usage: /],
  [["pln"], /unknown command 'pln'\n\(Did you mean plan\?\)/],
  [["plan", "--setings", "x"], /unknown option '--setings'\n\(Did you mean --settings\?\)/],
  [["plan", "-o", "xml"], /Allowed choices are table, ndjson/],
  [["plan\u001b[31m"], /unknown command 'plan\\u001b\[31m'/],
  [["plan", `--${"x".repeat(100)}`], /unknown option/],
];
for (const [words, sentence] of WRONG) {
  test(`wrong usage is reported: ${JSON.stringify(words)}`, async () => {
    const { code, out, err } = await run(words);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, sentence);
    for (const line of err.split("\n")) assert.ok(line.length <= 80, line);
  });
}

test("a file that cannot be read is reported, and the others are planned", async (t) => {
  const packed = gzipSync(Array(50).fill(READY).join("\n"), { level: 0 });
  const damaged = Buffer.from(packed);
  damaged[packed.length - 5] ^= 0xff;
  const cwd = await folder(t, {
    "cut.gz": packed.subarray(0, 9_000),
    "damaged.gz": damaged,
    "good.json": READY,
  });
  const { code, out, err } = await run(
    ["plan", "-o", "ndjson", "-s", SHOP, "absent.json", ".", "cut.gz", "damaged.gz", "good.json"],
    { cwd },
  );
  assert.equal(code, 2);
  assert.equal(
    err,
    "absent.json: no such file\n.: is a directory\ncut.gz: gzip data is truncated\ndamaged.gz: gzip data is corrupt\n",
  );
  assert.deepEqual(inShort(parsed(out)).at(-1), "ready");
});

test("a directory as standard input is reported", async (t) => {
  const cwd = await folder(t, {});
  const line = `"${process.execPath}" "${BIN}" plan -o ndjson -s "${SHOP}" - < .`;
  const child = spawnSync("sh", ["-c", line], { cwd, encoding: "utf8" });
  assert.deepEqual([child.status, child.stdout, child.stderr], [2, "", "stdin: is a directory\n"]);
});

test("without settings, plan prints the minimum", async (t) => {
  const cwd = await folder(t, {});
  const { code, out, err } = await run(["plan"], { cwd, input: READY });
  assert.deepEqual([code, out], [2, ""]);
  for (const word of [
    "wrangler.toml",
    "settings.json",
    "--settings FILE",
    '"app_guid"',
    '"origination_ip"',
  ])
    assert.ok(err.includes(word), word);
  for (const line of err.split("\n")) assert.ok(line.length <= 80, line);
  assert.equal((await run(["check"], { cwd, input: "17" })).code, 1, "check needs no settings");
});

/** A missing `mapping`, with what is required below it. */
const NO_MAPPING = [
  "mapping: is required",
  "mapping.kochava_device_id: is required",
  "mapping.origination_ip: is required",
  "mapping: needs at least one of `idfa`, `idfv`, `adid` and `android_id`",
];
/** 6,890 bytes. */
const PROPERTIES = Array.from({ length: 1_000 }, (_, index) => `"p${index}"`).join(", ");
const FAULTY = [
  ["settings.json", "{}", ["app_guid: is required", ...NO_MAPPING]],
  [
    "settings.json",
    '{"app_guidd":"x"}',
    [
      "app_guidd: is not a setting; did you mean `app_guid`?",
      "app_guid: is required",
      ...NO_MAPPING,
    ],
  ],
  ["settings.json", "[]", ["settings must be an object"]],
  [
    "settings.json",
    '{\n"authentication": {"secret": "hunter2" "x"}}',
    ["not valid JSON (line 2, column 40)"],
  ],
  [
    "settings.json",
    '{\n"secret": "hunter2",\n"app_guid": hunter2}',
    ["not valid JSON (line 3, column 13)"],
  ],
  [
    "settings.json",
    '["at position 3", "at position 3" hunter2]',
    ["not valid JSON (line 1, column 35)"],
  ],
  ["settings.json", '["at position 3", hunter2]', ["not valid JSON (line 1, column 19)"]],
  ["settings.json", '{"select": [1,\n]}', ["not valid JSON (line 2, column 1)"]],
  ["settings.json", '{"secret":\n', ["not valid JSON (line 2, column 1)"]],
  ["settings.json", "", ["not valid JSON (line 1, column 1)"]],
  ["settings.json", "NaN", ["not valid JSON"]],
  ["wrangler.toml", '[vars\nSECRET = "hunter2"', ["not valid TOML (line 1, column 6)"]],
  [
    "wrangler.toml",
    "[vars.SETTINGS.delivery]\nattempts = 3\nsteps_s = [7, 9_007_199_254_740_993]",
    [
      "vars.SETTINGS.delivery.steps_s[1]: an integer must be from -9007199254740991 to 9007199254740991 (line 3, column 15)",
    ],
  ],
  // beyond 64 bits it is no TOML either
  [
    "wrangler.toml",
    "[vars.SETTINGS]\nx = 99999999999999999999",
    [
      "vars.SETTINGS.x: an integer must be from -9007199254740991 to 9007199254740991 (line 2, column 5)",
    ],
  ],
  ["wrangler.toml", "[vars.SETTINGS]\n", ["app_guid: is required", ...NO_MAPPING]],
  [
    "wrangler.toml",
    '[vars]\nSETTINGS = "[1]"\nSETTINGS_APP_GUID = "x"\nSETTINGS_MAPPING = "{"\n',
    ["SETTINGS: must be an object", "SETTINGS_MAPPING: is not JSON", ...NO_MAPPING],
  ],
  [
    "wrangler.toml",
    `[vars]\nSETTINGS_APP_GUID = "x"\nSETTINGS_MAPING = {}\n[vars.SETTINGS_MAPPING]\n${MAPPING}`,
    ["SETTINGS_MAPING: is not a variable of the settings"],
  ],
  [
    "wrangler.toml",
    `[vars]\nSETTINGS_APP_GUID = "x"\nSETTINGS_rejects = {}\n[vars.SETTINGS_MAPPING]\n${MAPPING}`,
    ["SETTINGS_rejects: is not a variable of the settings; did you mean `SETTINGS_REJECTS`?"],
  ],
  [
    "wrangler.toml",
    `[vars.SETTINGS]\napp_guid = "x"\n[vars.SETTINGS.mapping]\n${MAPPING}[vars.SETTINGS.authentication]\napi_key = "hunter2"\n`,
    ["authentication: does not belong here: set the secrets KOCHAVA_API_KEY and KOCHAVA_SECRET"],
  ],
  [
    "wrangler.toml",
    `[vars.SETTINGS]\napp_guid = "x"\n[vars.SETTINGS.mapping]\n${MAPPING}[vars.SETTINGS.events]\nproperties = [${PROPERTIES}]\n`,
    [
      "SETTINGS: is larger than the 5 KB that a variable may hold: split it into SETTINGS_MAPPING, SETTINGS_EVENTS and so on",
    ],
  ],
];
for (const [name, content, sentences] of FAULTY) {
  test(`every fault of the settings is printed: ${sentences[0]}`, async (t) => {
    const cwd = await folder(t, { [name]: content });
    const { code, out, err } = await run(["plan"], { cwd, input: READY });
    assert.deepEqual([code, out], [2, ""]);
    assert.equal(err, sentences.map((sentence) => `${name}: ${sentence}\n`).join(""));
    assert.doesNotMatch(err, /hunter2/);
  });
}

test("every top-level key of the settings may be a variable of its own, as in the Worker", async (t) => {
  const schema = new URL("../../settings.schema.json", import.meta.url);
  const { properties } = JSON.parse(readFileSync(schema, "utf8"));
  const { $schema, authentication, ...keys } = properties;
  const values = {
    ...JSON.parse(readFileSync(SHOP, "utf8")),
    rejects: { keep: "event" },
    sources: ["amplitude"],
    alerts: { waiting_minutes: 90, coverage_drop_percent: null },
  };
  assert.deepEqual(Object.keys(values).sort(), Object.keys(keys).sort(), "a value for every key");
  const variables = Object.entries(values).map(
    ([key, value]) => `SETTINGS_${key.toUpperCase()} = '${JSON.stringify(value)}'\n`,
  );
  const cwd = await folder(t, { "wrangler.toml": `[vars]\n${variables.join("")}` });
  const { code, out, err } = await run(["plan"], { cwd, input: READY });
  assert.deepEqual([code, err, inShort(parsed(out))], [0, "", ["ready"]]);
});

test("settings come from wrangler.toml before settings.json, joined as the Worker joins them", async (t) => {
  const whole = `[vars.SETTINGS]\napp_guid = "whole"\n[vars.SETTINGS.mapping]\n${MAPPING}`;
  const other = {
    app_guid: "other",
    mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" },
  };
  const event = '{"event_type":"x","kd":"k","ip":"8.8.8.8","platform":"iOS"}';
  const guidOf = async (files, words = []) => {
    const cwd = await folder(t, files);
    const { out, err } = await run(["plan", ...words], { cwd, input: event });
    return JSON.parse(parsed(out)[0]?.requests[0].body ?? "{}").kochava_app_id ?? err;
  };
  const json = JSON.stringify(other);
  assert.equal(await guidOf({ "settings.json": json }), "other");
  assert.equal(await guidOf({ "wrangler.toml": whole, "settings.json": json }), "whole");
  assert.equal(
    await guidOf({ "wrangler.toml": whole, "settings.json": json }, [
      "--settings",
      "settings.json",
    ]),
    "other",
  );
  assert.equal(
    await guidOf({ "wrangler.toml": '[vars]\nOTHER = "x"\n', "settings.json": json }),
    "other",
    "a wrangler.toml without settings",
  );
  assert.equal(
    await guidOf({ "wrangler.toml": `[vars]\nSETTINGS_APP_GUID = "part"\n${whole}` }),
    "part",
    "a variable for one key overrides SETTINGS",
  );
  assert.equal(
    await guidOf({ "wrangler.toml": `[vars]\nSETTINGS_APP_GUID = '"quoted"'\n${whole}` }),
    "quoted",
    "as JSON text",
  );
});

test("a table on a terminal of 80 columns fits, has colours and cuts no code", async (t) => {
  const long = { event_type: `${"日本語".repeat(9)} of a very long name that goes on and on` };
  const cwd = await folder(t, {
    "a-file-with-a-very-long-name-that-no-column-of-a-narrow-terminal-holds.ndjson": `${JSON.stringify(long)}\n${REFUSED}\n${READY}\n`,
  });
  const files = documentedFates().map(({ file }) => SAMPLES + file);
  for (const name of ["plan", "explain"]) {
    const { code, out } = await runInTerminal(`${command(name, "-s", SHOP, ...files)} *.ndjson`, {
      cwd,
    });
    assert.equal(code, 1);
    assert.match(out, /\u001b\[32m *ready/);
    for (const line of out.split("\n"))
      assert.ok(line.startsWith("Settings: ") || stringWidth(line) <= 80, line);
    for (const word of [
      "advertising-id-withheld",
      "device-identity-missing",
      "origination-ip-missing",
      "not-selected",
    ])
      assert.ok(out.includes(word), word);
  }
});

test("a table of findings fits a terminal of 80 columns", async (t) => {
  const body = { action: "event", ["k".repeat(150)]: 1, data: { device_ids: [] } };
  const cwd = await folder(t, { [`${"b".repeat(90)}.json`]: JSON.stringify(body) });
  const { code, out } = await runInTerminal(`${command("check")} *.json`, { cwd });
  assert.equal(code, 1);
  for (const line of out.split("\n")) assert.ok(stringWidth(line) <= 80, line);
  assert.match(out, /device-ids-not-an-object/);
});

test("a wider terminal shows longer file names", async () => {
  const file = "07-ios-purchase-with-revenue-and-a-name-beyond-ascii.json";
  const { out } = await runInTerminal(command("plan", "-s", SHOP, SAMPLES + file), {
    columns: 160,
  });
  assert.ok(out.includes(`${file} `));
});

test("there are no colours with NO_COLOR or in a pipe", async () => {
  const words = [
    "plan",
    "-o",
    "table",
    "-s",
    SHOP,
    `${SAMPLES}11-refused-for-want-of-an-ip-address.json`,
  ];
  assert.doesNotMatch((await run(words)).out, /\u001b/);
  const shown = await runInTerminal(command(...words), { env: { NO_COLOR: "1" } });
  assert.match(shown.out, /origination-ip-missing/);
  assert.doesNotMatch(shown.out, /\u001b/);
});

test("no control character of an event reaches the terminal", async (t) => {
  const name = "a\u001b[2J\u0007\u009b31m\u202egnp.\u2028";
  const event = JSON.parse(READY);
  Object.assign(event, { event_type: name, version_name: "5\u007f\u009b" });
  const cwd = await folder(t, {
    "evil\u001b[31m.json": JSON.stringify(event),
    "settings.json": readFileSync(SHOP),
  });
  for (const words of [
    ["plan"],
    ["explain"],
    ["plan", "-o", "ndjson"],
    ["explain", "-o", "ndjson"],
    ["check"],
  ]) {
    const { out } = await runInTerminal(`${command(...words)} evil*`, {
      cwd,
      env: { NO_COLOR: "1" },
    });
    assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, words.join(" "));
    if (words.length === 1 && words[0] !== "check") assert.match(out, /a\\u001b\[2J/);
  }
});

test("closing the pipe early is no failure", async () => {
  const { code, err } = await run(["plan", "-s", SHOP], {
    input: megabytesOfEvents(20),
    isClosedEarly: true,
  });
  assert.deepEqual([code, err], [0, ""]);
});

test("Ctrl-C exits with 130", async () => {
  const { code } = await run(["plan", "-s", SHOP], {
    input: megabytesOfEvents(20),
    isInterrupted: true,
  });
  assert.equal(code, 130);
});

test("the counts are printed on the terminal if the output goes elsewhere, and a short input shows no progress", async (t) => {
  const cwd = await folder(t, { "events.ndjson": `${SKIPPED}\n${SKIPPED}\n` });
  const { out } = await runInTerminal(
    `${command("plan", "-s", SHOP, "-")} < events.ndjson > /dev/null`,
    { cwd },
  );
  assert.equal(out, "2 events: 0 ready, 2 skipped, 0 refused\n");
});

const BARS = [
  ["of a known length", 40e6, /50%  20 of 40 MB  10 MB\/s/],
  ["of unknown length", 0, /20 MB  10 MB\/s/],
];
for (const [what, total, wanted] of BARS) {
  test(`an input ${what} shows a progress bar after a second, and the bar is removed`, () => {
    const seen = [];
    let clock = 0;
    const stream = Object.assign(
      new Writable({ write: (chunk, _, done) => done(void seen.push(String(chunk))) }),
      { isTTY: true, columns: 80 },
    );
    const progress = new Progress(total, true, { stream, now: () => clock });
    clock = 900;
    progress.advance(1e6);
    assert.deepEqual(seen, [], "not before a second is over");
    clock = 2_000;
    progress.advance(19e6);
    assert.match(seen.join(""), wanted);
    const shown = seen.length;
    progress.clear();
    assert.match(seen.slice(shown).join(""), /\u001b\[[0-2]?[JK]/, "the line is cleared");
  });
}

test("without input on a terminal, plan says how to give one", async () => {
  const { code, out } = await runInTerminal(command("plan", "-s", SHOP));
  assert.equal(code, 2);
  assert.match(out, /no input/);
  for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
});
