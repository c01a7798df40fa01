// Which rejects a change is for: some ids, or all that match a filter.

import { signal } from "@preact/signals";
import { count } from "../../../ui/lib/format";
import { reasonTitle } from "../lib/words";

export type Selection = { ids: string[] } | { filter: Filter };

export interface Filter {
  sync?: string;
  reason?: string;
  event?: string;
  /** A part of the name. */
  search?: string;
}

/** The body of a request that changes these rejects. Without any filter it is for all of them. */
export function bodyOf(selection: Selection, dry: boolean): Record<string, unknown> {
  if ("ids" in selection) return { ids: selection.ids, dry };
  const filter = Object.fromEntries(
    Object.entries(selection.filter).filter(([, value]) => value !== undefined && value !== ""),
  );
  return Object.keys(filter).length === 0 ? { all: true, dry } : { filter, dry };
}

/** "3 events", or "Purchase, No IP address". */
export function nameOf(selection: Selection): string {
  if ("ids" in selection) return count(selection.ids.length, "event");
  const { sync, reason, event, search } = selection.filter;
  const parts = [
    event && `event ${event}`,
    search && `“${search}” in the name`,
    reason && `“${reasonTitle(reason)}”`,
    sync && `sync ${sync}`,
  ].filter(Boolean);
  return parts.length === 0 ? "all events" : `all events: ${parts.join(", ")}`;
}

/** The ids that are checked in the list. */
export const checked = signal<ReadonlySet<string>>(new Set());
/** The Worker takes no more in one request. */
export const IDS_MAX = 1_000;

export function check(ids: readonly string[], isChecked: boolean): void {
  const all = new Set(checked.value);
  for (const id of ids) {
    if (isChecked && all.size < IDS_MAX) all.add(id);
    else if (!isChecked) all.delete(id);
  }
  checked.value = all;
}

/** The dialog that is open, and what it is for. */
export const dialog = signal<{ kind: "replay" | "delete"; selection: Selection } | null>(null);
/** Counts changes, so that lists are read again after one. */
export const changes = signal(0);

export function changed(): void {
  changes.value += 1;
  checked.value = new Set();
}
