// What `make test` tries: the hosts, and the toolchains that are installed in seconds.

import { CASES } from "./cases.mjs";
import { HOSTS } from "./hosts.mjs";
import { tryAll } from "./try.mjs";

tryAll([...HOSTS, ...CASES].filter(({ isHeavy }) => !isHeavy));
