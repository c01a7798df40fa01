// What does `kochava-edge` do when it is called?
//
// Arguments in; rows or lines out, and an exit code. No rule about events stands here or in any file beside it: the package decides.

import "./unexpected.mjs";
import "./require.mjs";
import process from "node:process";
import { read } from "./arguments.mjs";
import { run } from "./run.mjs";

// `| head` has seen enough: that is no failure
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(
    `kochava-edge: the output cannot be written (${error.code ?? error.name})\n`,
  );
  process.exit(2);
});
process.stderr.on("error", () => {});
// 128 + 2, as a shell counts an interrupt
process.on("SIGINT", () => process.exit(130));

const asked = read(process.argv.slice(2));
process.exitCode = asked.exitCode ?? (await run(asked));
