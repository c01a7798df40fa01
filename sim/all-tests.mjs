// Imports all tests. Node 22 and later resolve `node --test sim/test/` as a module, which is this
// file (sim/test/package.json); Node 20 searches the folder by itself.

import { readdirSync } from "node:fs";

const folder = new URL("./test/", import.meta.url);
for (const name of readdirSync(folder))
  if (name.endsWith(".test.mjs")) await import(new URL(name, folder));
