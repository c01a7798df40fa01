// State of check mode: the body, and the rules that it breaks.

import { computed, signal } from "@preact/signals";
import type { Finding, Rule, Span } from "kochava-edge";
import { spanOfPointer } from "../../../ui/lib/json";
import { bodies } from "../check/bodies";
import { engine } from "./engine";
import { mode } from "./view";

export const checkText = signal(bodies[1]?.text ?? "");
export const bodyName = signal(bodies[1]?.name ?? "");
export const checkRevealed = signal<{ at: Span; isFocused: boolean } | null>(null);

export const checked = computed(() => {
  const text = checkText.value;
  return text.trim() === "" ? null : (engine.value?.check(text) ?? null);
});

export interface Found extends Finding {
  severity: Rule["severity"];
  rule: Rule | undefined;
  at: Span | null;
}

export const findings = computed<Found[]>(() => {
  const result = checked.value;
  if (result === null) return [];
  const text = checkText.peek();
  const found = (severity: Rule["severity"]) => (finding: Finding) => ({
    ...finding,
    severity,
    rule: ruleOf(finding.code),
    at: spanOfPointer(text, finding.pointer),
  });
  return [...result.violations.map(found("refuse")), ...result.warnings.map(found("warn"))];
});

export const ruleOf = (code: string): Rule | undefined =>
  engine.value?.rules.find((rule) => rule.code === code);

/** Shows a body in check mode. */
export function checkBody(body: string): void {
  checkText.value = body;
  bodyName.value = "";
  mode.value = "check";
}

/** Whether a text may be the body of a call to Kochava: it names Kochava's app. */
export const looksLikeKochavas = (text: string): boolean => /"kochava_app_id"\s*:/.test(text);
