// The name of an event, as its sender writes it: for the list and for blocks of `events.select`.

import { keysOfPointer, type Node } from "../../../ui/lib/json";

/** What the settings say about names. */
export interface NameSettings {
  /** The paths of `mapping.event_name`. */
  paths: readonly string[];
  /** Whether the event is read by these paths alone. */
  isGeneric: boolean;
  screen: string;
  page: string;
}

/** Returns the name of the event at `node`; null if it has none, as a user. */
export function eventNameOf(text: string, node: Node, settings: NameSettings): string | null {
  const textAt = (path: string) => textOf(text, nodeAt(node, path));
  const first = (...paths: string[]) =>
    paths.reduce<string | null>((found, path) => found ?? textAt(path), null);
  if (settings.isGeneric) return first(...settings.paths);
  // CloudEvents: the event that it carries, or its own type
  if (textAt("specversion") !== null) {
    const data = nodeAt(node, "data");
    return (data && eventNameOf(text, data, settings)) ?? textAt("type");
  }
  if (isOfMparticle(node)) {
    const screen = textAt("data.screen_name");
    return (
      first("data.product_action.action", "data.event_name", "data.application_transition_type") ??
      (screen && named(settings.screen, screen))
    );
  }
  // Amplitude
  const type = textAt("event_type");
  if (type !== null) return type;
  // Segment and RudderStack
  const kind = textAt("type");
  const view = first("name", "category") ?? "";
  if (kind === "screen") return named(settings.screen, view);
  if (kind === "page") return named(settings.page, view);
  if (kind === "track") return textAt("event");
  if (kind === "identify" || kind === "group" || kind === "alias") return null;
  // RevenueCat, or what the settings map
  return first("event.type", ...settings.paths, "type");
}

/** Whether the event at `node` is a user: a payload that changes traits and tells no event. */
export function isUser(text: string, node: Node): boolean {
  const type = textOf(text, nodeAt(node, "event_type"));
  if (isOfMparticle(node)) return type?.startsWith("user_") ?? false;
  return (
    textOf(text, nodeAt(node, "type")) === "identify" ||
    (type === null && nodeAt(node, "user_properties") !== null)
  );
}

/** Whether an event has the two members of mParticle's; Amplitude's may have both among others. */
const isOfMparticle = (node: Node): boolean =>
  nodeAt(node, "data")?.kind === "object" &&
  node.children.every(({ key }) => key === "data" || key === "event_type");

const named = (pattern: string, name: string) => pattern.replaceAll("*", () => name);

/** Returns the node at a dotted path or a JSON Pointer; null if there is none. */
function nodeAt(node: Node, path: string): Node | null {
  const keys = path.startsWith("/") ? keysOfPointer(path) : path.split(".");
  let found: Node | null = node;
  for (const key of keys)
    found = found?.children.findLast((child) => String(child.key) === key)?.node ?? null;
  return found;
}

function textOf(text: string, node: Node | null): string | null {
  return node?.kind === "string" ? String(JSON.parse(text.slice(...node.at))) : null;
}

/** The events of a line that holds several: a list, or an object with one. */
export function eventsIn(node: Node): Node[] {
  const lists = ["events", "batch", "users"].map((key) => nodeAt(node, key));
  const list = node.kind === "array" ? node : lists.find((each) => each?.kind === "array");
  return list == null ? [node] : list.children.map((child) => child.node);
}
