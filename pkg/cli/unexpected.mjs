// What is said of an error that nobody foresaw?
//
// Its kind and no more: message and stack may quote an event. The package wraps what its wasm throws: the cause says more then. Imported first, so
// that it hears of everything.

import process from "node:process";

process.on("uncaughtException", (error) => {
  const cause = error?.cause ?? error;
  const kind = cause instanceof Error ? cause.constructor.name : "error";
  process.stderr.write(`kochava-edge: stopped by an unexpected ${kind}; its output is not whole\n`);
  process.exit(2);
});
