// What somebody has done on the page, as one value that can be compared, kept and brought back.

import { batch } from "@preact/signals";
import { checkText, bodyName } from "./check";
import { chosenSource, eventText, isNdjsonFile, sampleId, settledText } from "./event";
import { base, owner } from "./owner";
import { sampleSettings, settingsText, syncs, textFault, typedToml } from "./settings";

/** The parts between which a step of undo is told apart. */
export type Part = "event" | "settings" | "check";

export type Work = ReturnType<typeof workNow>;

export function workNow() {
  return {
    event: {
      text: eventText.value,
      sample: sampleId.value,
      source: chosenSource.value,
      isNdjson: isNdjsonFile.value,
    },
    settings: {
      syncs: syncs.value,
      text: settingsText.value,
      toml: typedToml.value,
      fault: textFault.value,
      owner: owner.value,
      base: base.value,
      sample: sampleSettings.value,
    },
    check: { text: checkText.value, name: bodyName.value },
  };
}

/** Returns the part in which two states of the work differ; null if they are alike. */
export function partOf(one: Work, other: Work): Part | null {
  if (!isSame(one.event, other.event)) return "event";
  if (!isSame(one.settings, other.settings)) return "settings";
  return isSame(one.check, other.check) ? null : "check";
}

function isSame<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((key) => one[key] === other[key]);
}

/** How many characters of text a state keeps alive. */
export const chars = ({ event, settings, check }: Work): number =>
  event.text.length + settings.text.length + check.text.length;

export function applyWork({ event, settings, check }: Work): void {
  batch(() => {
    eventText.value = event.text;
    settledText.value = event.text;
    sampleId.value = event.sample;
    chosenSource.value = event.source;
    isNdjsonFile.value = event.isNdjson;
    syncs.value = settings.syncs;
    settingsText.value = settings.text;
    typedToml.value = settings.toml;
    textFault.value = settings.fault;
    owner.value = settings.owner;
    base.value = settings.base;
    sampleSettings.value = settings.sample;
    checkText.value = check.text;
    bodyName.value = check.name;
  });
}
