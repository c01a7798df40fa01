// State of check mode: one body or several, and the rules that they break.

import { batch, computed, signal } from "@preact/signals";
import type { Checked, Finding, Rule, Span } from "kochava-edge";
import { locate, spanOfPointer, syntaxErrorOffset } from "../../../ui/lib/json";
import { lineSpans, looksLikeNdjson } from "../lib/ndjson";
import { bodies } from "../check/bodies";
import { engine } from "./engine";
import { mode } from "./view";

export const checkText = signal(bodies[1]?.text ?? "");
export const bodyName = signal(bodies[1]?.name ?? "");
export const checkRevealed = signal<{ at: Span; isFocused: boolean } | null>(null);

/** One body of the text: the text itself, an element of a list, or a line. */
export interface CheckedBody {
  kind: Checked["kind"];
  findings: Found[];
  /** How many rules of severity `refuse` it breaks. */
  violations: number;
  at: Span;
}

export interface Found extends Finding {
  severity: Rule["severity"];
  /** Where it is in the whole text; null for what cannot be located. */
  at: Span | null;
  /** The index of its body. */
  body: number;
}

/** Where the bodies of the text are: a list has several, and so has NDJSON. */
const places = computed<Span[]>(() => {
  const text = checkText.value;
  if (text.trim() === "") return [];
  if (looksLikeNdjson(text)) return lineSpans(text).filter((at) => text.slice(...at).trim() !== "");
  const root = /^[\s\ufeff]*\[/.test(text) ? locate(text) : null;
  const elements = root?.children.map(({ node }) => node.at) ?? [];
  return elements.length > 0 ? elements : [[0, text.length]];
});

export const checkedBodies = computed<CheckedBody[]>(() => {
  const [ready, text] = [engine.value, checkText.value];
  if (ready === null) return [];
  return places.value.map((at, body) => checkedAt(ready.check(text.slice(...at)), text, at, body));
});

function checkedAt(checked: Checked, text: string, at: Span, body: number): CheckedBody {
  const part = text.slice(...at);
  const found = (severity: Rule["severity"]) => (finding: Finding) => ({
    ...finding,
    severity,
    body,
    at: moved(
      finding.code === "invalid-json" ? errorIn(part) : spanOfPointer(part, finding.pointer),
      at[0],
    ),
  });
  const findings = [
    ...checked.violations.map(found("refuse")),
    ...checked.warnings.map(found("warn")),
  ];
  return { kind: checked.kind, findings, violations: checked.violations.length, at };
}

function errorIn(text: string): Span {
  const offset = syntaxErrorOffset(text);
  return [offset, offset + 1];
}

const moved = (at: Span | null, by: number): Span | null => at && [at[0] + by, at[1] + by];

export const findings = computed(() => checkedBodies.value.flatMap((body) => body.findings));

/** The number of the line of an offset, from 1 on. */
export const lineOf = (offset: number): number =>
  checkText.peek().slice(0, offset).split("\n").length;

export const ruleOf = (code: string): Rule | undefined =>
  engine.value?.rules.find((rule) => rule.code === code);

/** Shows a body in check mode. */
export function checkBody(body: string): void {
  batch(() => {
    checkText.value = body;
    bodyName.value = "";
    mode.value = "check";
  });
}

/** Whether a text may be the body of a call to Kochava: it names Kochava's app. */
export const looksLikeKochavas = (text: string): boolean => /"kochava_app_id"\s*:/.test(text);

/** Whether a text has the shape of a known sender's event. */
export const looksLikeAnEvent = (text: string): boolean =>
  !looksLikeKochavas(text) && engine.value?.detect(text) !== undefined;
