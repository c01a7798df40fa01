// Writes times and durations for people, in the time zone of the browser.

/** Milliseconds of each step of numbers. */
export const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** `14:05` today, `26 Nov 14:05` on any other day. */
export function clock(at: string | number, now = Date.now()): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? CLOCK.format(date) : `${DAY.format(date)} ${CLOCK.format(date)}`;
}

export const clockWithSeconds = (at: string | number): string => SECONDS.format(new Date(at));

export const day = (at: string | number): string => DAY.format(new Date(at));

/** `5 s`, `12 min`, `3 h`, `2 days`: rounded down, so that it never promises too much. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

export const age = (at: string, now = Date.now()): string => duration(now - Date.parse(at));
