// Tells who runs `wrangler dev` without secrets where to get them. Part of the build command in
// wrangler.toml; wrangler names the command that started the build.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../.dev.vars", import.meta.url));

if (process.env.WRANGLER_COMMAND === "dev" && !existsSync(file)) {
  console.log(`No .dev.vars: the local Worker has no secrets, and answers 503. Create it, then start again:

  cp .dev.vars.example .dev.vars

Or let everything be set up: make run`);
}
