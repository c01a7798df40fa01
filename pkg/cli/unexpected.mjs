// The message for an unexpected error.
//
// Prints the class of the error only: its message and stack may quote an event. The package wraps
// what its wasm throws, so the cause is preferred. Imported first, so that it covers all imports.

import process from "node:process";

process.on("uncaughtException", (error) => {
  const cause = error?.cause ?? error;
  const kind = cause instanceof Error ? cause.constructor.name : "error";
  process.stderr.write(`kochava-edge: unexpected ${kind}; the output is incomplete\n`);
  process.exit(2);
});
