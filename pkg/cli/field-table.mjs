// The fields of an explained fate as a table: field, value and source.

import { escapeControls } from "./escape.mjs";
import { cut, pad, widthOf, wrap } from "./layout.mjs";
import { CODE_WIDTH_MAX, GAP } from "./table.mjs";

/**
 * The fields of each request, then those that are not sent.
 *
 * @param {import("./output.mjs").Output} output
 * @param {import("../index.d.ts").ExplainedFate} fate
 */
export function fieldTable(output, { fields, requests = [] }) {
  const rows = fields.map((explanation) => ({ ...explanation, cells: cellsOf(explanation) }));
  if (rows.length === 0) return [];
  const widths = widthsOf(rows, output.width);
  return [...requests.keys(), null].flatMap((request) => {
    const group = rows.filter((row) => row.request === request);
    if (group.length === 0) return [];
    if (request === null)
      return ["", "   not sent", ...group.flatMap(({ cells }) => rowOf(cells, noValue(widths)))];
    const { kind, method, url } = requests[request];
    return [
      "",
      ...wrap(`${kind}: ${method} ${url}`, output.width - 3).map((line) => `   ${line}`),
      output.paint("dim", joined(["field", "value", "source"], widths)),
      ...group.flatMap(({ cells }) => rowOf(cells, widths)),
    ];
  });
}

function cellsOf({ field, value, origin, tried }) {
  const unusable = tried
    .filter(({ answer }) => answer === "unusable")
    .map(({ path, code }) => `${path}: ${code ?? "wrong type"}`);
  const absent = pathsOf(tried, "nothing");
  const source = [
    sourceOf(value, origin, tried),
    ...unusable,
    absent && `not found: ${absent}`,
  ].filter(Boolean);
  return [field, value ?? "", source.join("; ")].map(escapeControls);
}

function sourceOf(value, origin, tried) {
  if (value === null && origin.kind !== "setting") {
    const found = pathsOf(tried, "taken");
    return found && `found at ${found}`;
  }
  if (origin.kind === "paths") return origin.paths.join(" + ");
  return origin.kind === "setting" ? `setting ${origin.setting}` : "Kochava's guide";
}

function pathsOf(tried, wanted) {
  return tried
    .filter(({ answer }) => answer === wanted)
    .map(({ path }) => path)
    .join(", ");
}

/** @returns the widths of field, value and source */
function widthsOf(rows, width) {
  const widest = (index) =>
    rows.reduce((most, { cells }) => Math.max(most, widthOf(cells[index])), 6);
  const free = width - 3 - 2 * GAP.length;
  const share = Math.max(CODE_WIDTH_MAX, Math.floor(free * 0.38));
  const field = Math.min(widest(0), Math.max(share - 4, 16));
  const value = Math.min(widest(1), free - Math.min(widest(2), share) - field);
  return [field, value, free - field - value];
}

/** The lines of a row: field and source are wrapped, a long value is cut. */
function rowOf([field, value, source], widths) {
  const fieldLines = wrap(field, widths[0]);
  const sourceLines = wrap(source, widths[2]);
  const count = Math.max(fieldLines.length, sourceLines.length);
  return Array.from({ length: count }, (_, line) =>
    joined(
      [fieldLines[line] ?? "", line === 0 ? cut(value, widths[1]) : "", sourceLines[line] ?? ""],
      widths,
    ),
  );
}

/** Widths for fields that are not sent and have no value. */
function noValue([field, value, source]) {
  return [field, 0, source + value + GAP.length];
}

function joined([field, value, source], widths) {
  const cells =
    widths[1] === 0
      ? [pad(field, widths[0]), source]
      : [pad(field, widths[0]), pad(value, widths[1]), source];
  return `   ${cells.join(GAP)}`;
}
