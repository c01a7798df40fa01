// What the header and the first view know: health, counts and alerts.

import type { Query } from "../api/query";
import type { Alerts, Breaker, Health, SettingsFault, Stats } from "../api/types";
import type { Facts } from "../lib/situation";
import { syncTitle } from "../lib/words";
import { period, syncQuery } from "../state/route";

export interface Overview {
  health: Query<Health>;
  stats: Query<Stats>;
  alerts: Query<Alerts>;
}

/**
 * What the sentences are made from, of the chosen sync; null while it is loading. Where the numbers
 * cannot be had, `/health` still knows the breakers.
 */
export function factsOf({ health, stats, alerts }: Overview, usual: number | null): Facts | null {
  if (health.value === undefined) return null;
  if (stats.value === undefined && stats.fault === null) return null;
  const sync = syncQuery();
  const isShown = (each: { sync?: string | null }) =>
    sync === undefined || syncTitle(each.sync) === sync;
  return {
    faults: faultsOf(health.value, isShown),
    breakers: breakersOf(health.value, stats.value).filter(isShown),
    waiting: (stats.value?.waiting ?? []).filter(isShown),
    counts: stats.value ?? null,
    alerts: (alerts.value?.alerts ?? []).filter(isShown),
    words: period().words,
    usual,
    now: Date.now(),
  };
}

/** The faults of the whole Worker, and those of each shown sync. */
function faultsOf(
  health: Health,
  isShown: (sync: { sync?: string | null }) => boolean,
): SettingsFault[] {
  const ofSyncs = (health.syncs ?? []).filter(isShown).flatMap((each) => each.faults ?? []);
  return [...faultsOfWorker(health), ...ofSyncs];
}

/** The faults that are of no sync: `/health` lists those of the syncs once more among all. */
export function faultsOfWorker({ faults, syncs = [] }: Health): SettingsFault[] {
  const key = ({ path, code }: SettingsFault) => `${path} ${code}`;
  const ofSyncs = new Set(syncs.flatMap((each) => each.faults ?? []).map(key));
  return faults.filter((fault) => !ofSyncs.has(key(fault)));
}

/** `/stats` knows the App GUIDs; `/health` answers while the objects do not. */
function breakersOf({ open_breakers: known = [] }: Health, stats: Stats | undefined): Breaker[] {
  return stats !== undefined && stats.open_breakers.length > 0 ? stats.open_breakers : known;
}
