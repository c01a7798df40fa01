// The value under the mouse or cursor that no field is filled from.

import { computed } from "@preact/signals";
import type { Node } from "../../../ui/lib/json";
import { highlight, pinned, pointed } from "./highlight";
import { detail } from "./plan-result";
import { located } from "./suggestions";

/** The path of the value that is pointed at in the event and not sent; null if there is none. */
export const unusedPath = computed<string | null>(() => {
  const pointer = pointed.value ?? pinned.value;
  const fate = detail.value;
  if (pointer?.from !== "event" || fate === null || highlight.value.fields.length > 0) return null;
  const { root } = located.value;
  return root === null ? null : pathAt(root, pointer.offset - fate.at[0]);
});

/** The dotted path of the text, number or word at an offset. */
function pathAt(root: Node, offset: number): string | null {
  const keys: string[] = [];
  let node = root;
  for (;;) {
    const next = node.children.find(({ node: { at } }) => at[0] <= offset && offset <= at[1]);
    if (next === undefined) break;
    keys.push(String(next.key));
    node = next.node;
  }
  const isValue = node.kind !== "object" && node.kind !== "array";
  return isValue && keys.length > 0 ? keys.join(".") : null;
}
