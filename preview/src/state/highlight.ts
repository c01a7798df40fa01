// What is highlighted in the event of the page and in the requests that it becomes.

import { computed, effect } from "@preact/signals";
import { createHighlighting } from "../../../ui/trace/highlight";
import { loads, settledText } from "./event";
import { detail } from "./plan-result";
import { tab } from "./view";

export const highlighting = createHighlighting(
  settledText,
  computed(() => detail.value?.fields ?? []),
  () => (tab.value = "event"),
);
export const { pointed, pinned, revealed, highlight, eventHighlight } = highlighting;

// what was pointed at in one text is something else in the next
effect(() => {
  if (loads.value === 0) return;
  pointed.value = null;
  pinned.value = null;
});
