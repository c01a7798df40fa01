// Settings that the package proposes for the event that is shown.

import { computed, signal } from "@preact/signals";
import type { Proposal } from "kochava-edge";
import type { Json, JsonObject } from "../../../ui/lib/json";
import { at, keysOf, withAt } from "../lib/setting-path";
import { looksLikeKochavas } from "./check";
import { engine } from "./engine";
import { context, isNdjson, loads, sampleId, settledText } from "./event";
import { detail } from "./plan-result";
import { areSampleSettings } from "./sample-choice";
import { apply, setSettings, settings, takeSyncs } from "./settings";
import { toast } from "./view";

/** The number of the text for which the proposal was asked for, or put away. */
const asked = signal<{ of: number; isOpen: boolean } | null>(null);

export const askForProposal = (): void => {
  asked.value = { of: loads.peek(), isOpen: true };
};
export const closeProposal = (): void => {
  asked.value = { of: loads.peek(), isOpen: false };
};

/** Whether nobody has settings of their own. A proposal adds to those that there are. */
const hasNone = computed(() => areSampleSettings.value || Object.keys(settings.value).length === 0);

/** Whether somebody asked for the proposal for this text, or put it away; null if neither. */
const wish = computed(() => (asked.value?.of === loads.value ? asked.value.isOpen : null));

/** Whether a sample's settings are beside an event of one's own, for which others could be proposed. */
export const isOffered = computed(
  () =>
    sampleId.value === "" && areSampleSettings.value && wish.value === null && found.value !== null,
);

/** The proposal that is shown; null if none is. */
export const proposal = computed<Proposal | null>(() => {
  const isEmpty = Object.keys(settings.value).length === 0;
  return (wish.value ?? (isEmpty && sampleId.value === "")) ? found.value : null;
});

/** What the package proposes; null where the text is no event. */
const found = computed<Proposal | null>(() => {
  const propose = engine.value?.propose;
  const place = detail.value?.at;
  const text = settledText.value;
  if (propose === undefined || text.trim() === "" || looksLikeKochavas(text)) return null;
  try {
    return propose(
      isNdjson.value && place !== undefined ? text.slice(...place) : text,
      context.value,
      hasNone.value ? undefined : settings.value,
    );
  } catch {
    // no batch of events, or settings whose errors a mapping does not mend
    return null;
  }
});

/** The paths that were chosen in place of the proposed ones, by setting; null for none. */
export type Choices = Readonly<Record<string, string | null>>;

/** Whether the proposal has no App GUID, because the settings that it adds to have none. */
export const lacksAppGuid = (): boolean =>
  hasNone.value || settings.value["app_guid"] === undefined;

/** Takes the proposed settings with the choices, and with an App GUID if they lack one. */
export function acceptAll({ settings: proposed }: Proposal, choices: Choices, guid: string): void {
  const value = Object.entries(choices).reduce(
    (all, [setting, path]) => withAt(all, keysOf(setting), path ?? undefined),
    withAt(
      proposed as unknown as JsonObject,
      ["app_guid"],
      guid === "" ? (proposed.app_guid as Json) : guid,
    ),
  );
  if (hasNone.value) takeSyncs([{ name: null, value }], { kind: "proposal" });
  else setSettings(value);
  closeProposal();
  toast.value = "The proposed settings are in use.";
}

/** Adds one path to the settings that there are. */
export function acceptOne(setting: string, path: string): void {
  const keys = keysOf(setting);
  const known = [at(settings.value, keys) ?? []].flat();
  const paths = known.includes(path) ? known : [...known, path];
  apply(keys, paths.length === 1 ? path : paths, `${setting} is filled from ${path}.`);
  askForProposal();
}
