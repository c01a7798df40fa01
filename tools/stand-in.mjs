// Starts the simulated Kochava as a process of its own, so that it can be stopped and started while
// the Worker runs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("../sim/server.mjs", import.meta.url));
const CREDENTIALS = ["--api-key", "local-api-key", "--secret", "local-secret"];
const WAIT_MS = 20_000;

/**
 * Returns { url, pid, received(count), forget(), stop() }. `received` waits for that many calls and
 * returns all calls; `print` gets one line per call; `onStop` gets the command that starts the
 * process again.
 */
export async function startStandIn({ port, print, onStop }) {
  const child = spawn(process.execPath, [server, "--port", String(port), ...CREDENTIALS], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, "line");
  const url = first.match(/http:\/\/\S+/)[0];
  lines.on("line", print);
  child.on("exit", () =>
    onStop(`node sim/server.mjs --port ${new URL(url).port} ${CREDENTIALS.join(" ")}`),
  );
  const calls = () => fetch(`${url}/_sim/calls`).then((answer) => answer.json());
  return {
    url,
    pid: child.pid,
    async received(count) {
      const deadline = Date.now() + WAIT_MS;
      for (;;) {
        const all = await calls();
        if (all.length >= count || Date.now() > deadline) return all;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    forget: () => fetch(`${url}/_sim/calls`, { method: "DELETE" }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill();
      await exited;
    },
  };
}
