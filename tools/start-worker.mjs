// How is the built Worker started in workerd, as wrangler.toml configures it?
//
// For `make run` and the tests. Vars and secrets given here come over those of wrangler.toml; null takes one away.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare } from "miniflare";
import { parse } from "smol-toml";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {{ bindings?: Record<string, unknown>, port?: number, onLog?: (line: string) => void }} options
 * @returns {Promise<{ url: string, miniflare: Miniflare, stop: () => Promise<void> }>}
 */
export async function startWorker({ bindings = {}, port = 0, onLog = () => {} } = {}) {
  const config = parse(await readFile(`${root}wrangler.toml`, "utf8"));
  const set = Object.entries({ ...config.vars, ...bindings }).filter(([, value]) => value !== null);
  const { assets } = config;
  const miniflare = new Miniflare({
    name: config.name,
    rootPath: root,
    modules: true,
    scriptPath: config.main,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    compatibilityDate: config.compatibility_date,
    bindings: Object.fromEntries(set),
    assets: {
      directory: assets.directory,
      binding: assets.binding,
      routerConfig: {
        has_user_worker: true,
        invoke_user_worker_ahead_of_assets: false,
        static_routing: { user_worker: assets.run_worker_first },
      },
    },
    host: "127.0.0.1",
    port,
    log: new Log(LogLevel.ERROR),
    handleRuntimeStdio: (stdout, stderr) => {
      for (const input of [stdout, stderr]) createInterface({ input }).on("line", (line) => line && onLog(line));
    },
  });
  const url = (await miniflare.ready).href.replace(/\/$/, "");
  return { url, miniflare, stop: () => miniflare.dispose() };
}
