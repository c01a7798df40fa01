// The right spelling of a key that Kochava's guide does not have.
//
// The keys are those of the page's own valid bodies, and of the identifiers that settings map.

import { isObject, keysOfPointer, locate, type Json, type Node } from "../../../ui/lib/json";
import { namesBelow } from "../lib/schema";
import { bodies } from "./bodies";

const known = new Map<string, Set<string>>();

function learn(value: Json, place: string): void {
  if (!isObject(value)) return;
  // free keys: properties of the event, names of identities
  if (place.endsWith("/event_data")) return;
  const names = known.get(place) ?? new Set();
  known.set(place, names);
  for (const [key, inner] of Object.entries(value)) {
    names.add(key);
    learn(inner, `${place}/${key}`);
  }
}

for (const { text, isValid } of bodies) if (isValid) learn(JSON.parse(text) as Json, "");
const IDS = namesBelow(["mapping"]).filter((name) =>
  /^(idf[av]|.*adid|rida|android_id)$/.test(name),
);
for (const place of ["/data/device_ids", "/device_id"])
  known.set(place, new Set([...(known.get(place) ?? []), ...IDS]));

/** Returns the key that was probably meant at a JSON Pointer; null if none is near. */
export function rightSpelling(pointer: string): string | null {
  const keys = keysOfPointer(pointer);
  const key = keys.pop();
  const names = known.get(keys.map((each) => `/${each}`).join(""));
  if (key === undefined || names === undefined || names.has(key)) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const alike = [...names].find((name) => plain(name) === plain(key));
  const max = key.length < 6 ? 1 : 2;
  return alike ?? [...names].find((name) => distance(plain(name), plain(key)) <= max) ?? null;
}

/** The number of letters to insert, leave out or replace (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, against] of [...other].entries())
      next.push(
        Math.min(
          (row[at] ?? 0) + (letter === against ? 0 : 1),
          (row[at + 1] ?? 0) + 1,
          (next[at] ?? 0) + 1,
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Returns a text in which the key at a JSON Pointer is another one; the text itself if it has none. */
export function withKeyRenamed(text: string, pointer: string, name: string): string {
  const keys = keysOfPointer(pointer);
  const last = keys.pop();
  let node: Node | null = locate(text);
  for (const key of keys)
    node = node?.children.findLast((child) => String(child.key) === key)?.node ?? null;
  const value = node?.children.findLast((child) => String(child.key) === last)?.node;
  if (value === undefined || last === undefined) return text;
  // between key and value stand only a colon and white space
  const end = text.lastIndexOf('"', text.lastIndexOf(":", value.at[0]));
  const start = text.lastIndexOf('"', end - 1);
  return text.slice(0, start) + JSON.stringify(name) + text.slice(end + 1);
}
