// Does tools/trap.mjs take away what panics say, and nothing else?

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { root } from "./support/consumer.mjs";

/** What never returns in Rust's library, by the names of functions as wasm-dis prints them; as many as every build has. */
const PANICS = [
  "core[0123abcd]::panicking::panic",
  "core[0123abcd]::panicking::panic_fmt",
  "core[0123abcd]::panicking::panic_bounds_check",
  "core[0123abcd]::panicking::assert_failed_inner",
  "core[0123abcd]::option::unwrap_failed",
  "core[0123abcd]::result::unwrap_failed",
  "core[0123abcd]::slice::index::slice_index_fail",
  "core[0123abcd]::cell::panic_already_borrowed",
  "alloc[4567cdef]::alloc::handle_alloc_error",
  "alloc[4567cdef]::raw_vec::capacity_overflow",
  "<u32 as core[0123abcd]::fmt::Debug>::fmt",
];
/** What does: with like names, or printing for people. */
const OTHERS = [
  "kochava_edge[89ab0123]::plan::panic_room",
  "std[0123abcd]::panicking::panic_count::increase",
  "core[0123abcd]::str::failable",
  "<u32 as core[0123abcd]::fmt::Display>::fmt",
];
const NAME = "src/plan.rs";

test("functions that never return trap at once, all others stay", () => {
  const stays = OTHERS.map((name) => func(name));
  assert.deepEqual(trapped([...PANICS.map((name) => func(name)), ...stays]), [
    ...PANICS.map((name) => func(name, "(unreachable)")),
    ...stays,
  ]);
});

test("names of files and the places in them are zeros; texts beside them stay as they are", () => {
  const base = 1024;
  const before = 'say "no" \\ \t é';
  const head = Buffer.from(`${before}${NAME}`);
  const aligned = Buffer.concat([head, Buffer.alloc(-head.length & 3)]);
  const place = words(base + Buffer.byteLength(before), NAME.length, 17, 5);
  // the same length at another address is no place of this file
  const other = words(base, NAME.length, 17, 5);
  const zeroed = Buffer.concat([
    Buffer.from(before),
    Buffer.alloc(aligned.length - Buffer.byteLength(before)),
  ]);
  assert.deepEqual(
    data(Buffer.concat([aligned, place, other, Buffer.from("a path/to/src.rsx")]), base),
    Buffer.concat([zeroed, Buffer.alloc(16), other, Buffer.from("a path/to/src.rsx")]),
  );
});

test("a build whose panics have other names is refused", () => {
  const { status, stdout, stderr } = run(OTHERS.map((name) => func(name)));
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /only 0 functions panic/);
});

const func = (name, body = '(call $"what it says")') =>
  ` (func $"${name}" (param $0 i32)\n  ${body}\n )`;

const words = (...numbers) => Buffer.from(new Uint32Array(numbers).buffer);

const run = (items) =>
  spawnSync(process.execPath, [`${root}tools/trap.mjs`], {
    input: ["(module", ...items, ")", ""].join("\n"),
    encoding: "utf8",
  });

/** The functions of a module that went through it. */
function trapped(functions) {
  const { status, stdout, stderr } = run(functions);
  assert.equal(status, 0, stderr);
  return stdout
    .split("\n (func ")
    .slice(1)
    .map((text) => ` (func ${text.replace(/\n\)\n?$/, "")}`);
}

/** What becomes of these bytes in the data at this address. */
function data(bytes, base) {
  const spelled = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  const { status, stdout, stderr } = run([
    ...PANICS.map((name) => func(name)),
    ` (data $0 (i32.const ${base}) "${spelled}")`,
  ]);
  assert.equal(status, 0, stderr);
  const [, text] = / \(data \$0 \(i32\.const \d+\) "(.*)"\)/.exec(stdout);
  return Buffer.from(
    text.replace(/\\([0-9a-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16))),
    "latin1",
  );
}
