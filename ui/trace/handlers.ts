// Event handlers that highlight a field and the value in the event that it comes from.

import type { Explanation } from "kochava-edge";
import { keyOf, originsOf, type Highlighting } from "./highlight";

/**
 * Mouse handlers of an element that shows a field: hovering highlights it, a click keeps the
 * highlight.
 */
export function hoverHandlers({ pointed, pinned, revealed }: Highlighting, field: Explanation) {
  const key = keyOf(field);
  const [origin] = originsOf(field);
  return {
    onMouseEnter: () => {
      pointed.value = { from: "field", key };
      if (origin !== undefined) revealed.value = { at: origin, isFocused: false };
    },
    onMouseLeave: () => (pointed.value = null),
    onClick: () => (pinned.value = { from: "field", key }),
  };
}

/** The same for the keyboard: the focus highlights. */
export function focusHandlers(highlighting: Highlighting, field: Explanation) {
  const { onMouseEnter, onMouseLeave } = hoverHandlers(highlighting, field);
  return { onFocus: onMouseEnter, onBlur: onMouseLeave };
}

/** Moves the focus to the value in the event that a field comes from. */
export function goToOrigin(highlighting: Highlighting, field: Explanation): void {
  const [origin] = originsOf(field);
  if (origin === undefined) return;
  highlighting.pinned.value = { from: "field", key: keyOf(field) };
  highlighting.showEvent();
  highlighting.revealed.value = { at: origin, isFocused: true };
}
