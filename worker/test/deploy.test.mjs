// Does a deployment make what is missing, and leave what is there?
//
// Against a wrangler of our own that notes what it is asked, in a copy of the few files that a deployment reads: nobody's account is touched.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ID = "01234567-89ab-4cde-8f01-23456789abcd";

/** Deploys with a wrangler that runs `script` for each call, `$*` being what it is asked. */
async function deploy(t, script) {
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "tools"));
  await mkdir(join(folder, "bin"));
  await cp(`${root}tools/deploy.mjs`, join(folder, "tools/deploy.mjs"));
  await cp(`${root}wrangler.toml`, join(folder, "wrangler.toml"));
  await symlink(`${root}node_modules`, join(folder, "node_modules"));
  const wrangler = join(folder, "bin/wrangler");
  await writeFile(wrangler, `#!/bin/sh\necho "$*" >> ${folder}/asked\n${script}\n`);
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
    asked: async () => (await read("asked")).trim().split("\n"),
  };
}

const INFO = `case "$*" in "d1 info"*) echo '{ "uuid": "${ID}", "name": "kochava-edge" }';; esac`;

test("a first deployment makes queues and database, notes its id, applies the migrations and deploys last", async (t) => {
  const house = await deploy(t, INFO);
  const { status, stdout } = house.run();
  assert.equal(status, 0, stdout);
  assert.deepEqual(await house.asked(), [
    "queues create kochava-edge",
    "queues create kochava-edge-dead",
    "d1 create kochava-edge",
    "d1 info kochava-edge --json",
    "d1 migrations apply DB --remote",
    "deploy",
  ]);
  assert.match(
    await house.toml(),
    new RegExp(`database_name = "kochava-edge"\ndatabase_id = "${ID}"\n`),
  );
});

test("a second deployment makes nothing again and changes no file", async (t) => {
  const exists = `case "$*" in *create*) echo "A queue with this name already exists" >&2; exit 1;; esac\n${INFO}`;
  const house = await deploy(t, exists);
  assert.equal(house.run().status, 0);
  const noted = await house.toml();
  assert.equal(house.run().status, 0);
  assert.equal(await house.toml(), noted);
  assert.equal(
    (await house.asked()).filter((asked) => asked === "d1 create kochava-edge").length,
    1,
    "its id is known the second time",
  );
});

test("nothing is deployed where something cannot be made or a migration fails", async (t) => {
  for (const broken of ["queues create kochava-edge-dead", "d1 create", "d1 migrations"]) {
    const house = await deploy(
      t,
      `case "$*" in "${broken}"*) echo "no permission" >&2; exit 1;; esac\n${INFO}`,
    );
    const { status, stderr } = house.run();
    assert.equal(status, 1);
    assert.match(stderr, /no permission/);
    assert.ok(!(await house.asked()).includes("deploy"), broken);
  }
});
