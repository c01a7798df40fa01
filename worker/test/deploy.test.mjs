// tools/deploy.mjs creates what the account does not have and leaves the rest as it is.
//
// A fake wrangler records its arguments, in a copy of the files that a deployment reads, so that no
// account is touched.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { exampleGuids } from "../../tools/example-guids.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ID = "01234567-89ab-4cde-8f01-23456789abcd";

/** Prepares a deployment whose wrangler runs `script` for each call; `$*` are the arguments. */
async function deploy(t, script) {
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "tools"));
  await mkdir(join(folder, "bin"));
  await cp(`${root}tools/deploy.mjs`, join(folder, "tools/deploy.mjs"));
  await cp(`${root}wrangler.toml`, join(folder, "wrangler.toml"));
  await symlink(`${root}node_modules`, join(folder, "node_modules"));
  const wrangler = join(folder, "bin/wrangler");
  await writeFile(wrangler, `#!/bin/sh\necho "$*" >> ${folder}/calls\n${script}\n`);
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
    calls: async () => (await read("calls")).trim().split("\n"),
  };
}

const INFO = `case "$*" in "d1 info"*) echo '{ "uuid": "${ID}", "name": "kochava-edge" }';; esac`;

test("a first deployment creates queues and database, writes its id, applies the migrations and deploys last", async (t) => {
  const deployment = await deploy(t, INFO);
  const { status, stdout } = deployment.run();
  assert.equal(status, 0, stdout);
  assert.deepEqual(await deployment.calls(), [
    "whoami --json",
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

test("a second deployment creates nothing again and changes no file", async (t) => {
  const exists = `case "$*" in *create*) echo "A queue with this name already exists" >&2; exit 1;; esac\n${INFO}`;
  const deployment = await deploy(t, exists);
  assert.equal(deployment.run().status, 0);
  const written = await deployment.toml();
  assert.equal(deployment.run().status, 0);
  assert.equal(await deployment.toml(), written);
  assert.equal(
    (await deployment.calls()).filter((call) => call === "d1 create kochava-edge").length,
    1,
    "its id is known the second time",
  );
});

test("nothing is deployed when something cannot be created or a migration fails", async (t) => {
  for (const broken of ["queues create kochava-edge-dead", "d1 create", "d1 migrations"]) {
    const deployment = await deploy(
      t,
      `case "$*" in "${broken}"*) echo "no permission" >&2; exit 1;; esac\n${INFO}`,
    );
    const { status, stderr } = deployment.run();
    assert.equal(status, 1);
    assert.match(stderr, /no permission/);
    assert.ok(!(await deployment.calls()).includes("deploy"), broken);
  }
});

test("without a login nothing is created, and the message names the ways to go on", async (t) => {
  const deployment = await deploy(t, 'case "$*" in whoami*) exit 1;; esac');
  const { status, stderr } = deployment.run();
  assert.equal(status, 1);
  assert.match(stderr, /^not logged in to Cloudflare/);
  for (const command of ["npx wrangler login", "CLOUDFLARE_API_TOKEN", "make run"])
    assert.ok(stderr.includes(command), command);
  assert.deepEqual(await deployment.calls(), ["whoami --json"]);
});

test("an example's App GUID is found wherever the variables have it", async () => {
  const sample = JSON.parse(await readFile(`${root}samples/settings/sneaker-shop.json`, "utf8"));
  const vars = {
    SETTINGS: { app_guid: { ios: "koexample-ios", android: "komyapp-1a2b" } },
    SETTINGS_TEST_APP_GUID: sample.test_app_guid,
    SYNC_EU: { app_guid: sample.app_guid },
    // a variable with a null is JSON text
    SYNC_US: JSON.stringify({ app_guid: "koexample-us", events: { revenue: null } }),
  };
  assert.deepEqual(
    exampleGuids(vars).map(({ path }) => path),
    [
      "SETTINGS.app_guid.ios",
      "SETTINGS_TEST_APP_GUID",
      ...Object.keys(sample.app_guid).map((platform) => `SYNC_EU.app_guid.${platform}`),
      "SYNC_US.app_guid",
    ],
  );
  const { vars: shipped } = parse(await readFile(`${root}wrangler.toml`, "utf8"));
  assert.deepEqual(exampleGuids(shipped), [{ path: "SETTINGS.app_guid", guid: "koexample" }]);
});

test("before wrangler dev the hook creates the local tables once, and prints where to get secrets", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "prepare-dev-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ["tools", "bin", "worker", ".wrangler/state"])
    await mkdir(join(folder, name), { recursive: true });
  await cp(`${root}tools/prepare-dev.mjs`, join(folder, "tools/prepare-dev.mjs"));
  await cp(`${root}worker/migrations`, join(folder, "worker/migrations"), { recursive: true });
  await writeFile(join(folder, "bin/wrangler"), `#!/bin/sh\necho "$*" >> ${folder}/calls\n`);
  await chmod(join(folder, "bin/wrangler"), 0o755);
  const hook = (command) =>
    spawnSync(process.execPath, [join(folder, "tools/prepare-dev.mjs")], {
      encoding: "utf8",
      env: {
        ...process.env,
        PATH: `${join(folder, "bin")}:${process.env.PATH}`,
        WRANGLER_COMMAND: command,
      },
    }).stdout;
  assert.equal(hook("deploy"), "");
  assert.match(hook("dev"), /cp \.dev\.vars\.example \.dev\.vars/);
  await cp(`${root}.dev.vars.example`, join(folder, ".dev.vars"));
  assert.equal(hook("dev"), "");
  assert.equal(
    await readFile(join(folder, "calls"), "utf8"),
    "d1 migrations apply DB --local\n",
    "not for a deployment, and not a second time",
  );
});
