// How is the Worker deployed, with all that it needs?
//
// What is missing in the account is made first: the queues, the database, its tables. A database that is made has its id noted in
// wrangler.toml, which is no secret and belongs into version control. Everything may be repeated; what is there stays.

import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";

const file = fileURLToPath(new URL("../wrangler.toml", import.meta.url));
const config = parse(await readFile(file, "utf8"));

for (const { queue } of config.queues?.consumers ?? []) makeQueue(queue);
for (const database of config.d1_databases ?? []) {
  if (!database.database_id)
    await noteId(database.database_name, makeDatabase(database.database_name));
  // the tables before the code: each migration is safe for the release before it
  must(["d1", "migrations", "apply", database.binding, "--remote"]);
}
must(["deploy"]);

function makeQueue(name) {
  const { status, output } = wrangler(["queues", "create", name]);
  if (status === 0) console.log(`The queue ${name} is made.`);
  else if (!/already (exists|taken)|11009/i.test(output)) fail(output);
}

/** The id of the database of this name, made if it is not there. */
function makeDatabase(name) {
  const made = wrangler(["d1", "create", name]);
  if (made.status === 0) console.log(`The database ${name} is made.`);
  else if (!/already exists|7502/i.test(made.output)) fail(made.output);
  const info = wrangler(["d1", "info", name, "--json"]);
  const id = info.output.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/)?.[0];
  return id ?? fail(`wrangler did not tell the id of the database ${name}:\n${info.output}`);
}

async function noteId(name, id) {
  const text = await readFile(file, "utf8");
  const line = `database_name = "${name}"\n`;
  if (!text.includes(line)) fail(`Note the database's id in wrangler.toml: database_id = "${id}"`);
  await writeFile(file, text.replace(line, `${line}database_id = "${id}"\n`));
  console.log(`wrangler.toml has the id of the database ${name}: commit it.`);
}

function wrangler(args) {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe"],
  });
  if (error) fail(error.message);
  return { status, output: stdout + stderr };
}

function must(args) {
  const { status } = spawnSync("wrangler", args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function fail(output) {
  console.error(output.trim());
  process.exit(1);
}
