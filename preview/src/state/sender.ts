// Who sent the event: what its shape shows, unless a sender is chosen.

import { computed } from "@preact/signals";
import type { SourceName } from "kochava-edge";
import { locate } from "../lib/json";
import { engine } from "./engine";
import { chosenSource, isNdjson, settledText } from "./event";
import { detail, planResult } from "./plan-result";
import { settings } from "./settings";
import { at } from "../lib/setting-path";

/** The sender whose format the selected event has; null if it has that of none. */
export const detectedSource = computed<SourceName | null>(() => {
  const detect = engine.value?.detect;
  const text = settledText.value;
  if (detect === undefined || text.trim() === "") return null;
  const place = detail.value?.at;
  if (isNdjson.value) return place === undefined ? null : (detect(lineAt(text, place[0])) ?? null);
  // an element of a list may have a sender of its own
  if (place === undefined || !/^[\s\ufeff]*\[/.test(text)) return detect(text) ?? null;
  return detect(text.slice(...place)) ?? detect(elementAt(text, place[0])) ?? null;
});

function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? text.length : end);
}

/** The element of a list that holds an offset: its event may lie deeper. */
function elementAt(text: string, offset: number): string {
  const elements = locate(text)?.children ?? [];
  const found = elements.find(({ node }) => node.at[0] <= offset && offset < node.at[1]);
  return found === undefined ? "" : text.slice(...found.node.at);
}

/** Whether events of no known format are read by `mapping.event_name`. */
const isNameMapped = computed(() => at(settings.value, ["mapping", "event_name"]) !== undefined);

/** The sender by which the selected event is read; null if there is none. */
export const readAs = computed<SourceName | null>(
  () =>
    chosenSource.value ??
    detectedSource.value ??
    (isNameMapped.value && planResult.value.kind === "batch" ? "generic" : null),
);

/** Whether the text is JSON of no known format, and nothing says how to read it. */
export const isUnknownFormat = computed(() => {
  const now = planResult.value;
  if (now.kind === "unreadable") return now.code === UNKNOWN;
  const fate = detail.value;
  return fate?.fate === "refused" && fate.violations.some(({ code }) => code === UNKNOWN);
});

const UNKNOWN = "unrecognized-format";
