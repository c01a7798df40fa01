// The columns of the table of `plan`, and what all tables share.
//
// Widths are fixed before the first row, from the terminal and the names of the files: rows are
// written as they come and none is kept.

import { escapeControls } from "./escape.mjs";
import { cut, pad, padStart, widthOf } from "./layout.mjs";
import { formatted } from "./summary.mjs";

/** Between two columns. */
export const GAP = "  ";
/** The longest code has 28 characters. Codes are never cut. */
export const CODE_WIDTH_MAX = 28;

const NUMBER_WIDTH_MIN = 3;
const FATE_WIDTH = 7;
const EVENT_WIDTH_MIN = 17;
const EVENT_WIDTH_MAX = 32;
/** For `:1234567` after a file. */
const LINE_WIDTH = 8;
const COLORS = { ready: "green", skipped: "dim", refused: "red" };

/** The width that shows each of these files with a line. */
export function fileWidthOf(labels) {
  return labels.reduce((widest, label) => Math.max(widest, widthOf(label) + LINE_WIDTH), 0);
}

/**
 * The columns for a row with this number: a longer number narrows the file.
 *
 * @param {number} fileWidth wanted for the file
 */
export function columnsOf(width, fileWidth, number) {
  const numberWidth = Math.max(NUMBER_WIDTH_MIN, formatted(number).length);
  const gaps = 4 * GAP.length;
  const free = Math.max(14, width - numberWidth - FATE_WIDTH - gaps - CODE_WIDTH_MAX);
  const least = Math.min(EVENT_WIDTH_MIN, Math.floor(free / 2));
  const event = Math.max(least, Math.min(EVENT_WIDTH_MAX, free - fileWidth));
  const file = Math.min(fileWidth, free - event);
  const details = width - numberWidth - file - event - FATE_WIDTH - gaps;
  return { number: numberWidth, file, event, details };
}

export function heading(output, { number, file, event, details }) {
  const titles = [
    padStart("#", number),
    pad("file", file),
    pad("event", event),
    pad("fate", FATE_WIDTH),
    "details",
  ].join(GAP);
  const rule = [number, file, event, FATE_WIDTH, Math.min(details, CODE_WIDTH_MAX)]
    .map((width) => "-".repeat(width))
    .join(GAP);
  return [output.paint("bold", titles), output.paint("dim", rule)];
}

/** The cell of an event's name. */
export function nameCell({ event }, name) {
  return pad(cut(shownName(name), event), event);
}

/** The cell of a fate. */
export function fateCell(output, fate) {
  return output.paint(COLORS[fate], pad(fate, FATE_WIDTH));
}

/** The spaces before the last column. */
export function indent({ number, file, event }) {
  return " ".repeat(number + file + event + FATE_WIDTH + 4 * GAP.length);
}

/** The name of an event as it is shown. */
export function shownName(name) {
  return name === null ? "-" : escapeControls(name);
}

/** A file, cut if it is too wide, with its line, which is never cut. */
export function located(label, line, width = Infinity) {
  const suffix = line === undefined ? "" : `:${line}`;
  return cut(label, width - suffix.length) + suffix;
}

export function colorOf(fate) {
  return COLORS[fate];
}

/** The counts at the end: a sentence, and a row for each code. */
export function summaryLines(output, { sentence, reasons }) {
  const width = Math.max(0, ...reasons.map(([, count]) => formatted(count).length));
  const rows = reasons.map(
    ([kind, count, code]) =>
      `${GAP}${pad(kind, 9)}${GAP}${padStart(formatted(count), width)}${GAP}${code}`,
  );
  return ["", output.paint("bold", sentence), ...rows];
}
