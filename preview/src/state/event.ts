// State of the event panel: its text, and which event of it is selected.

import { batch, computed, effect, signal } from "@preact/signals";
import type { Context, SourceName } from "kochava-edge";
import { readFile } from "../lib/file";
import { looksLikeNdjson } from "../lib/ndjson";
import { firstSample } from "./samples";

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
const isNdjsonFile = signal(false);

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
    fileFault.value = null;
  });
}

export function typeEvent(text: string): void {
  batch(() => {
    eventText.value = text;
    sampleId.value = "";
    fileFault.value = null;
    if (text === "") isNdjsonFile.value = false;
  });
}

export async function loadFile(file: File): Promise<void> {
  const read = await readFile(file);
  if ("fault" in read) fileFault.value = read.fault;
  else loadText(read.text, { isNdjson: read.isNdjson });
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
