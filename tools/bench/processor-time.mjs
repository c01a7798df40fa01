// The processor time of another process, of all its threads together, in user and kernel mode.
//
// Linux only: the kernel counts nanoseconds for each thread in /proc/PID/task/TID/schedstat. The
// file of the process itself has its main thread alone, and /proc/PID/stat counts in steps of 10 ms.

import { readdirSync, readFileSync } from "node:fs";

/** Counts the processor time of a process. */
export class ProcessorTime {
  #folder;
  /** Nanoseconds of each thread; a thread that ended keeps what was seen of it last. */
  #threads = new Map();

  constructor(pid) {
    if (process.platform !== "linux") throw new Error("processor time is read from Linux's /proc");
    this.#folder = `/proc/${pid}/task`;
  }

  /** Returns the nanoseconds that the process has used since it began. */
  nanoseconds() {
    for (const thread of readdirSync(this.#folder)) {
      try {
        const [used] = readFileSync(`${this.#folder}/${thread}/schedstat`, "utf8").split(" ");
        this.#threads.set(thread, Number(used));
      } catch (error) {
        // it ended between the two calls
        if (!["ENOENT", "ESRCH"].includes(error.code)) throw error;
      }
    }
    return this.#threads.values().reduce((sum, used) => sum + used, 0);
  }
}
