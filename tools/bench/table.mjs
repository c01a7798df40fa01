// Prints rows as a table of at most 80 columns.

import { verdict } from "./rows.mjs";

const COLUMNS = [
  ["row", 20],
  ["value", 13],
  ["baseline", 8],
  ["ratio", 6],
  ["quartiles", 10],
  ["floor", 5],
  ["goal", 5],
  ["", 6],
];

/** The line above the rows. `hasBefore` adds the column of the other build. */
export const heading = (hasBefore) =>
  line(
    COLUMNS.map(([title]) => title),
    hasBefore && "÷ before",
  );

/** The line of a row. */
export function lineOf(row) {
  const { name, value, unit, baseline, ratio, quartiles, before, floor, goal, most } = row;
  const aim = (limit) => (limit === undefined ? "" : `${most ? "≤" : "≥"} ${limit}`);
  const cells = [
    name,
    `${figure(value)} ${unit}`,
    baseline === null ? "" : figure(baseline),
    ratio === null ? "" : figure(ratio),
    quartiles ? quartiles.map(figure).join("–") : "",
    aim(floor),
    aim(goal),
    verdict(row),
  ];
  return line(cells, before?.toFixed(2));
}

/** Three digits or more. */
function figure(value) {
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

function line(cells, before) {
  const padded = cells.map((cell, at) => {
    const [, width] = COLUMNS[at];
    return at === 0 || at === cells.length - 1 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `${padded.join(" ")}${before ? ` ${before.padStart(8)}` : ""}`.trimEnd();
}
