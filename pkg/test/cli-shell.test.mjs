// `kochava-edge` among other programs: what a terminal, a pipe and a shell get.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import test from "node:test";
import { promisify } from "node:util";
import stringWidth from "string-width";
import { rules } from "../node.js";
import { COMMANDS } from "../cli/commands.mjs";
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
import { READY, REFUSED, SKIPPED, documentedFates } from "./cli/inputs.mjs";

const shell = promisify(execFile);

test("a pipe and a file get NDJSON, a terminal gets a table, whatever is read", async (t) => {
  const cwd = await folder(t, { "e.ndjson": `${SKIPPED}\n${READY}\n`, "body.json": "{}" });
  for (const name of ["plan", "explain"]) {
    const words = command(name, "-s", SHOP, "e.ndjson");
    const piped = await shell("sh", ["-c", `${words} | jq -r .fate`], { cwd });
    assert.equal(piped.stdout, "skipped\nready\n");
    await shell(
      "sh",
      ["-c", `${words} > out.ndjson; ${words.replace("'e.ndjson'", "-")} < e.ndjson >> out.ndjson`],
      { cwd },
    );
    const { stdout } = await shell("jq", ["-r", ".fate", "out.ndjson"], { cwd });
    assert.equal(stdout, "skipped\nready\n".repeat(2));
    for (const line of [words, `cat e.ndjson | ${command(name, "-s", SHOP, "-")}`])
      assert.match(
        (await runInTerminal(line, { cwd })).out,
        /2 events: 1 ready, 1 skipped, 0 refused/,
      );
  }
  const checked = await run(["check", "body.json"], { cwd });
  assert.equal(parsed(checked.out).length, 1);
});

test("head gets its lines and ends the pipe without a complaint", async (t) => {
  const cwd = await folder(t, { "e.ndjson": `${READY}\n`.repeat(20_000) });
  for (const words of [[], ["-t", "2"]]) {
    const line = `${command("plan", ...words, "-s", SHOP, "e.ndjson")} | head -n 3 | jq -r .fate`;
    const { stdout, stderr } = await shell("sh", ["-c", line], { cwd });
    assert.deepEqual([stdout, stderr], ["ready\nready\nready\n", ""]);
  }
});

