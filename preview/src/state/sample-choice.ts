// Chooses a sample event, and with it the settings that it is made for.
//
// Settings that somebody has changed are never replaced without asking.

import { batch, computed, signal } from "@preact/signals";
import { loadText, sampleId } from "./event";
import { base, owner } from "./owner";
import { samples, type Sample, type SampleSettings } from "./samples";
import { sampleSettings, syncs, takeSampleSettings, takeSyncs, textFault } from "./settings";
import { toast } from "./view";

/** Whether the settings differ from those that their owner has. */
export const areChanged = computed(
  () =>
    textFault.value !== null ||
    (syncs.value !== base.value && JSON.stringify(syncs.value) !== JSON.stringify(base.value)),
);

/** Whether the settings are a sample's, unchanged. */
export const areSampleSettings = computed(() => owner.value.kind === "sample" && !areChanged.value);

/** The sample that was chosen beside settings of somebody's own. */
const chosenBesideOwn = signal("");

/** The settings of the chosen sample, where the current ones are somebody's own. */
export const offeredSettings = computed<SampleSettings | null>(() => {
  const sample = samples.find(({ id }) => id === sampleId.value);
  return sample !== undefined && sample.id === chosenBesideOwn.value ? sample.settings : null;
});

export function chooseSample(sample: Sample): void {
  const isOther = sample.settings !== sampleSettings.value || owner.value.kind !== "sample";
  const hadOwn = sampleId.value === "";
  batch(() => {
    chosenBesideOwn.value = isOther && !areSampleSettings.value ? sample.id : "";
    if (isOther && areSampleSettings.value) takeSampleSettings(sample.settings);
    loadText(sample.text, { sample: sample.id });
  });
  if (hadOwn) toast.value = "A sample is in place of your event.";
}

export function takeOffered(): void {
  if (offeredSettings.value !== null) take(offeredSettings.value);
  chosenBesideOwn.value = "";
}

/** Takes the settings of the chosen sample; of one's own event, those of the last sample. */
export function resetSettings(): void {
  const sample = samples.find(({ id }) => id === sampleId.value);
  take(sample?.settings ?? sampleSettings.value);
  chosenBesideOwn.value = "";
}

/** Begins with no settings at all. */
export function clearSettings(): void {
  takeSyncs([{ name: null, value: {} }], { kind: "empty" });
  toast.value = "The settings are empty.";
}

function take(next: SampleSettings): void {
  takeSampleSettings(next);
  toast.value = `Sample settings: ${next.name}`;
}
