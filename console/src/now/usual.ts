// What is usual: the median hour of the last two weeks.

import type { Counts, Series } from "../api/types";

export interface Usual {
  eventsDelivered: number;
  eventsNotDelivered: number;
  skipped: number;
}

/** Hours with which a median says more than chance. */
const HOURS_MIN = 24;
const HOUR_MS = 3_600_000;

/** The usual counts of a period of `minutes`; null before a day was seen. */
export function usualOf(series: Series | undefined, minutes: number): Usual | null {
  const first = series?.points[0];
  if (series === undefined || first === undefined) return null;
  // the first hour and the present one are not whole
  const hours = Math.floor((Date.parse(series.timePeriodEnd) - Date.parse(first.at)) / HOUR_MS) - 1;
  if (hours < HOURS_MIN) return null;
  const whole = series.points
    .slice(1)
    .filter(({ at }) => endOf(at) <= Date.parse(series.timePeriodEnd));
  const usual = (name: keyof Usual) => Math.round((median(whole, name, hours) * minutes) / 60);
  return {
    eventsDelivered: usual("eventsDelivered"),
    eventsNotDelivered: usual("eventsNotDelivered"),
    skipped: usual("skipped"),
  };
}

const endOf = (at: string) => Date.parse(at) + HOUR_MS;

/** Hours in which nothing was counted are not among the points. */
function median(points: readonly Counts[], name: keyof Usual, hours: number): number {
  const counts = points.map((point) => point[name]);
  const silent = Array.from({ length: Math.max(0, hours - counts.length) }, () => 0);
  const all = [...counts, ...silent].sort((one, other) => one - other);
  return all[Math.floor(all.length / 2)] ?? 0;
}
