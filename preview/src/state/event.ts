// Which text is looked at, and which event of it?

import { batch, computed, effect, signal } from "@preact/signals";
import { readFile } from "../lib/file";
import { looksLikeLines } from "../lib/lines";
import { firstSample } from "./samples";

export const eventText = signal(firstSample.text);
/** The text once typing paused: a large one is not planned at every key. */
export const settledText = signal(firstSample.text);
export const sampleName = signal(firstSample.name);
export const selected = signal(0);
/** Why a file could not be loaded. */
export const fileFault = signal<string | null>(null);
const isNamedLines = signal(false);

export const isLines = computed(() => isNamedLines.value || looksLikeLines(settledText.value));

const AT_ONCE_MAX = 100_000;
const PAUSE_MS = 250;

export function loadText(text: string, { name = "", lines = false } = {}): void {
  batch(() => {
    eventText.value = text;
    settledText.value = text;
    sampleName.value = name;
    isNamedLines.value = lines;
    selected.value = 0;
    fileFault.value = null;
  });
}

export function typeEvent(text: string): void {
  batch(() => {
    eventText.value = text;
    sampleName.value = "";
    fileFault.value = null;
    if (text === "") isNamedLines.value = false;
  });
}

export async function loadFile(file: File): Promise<void> {
  const read = await readFile(file);
  if ("fault" in read) fileFault.value = read.fault;
  else loadText(read.text, { lines: read.isLines });
}

export function followText(): void {
  let timer = 0;
  effect(() => {
    const text = eventText.value;
    clearTimeout(timer);
    if (text.length <= AT_ONCE_MAX) settledText.value = text;
    else timer = window.setTimeout(() => (settledText.value = text), PAUSE_MS);
  });
}
