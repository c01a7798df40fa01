// Who sent the event: what its shape shows, unless a sender is chosen.

import { computed } from "@preact/signals";
import type { SourceName } from "kochava-edge";
import { locate, type Span } from "../../../ui/lib/json";
import { engine } from "./engine";
import { chosenSource, isNdjson, settledText } from "./event";
import { detail, planResult } from "./plan-result";
import { settings } from "./settings";
import { at } from "../lib/setting-path";

/** Where the elements of the text are, if it is a list. */
const elements = computed<Span[]>(() => {
  const text = settledText.value;
  const root = /^[\s\ufeff]*\[/.test(text) && !isNdjson.value ? locate(text) : null;
  return root === null ? [] : root.children.map(({ node }) => node.at);
});

/** The sender whose format the selected event has; null if it has that of none. */
export const detectedSource = computed<SourceName | null>(() => {
  const detect = engine.value?.detect;
  const text = settledText.value;
  if (detect === undefined || text.trim() === "") return null;
  const place = detail.value?.at;
  if (isNdjson.value) return place === undefined ? null : (detect(lineAt(text, place[0])) ?? null);
  // an element of a list may have a sender of its own; its event may lie deeper
  const element = elements.value.find(
    ([start, end]) => place && start <= place[0] && place[0] < end,
  );
  return detect(element === undefined ? text : text.slice(...element)) ?? null;
});

function lineAt(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, end < 0 ? text.length : end);
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
