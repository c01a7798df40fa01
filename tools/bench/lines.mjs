// Prints the lines that `make bench` measures, for what is measured elsewhere.

import { linesOf } from "./events.mjs";

process.stdout.write(linesOf(1_000));
