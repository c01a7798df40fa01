// Where on the page is a setting?

import { computed, signal } from "@preact/signals";
import { fieldId } from "../form/field";
import { locate, walk, type Span } from "../lib/json";
import { nameOf } from "../lib/keys";
import { settingsText, settingsView } from "./settings";
import { tab } from "./view";

export const jsonRevealed = signal<{ at: Span; isFocused: boolean } | null>(null);

/** Leaves for a setting's field, if the form has it; else for its place in the JSON. */
export function goTo(path: string): void {
  tab.value = "settings";
  // on a narrow screen the panel is drawn first
  requestAnimationFrame(() => enter(path));
}

function enter(path: string): void {
  const field = settingsView.value === "form" ? document.getElementById(fieldId(path)) : null;
  if (field === null) {
    showInJson(placeOf(path, locatedSettings.value));
    return;
  }
  for (
    let group = field.closest("details");
    group !== null;
    group = group.parentElement?.closest("details") ?? null
  )
    group.open = true;
  const control = field.matches("input, select, button")
    ? field
    : field.querySelector<HTMLElement>("input, select, button");
  field.scrollIntoView({ block: "center" });
  control?.focus({ preventScroll: true });
}

export function showInJson(at: Span): void {
  settingsView.value = "json";
  jsonRevealed.value = { at, isFocused: true };
}

/** The places of all settings, by name. */
export const locatedSettings = computed(() => {
  const places = new Map<string, Span>();
  const root = locate(settingsText.value);
  if (root !== null) walk(root, (keys, node) => places.set(nameOf(keys), node.at));
  return places;
});

/** Where a setting lies; of a missing one the beginning of what it is missing from. */
export function placeOf(path: string, places: Map<string, Span>): Span {
  const found = places.get(path);
  if (found !== undefined && path !== "") return found;
  const parent = path.replace(/(^|\.|\[)[^.[]*$/, "");
  const [start] = places.get(parent) ?? [0];
  return [start, start + 1];
}
