// What are the settings, as a value and as a text?
//
// Both are views of one value. A text that is not JSON yet leaves the last value standing and says where it stops being JSON.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Mapper, Settings, SettingsFault } from "kochava-edge";
import { isObject, pretty, whereItStops, type Json, type JsonObject, type Key } from "../lib/json";
import { withAt } from "../lib/keys";
import { fragmentOf } from "../lib/link";
import { engine } from "./engine";
import { sampleSettings } from "./samples";

export const settings = signal<JsonObject>(sampleSettings);
export const settingsText = signal(pretty(sampleSettings));
export const textFault = signal<{ message: string; offset: number } | null>(null);
export const settingsView = signal<"form" | "json">("form");

/** What is wrong with the value, as the mapper says it. */
export const faults = signal<SettingsFault[]>([]);
/** Works under the last settings that could. */
export const mapper = signal<Mapper | null>(null);
export const isStale = computed(() => faults.value.length > 0 || textFault.value !== null);
export const hasCredentials = computed(() => settings.value["authentication"] !== undefined);
/** The fragment of a link, and the settings that it is of. */
const made = signal<{ fragment: string; of: JsonObject } | null>(null);

export function setSettings(value: JsonObject): void {
  batch(() => {
    settings.value = value;
    settingsText.value = pretty(value);
    textFault.value = null;
  });
}

/** Changes one place; undefined takes it away. */
export function change(keys: readonly Key[], value: Json | undefined): void {
  setSettings(withAt(settings.value, keys, value));
}

export function typeSettings(text: string): void {
  batch(() => {
    settingsText.value = text;
    try {
      const value: unknown = JSON.parse(text);
      textFault.value = isObject(value)
        ? null
        : { message: "The settings are one JSON object.", offset: 0 };
      if (isObject(value)) settings.value = value;
    } catch {
      textFault.value = { message: "This is not JSON yet.", offset: whereItStops(text) };
    }
  });
}

/** Keeps the mapper and the link in step with the settings. */
export function followSettings(): void {
  effect(() => {
    const value = settings.value;
    const ready = engine.value;
    if (ready === null) return;
    try {
      const next = new ready.Mapper(value as unknown as Settings);
      const last = mapper.peek();
      batch(() => {
        mapper.value = next;
        faults.value = [];
      });
      last?.free();
    } catch (error) {
      if (!(error instanceof ready.SettingsError)) throw error;
      faults.value = error.faults;
    }
  });
  effect(() => {
    const value = settings.value;
    void fragmentOf(value).then((fragment) => (made.value = { fragment, of: value }));
  });
}

/** A link to these settings. It is made ahead where possible: some browsers let a page copy only what is there when the button is pressed. */
export function linkToSettings(): string | Promise<string> {
  const page = `${location.origin}${location.pathname}`;
  const [value, ahead] = [settings.value, made.value];
  return ahead?.of === value
    ? page + ahead.fragment
    : fragmentOf(value).then((fragment) => page + fragment);
}
