// Lets panics trap at once: what they would say is put together for a stream of errors that a wasm does not have, and then they trap all the same.
//
//   wasm-dis … | node tools/trap.mjs | wasm-opt …     (with the functions' names)

import { readFileSync } from "node:fs";

/** Functions of Rust's own library that never return, and what tells values for debugging, which nothing but panics does. */
const PANICS =
  /^ \(func \$"(?:core|alloc|std|__rustc)\[\w+\]::[^" ]*(?:panicking::(?:panic|assert_failed)\w*(?<!::panic_count)\b|::panic_already_\w+|_fail(?:ed)?(?:_rt)?|::handle_(?:alloc_)?error|::capacity_overflow|rust_begin_unwind)"|^ \(func \$"<[^"]* as core\[\w+\]::fmt::Debug>::fmt"/;
/** Every build has more of them, unless Rust has named them anew. */
const PANICS_MIN = 10;

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
process.stdout.write(lines.join("\n"));
