// Which view is shown, from the fragment of the address: `#/rejects/ID?sync=us&period=ONE_DAY`.
//
// Everything that the operator chose stands in it, so that Back, reload and a link in a chat work.
// The token never does.

import { signal } from "@preact/signals";

export const VIEWS = [
  ["now", "Now"],
  ["coverage", "Coverage"],
  ["rejects", "Not delivered"],
  ["delivery", "Delivery"],
  ["settings", "Settings"],
  ["live", "Live"],
] as const;

export type View = (typeof VIEWS)[number][0];

export interface Route {
  view: View;
  /** The id of a reject; empty for the list. */
  id: string;
  query: Readonly<Record<string, string>>;
}

export const route = signal<Route>(parse(location.hash));
addEventListener("hashchange", () => (route.value = parse(location.hash)));

export function parse(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split("?");
  const [name = "", id = ""] = path.split("/");
  const view = VIEWS.find(([known]) => known === name)?.[0] ?? "now";
  return { view, id, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** What every view has in common and takes along. */
const SHARED = ["sync", "period"];

/** The address of a view; `query` replaces what belongs to the view alone. */
export function linkTo(view: View, query: Record<string, string> = {}, id = ""): string {
  const shared = Object.entries(route.value.query).filter(([name]) => SHARED.includes(name));
  const all = { ...Object.fromEntries(shared), ...query };
  const given = Object.entries(all).filter(([, value]) => value !== "");
  const text = new URLSearchParams(given).toString();
  return `#/${view}${id && `/${id}`}${text && `?${text}`}`;
}

/**
 * Changes parts of what is chosen in this view; an empty value removes one. While something is typed
 * it is no step that Back goes back to.
 */
export function choose(query: Record<string, string>, isTyping = false): void {
  const { view, id } = route.value;
  const link = linkTo(view, { ...route.value.query, ...query }, id);
  if (isTyping) location.replace(link);
  else location.hash = link;
}

const PERIODS = [
  ["TEN_MINUTES", "10 minutes", 10],
  ["ONE_HOUR", "hour", 60],
  ["FOUR_HOURS", "4 hours", 240],
  ["ONE_DAY", "day", 1_440],
  ["ONE_WEEK", "week", 10_080],
  ["TWO_WEEKS", "2 weeks", 20_160],
] as const;

type Period = (typeof PERIODS)[number];

/** Coverage is counted by the hour, and compares days. */
const isOffered = (view: View, [, , minutes]: Period) => view !== "coverage" || minutes >= 1_440;

/** The periods of a view; none where it has no use for one. */
export function periodChoices(view: View): (readonly [name: string, title: string])[] {
  if (!["now", "coverage", "delivery"].includes(view)) return [];
  return PERIODS.filter((each) => isOffered(view, each)).map(
    ([name, words]) => [name, `Last ${words}`] as const,
  );
}

/** The chosen period: its name, its words ("hour") and its minutes. */
export function period(): { name: string; words: string; minutes: number } {
  const { view, query } = route.value;
  const chosen = PERIODS.find(([name]) => name === query["period"]);
  const usual = view === "coverage" ? PERIODS[4] : PERIODS[1];
  const [name, words, minutes] = chosen !== undefined && isOffered(view, chosen) ? chosen : usual;
  return { name, words, minutes };
}

/** The chosen sync as a parameter; undefined for all of them. */
export const syncQuery = (): string | undefined => route.value.query["sync"] || undefined;
