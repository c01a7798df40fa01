// Applies what the package advises: a path of the event for a setting, or a change of the settings.

import { batch } from "@preact/signals";
import type { Json } from "../../../ui/lib/json";
import { keysOf, withAt } from "../lib/setting-path";
import { settings, setSettings } from "./settings";
import { toast } from "./view";

/** What would help an event, as `explain` says it. */
export interface Advice {
  /** The settings that decide it, the likeliest first. */
  settings: readonly string[];
  /** Paths of the event that look right. */
  candidates: readonly Candidate[];
  /** The block that comes nearest to selecting the event, or that makes it a test. */
  block: number | null;
  /** The change of the settings that has the event sent; empty where a person has to decide. */
  patch: readonly SettingChange[];
}

export interface Candidate {
  setting: string;
  path: string;
  why: string;
  /** What the setting is to be, so that this path is tried after those that are there. */
  value: string | string[];
}

interface SettingChange {
  path: string;
  value: Json;
}

/** The advice that an explanation has beside a broken rule or a skip. */
export const adviceOf = (explained: object): Advice | null =>
  (explained as { advice?: Advice }).advice ?? null;

export function applyCandidate({ setting, path, value }: Candidate): void {
  applyChanges([{ path: setting, value }], `${setting} is now filled from ${path}, too.`);
}

/** Makes changes of the settings as one step. */
export function applyChanges(changes: readonly SettingChange[], said: string): void {
  batch(() => {
    setSettings(
      changes.reduce((all, { path, value }) => withAt(all, keysOf(path), value), settings.value),
    );
  });
  toast.value = said;
}
