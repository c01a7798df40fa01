// How does a row tell which event it is about?
//
// Widths are settled before the first row, from the terminal and the names of the files: rows are written as they come, and none is kept.

import { cut, pad, padStart, widthOf } from "./layout.mjs";
import { numbered } from "./tally.mjs";
import { visible } from "./visible.mjs";

const GAP = "  ";
const NUMBER_WIDTH = 3;
const FATE_WIDTH = 7;
/** The longest code there is has 28 characters: codes are never cut. */
const WHAT_WIDTH_MIN = 28;
const EVENT_WIDTH_MIN = 17;
const EVENT_WIDTH_MAX = 32;
/** Room for `:1234567` behind a file. */
const LINE_WIDTH = 8;
const COLORS = { ready: "green", skipped: "dim", refused: "red" };

/** The width that would show each of these files and a line. */
export function fileWidthOf(labels) {
  return labels.reduce((widest, label) => Math.max(widest, widthOf(label) + LINE_WIDTH), 0);
}

/** The columns for a row with this number: a longer number takes from the file. */
export function columnsOf(width, wanted, number) {
  const numberWidth = Math.max(NUMBER_WIDTH, numbered(number).length);
  const free = Math.max(14, width - numberWidth - FATE_WIDTH - 4 * GAP.length - WHAT_WIDTH_MIN);
  const least = Math.min(EVENT_WIDTH_MIN, Math.floor(free / 2));
  const event = Math.max(least, Math.min(EVENT_WIDTH_MAX, free - wanted));
  const file = Math.min(wanted, free - event);
  return {
    number: numberWidth,
    file,
    event,
    what: width - numberWidth - file - event - FATE_WIDTH - 4 * GAP.length,
  };
}

export function heading(output, columns) {
  const { number, file, event, what } = columns;
  const titles = [
    padStart("#", number),
    pad("file", file),
    pad("event", event),
    pad("fate", FATE_WIDTH),
    "what",
  ].join(GAP);
  const rule = [number, file, event, FATE_WIDTH, Math.min(what, WHAT_WIDTH_MIN)]
    .map((width) => "-".repeat(width))
    .join(GAP);
  return [output.paint("bold", titles), output.paint("dim", rule)];
}

/** Everything before the last column. */
export function lead(output, columns, { number, label, line, name, fate }) {
  const cells = [
    padStart(numbered(number), columns.number),
    pad(placed(label, line, columns.file), columns.file),
    pad(cut(titled(name), columns.event), columns.event),
  ];
  return [...cells, output.paint(COLORS[fate], pad(fate, FATE_WIDTH)), ""].join(GAP);
}

/** As far as the last column. */
export function indent({ number, file, event }) {
  return " ".repeat(number + file + event + FATE_WIDTH + 4 * GAP.length);
}

export function titled(name) {
  return name === null ? "-" : visible(name);
}

/** The file, cut if need be, and the line, never cut. */
export function placed(label, line, width = Infinity) {
  const behind = line === undefined ? "" : `:${line}`;
  return cut(label, width - behind.length) + behind;
}

export function colorOf(fate) {
  return COLORS[fate];
}

/** The counts at the end. */
export function summary(output, sentence, reasons) {
  const width = Math.max(0, ...reasons.map(([, count]) => numbered(count).length));
  const rows = reasons.map(
    ([kind, count, code]) =>
      `${GAP}${pad(kind, 9)}${GAP}${padStart(numbered(count), width)}${GAP}${code}`,
  );
  return ["", output.paint("bold", sentence), ...rows];
}
