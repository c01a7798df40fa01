// Entry point of `kochava-edge`.
//
// In: arguments. Out: rows or lines, and an exit code. No rule about events is in this folder: the
// package decides.

import "./unexpected.mjs";
import "./require.mjs";
import process from "node:process";
import { readArguments } from "./arguments.mjs";
import { run } from "./run.mjs";

process.stdout.on("error", (error) => {
  // the reader closed the pipe, as `head` does: no failure
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`kochava-edge: cannot write the output (${error.code ?? error.name})\n`);
  process.exit(2);
});
process.stderr.on("error", () => {});
// 128 + 2, the shell's exit code for SIGINT
process.on("SIGINT", () => process.exit(130));

const request = readArguments(process.argv.slice(2));
process.exitCode = request.exitCode ?? (await run(request));
