// Applies what the package advises: a path of the event for a setting, or a change of the settings.

import { batch } from "@preact/signals";
import type { Candidate, SettingChange } from "kochava-edge";
import type { Json } from "../../../ui/lib/json";
import { keysOf, withAt } from "../lib/setting-path";
import { settings, setSettings } from "./settings";
import { toast } from "./view";

export function applyCandidate({ setting, path, value }: Candidate): void {
  applyChanges([{ path: setting, value }], `${setting} is now filled from ${path}, too.`);
}

/** Makes changes of the settings as one step. */
export function applyChanges(changes: readonly SettingChange[], said: string): void {
  batch(() => {
    setSettings(
      changes.reduce(
        (all, { path, value }) => withAt(all, keysOf(path), value as Json),
        settings.value,
      ),
    );
  });
  toast.value = said;
}
