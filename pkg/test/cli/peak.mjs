// Preloaded into the command line: writes the peak memory of the process in kilobytes to file
// descriptor 3.

import { readFileSync, writeSync } from "node:fs";

process.on("exit", () => writeSync(3, String(peak())));

/**
 * From /proc on Linux, where `getrusage` includes the parent before `exec` (proc_pid_status(5),
 * getrusage(2)).
 */
function peak() {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}
