// The threads of `plan`, which all files of a command share.

import { module } from "../node-api.js";
import { Pool } from "../pool.js";
import { defaultThreads, threadStarter } from "../threads.js";

/** Files this large together are planned on threads from the first line on. */
const LARGE_BYTES = 16_000_000;
/** An input of unknown size, or of files that are smaller: from here on. */
const START_BYTES = 8_000_000;

/**
 * @param {object} settings
 * @param {import("../index.d.ts").Context} context of all inputs
 * @param {number | undefined} wanted threads, by `--threads`
 * @param {number} totalBytes of all files; 0 if it is unknown
 * @returns {Pool | null} `null` to plan without threads
 */
export function poolOf(settings, context, wanted, totalBytes) {
  const count = wanted ?? defaultThreads();
  if (count < 2) return null;
  const isLarge = wanted !== undefined || totalBytes >= LARGE_BYTES;
  const script = new URL("./plan-thread.js", import.meta.url);
  const start = threadStarter(script, { module, context, settings: JSON.stringify(settings) });
  return new Pool(start, count, isLarge ? 0 : START_BYTES);
}
