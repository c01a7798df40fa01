// How much memory did this process have at its peak? Preloaded; tells it in kilobytes on file descriptor 3.

import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => writeSync(3, String(peak())));

/** Linux's own mark where there is one: what `getrusage` says there includes the parent before `exec` (proc_pid_status(5), getrusage(2)). */
function peak() {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
