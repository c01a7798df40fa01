// Chooses a sample event, and with it the settings that it is made for.
//
// Settings that somebody has changed are never replaced without asking.

import { computed, signal } from "@preact/signals";
import { announcement } from "../../../ui/components/announcement";
import { loadText, sampleId } from "./event";
import { samples, type Sample, type SampleSettings } from "./samples";
import { sampleSettings, settings, takeSampleSettings, textFault } from "./settings";

/** Whether the settings are a sample's, unchanged. */
export const areSampleSettings = computed(
  () =>
    textFault.value === null &&
    JSON.stringify(settings.value) === JSON.stringify(sampleSettings.value.value),
);

/** The sample that was chosen beside settings of somebody's own. */
const chosenBesideOwn = signal("");

/** The settings of the chosen sample, where the current ones are somebody's own. */
export const offeredSettings = computed<SampleSettings | null>(() => {
  const sample = samples.find(({ id }) => id === sampleId.value);
  return sample !== undefined && sample.id === chosenBesideOwn.value ? sample.settings : null;
});

export function chooseSample(sample: Sample): void {
  const isOther = sample.settings !== sampleSettings.value;
  chosenBesideOwn.value = isOther && !areSampleSettings.value ? sample.id : "";
  if (isOther && areSampleSettings.value) take(sample.settings);
  loadText(sample.text, { sample: sample.id });
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

function take(next: SampleSettings): void {
  takeSampleSettings(next);
  announcement.value = `Sample settings: ${next.name}`;
}
