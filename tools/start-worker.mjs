// Starts the built Worker in workerd with the configuration of wrangler.toml, for `make run` and
// the tests.
//
// Variables and secrets given here override those of wrangler.toml; null removes one, or a binding.

import { readFile, readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { parse } from "smol-toml";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * - `page: false` leaves out the assets and the router in front of the Worker.
 * - `durable: false` leaves out queue, database and objects: the Worker then delivers while the sender waits.
 * - `persist` is a folder for the data of D1 and the objects; the queue is kept in memory only.
 * - `build` is the folder of another build.
 * - `around` is a module that imports "./build/index.js" and is started in its place.
 * - `rates` are limits for SDKs, by binding: `{ limit, period }`; those of wrangler.toml otherwise.
 * - `consumer` overrides the limits of the queue consumers.
 * - `inspector: true` opens workerd's inspector, for heap.mjs.
 *
 * @param {{ bindings?: Record<string, unknown>, port?: number, durable?: boolean, page?: boolean, persist?: string, build?: string, around?: string, rates?: Record<string, { limit: number, period: 10 | 60 }>, consumer?: object, inspector?: boolean, onLog?: (line: string) => void }} options
 * @returns {Promise<{ url: string, name: string, miniflare: Miniflare, rebind: (bindings: Record<string, unknown>) => Promise<void>, stop: () => Promise<void> }>}
 */
export async function startWorker({
  bindings = {},
  port = 0,
  durable = true,
  page = true,
  persist,
  build = "build",
  around,
  rates,
  consumer = {},
  inspector = false,
  onLog,
} = {}) {
  const config = parse(await readFile(`${root}wrangler.toml`, "utf8"));
  const { assets } = config;
  const modules = await modulesOf(build, around);
  const options = (bindings) => ({
    name: config.name,
    rootPath: root,
    modules,
    modulesRoot: root,
    compatibilityDate: config.compatibility_date,
    bindings: Object.fromEntries(
      Object.entries({ ...config.vars, ...bindings }).filter(([, value]) => value !== null),
    ),
    ...(page && {
      assets: {
        directory: assets.directory,
        binding: assets.binding,
        routerConfig: {
          has_user_worker: true,
          invoke_user_worker_ahead_of_assets: false,
          static_routing: { user_worker: assets.run_worker_first },
        },
      },
    }),
    ratelimits: rateLimits(rates, config.ratelimits),
    ...(durable && durableBindings(config, consumer, (name) => bindings[name] !== null)),
    ...(persist && { d1Persist: `${persist}/d1`, durableObjectsPersist: `${persist}/objects` }),
    ...(inspector && { inspectorPort: 0 }),
    host: "127.0.0.1",
    port,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio: (stdout, stderr) => {
      for (const input of [stdout, stderr]) {
        if (onLog) createInterface({ input }).on("line", (line) => line && onLog(line));
        else input.resume();
      }
    },
  });
  const miniflare = new Miniflare(options(bindings));
  const url = (await miniflare.ready).href.replace(/\/$/, "");
  if (durable && bindings.DB !== null)
    await migrate(await miniflare.getD1Database("DB"), config.d1_databases[0].migrations_dir);
  // as a deployment of other settings does: stored data stays if `persist` is set, the queue does
  // not
  const rebind = (others) =>
    miniflare.setOptions({ ...options(others), port: Number(new URL(url).port) });
  return { url, name: config.name, miniflare, rebind, stop: () => miniflare.dispose() };
}

/** The modules of the built Worker, as if they were in build/, with the module around them first. */
async function modulesOf(build, around) {
  const built = async (type, name) => ({
    type,
    path: `${root}build/${name}`,
    contents: await readFile(`${root}${build}/${name}`),
  });
  const worker = [
    await built("ESModule", "index.js"),
    await built("CompiledWasm", "index_bg.wasm"),
  ];
  return around
    ? [{ type: "ESModule", path: `${root}around.mjs`, contents: await readFile(around) }, ...worker]
    : worker;
}

/** The limits for SDKs, those of wrangler.toml if `rates` is absent. */
function rateLimits(rates, configured = []) {
  const limits = rates
    ? Object.entries(rates).map(([name, simple]) => ({ name, namespace_id: name, simple }))
    : configured;
  return Object.fromEntries(
    limits.map(({ name, namespace_id, simple }) => [name, { namespace_id, simple }]),
  );
}

/** The wanted queues, databases and objects of wrangler.toml. */
function durableBindings(
  { queues, d1_databases: databases, durable_objects: objects, migrations },
  consumer,
  isWanted,
) {
  const sqlite = migrations.flatMap((step) => step.new_sqlite_classes ?? []);
  const consumers = queues.consumers.map(({ queue, ...limits }) => [
    queue,
    {
      maxBatchSize: limits.max_batch_size,
      maxBatchTimeout: limits.max_batch_timeout,
      maxRetries: limits.max_retries,
      deadLetterQueue: limits.dead_letter_queue,
      ...consumer,
    },
  ]);
  return {
    queueProducers: Object.fromEntries(
      queues.producers
        .filter(({ binding }) => isWanted(binding))
        .map(({ binding, queue }) => [binding, { queueName: queue }]),
    ),
    queueConsumers: Object.fromEntries(consumers),
    d1Databases: Object.fromEntries(
      databases
        .filter(({ binding }) => isWanted(binding))
        .map(({ binding, database_name: name }) => [binding, name]),
    ),
    durableObjects: Object.fromEntries(
      objects.bindings
        .filter(({ name }) => isWanted(name))
        .map(({ name, class_name: className }) => [
          name,
          { className, useSQLite: sqlite.includes(className) },
        ]),
    ),
  };
}

/** Applies the migrations that are missing, recorded in the same table as wrangler does. */
async function migrate(database, folder) {
  await database.exec(
    "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
  );
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map(({ name }) => name));
  for (const name of (await readdir(root + folder))
    .filter((name) => name.endsWith(".sql") && !applied.has(name))
    .sort()) {
    const text = (await readFile(`${root}${folder}/${name}`, "utf8")).replace(/--.*$/gm, "");
    const statements = text.split(";").filter((statement) => statement.trim());
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}