test("FORCE_COLOR colours what goes to a pipe, and NO_COLOR does not; FORCE_COLOR=0 colours nothing", async () => {
  const file = `${SAMPLES}11-refused-for-want-of-an-ip-address.json`;
  const words = ["plan", "-o", "table", "-s", SHOP, file];
  const colours = async (env) => (await run(words, { env })).out.includes("\u001b[31m");
  assert.deepEqual(
    [
      await colours({}),
      await colours({ FORCE_COLOR: "1" }),
      await colours({ FORCE_COLOR: "1", NO_COLOR: "1" }),
      await colours({ FORCE_COLOR: "0" }),
      await colours({ NO_COLOR: "1" }),
    ],
    [false, true, true, false, false],
  );
  const terminal = await runInTerminal(command(...words), { env: { FORCE_COLOR: "0" } });
  assert.doesNotMatch(terminal.out, /\u001b\[3/);
});

test("everything fits a terminal of 60 columns", async (t) => {
  const cwd = await folder(t, {
    [`${"long-name-".repeat(8)}.ndjson`]: `${REFUSED}\n${READY}\n`,
    "body.json": JSON.stringify({ action: "event", ["k".repeat(99)]: 1, data: { device_ids: [] } }),
  });
  const files = documentedFates().map(({ file }) => SAMPLES + file);
  const lines = [
    `${command("plan", "-s", SHOP, ...files)} *.ndjson`,
    `${command("explain", "-s", SHOP, ...files)} *.ndjson`,
    command("check", "body.json"),
    command("rules"),
    command("plan", "--summary", "-s", SHOP, ...files),
    command("--help"),
    ...COMMANDS.map(({ name }) => command(name, "--help")),
  ];
  for (const line of lines) {
    const { out } = await runInTerminal(line, { cwd, columns: 60 });
    assert.ok(out.split("\n").length > 5, line);
    // a command is copied, and not broken in the middle
    for (const text of out.replace(/\u001b\[\d+m/g, "").split("\n"))
      assert.ok(
        /^Settings: |^ +(?:kochava-edge|zcat|\|) /.test(text) || stringWidth(text) <= 60,
        text,
      );
  }
});

test("rules prints one rule, several or all, and names near codes for an unknown one", async () => {
  const [one] = rules.filter(({ code }) => code === "origination-ip-missing");
  assert.deepEqual(parsed((await run(["rules", one.code])).out), [
    {
      ...one,
      kind: "refused",
      by: "settings",
      how: "map a field that holds the device's address, then replay; if the event has none, the app or its tool must send it",
    },
  ]);
  const two = await run(["rules", "-o", "table", "line-too-long", one.code]);
  assert.match(
    two.out,
    /^line-too-long {2}refuse\n {3}the line or document is longer than 64 MB\n/,
  );
  assert.match(
    two.out,
    /\norigination-ip-missing {2}refuse\n {3}no IP address; send the device's\n {3}who can change it: settings\n {3}how: map a field /,
  );
  const unknown = await run(["rules", "ip-missing\u001b[31m"]);
  assert.deepEqual([unknown.code, unknown.out], [2, ""]);
  assert.match(
    unknown.err,
    /there is no code `ip-missing\\u001b\[31m` \(did you mean origination-ip-missing/,
  );
});

test("rules knows the codes of every kind, each with its sentence and what to do", async () => {
  const all = parsed((await run(["rules"])).out);
  for (const { code, sentence, source } of rules) {
    const same = all.filter((reason) => reason.code === code && reason.sentence === sentence);
    assert.ok(
      same.some((reason) => reason.source === source),
      code,
    );
  }
  const types = await readFile(new URL("../index.d.ts", import.meta.url), "utf8");
  for (const [name, kind] of [
    ["SkipCode", "skipped"],
    ["UnreadableCode", "unreadable"],
    ["FaultCode", "settings"],
  ]) {
    const union = new RegExp(`export type ${name} =([^;]*);`).exec(types)[1];
    const codes = Array.from(union.matchAll(/"([^"]+)"/g), ([, code]) => code);
    assert.ok(codes.length > 5, name);
    const known = all.filter((reason) => reason.kind === kind).map(({ code }) => code);
    for (const code of codes) assert.ok(known.includes(code), code);
  }
  for (const { code, kind, by, how, sentence } of all)
    assert.ok(kind && sentence && by && how, code);
  // two kinds
  const two = parsed((await run(["rules", "wrong-type"])).out).map(({ kind }) => kind);
  assert.deepEqual(two, ["check", "settings"]);
  const skipped = await run(["rules", "-o", "table", "not-selected"]);
  assert.equal(
    skipped.out,
    "not-selected  skip\n   it matches no block of `events.select`\n   who can change it: settings\n   how: add its name to a block of `events.select`; `explain` names the nearest\n\n",
  );
  const byKind = await run(["rules", "-o", "table"], { env: { COLUMNS: "60" } });
  const titles = byKind.out.split("\n").filter((line) => /^\S/.test(line));
  assert.match(titles.join("\n"), /^Refused: .*\n(?:.*\n)?Skipped: /);
  for (const line of byKind.out.split("\n")) assert.ok(line.length <= 60, line);
});

test("bash completes commands, options, values, codes and files", async (t) => {
  const cwd = await folder(t, { "events.ndjson": "" });
  const script = (await run(["completion", "bash"])).out;
  await writeFile(join(cwd, "completion.bash"), script);
  const completed = async (...words) => {
    const lines = [
      "source completion.bash",
      `COMP_WORDS=(kochava-edge ${words.map((word) => `'${word}'`).join(" ")})`,
      `COMP_CWORD=${words.length}`,
      "_kochava_edge",
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ];
    const { stdout, stderr } = await shell("bash", ["--norc", "-c", lines.join("\n")], { cwd });
    assert.equal(stderr, "");
    return stdout.trim().split("\n");
  };
  assert.deepEqual(await completed("pl"), ["plan"]);
  const names = await completed("");
  for (const { name } of COMMANDS) assert.ok(names.includes(name), name);
  assert.deepEqual(await completed("plan", "--set"), ["--settings"]);
  assert.deepEqual(await completed("plan", "--output", ""), ["table", "ndjson"]);
  assert.deepEqual(await completed("plan", "-o", "n"), ["ndjson"]);
  assert.deepEqual(await completed("plan", "ev"), ["events.ndjson"]);
  assert.deepEqual(await completed("plan", "-s", "ev"), ["events.ndjson"]);
  assert.deepEqual(await completed("rules", "origination-ip-m"), ["origination-ip-missing"]);
  assert.deepEqual(await completed("rules", "not-sel"), ["not-selected"]);
  assert.deepEqual(await completed("rules", "not-a-c"), ["not-a-choice"]);
  assert.deepEqual(await completed("completion", "f"), ["fish"]);
  assert.ok(!(await completed("check", "--")).includes("--settings"), "check needs none");
});

test("the scripts of zsh and fish have every command and option", async () => {
  for (const name of ["zsh", "fish"]) {
    const { code, out } = await run(["completion", name]);
    assert.equal(code, 0);
    for (const { name: one, options } of COMMANDS) {
      assert.ok(out.includes(one), one);
      for (const { flags, isHidden } of options) {
        const long = /--([\w-]+)/.exec(flags)[1];
        if (!isHidden) assert.ok(out.includes(name === "zsh" ? `--${long}` : `-l ${long} `), long);
      }
    }
  }
});

test("fish completes by its script, and zsh reads its own", async (t) => {
  const cwd = await folder(t, {
    "k.fish": (await run(["completion", "fish"])).out,
    "k.zsh": (await run(["completion", "zsh"])).out,
  });
  const completed = async (line) => {
    const words = ["--no-config", "-c", `source k.fish; complete -C '${line}'`];
    const { stdout } = await shell("fish", words, { cwd, env: { ...process.env, HOME: cwd } });
    return stdout
      .trim()
      .split("\n")
      .map((found) => found.split("\t")[0]);
  };
  assert.deepEqual(await completed("kochava-edge pl"), ["plan"]);
  assert.deepEqual(await completed("kochava-edge plan --summ"), ["--summary"]);
  assert.deepEqual((await completed("kochava-edge plan -o ")).sort(), ["ndjson", "table"]);
  assert.deepEqual(await completed("kochava-edge rules origination-ip-mi"), [
    "origination-ip-missing",
  ]);
  await shell("zsh", ["-n", "k.zsh"], { cwd });
});

test("completion of another shell is wrong usage", async () => {
  for (const words of [["tcsh"], ["toString"], []]) {
    const { code, out, err } = await run(["completion", ...words]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(
      err,
      words.length > 0 ? /name a shell: bash, zsh, fish/ : /missing required argument/,
    );
  }
});

const JSONC = `{
  // wrangler's own file
  "name": "edge", /* "vars": {} */
  "vars": {
    "SETTINGS": { "app_guid": "koedge", "mapping": { "kochava_device_id": "kd", "origination_ip": "ip", "idfv": "v" }, },
    "SETTINGS_EVENTS": "{ \\"rename\\": { \\"a\\": \\"//b /* c */,}\\" } }",
  },
}`;
test("settings are read from wrangler.jsonc and wrangler.json, with comments and trailing commas", async (t) => {
  const input = '{"event_type":"a","kd":"k","ip":"8.8.8.8","platform":"iOS"}';
  for (const [name, words] of [
    ["wrangler.jsonc", []],
    ["wrangler.json", []],
    ["other.jsonc", ["-s", "other.jsonc"]],
  ]) {
    const cwd = await folder(t, { [name]: JSONC, "settings.json": "{}" });
    const { out, err } = await run(["plan", ...words], { cwd, input });
    assert.equal(err, "", name);
    const body = JSON.parse(parsed(out)[0].requests[0].body);
    assert.deepEqual([body.kochava_app_id, body.data.event_name], ["koedge", "//b /* c */,}"]);
  }
  const broken = await folder(t, { "wrangler.jsonc": '{\n  // a comment\n  "vars": {]\n}}' });
  const { code, err } = await run(["plan"], { cwd: broken, input });
  assert.deepEqual([code, err], [2, "wrangler.jsonc: not valid JSON (line 3, column 12)\n"]);
  const without = await folder(t, { "wrangler.jsonc": "{}" });
  const missing = await run(["plan", "-s", "wrangler.jsonc"], { cwd: without, input });
  assert.equal(missing.err, "wrangler.jsonc: has no variable SETTINGS\n");
});

test("the syncs of a wrangler.toml are planned one after the other, or one of them", async (t) => {
  const mapping = 'kochava_device_id = "kd"\norigination_ip = "ip"\nidfv = "idfv"\n';
  const toml = `[vars.SETTINGS]\napp_guid = "koeurope"\n[vars.SETTINGS.mapping]\n${mapping}
[vars.SYNC_US]\napp_guid = "koamerica"\n[vars.SYNC_US_MAPPING]\n${mapping}`;
  const event =
    '{"event_type":"Level","platform":"iOS","kd":"KI-1","ip":"203.0.113.9","idfv":"11111111-2222-4333-8444-555555555555"}';
  const cwd = await folder(t, { "wrangler.toml": toml, "event.json": event });
  const apps = ({ out }) =>
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ sync, requests }) => [sync, JSON.parse(requests[0].body).kochava_app_id]);
  for (const command of ["plan", "explain"]) {
    const both = await run([command, "event.json"], { cwd });
    assert.deepEqual(apps(both), [
      [null, "koeurope"],
      ["us", "koamerica"],
    ]);
    const one = await run([command, "--sync", "us", "event.json"], { cwd });
    assert.deepEqual(apps(one), [[undefined, "koamerica"]]);
  }
  const piped = await run(["plan", "--sync", "default"], { cwd, input: event });
  assert.deepEqual(apps(piped), [[undefined, "koeurope"]]);
  const summary = await run(["plan", "--summary", "event.json"], { cwd });
  assert.deepEqual(
    summary.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ sync, ready }) => [sync, ready]),
    [
      [null, 1],
      ["us", 1],
    ],
  );
  // standard input can be read once
  const all = await run(["plan"], { cwd, input: event });
  assert.equal(all.code, 2);
  assert.match(all.err, /--sync NAME, one of default, us/);
  const wrong = await run(["plan", "--sync", "mars", "event.json"], { cwd });
  assert.deepEqual(
    [wrong.code, wrong.err],
    [2, "wrangler.toml: has no sync of this name; its syncs: default, us\n"],
  );
  // a fault names its sync
  const broken = toml.replace("koamerica", "").replace("SYNC_US_MAPPING", "SYNC_us");
  const faulty = await folder(t, { "wrangler.toml": broken, "event.json": event });
  const { code, err } = await run(["plan", "event.json"], { cwd: faulty });
  assert.equal(code, 2);
  assert.match(err, /^wrangler\.toml: SYNC_US\.app_guid: /m);
  assert.match(err, /^wrangler\.toml: SYNC_us: .*did you mean `SYNC_US`\?$/m);
});
