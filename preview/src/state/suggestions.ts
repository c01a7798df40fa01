// Suggestions for the settings, from the selected event: paths, properties and its name.

import { computed } from "@preact/signals";
import { isObject, locate, walk, type Json, type Node } from "../lib/json";
import { settledText } from "./event";
import { detail } from "./plan-result";
import { settings } from "./settings";

const PATHS_MAX = 300;

/** The text of the selected event, and its values with spans. */
const located = computed<{ text: string; root: Node | null }>(() => {
  const place = detail.value?.at;
  const text = place === undefined ? "" : settledText.peek().slice(...place);
  return { text, root: locate(text) };
});

/** Dotted paths of all scalars that are not null. */
export const eventPaths = computed(() => {
  const { text, root } = located.value;
  const paths: string[] = [];
  if (root === null) return paths;
  walk(root, (keys, { kind, at }) => {
    const isValue = kind !== "object" && kind !== "array" && text.slice(...at) !== "null";
    if (isValue && keys.length > 0 && keys.every((key) => typeof key === "string"))
      paths.push(keys.join("."));
  });
  return paths.slice(0, PATHS_MAX);
});

/** Names of properties that are not mapped to a field already. */
export const propertiesOf = computed(() => ({
  event_properties: namesIn("event_properties"),
  user_properties: namesIn("user_properties"),
}));

function namesIn(member: string): string[] {
  const found = located.value.root?.children.findLast(({ key }) => key === member)?.node;
  const names = (found?.children ?? []).map(({ key }) => String(key));
  return names.filter((name) => !name.startsWith("$") && !mapped.value.has(`${member}.${name}`));
}

/** The paths that the settings map to a field. */
const mapped = computed(() => {
  const { mapping } = settings.value;
  return new Set<Json>(isObject(mapping) ? Object.values(mapping).flat() : []);
});

/** The `event_type` of the selected event; `*`, which matches any name, if it has none. */
export const eventName = computed(() => {
  const { text, root } = located.value;
  const found = root?.children.findLast(({ key }) => key === "event_type")?.node;
  return found?.kind === "string" ? String(JSON.parse(text.slice(...found.at))) : "*";
});
