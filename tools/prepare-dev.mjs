// Prepares `wrangler dev`: creates the tables of the local database, and prints where to get
// secrets.
//
// Part of the build command in wrangler.toml, after the build; wrangler names the command that
// started it in WRANGLER_COMMAND. Does nothing before a deployment.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

if (process.env.WRANGLER_COMMAND === "dev") {
  createTables();
  if (!existsSync(`${root}.dev.vars`))
    console.log(`No .dev.vars: the local Worker has no secrets and answers 503. Create it and start again:

  cp .dev.vars.example .dev.vars

Or let everything be set up: make run`);
}

/** Applies the migrations to the local database, once, and again when one is added. */
function createTables() {
  const stamp = `${root}.wrangler/state/migrated`;
  const migrations = `${root}worker/migrations/`;
  const newest = Math.max(
    ...readdirSync(migrations).map((name) => statSync(migrations + name).mtimeMs),
  );
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newest) return;
  const { status, stdout, stderr } = spawnSync(
    "wrangler",
    ["d1", "migrations", "apply", "DB", "--local"],
    // without CI wrangler asks for a confirmation
    { cwd: root, encoding: "utf8", env: { ...process.env, CI: "true" } },
  );
  if (status === 0) return writeFileSync(stamp, "");
  console.error(`cannot create the tables of the local database:\n${stdout}${stderr}`);
  process.exit(1);
}
