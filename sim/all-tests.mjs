// Which tests are there? Node 22 and later take `node --test sim/test/` for a module and find this through its
// package.json; Node 20 looks into the folder by itself.

import { readdirSync } from "node:fs";

const folder = new URL("./test/", import.meta.url);
for (const name of readdirSync(folder))
  if (name.endsWith(".test.mjs")) await import(new URL(name, folder));
