// Prints the lines that `make bench` measures, for other benchmarks.

import { linesOf } from "./events.mjs";

process.stdout.write(linesOf(1_000));
