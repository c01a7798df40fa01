// Plans a block of lines for `plan -o ndjson`, in the main thread or another.

import { TOO_LONG, countsOf, onePerLine } from "./fates.mjs";
import { LF, isBlank, isSpace } from "./scan.mjs";

/**
 * Lines to plan.
 * @typedef {{ bytes: Uint8Array, areRaw?: boolean, isTooLong?: boolean }} PlanBlock
 *   `areRaw`: as they were read, so that blank ones are ignored; `isTooLong`: stands for one line
 *   that was too long
 */

/**
 * One line for each fate, and how many of them are ready, skipped and refused.
 *
 * @param {(block: PlanBlock) => { bytes: Uint8Array }} planOver gives the mapper's lines, which may
 *   be written over those of the block
 * @param {PlanBlock} block
 * @returns {{ bytes: Uint8Array, counts: import("./fates.mjs").FateCounts }}
 */
export function planLines(planOver, block) {
  const counts = countsOf();
  if (block.isTooLong) {
    counts.refused += 1;
    return { bytes: new TextEncoder().encode(`${JSON.stringify(TOO_LONG)}\n`), counts };
  }
  const bytes = block.areRaw ? withoutBlankLines(block.bytes) : block.bytes;
  return { bytes: onePerLine(planOver({ bytes }).bytes, counts), counts };
}

/** Moves the other lines together if there are blank ones. */
function withoutBlankLines(bytes) {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let kept = 0;
  let copiedTo = 0;
  for (let from = 0, end; from < lines.length; from = end) {
    end = lines.indexOf(LF, from) + 1 || lines.length;
    if (!isSpace(lines[from]) || !isBlank(lines.subarray(from, end))) continue;
    lines.copyWithin(kept, copiedTo, from);
    kept += from - copiedTo;
    copiedTo = end;
  }
  lines.copyWithin(kept, copiedTo);
  return bytes.subarray(0, kept + lines.length - copiedTo);
}
