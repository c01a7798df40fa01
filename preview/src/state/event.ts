// State of the event panel: its text, and which event of it is selected.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Context, SourceName } from "kochava-edge";
import { readFile } from "../lib/file";
import { looksLikeNdjson } from "../lib/ndjson";
import { firstSample } from "./samples";
import { typing } from "./typing";
import { mode, toast } from "./view";

export const eventText = signal(firstSample.text);
/**
 * The text that is planned. It follows `eventText` at once, or after a pause in typing when the
 * text is large.
 */
export const settledText = signal(firstSample.text);
/** The sample that the text is; empty for one's own. */
export const sampleId = signal(firstSample.id);
/** The sender that is chosen for the text; null if its shape is to show it. */
export const chosenSource = signal<SourceName | null>(null);
/** What is known about the text besides its characters. */
export const context = computed<Context>(() =>
  chosenSource.value === null ? {} : { source: chosenSource.value },
);
export const selected = signal(0);
/** Why a file could not be loaded; null if it could. */
export const fileFault = signal<string | null>(null);
/** Whether the text is from a file whose name says NDJSON. */
export const isNdjsonFile = signal(false);

export const isNdjson = computed(() => isNdjsonFile.value || looksLikeNdjson(settledText.value));

const IMMEDIATE_CHARS_MAX = 100_000;
const PAUSE_MS = 250;

export function loadText(text: string, { sample = "", isNdjson = false } = {}): void {
  batch(() => {
    eventText.value = text;
    settledText.value = text;
    sampleId.value = sample;
    chosenSource.value = null;
    isNdjsonFile.value = isNdjson;
    selected.value = 0;
    loads.value += 1;
    fileFault.value = null;
  });
}

/** How often another text came in place of the last one, rather than a change of it. */
export const loads = signal(0);

export function typeEvent(text: string, isUndo: boolean): void {
  const change = () => {
    if (isOther(eventText.value, text)) loads.value += 1;
    eventText.value = text;
    sampleId.value = "";
    fileFault.value = null;
    if (text === "") isNdjsonFile.value = false;
  };
  typing("event", change, isUndo);
}

/** Whether most of a text is another one, as after a paste over all of it. */
function isOther(before: string, after: string): boolean {
  if (Math.abs(before.length - after.length) <= 1) return false;
  const least = Math.min(before.length, after.length);
  let [start, end] = [0, 0];
  while (start < least && before[start] === after[start]) start += 1;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return (start + end) * 2 < Math.max(before.length, after.length);
}

/** Shows an event in the preview. */
export function previewEvent(text: string): void {
  batch(() => {
    loadText(text);
    mode.value = "plan";
  });
}

export async function loadFile(file: File): Promise<void> {
  const read = await readFile(file);
  if ("fault" in read) {
    fileFault.value = read.fault;
    return;
  }
  const hadOwn = sampleId.value === "" && eventText.value.trim() !== "";
  loadText(read.text, { isNdjson: read.isNdjson });
  if (hadOwn) toast.value = `${file.name} is in place of your event.`;
}

/** Keeps `settledText` in step with `eventText`. */
export function watchText(): void {
  let timer = 0;
  effect(() => {
    const text = eventText.value;
    clearTimeout(timer);
    if (text.length <= IMMEDIATE_CHARS_MAX) settledText.value = text;
    else timer = window.setTimeout(() => (settledText.value = text), PAUSE_MS);
  });
}
