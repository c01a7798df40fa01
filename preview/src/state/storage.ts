// Keeps the work over a reload: settings for good, events and view for the tab only.
//
// Credentials are never kept. Where the browser allows no storage, nothing is kept and nothing
// fails.

import { batch, effect, signal } from "@preact/signals";
import type { SourceName } from "kochava-edge";
import { isObject, pretty, type Json, type JsonObject } from "../../../ui/lib/json";
import type { Sync } from "../lib/syncs";
import { bodyName, checkText } from "./check";
import { chosenSource, eventText, isNdjsonFile, loadText, sampleId, selected } from "./event";
import { base, owner, type Owner } from "./owner";
import { samples } from "./samples";
import {
  activeSync,
  sampleSettings,
  settingsText,
  settingsView,
  syncs,
  textFault,
  tomlText,
  typeSettings,
  typeToml,
} from "./settings";
import { mode, tab } from "./view";

const KEY = "kochava-edge preview";
const PAUSE_MS = 300;

/** Whether the event is too large to be kept over a reload. */
export const isTooLargeToKeep = signal(false);

/** Brings back what was kept. */
export function recall(): void {
  batch(() => {
    recallSettings(read(localStorageOrNull()));
    recallTab(read(sessionStorageOrNull()));
  });
}

function recallSettings(kept: JsonObject | null): void {
  const [known, asOf] = [syncsIn(kept?.["syncs"]), syncsIn(kept?.["base"])];
  const from = kept?.["owner"];
  if (known === null || asOf === null || !isObject(from)) return;
  const sample = samples.find(({ settings }) => settings.name === kept?.["sample"]);
  if (sample !== undefined) sampleSettings.value = sample.settings;
  syncs.value = known;
  owner.value = from as unknown as Owner;
  base.value = asOf;
  activeSync.value = Number(kept?.["active"] ?? 0);
  settingsText.value = pretty(known[activeSync.value]?.value ?? {});
}

function syncsIn(value: Json | undefined): Sync[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const isSync = (each: Json) => isObject(each) && isObject(each["value"]);
  return value.every(isSync) ? (value as unknown as Sync[]) : null;
}

function recallTab(kept: JsonObject | null): void {
  if (kept === null) return;
  const text = (name: string) => (typeof kept[name] === "string" ? (kept[name] as string) : null);
  const sample = samples.find(({ id }) => id === text("sample"));
  const event = sample?.text ?? text("event");
  if (event !== null)
    loadText(event, { sample: sample?.id ?? "", isNdjson: kept["isNdjson"] === true });
  chosenSource.value = text("source") as SourceName | null;
  selected.value = Number(kept["selected"] ?? 0);
  checkText.value = text("check") ?? checkText.value;
  bodyName.value = text("body") ?? bodyName.value;
  mode.value = text("mode") === "check" ? "check" : "plan";
  tab.value = TABS.find((each) => each === text("tab")) ?? tab.value;
  settingsView.value = VIEWS.find((each) => each === text("view")) ?? settingsView.value;
  const unfinished = text("unfinished");
  if (unfinished !== null && settingsView.value !== "form")
    (settingsView.value === "json" ? typeSettings : typeToml)(unfinished);
}

const TABS = ["event", "settings", "result"] as const;
const VIEWS = ["form", "json", "toml"] as const;

/** Keeps the work from now on. */
export function keepWork(): void {
  keep(localStorageOrNull(), settingsToKeep);
  keep(sessionStorageOrNull(), tabToKeep, (isKept) => (isTooLargeToKeep.value = !isKept));
}

const settingsToKeep = (): Json => ({
  syncs: syncs.value.map(withoutCredentials),
  base: base.value.map(withoutCredentials),
  owner: { ...owner.value },
  active: activeSync.value,
  sample: sampleSettings.value.name,
});

const withoutCredentials = ({ name, value: { authentication: _, ...value } }: Sync) => ({
  name,
  value,
});

const tabToKeep = (): Json => ({
  ...(sampleId.value === "" ? { event: eventText.value } : { sample: sampleId.value }),
  isNdjson: isNdjsonFile.value,
  source: chosenSource.value,
  selected: selected.value,
  check: checkText.value,
  body: bodyName.value,
  mode: mode.value,
  tab: tab.value,
  view: settingsView.value,
  unfinished: unfinished(),
});

/** A text of settings that cannot be read yet, unless it may hold credentials. */
function unfinished(): string | null {
  const view = settingsView.value;
  if (view === "form" || textFault.value?.in !== view) return null;
  const text = view === "json" ? settingsText.value : tomlText.value;
  return /authentication|api_key|secret/.test(text) ? null : text;
}

/** Writes a value when it has not changed for a moment, and at the latest when the page is left. */
function keep(
  storage: Storage | null,
  value: () => Json,
  onKept: (isKept: boolean) => void = () => {},
): void {
  if (storage === null) return;
  let timer = 0;
  let waiting: Json | null = null;
  const write = () => {
    if (waiting !== null) onKept(written(storage, waiting));
    waiting = null;
  };
  effect(() => {
    waiting = value();
    clearTimeout(timer);
    timer = window.setTimeout(write, PAUSE_MS);
  });
  addEventListener("pagehide", write);
}

function written(storage: Storage, value: Json): boolean {
  try {
    storage.setItem(KEY, JSON.stringify(value));
    return true;
  } catch {
    // what was kept before is no longer what is shown
    storage.removeItem(KEY);
    return false;
  }
}

function read(storage: Storage | null): JsonObject | null {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? "null");
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const localStorageOrNull = () => allowed(() => localStorage);
const sessionStorageOrNull = () => allowed(() => sessionStorage);

/** Some browsers throw where a page may not store anything. */
function allowed(storage: () => Storage): Storage | null {
  try {
    return storage();
  } catch {
    return null;
  }
}
