// Threads of Deno. Its `node:worker_threads` copies a buffer instead of transferring it, a thousand
// times slower; its own workers transfer it.

/** Each thread takes 10 to 20 MB, and one thread can read and write for about as many. */
const THREADS_MAX = 8;

/** A worker keeps the process alive. One that has nothing to do for so long is ended. */
const IDLE_MS = 1_000;

/**
 * The threads of the package.
 *
 * @param {WebAssembly.Module} module compiled once for all of them
 */
export function threadsOf(module) {
  const script = new URL("./deno-thread.js", import.meta.url);
  return {
    get count() {
      return Math.min(navigator.hardwareConcurrency, THREADS_MAX);
    },
    starter: (data) => (listener) => start(script, { module, ...data }, listener),
  };
}

function start(script, data, { onMessage, onEnd, onRest }) {
  if (!mayRead(script)) throw new Error("reading the script is not allowed");
  const worker = new Worker(script, { type: "module" });
  let timer;
  worker.onmessage = (event) => onMessage(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd(event.error ?? event.message);
  };
  worker.postMessage(data);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    ref: () => clearTimeout(timer),
    unref() {
      clearTimeout(timer);
      timer = setTimeout(() => {
        worker.terminate();
        onRest();
      }, IDLE_MS);
    },
    end() {
      clearTimeout(timer);
      worker.terminate();
    },
  };
}

/** Whether Deno may read a script without asking its user. */
function mayRead(script) {
  if (script.protocol !== "file:") return true;
  return Deno.permissions.querySync({ name: "read", path: script }).state === "granted";
}
