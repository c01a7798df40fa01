// What is usual: the median of the same hours of the days before.

import type { Series } from "../api/types";

export interface Usual {
  eventsDelivered: number;
  eventsNotDelivered: number;
  skipped: number;
}

/** Days with which a median says more than chance. */
const DAYS_MIN = 3;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/**
 * The usual counts of a period of `minutes` that ends with the series, whose steps are hours; null
 * before three days were seen, and for a period that is longer than a day.
 */
export function usualOf(series: Series | undefined, minutes: number): Usual | null {
  const first = series?.points[0];
  if (series === undefined || first === undefined || minutes > DAY_HOURS * 60) return null;
  const end = Math.floor(Date.parse(series.timePeriodEnd) / HOUR_MS);
  const start = Math.floor(Date.parse(first.at) / HOUR_MS);
  if (end - start < DAYS_MIN * DAY_HOURS) return null;
  const hours = new Map(
    series.points.map((point) => [Math.floor(Date.parse(point.at) / HOUR_MS), point]),
  );
  const usual = (name: keyof Usual) => {
    const counts = (hour: number) => hours.get(hour)?.[name] ?? 0;
    let sum = 0;
    for (let left = minutes, hour = end; left > 0; left -= 60, hour -= 1)
      sum += (median(sameHour(hour, start).map(counts)) * Math.min(left, 60)) / 60;
    return Math.round(sum);
  };
  return {
    eventsDelivered: usual("eventsDelivered"),
    eventsNotDelivered: usual("eventsNotDelivered"),
    skipped: usual("skipped"),
  };
}

/** The same hour of the days before, but not the first hour that is known, which is a part of one. */
function sameHour(hour: number, start: number): number[] {
  const hours: number[] = [];
  for (let each = hour - DAY_HOURS; each > start; each -= DAY_HOURS) hours.push(each);
  return hours;
}

function median(counts: number[]): number {
  counts.sort((one, other) => one - other);
  return counts[Math.floor(counts.length / 2)] ?? 0;
}
