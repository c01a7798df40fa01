// What only `make toolchains` tries: the toolchains that are large or older.

import { CASES } from "./cases.mjs";
import { HOSTS } from "./hosts.mjs";
import { tryAll } from "./try.mjs";

tryAll([...HOSTS, ...CASES].filter(({ isHeavy }) => isHeavy));
