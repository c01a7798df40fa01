// Which samples are there?

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

/** The names' own spelling; the rest of a name is plain English. */
const SPELLED: Record<string, string> = { ios: "iOS", ip: "IP", ascii: "ASCII" };

function nameOf(path: string): string {
  const words = path
    .replace(/^.*\/\d+-|\.json$/g, "")
    .split("-")
    .map((word) => SPELLED[word] ?? word);
  const name = words.join(" ");
  return name.startsWith("iOS") ? name : name.charAt(0).toUpperCase() + name.slice(1);
}

const single = Object.keys(texts)
  .sort()
  .map((path) => ({ name: nameOf(path), text: texts[path] ?? "" }));

/** One event on each line, as an export has them; the sample whose commas no strict reader takes stays out. */
function lines(): string {
  return single
    .flatMap(({ text }) => strictly(text))
    .map((value) => JSON.stringify(value))
    .join("\n");
}

function strictly(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

export const samples: readonly Sample[] = [
  ...single,
  { name: "All of them, one on each line (NDJSON)", text: lines() },
];
export const firstSample: Sample = single[0] ?? { name: "", text: "" };
export const sampleSettings = JSON.parse(settingsText) as JsonObject;
