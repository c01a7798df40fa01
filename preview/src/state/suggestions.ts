// What the page reads from events for its lists and suggestions: paths and properties.

import { computed } from "@preact/signals";
import { isObject, locate, walk, type Json, type Node } from "../../../ui/lib/json";
import { settledText } from "./event";
import { detail } from "./plan-result";
import { isUnknownFormat } from "./sender";
import { settings } from "./settings";

const PATHS_MAX = 300;

/** The text of the selected event, and its values with spans. */
export const located = computed<{ text: string; root: Node | null }>(() => {
  const place = detail.value?.at;
  // of an unknown format there may be no event, and the paths are of use all the same
  const whole = isUnknownFormat.value ? settledText.peek() : "";
  const text = place === undefined ? whole : settledText.peek().slice(...place);
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
  // Amplitude; Segment and RudderStack
  event_properties: ["event_properties", "properties"].flatMap(namesIn),
  // Amplitude; Segment and RudderStack; RevenueCat
  user_properties: ["user_properties", "traits", "subscriber_attributes"].flatMap(namesIn),
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

const NAME = /^(event_?|action_?|activity_?)?(name|event|type|action|title)$/i;
const NAME_PATHS_MAX = 5;

/** Paths of texts at which the name of an event of unknown format may lie: those called so, if any. */
export const namePaths = computed(() => {
  const { root } = located.value;
  const paths: string[] = [];
  if (root === null) return paths;
  walk(root, (keys, { kind, at: place }) => {
    const isText = kind === "string" && place[1] - place[0] > 2;
    if (isText && keys.every((key) => typeof key === "string" && /^[^./]+$/.test(key)))
      paths.push(keys.join("."));
  });
  const depth = (path: string) => path.split(".").length;
  const likely = paths.filter((path) => NAME.test(path.slice(path.lastIndexOf(".") + 1)));
  return (likely.length > 0 ? likely : paths)
    .sort((a, b) => depth(a) - depth(b))
    .slice(0, NAME_PATHS_MAX);
});
