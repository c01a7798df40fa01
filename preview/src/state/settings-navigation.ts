// Moves to a setting: to its field in the form, or to its place in the JSON.

import { computed, signal } from "@preact/signals";
import { fieldId } from "../form/field";
import { locate, walk, type Span } from "../../../ui/lib/json";
import { pathOf } from "../lib/setting-path";
import { settingsText, settingsView } from "./settings";
import { tab } from "./view";

export const textRevealed = signal<{ at: Span; isFocused: boolean } | null>(null);

/** Optional fields of `mapping` that the form shows although they are not set. */
export const openedMappings = signal<ReadonlySet<string>>(new Set());

export function openMapping(name: string): void {
  openedMappings.value = new Set([...openedMappings.value, name]);
}

/**
 * Moves the focus to the field of a setting, or to its place in the JSON if the form has no field
 * for it.
 */
export function goTo(path: string): void {
  tab.value = "settings";
  const [group, name] = path.split(".");
  if (group === "mapping" && name !== undefined) openMapping(name);
  // after the next render: on a narrow screen the panel was hidden
  requestAnimationFrame(() => enter(path));
}

function enter(path: string): void {
  const field = settingsView.value === "form" ? document.getElementById(fieldId(path)) : null;
  if (field === null) {
    showInText(placeOf(path, locatedSettings.value), "json");
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

export function showInText(at: Span, view: "json" | "toml"): void {
  settingsView.value = view;
  textRevealed.value = { at, isFocused: true };
}

/** The spans of all settings, by path. */
export const locatedSettings = computed(() => {
  const places = new Map<string, Span>();
  const root = locate(settingsText.value);
  if (root !== null) walk(root, (keys, node) => places.set(pathOf(keys), node.at));
  return places;
});

/** Returns the span of a setting; for a missing one, the start of the object that lacks it. */
export function placeOf(path: string, places: Map<string, Span>): Span {
  const found = places.get(path);
  if (found !== undefined && path !== "") return found;
  const parent = path.replace(/(^|\.|\[)[^.[]*$/, "");
  const [start] = places.get(parent) ?? [0];
  return [start, start + 1];
}
