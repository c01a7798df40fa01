// Threads of Node and Bun, by their module `node:worker_threads`.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Each thread takes 10 to 20 MB, and one thread can read and write for about as many. */
const THREADS_MAX = 8;

/**
 * The threads of the package.
 *
 * @param {WebAssembly.Module} module compiled once for all of them
 */
export function threadsOf(module) {
  return {
    get count() {
      return defaultThreads();
    },
    starter: (data) => threadStarter(new URL("./thread.js", import.meta.url), { module, ...data }),
  };
}

/** How many threads to use by default: with one processor they gain nothing. */
export function defaultThreads() {
  const processors = availableParallelism();
  return processors < 2 ? 0 : Math.min(processors, THREADS_MAX);
}

/**
 * Starts a thread that loads no more than its own script: neither preloaded modules nor variables
 * of the environment.
 *
 * @param {URL} script
 * @param {object} workerData for the script
 * @returns {import("./pool.js").StartThread}
 */
export function threadStarter(script, workerData) {
  return ({ onMessage, onEnd }) => {
    const worker = new Worker(script, { workerData, execArgv: [], env: {} });
    let isOver = false;
    const end = (cause) => {
      if (!isOver) onEnd(cause);
      isOver = true;
    };
    worker
      .on("message", onMessage)
      .on("error", end)
      .on("exit", () => end());
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      end: () => void worker.terminate(),
    };
  };
}
