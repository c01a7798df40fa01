// State of the settings: one value with two views, a form and a JSON text.
//
// A text that is not valid JSON leaves the last value in place and reports where the syntax error
// is.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Mapper, Settings, SettingsFault } from "kochava-edge";
import {
  isObject,
  pretty,
  syntaxErrorOffset,
  type Json,
  type JsonObject,
  type Key,
} from "../../../ui/lib/json";
import { withAt } from "../lib/setting-path";
import { fragmentOf } from "../../../ui/lib/settings-link";
import { engine } from "./engine";
import { firstSample, type SampleSettings } from "./samples";

/** The sample settings that were taken last. */
export const sampleSettings = signal(firstSample.settings);
export const settings = signal<JsonObject>(firstSample.settings.value);
export const settingsText = signal(pretty(firstSample.settings.value));
export const textFault = signal<{ message: string; offset: number } | null>(null);
export const settingsView = signal<"form" | "json">("form");

/** The faults of the value, as `new Mapper` reports them. */
export const faults = signal<SettingsFault[]>([]);
/** A mapper with the last valid settings; null if there were none yet. */
export const mapper = signal<Mapper | null>(null);
export const isStale = computed(() => faults.value.length > 0 || textFault.value !== null);
export const hasCredentials = computed(() => settings.value["authentication"] !== undefined);
/** A fragment that was made ahead, and the settings in it. */
const preparedLink = signal<{ fragment: string; of: JsonObject } | null>(null);

export function setSettings(value: JsonObject): void {
  batch(() => {
    settings.value = value;
    settingsText.value = pretty(value);
    textFault.value = null;
  });
}

export function takeSampleSettings(next: SampleSettings): void {
  sampleSettings.value = next;
  setSettings(next.value);
}

/** Changes one setting; undefined removes it. */
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
        : { message: "The settings must be a JSON object.", offset: 0 };
      if (isObject(value)) settings.value = value;
    } catch {
      textFault.value = { message: "This is not valid JSON.", offset: syntaxErrorOffset(text) };
    }
  });
}

/** Keeps the mapper and the link in step with the settings. */
export function watchSettings(): void {
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
    void fragmentOf(value).then((fragment) => (preparedLink.value = { fragment, of: value }));
  });
}

/**
 * Returns a link to these settings. Prepared ahead if possible, since some browsers let a page
 * write to the clipboard only synchronously within the click.
 */
export function linkToSettings(): string | Promise<string> {
  const page = `${location.origin}${location.pathname}`;
  const [value, prepared] = [settings.value, preparedLink.value];
  return prepared?.of === value
    ? page + prepared.fragment
    : fragmentOf(value).then((fragment) => page + fragment);
}
