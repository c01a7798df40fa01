// The sample events and settings of samples/.

import settingsText from "../../../samples/settings/sneaker-shop.json?raw";
import type { JsonObject } from "../lib/json";

export interface Sample {
  name: string;
  text: string;
}

const texts = import.meta.glob<string>("../../../samples/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Words of file names that are not written in lower case. */
const SPELLINGS: Record<string, string> = { ios: "iOS", ip: "IP", ascii: "ASCII" };

function nameOf(path: string): string {
  const words = path
    .replace(/^.*\/\d+-|\.json$/g, "")
    .split("-")
    .map((word) => SPELLINGS[word] ?? word);
  const name = words.join(" ");
  return name.startsWith("iOS") ? name : name.charAt(0).toUpperCase() + name.slice(1);
}

const single = Object.keys(texts)
  .sort()
  .map((path) => ({ name: nameOf(path), text: texts[path] ?? "" }));

/**
 * Returns one event per line, as an export has them. Leaves out the sample with trailing commas,
 * which is not strict JSON.
 */
function ndjson(): string {
  return single
    .flatMap(({ text }) => strictValues(text))
    .map((value) => JSON.stringify(value))
    .join("\n");
}

function strictValues(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

export const samples: readonly Sample[] = [
  ...single,
  { name: "All samples in strict JSON, as NDJSON", text: ndjson() },
];
export const firstSample: Sample = single[0] ?? { name: "", text: "" };
export const sampleSettings = JSON.parse(settingsText) as JsonObject;
