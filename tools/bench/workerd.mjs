// Starts workerd on a built Worker without Miniflare, whose entry Worker takes more processor time
// than a small request itself.
//
// The Worker has real Durable Objects, stored on a RAM disk where there is one; queue, database and
// Kochava are the servers of outside.mjs. Beside it runs the driver, which delivers queue messages.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import workerd from "workerd";
import { ProcessorTime } from "./processor-time.mjs";

/** The runtime with its version. */
export const RUNTIME = `workerd ${workerd.version}`;

export const TOKEN = "the-ingest-token";
const driver = fileURLToPath(new URL("driver-worker.mjs", import.meta.url));

/** The folder for objects: in memory, so that no disk is measured. */
export const SCRATCH = isWritable("/dev/shm") ? "/dev/shm" : tmpdir();

// by way of the exit handlers, which end each workerd and remove its folder
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

/**
 * Starts a Worker.
 *
 * - `modules` are its files, the entry point first: `.mjs` and `.js` are modules, `.wasm` is compiled.
 * - `settings` becomes the binding SETTINGS.
 * - `objects` are the bindings of its Durable Objects, by class: `{ Journal: "JOURNAL" }`.
 * - `inspector: true` opens workerd's inspector, whose port is `inspectorPort`.
 * - `onLog` gets each line that the Worker logs.
 */
export async function startWorkerd({
  modules,
  settings,
  objects = {},
  outside,
  inspector = false,
  onLog,
}) {
  const folder = mkdtempSync(join(SCRATCH, "kochava-edge-bench-"));
  for (const file of [...modules, driver]) copyFileSync(file, join(folder, basename(file)));
  writeFileSync(
    join(folder, "config.capnp"),
    configOf({
      modules: modules.map((file) => basename(file)),
      settings,
      objects,
      outside,
      folder,
    }),
  );
  const started = performance.now();
  const child = spawn(
    workerd.default,
    [
      "serve",
      "--experimental",
      "--control-fd=3",
      ...(inspector ? ["--inspector-addr=127.0.0.1:0"] : []),
      join(folder, "config.capnp"),
    ],
    { stdio: ["ignore", onLog ? "pipe" : "ignore", "pipe", "pipe"] },
  );
  const discard = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", discard);
  const [, stdout, stderr, control] = child.stdio;
  const errors = [];
  if (onLog) createInterface({ input: stdout }).on("line", onLog);
  createInterface({ input: stderr }).on("line", (line) => errors.push(line));
  const ports = {};
  const wanted = ["subject", "driver", ...(inspector ? ["inspector"] : [])];
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: control }).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") ports[socket] = port;
      if (event === "listen-inspector") ports.inspector = port;
      if (wanted.every((name) => ports[name])) resolve();
    });
    child.once("exit", () => reject(new Error(`workerd has ended:\n${errors.join("\n")}`)));
  });
  await listening;
  const agent = new Agent({ keepAlive: true });
  const time = new ProcessorTime(child.pid);
  return {
    started,
    errors,
    inspectorPort: ports.inspector,
    nanoseconds: () => time.nanoseconds(),
    /** Posts a body to the Worker → the answer's text; any status but 200 is an error. */
    post: (path, body) => post(agent, ports.subject, path, body),
    /** Hands a batch of message bodies to the driver, which keeps it. */
    load: (bodies) => post(agent, ports.driver, "/load", bodies),
    /** Delivers the oldest batch; every message must be acknowledged. */
    async deliver() {
      const { outcome, retried } = JSON.parse(await post(agent, ports.driver, "/deliver", ""));
      if (outcome !== "ok" || retried) throw new Error(`a batch was not delivered: ${outcome}`);
    },
    async stop() {
      agent.destroy();
      process.off("exit", discard);
      const exit = once(child, "exit");
      discard();
      await exit;
    },
  };
}

function post(agent, port, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      host: "127.0.0.1",
      port,
      path,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "x-api-key": TOKEN,
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${path} answered ${response.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    sent.end(body);
  });
}

/** The configuration of workerd, in Cap'n Proto's text format. */
function configOf({ modules, settings, objects, outside, folder }) {
  const text = (value) => JSON.stringify(value);
  const external = (name, { server }) =>
    `(name = ${text(name)}, external = (address = "127.0.0.1:${server.address().port}", http = ()))`;
  const module = (file) =>
    `(name = ${text(file)}, ${file.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(file)})`;
  const classes = Object.keys(objects);
  return `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "subject", worker = .subject),
    (name = "driver", worker = .driver),
    (name = "storage", disk = (path = ${text(folder)}, writable = true)),
    ${external("queue", outside.queue)},
    ${external("database", outside.database)},
    ${external("kochava", outside.kochava)},
  ],
  sockets = [
    (name = "subject", address = "127.0.0.1:0", http = (), service = "subject"),
    (name = "driver", address = "127.0.0.1:0", http = (), service = "driver"),
  ],
);

const subject :Workerd.Worker = (
  compatibilityDate = "${workerd.compatibilityDate}",
  modules = [${modules.map(module).join(", ")}],
  bindings = [
    (name = "INGEST_TOKEN", text = "${TOKEN}"),
    (name = "SETTINGS", json = ${text(JSON.stringify(settings ?? {}))}),
    (name = "QUEUE", queue = "queue"),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "database")],
    )),
    ${classes.map((name) => `(name = "${objects[name]}", durableObjectNamespace = "${name}"),`).join("\n")}
  ],
  durableObjectNamespaces = [
    ${classes.map((name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true),`).join("\n")}
  ],
  durableObjectStorage = (localDisk = "storage"),
  globalOutbound = "kochava",
);

const driver :Workerd.Worker = (
  compatibilityDate = "${workerd.compatibilityDate}",
  compatibilityFlags = ["service_binding_extra_handlers"],
  modules = [${module(basename(driver))}],
  bindings = [(name = "SUBJECT", service = "subject")],
);
`;
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
