// tools/deploy.mjs creates missing resources and leaves existing ones alone.
//
// Runs against a fake wrangler that logs its arguments, in a copy of the files that a deployment
// reads.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ID = "01234567-89ab-4cde-8f01-23456789abcd";

/**
 * Prepares a deployment with a wrangler that runs `script` for each call, with its arguments in
 * `$*`.
 */
async function deploy(t, script) {
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "tools"));
  await mkdir(join(folder, "bin"));
  await cp(`${root}tools/deploy.mjs`, join(folder, "tools/deploy.mjs"));
  await cp(`${root}wrangler.toml`, join(folder, "wrangler.toml"));
  await symlink(`${root}node_modules`, join(folder, "node_modules"));
  const wrangler = join(folder, "bin/wrangler");
  await writeFile(wrangler, `#!/bin/sh\necho "$*" >> ${folder}/commands\n${script}\n`);
  await chmod(wrangler, 0o755);
  const run = () =>
    spawnSync(process.execPath, [join(folder, "tools/deploy.mjs")], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH}` },
    });
  const read = (name) => readFile(join(folder, name), "utf8");
  return {
    run,
    toml: () => read("wrangler.toml"),
    commands: async () => (await read("commands")).trim().split("\n"),
  };
}

const INFO = `case "$*" in "d1 info"*) echo '{ "uuid": "${ID}", "name": "kochava-edge" }';; esac`;

test("a first deployment creates queues and database, stores its id, applies the migrations, and deploys", async (t) => {
  const deployment = await deploy(t, INFO);
  const { status, stdout } = deployment.run();
  assert.equal(status, 0, stdout);
  assert.deepEqual(await deployment.commands(), [
    "queues create kochava-edge",
    "queues create kochava-edge-dead",
    "d1 create kochava-edge",
    "d1 info kochava-edge --json",
    "d1 migrations apply DB --remote",
    "deploy",
  ]);
  assert.match(
    await deployment.toml(),
    new RegExp(`database_name = "kochava-edge"\ndatabase_id = "${ID}"\n`),
  );
});

test("a second deployment creates nothing and changes no file", async (t) => {
  const exists = `case "$*" in *create*) echo "A queue with this name already exists" >&2; exit 1;; esac\n${INFO}`;
  const deployment = await deploy(t, exists);
  assert.equal(deployment.run().status, 0);
  const before = await deployment.toml();
  assert.equal(deployment.run().status, 0);
  assert.equal(await deployment.toml(), before);
  assert.equal(
    (await deployment.commands()).filter((command) => command === "d1 create kochava-edge").length,
    1,
    "the database id is stored after the first time",
  );
});

test("nothing is deployed if a resource cannot be created or a migration fails", async (t) => {
  for (const broken of ["queues create kochava-edge-dead", "d1 create", "d1 migrations"]) {
    const deployment = await deploy(
      t,
      `case "$*" in "${broken}"*) echo "no permission" >&2; exit 1;; esac\n${INFO}`,
    );
    const { status, stderr } = deployment.run();
    assert.equal(status, 1);
    assert.match(stderr, /no permission/);
    assert.ok(!(await deployment.commands()).includes("deploy"), broken);
  }
});
