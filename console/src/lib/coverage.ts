// Shares of the sent events that had a field, and whether a share fell.

import type { CoverageRow, Sent, Step } from "../api/types";
import { shareOf } from "./number";
import { STEP_MS } from "./time";

export interface FieldShare {
  field: string;
  share: number | null;
  /** The share in each step; null where nothing was sent. */
  points: (number | null)[];
  fell: Fall | null;
}

/** A share of the last part of the period that is lower than the one before it. */
export interface Fall {
  from: number;
  to: number;
}

const APPLE = ["ios", "ipados", "tvos"];
/** Platforms that a device id belongs to; it is shown elsewhere only if events had it. */
const OF_PLATFORM: Record<string, readonly string[]> = {
  idfa: APPLE,
  idfv: APPLE,
  att: APPLE,
  adid: ["android"],
  fire_adid: ["fire"],
  rida: ["roku"],
};
const ALWAYS = ["kochava_device_id", "origination_ip", "device_ua"];
const LAST = ["origination_ip", "device_ua", "att", "consent", "revenue", "revenue_with_currency"];
/** The last part of a period: a sixth is four hours of a day, and more than two days of two weeks. */
const PARTS = 6;
const FALL_POINTS_MIN = 10;
const SENT_MIN = 20;

/** The period that is covered, in milliseconds since 1970. */
export interface Span {
  start: number;
  end: number;
  step: Step;
}

/** The fields of a row, the ids of the device first. */
export function sharesOf(row: CoverageRow, span: Span): FieldShare[] {
  const steps = stepsOf(row, span);
  return fieldsOf(row).map((field) => ({
    field,
    share: share(row, field),
    points: steps.map((point) => (point === undefined ? null : share(point, field))),
    fell: fallOf(row, field, span),
  }));
}

/** A point for each step; undefined where nothing was sent. */
function stepsOf({ points }: CoverageRow, { start, end, step }: Span): (Sent | undefined)[] {
  const length = STEP_MS[step];
  const known = new Map(points.map((point) => [Math.floor(Date.parse(point.at) / length), point]));
  const steps: (Sent | undefined)[] = [];
  for (let each = Math.floor(start / length); each * length < end; each += 1)
    steps.push(known.get(each));
  return steps;
}

function fieldsOf({ platform, fields }: CoverageRow): string[] {
  const expected = Object.entries(OF_PLATFORM)
    .filter(([, platforms]) => platforms.includes(platform))
    .map(([field]) => field);
  const had = Object.keys(fields).filter((field) => (fields[field] ?? 0) > 0);
  const all = [...new Set([...ALWAYS, ...expected, ...had])];
  const rank = (field: string) =>
    field === "kochava_device_id" ? -2 : LAST.includes(field) ? LAST.indexOf(field) : -1;
  return all.sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
}

/** A currency is missed only where there is revenue. */
function share({ sent, fields }: Sent, field: string): number | null {
  const whole = field === "revenue_with_currency" ? (fields["revenue"] ?? 0) : sent;
  return shareOf(fields[field] ?? 0, whole);
}

function fallOf(row: CoverageRow, field: string, { start, end }: Span): Fall | null {
  const border = end - (end - start) / PARTS;
  const isRecent = ({ at }: { at: string }) => Date.parse(at) >= border;
  const recent = sum(row.points.filter(isRecent));
  const before = sum(row.points.filter((point) => !isRecent(point)));
  if (recent.sent < SENT_MIN || before.sent < SENT_MIN) return null;
  const [from, to] = [share(before, field), share(recent, field)];
  return from !== null && to !== null && from - to >= FALL_POINTS_MIN ? { from, to } : null;
}

function sum(points: readonly Sent[]): Sent {
  const fields: Record<string, number> = {};
  let sent = 0;
  for (const point of points) {
    sent += point.sent;
    for (const [field, had] of Object.entries(point.fields))
      fields[field] = (fields[field] ?? 0) + had;
  }
  return { sent, fields };
}
