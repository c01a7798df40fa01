// What happens when somebody points at a field?

import type { Explanation } from "kochava-edge";
import { keyOf, originsOf, pinned, pointed, revealed } from "../state/light";
import { tab } from "../state/view";

/** For an element that stands for a field: its origin in the event lights up; a click stays there. */
export function follow(field: Explanation) {
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

/** The same for the keyboard: the focus points. */
export function followByFocus(field: Explanation) {
  const { onMouseEnter, onMouseLeave } = follow(field);
  return { onFocus: onMouseEnter, onBlur: onMouseLeave };
}

/** Leaves for the value that a field was made of. */
export function goToOrigin(field: Explanation): void {
  const [origin] = originsOf(field);
  if (origin === undefined) return;
  pinned.value = { from: "field", key: keyOf(field) };
  tab.value = "event";
  revealed.value = { at: origin, isFocused: true };
}
