// Plans a block of lines for `plan`, in the main thread or another.

import { BLANK, TOO_LONG, countsOf, onePerLine, parsed } from "./fates.mjs";
import { LF, isBlank, isSpace, joined, namesFor } from "./scan.mjs";
import { FateSummary } from "./summary.mjs";

/**
 * Lines to plan.
 * @typedef {{ bytes: Uint8Array, lines?: number[], areRaw?: boolean, isTooLong?: boolean, wanted?: Wanted }} PlanBlock
 *   `lines`: the number of each value's line; of lines as they were read only that of the first;
 *   `areRaw`: as they were read, so that blank ones are among them; `isTooLong`: stands for one
 *   value that was too long
 * @typedef {{ file?: string, keepsBlank?: boolean, isSummary?: boolean, isBrief?: boolean }} Wanted beside
 *   the fates: `file`: each gets this file, its line and the name of its event; `keepsBlank`: blank
 *   lines get a fate; `isSummary`: no lines at all, but the counts of their reasons; `isBrief`: instead
 *   of the fates what a row of a table shows of them
 */

/**
 * What a row of a table shows.
 * @typedef {{ line?: number, event: string | null, fate: "ready", kinds: string[], bytes: number,
 *   warnings: string[] } | { line?: number, event: string | null, fate: "skipped" | "refused",
 *   reasons: { code: string, field?: string, message: string }[] }} Brief
 *   `bytes`: of all bodies; `warnings`: their codes
 */

const encoder = new TextEncoder();

/** Of a text that is encoded at once: line by line takes seven times as long, and all of them may be too long for a string. */
const TEXT_LENGTH = 1_000_000;

/**
 * One line for each fate, and how many of them are ready, skipped and refused.
 *
 * @param {(block: PlanBlock) => { bytes: Uint8Array }} planOver gives the mapper's lines, which may
 *   be written over those of the block
 * @param {PlanBlock} block
 * @returns {{ bytes: Uint8Array, counts: import("./fates.mjs").FateCounts,
 *   reasons?: [key: string, count: number][] }}
 */
export function planLines(planOver, block) {
  const { wanted = {} } = block;
  if (wanted.file !== undefined || wanted.keepsBlank || wanted.isSummary || wanted.isBrief)
    return answerOf(placedFates(planOver, block), wanted);
  const counts = countsOf();
  if (block.isTooLong) {
    counts.refused += 1;
    return { bytes: encoder.encode(`${JSON.stringify(TOO_LONG)}\n`), counts };
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

/** Each fate with the number of its line and the name of its event. */
function* placedFates(planOver, { bytes, lines, areRaw, isTooLong, wanted }) {
  if (isTooLong) return yield { fate: TOO_LONG, line: lines[0], event: null };
  const values = bytes.slice();
  const fatesOfLines = parsed(planOver({ bytes }).bytes);
  for (let from = 0, number = 0, end; from < values.length; from = end + 1, number += 1) {
    end = values.indexOf(LF, from);
    if (end < 0) end = values.length;
    const value = values.subarray(from, end);
    const fates = fatesOfLines.next().value;
    const line = areRaw ? lines[0] + number : lines[number];
    if (areRaw && isBlank(value)) {
      if (wanted.keepsBlank) yield { fate: BLANK, line, event: null };
      continue;
    }
    const names = hasPlaces(wanted) ? namesFor(value, fates) : [];
    for (const [index, fate] of fates.entries()) yield { fate, line, event: names[index] };
  }
}

/** Whether each fate is told with its line and the name of its event. */
export function hasPlaces({ file, isBrief }) {
  return file !== undefined || isBrief === true;
}

function answerOf(placed, { file, isSummary, isBrief }) {
  const summary = new FateSummary();
  const parts = [];
  let text = "";
  for (const { fate, line, event } of placed) {
    summary.add(fate);
    if (isSummary) continue;
    const place = file === undefined ? {} : { file, line, event };
    const told = isBrief ? briefOf(fate, line, event) : { ...place, ...fate };
    text += `${JSON.stringify(told)}\n`;
    if (text.length < TEXT_LENGTH) continue;
    parts.push(encoder.encode(text));
    text = "";
  }
  parts.push(encoder.encode(text));
  return { bytes: joined(parts), counts: summary.fates, reasons: summary.countedReasons };
}

/** @returns {Brief} */
function briefOf(told, line, event) {
  const { fate } = told;
  if (fate === "ready")
    return {
      line,
      event,
      fate,
      kinds: told.requests.map(({ kind }) => kind),
      bytes: told.requests.reduce((sum, { body }) => sum + body.length, 0),
      warnings: told.warnings.map(({ code }) => code),
    };
  const list = fate === "skipped" ? [told] : told.violations;
  const reasons = list.map(({ code, field, message }) => ({ code, field, message }));
  return { line, event, fate, reasons };
}
