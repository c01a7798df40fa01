// What the editor marks in the event: syntax errors and broken rules.

import { computed } from "@preact/signals";
import type { AdvisedViolation, ExplainedFate, Explanation, Span, Violation } from "kochava-edge";
import type { Diagnostic } from "../../../ui/editor/editor";
import { keysOfPointer, locate } from "../../../ui/lib/json";
import { settledText } from "./event";
import { detail, planResult } from "./plan-result";

export const diagnostics = computed<Diagnostic[]>(() => {
  const now = planResult.value;
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

/** The broken rules of a fate, with their severity. */
export function problemsOf(
  fate: ExplainedFate,
): { severity: "error" | "warning"; problem: AdvisedViolation }[] {
  if (fate.fate === "skipped") return [];
  if (fate.fate === "refused")
    return fate.violations.map((problem) => ({ severity: "error", problem }));
  return fate.warnings.map((problem) => ({ severity: "warning", problem }));
}

/** Returns the span of the value that breaks a rule; null if the value is missing. */
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

/** Returns the span of a value that counts as missing, such as null. */
function placeOfPath(path: string | null, { at: [start, end] }: ExplainedFate): Span | null {
  const keys = path === null ? [] : path.startsWith("/") ? keysOfPointer(path) : path.split(".");
  let node = keys.length === 0 ? null : locate(settledText.peek().slice(start, end));
  for (const key of keys)
    node = node?.children.findLast((child) => child.key === key)?.node ?? null;
  return node === null ? null : [node.at[0] + start, node.at[1] + start];
}

/** The opening brace of the event, which is marked for what is missing. */
const braceOf = ({ at: [start] }: ExplainedFate): Span => [start, start + 1];
