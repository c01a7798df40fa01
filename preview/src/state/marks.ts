// What is marked in the event?

import { computed } from "@preact/signals";
import type { ExplainedFate, Explanation, Span, Violation } from "kochava-edge";
import type { Mark } from "../editor/editor";
import { keysOfPointer, locate } from "../lib/json";
import { settledText } from "./event";
import { detail, outcome } from "./outcome";

export const marks = computed<Mark[]>(() => {
  const now = outcome.value;
  if (now.kind === "unreadable")
    return [{ at: [now.offset, now.offset + 1], severity: "error", message: now.message }];
  const fate = detail.value;
  return fate === null
    ? []
    : problemsOf(fate).map(({ severity, problem }) => ({
        severity,
        message: problem.message,
        at: placeOf(problem, fate) ?? braceOf(fate),
      }));
});

/** What is wrong with a fate, the graver first. */
export function problemsOf(
  fate: ExplainedFate,
): { severity: "error" | "warning"; problem: Violation }[] {
  if (fate.fate === "skipped") return [];
  if (fate.fate === "refused")
    return fate.violations.map((problem) => ({ severity: "error", problem }));
  return fate.warnings.map((problem) => ({ severity: "warning", problem }));
}

/** Where in the event the value at fault lies; null where there is none. */
export function placeOf(problem: Violation, fate: ExplainedFate): Span | null {
  const ofField = fate.fields.filter(({ field }) => field === problem.field);
  return (
    placeIn(ofField, problem) ?? placeIn(fate.fields, problem) ?? placeOfPath(problem.origin, fate)
  );
}

function placeIn(fields: readonly Explanation[], { origin }: Violation): Span | null {
  return (
    fields.flatMap(({ tried }) => tried).find(({ path, at }) => path === origin && at !== null)
      ?.at ?? null
  );
}

/** Where a path leads to a value that is as good as none, such as null. */
function placeOfPath(path: string | null, { at: [start, end] }: ExplainedFate): Span | null {
  const keys = path === null ? [] : path.startsWith("/") ? keysOfPointer(path) : path.split(".");
  let node = keys.length === 0 ? null : locate(settledText.peek().slice(start, end));
  for (const key of keys)
    node = node?.children.findLast((child) => child.key === key)?.node ?? null;
  return node === null ? null : [node.at[0] + start, node.at[1] + start];
}

/** What is missing has no place of its own: the brace that it is missing behind. */
const braceOf = ({ at: [start] }: ExplainedFate): Span => [start, start + 1];
