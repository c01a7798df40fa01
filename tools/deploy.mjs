// Deploys the Worker with what it needs: queues, database, tables.
//
// Creates what the account does not have and leaves the rest as it is, so it may be run again. The
// id of a new database is written into wrangler.toml: it is not a secret and belongs in version
// control.

import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";

const NO_ACCOUNT = `not logged in to Cloudflare; nothing was deployed

  Log in and deploy:      npx wrangler login && make deploy
  Without a browser:      set CLOUDFLARE_API_TOKEN, then make deploy
  Without an account:     make run   (the same Worker on this machine)`;

const file = fileURLToPath(new URL("../wrangler.toml", import.meta.url));
const config = parse(await readFile(file, "utf8"));

// without this check a command would wait for a login whose prompt is not shown, since its output
// is captured
if (wrangler(["whoami", "--json"]).status !== 0) fail(NO_ACCOUNT);
for (const { queue } of config.queues?.consumers ?? []) createQueue(queue);
for (const database of config.d1_databases ?? []) {
  if (!database.database_id)
    await writeId(database.database_name, createDatabase(database.database_name));
  // before the code: each migration is safe for the release before it
  run(["d1", "migrations", "apply", database.binding, "--remote"]);
}
run(["deploy"]);

function createQueue(name) {
  const { status, output } = wrangler(["queues", "create", name]);
  if (status === 0) console.log(`Created the queue ${name}.`);
  else if (!/already (exists|taken)|11009/i.test(output)) fail(output);
}

/** Creates the database if it does not exist; returns its id. */
function createDatabase(name) {
  const created = wrangler(["d1", "create", name]);
  if (created.status === 0) console.log(`Created the database ${name}.`);
  else if (!/already exists|7502/i.test(created.output)) fail(created.output);
  const info = wrangler(["d1", "info", name, "--json"]);
  const id = info.output.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/)?.[0];
  return id ?? fail(`no id of the database ${name} in the output of wrangler:\n${info.output}`);
}

async function writeId(name, id) {
  const text = await readFile(file, "utf8");
  const line = `database_name = "${name}"\n`;
  if (!text.includes(line)) fail(`add to the database in wrangler.toml: database_id = "${id}"`);
  await writeFile(file, text.replace(line, `${line}database_id = "${id}"\n`));
  console.log(`Wrote the id of the database ${name} to wrangler.toml: commit it.`);
}

/** Runs wrangler and reads its output. */
function wrangler(args) {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe"],
  });
  if (error) fail(error.message);
  return { status, output: stdout + stderr };
}

/** Runs wrangler in the terminal and ends when it fails. */
function run(args) {
  const { status } = spawnSync("wrangler", args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(message.trim());
  process.exit(1);
}
