// What is highlighted in the event of the page and in the requests that it becomes.

import { computed } from "@preact/signals";
import { createHighlighting } from "../../../ui/trace/highlight";
import { settledText } from "./event";
import { detail } from "./plan-result";
import { tab } from "./view";

export const highlighting = createHighlighting(
  settledText,
  computed(() => detail.value?.fields ?? []),
  () => (tab.value = "event"),
);
export const { pointed, pinned, revealed, highlight, eventHighlight } = highlighting;
