// State of the settings: one value for each sync, with three views of them: a form, a JSON text and
// the lines of wrangler.toml.
//
// A text that cannot be read leaves the last value in place and reports where its error is.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Mapper, Settings, SettingsFault } from "kochava-edge";
import { pretty, type Json, type JsonObject, type Key } from "../../../ui/lib/json";
import { pathOf, withAt } from "../lib/setting-path";
import { fragmentOf } from "../../../ui/lib/settings-link";
import { looksLikeToml, readSyncs, type Sync } from "../lib/syncs";
import { asWranglerToml } from "../lib/wrangler-toml";
import { engine } from "./engine";
import { base, owner, type Owner } from "./owner";
import { firstSample, type SampleSettings } from "./samples";
import { typing } from "./typing";
import { toast } from "./view";

/** The sample settings that were taken last. */
export const sampleSettings = signal(firstSample.settings);
export const syncs = signal<readonly Sync[]>(base.value);
/** The index of the sync that is shown, and that the events are planned by. */
export const activeSync = signal(0);
const active = computed(() => syncs.value[activeSync.value] ?? syncs.value[0]);
export const settings = computed<JsonObject>(() => active.value?.value ?? {});
export const settingsText = signal(pretty(firstSample.settings.value));
/** The lines of wrangler.toml as somebody typed them; null if they follow the settings. */
export const typedToml = signal<string | null>(null);
export const tomlText = computed(() => typedToml.value ?? asWranglerToml(syncs.value));
export const textFault = signal<{ message: string; offset: number; in: "json" | "toml" } | null>(
  null,
);
export const settingsView = signal<"form" | "json" | "toml">("form");

/** The faults of the value, as `new Mapper` reports them. */
export const faults = signal<SettingsFault[]>([]);
/** A mapper with the last valid settings; null if there were none yet. */
export const mapper = signal<Mapper | null>(null);
export const isStale = computed(() => faults.value.length > 0 || textFault.value !== null);
export const hasCredentials = computed(() => settings.value["authentication"] !== undefined);
/** A fragment that was made ahead, and the settings in it. */
const preparedLink = signal<{ fragment: string; of: JsonObject } | null>(null);

/** Replaces the settings of the sync that is shown. */
export function setSettings(value: JsonObject): void {
  batch(() => {
    const shown = active.peek();
    setSyncs(syncs.value.map((sync) => (sync === shown ? { ...sync, value } : sync)));
  });
}

/** Replaces all syncs; one that is shown stays so by its place. */
export function setSyncs(next: readonly Sync[]): void {
  batch(() => {
    syncs.value = next;
    typedToml.value = null;
    showSync(Math.min(activeSync.value, next.length - 1));
  });
}

/** Shows another sync. A text of settings that cannot be read is given up. */
export function showSync(index: number): void {
  batch(() => {
    activeSync.value = Math.max(0, index);
    settingsText.value = pretty(settings.value);
    textFault.value = null;
  });
}

/** Takes settings from elsewhere, in place of those that are there. */
export function takeSyncs(next: readonly Sync[], from: Owner): void {
  batch(() => {
    owner.value = from;
    base.value = next;
    activeSync.value = 0;
    setSyncs(next);
  });
}

export function takeSampleSettings(next: SampleSettings): void {
  batch(() => {
    sampleSettings.value = next;
    takeSyncs([{ name: null, value: next.value }], { kind: "sample", name: next.name });
  });
}

/** Changes one setting; undefined removes it. */
export function change(keys: readonly Key[], value: Json | undefined): void {
  const next = withAt(settings.value, keys, value);
  // a value is typed, and its removal is a step of its own
  if (value === undefined) setSettings(next);
  else typing(pathOf(keys), () => setSettings(next));
}

/** Changes one setting by a button that does not show it, and says so. */
export function apply(keys: readonly Key[], value: Json | undefined, said: string): void {
  setSettings(withAt(settings.value, keys, value));
  toast.value = said;
}

/** Takes the text of the JSON view; lines of wrangler.toml in it are taken as such. */
export function typeSettings(text: string): void {
  const read = readSyncs(text);
  if ("syncs" in read && (looksLikeToml(text) || !isOne(text, read.syncs))) {
    importSyncs(read.syncs);
    return;
  }
  typing("json", () => {
    settingsText.value = text;
    const [sync] = "syncs" in read ? read.syncs : [];
    textFault.value = "fault" in read ? faultOf(read, "json") : null;
    if (sync === undefined) return;
    const shown = active.peek();
    typedToml.value = null;
    syncs.value = syncs.value.map((each) =>
      each === shown ? { ...each, value: sync.value } : each,
    );
  });
}

/** Whether a JSON text is the settings of one sync themselves. */
const isOne = (text: string, [first, ...rest]: readonly Sync[]) =>
  rest.length === 0 && JSON.stringify(JSON.parse(text)) === JSON.stringify(first?.value);

/** Takes the text of the view of wrangler.toml. */
export function typeToml(text: string): void {
  typing("toml", () => {
    typedToml.value = text;
    const read = readSyncs(text);
    textFault.value = "fault" in read ? faultOf(read, "toml") : null;
    if ("fault" in read) return;
    syncs.value = read.syncs.map(withKnownCredentials);
    activeSync.value = Math.min(activeSync.value, read.syncs.length - 1);
    settingsText.value = pretty(settings.value);
  });
}

const faultOf = ({ fault, offset }: { fault: string; offset: number }, view: "json" | "toml") => ({
  message: fault,
  offset,
  in: view,
});

/** wrangler.toml has no credentials, so those that were typed stay. */
function withKnownCredentials({ name, value }: Sync): Sync {
  const known = syncs.peek().find((sync) => sync.name === name)?.value["authentication"];
  return { name, value: known === undefined ? value : { ...value, authentication: known } };
}

/** Takes the syncs of a file or of a pasted wrangler.toml. */
export function importSyncs(read: readonly Sync[]): void {
  takeSyncs(read, { kind: "text" });
  toast.value = read.length === 1 ? "The settings are read." : `${read.length} syncs are read.`;
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
