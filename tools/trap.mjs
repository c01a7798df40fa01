// Lets panics trap at once: what they would say is put together for a stream of errors that a wasm does not have, and then they trap all the same. Nor
// does anybody read in which line of which file they do.
//
//   wasm-dis … | node tools/trap.mjs | wasm-opt …     (with the functions' names)

import { readFileSync } from "node:fs";

/** Functions of Rust's own library that never return, and what tells values for debugging, which nothing but panics does. */
const PANICS =
  /^ \(func \$"(?:core|alloc|std|__rustc)\[\w+\]::[^" ]*(?:panicking::(?:panic|assert_failed)\w*(?<!::panic_count)\b|::panic_already_\w+|_fail(?:ed)?(?:_rt)?|::handle_(?:alloc_)?error|::capacity_overflow|rust_begin_unwind)"|^ \(func \$"<[^"]* as core\[\w+\]::fmt::Debug>::fmt"/;
/** Every build has more of them, unless Rust has named them anew. */
const PANICS_MIN = 10;

const DATA = /^( \(data \S+ \(i32\.const (\d+)\) )"(.*)"\)$/;
const SOURCE_FILES =
  /(?:\/rustc\/[0-9a-f]{40}\/library|\/rust\/deps|\/[\w./-]+\/registry\/src\/[\w.-]+|(?<![\w./-])(?:src|pkg))\/[\w./-]+?\.rs/g;
/** Where a panic stands: the address of a file's name, its length, line and column, each a word. */
const LOCATION_BYTES = 16;

let count = 0;
let isPanic = false;
const lines = [];
for (const line of readFileSync(0, "utf8").split("\n")) {
  if (isPanic && line !== " )") continue;
  isPanic = PANICS.test(line);
  lines.push(line);
  if (!isPanic) continue;
  lines.push("  (unreachable)");
  count += 1;
}
if (count < PANICS_MIN) throw new Error(`only ${count} functions panic: have they other names?`);
process.stdout.write(
  lines
    .map((line) =>
      line.replace(
        DATA,
        (_, head, base, text) => `${head}"${written(withoutLocations(read(text), Number(base)))}")`,
      ),
    )
    .join("\n"),
);

/** The same bytes with zeros instead of files' names and of the places in them. */
function withoutLocations(bytes, base) {
  const lengths = new Map();
  for (const { 0: name, index } of bytes.toString("latin1").matchAll(SOURCE_FILES)) {
    lengths.set(base + index, name.length);
    bytes.fill(0, index, index + name.length);
  }
  for (let at = -base & 3; at + LOCATION_BYTES <= bytes.length; at += 4) {
    if (lengths.get(bytes.readUInt32LE(at)) === bytes.readUInt32LE(at + 4))
      bytes.fill(0, at, at + LOCATION_BYTES);
  }
  return bytes;
}

/** The bytes of a string in WebAssembly's text format. */
function read(text) {
  const named = { t: "\t", n: "\n", r: "\r" };
  return Buffer.from(
    text.replace(/\\([0-9a-f]{2}|.)/g, (_, code) =>
      code.length > 1 ? String.fromCharCode(parseInt(code, 16)) : (named[code] ?? code),
    ),
    "latin1",
  );
}

function written(bytes) {
  return bytes
    .toString("latin1")
    .replace(
      /[^ !#-[\]-~]/g,
      (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
}
