// Writes numbers for people.

export const number = (value: number): string => value.toLocaleString("en");

/** `1.2 M`, `48 k`: for the axis of a chart. */
export const short = (value: number): string =>
  value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });

/** Rounded down, so that 99.99 % never reads as all of them. */
export const percent = (value: number | null): string =>
  value === null ? "–" : `${(Math.floor(value * 10) / 10).toLocaleString("en")} %`;

/** Rounded up, so that one of 100,000 never reads as none of them. */
export const percentUp = (value: number): string => percent(Math.ceil(value * 10) / 10);

/** A share as a percentage; null of nothing. */
export const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : (100 * part) / whole;

export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value > 0 && value < 1) return `${Math.round(value * 1_000)} ms`;
  if (value < 120) return `${value.toLocaleString("en", { maximumFractionDigits: 1 })} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3_600)} h`;
}
