// What becomes of each event: plans the text and selects the event to show.

import { computed, signal } from "@preact/signals";
import type { Advice, ExplainedFate, Fate, Mapper, Plan, Span, Violation } from "kochava-edge";
import { lineSpans } from "../lib/ndjson";
import { engine } from "./engine";
import { context, isNdjson, loads, selected, settledText } from "./event";
import { mapper } from "./settings";

/** One event in the list. */
export interface Item {
  fate: Fate["fate"];
  /** Why it is skipped or refused; for a ready one its warnings. */
  codes: string[];
  at: Span;
  /** Index among the events of `at`: an NDJSON line may be a batch. */
  part: number;
}

type PlanResult =
  | { kind: "waiting" }
  | { kind: "empty" }
  | { kind: "unreadable"; code: string; message: string; offset: number }
  | { kind: "batch"; items: Item[]; fates: ExplainedFate[] | null };

export const planResult = computed<PlanResult>(() => {
  const [plan, text] = [mapper.value, settledText.value];
  if (plan === null) return { kind: "waiting" };
  if (text.trim() === "") return { kind: "empty" };
  return isNdjson.value ? planLines(plan, text) : planWhole(plan, text);
});

function planWhole(plan: Mapper, text: string): PlanResult {
  try {
    const { fates } = plan.explain(text, context.value);
    return { kind: "batch", fates, items: fates.map((fate) => itemOf(fate, fate.at, 0)) };
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): PlanResult {
  const ready = engine.peek();
  if (ready !== null && error instanceof ready.UnreadableError) {
    return { kind: "unreadable", code: error.code, message: error.message, offset: error.offset };
  }
  throw error;
}

function planLines(plan: Mapper, text: string): PlanResult {
  const places = lineSpans(text);
  const planned = new TextDecoder()
    .decode(plan.planNdjson(new TextEncoder().encode(text), context.value))
    .split("\n");
  const items = places.flatMap((place, number) => {
    const line = planned[number];
    if (line === undefined || text.slice(...place).trim() === "") return [];
    const fate = JSON.parse(line) as Fate | Plan;
    return "fates" in fate
      ? fate.fates.map((each, part) => itemOf(each, place, part))
      : [itemOf(fate, place, 0)];
  });
  return { kind: "batch", fates: null, items };
}

function itemOf(fate: Fate, at: Span, part: number): Item {
  return { fate: fate.fate, codes: codesOf(fate), at, part };
}

function codesOf(fate: Fate): string[] {
  if (fate.fate === "skipped") return [fate.code];
  return [
    ...new Set((fate.fate === "ready" ? fate.warnings : fate.violations).map(({ code }) => code)),
  ];
}

/** The explained fate of the selected event, with spans relative to the whole text. */
export const detail = computed<ExplainedFate | null>(() => {
  const now = planResult.value;
  if (now.kind !== "batch") return null;
  const number = chosen.value;
  const item = now.items[number];
  if (item === undefined) return null;
  return now.fates === null ? explainLine(item) : (now.fates[number] ?? null);
});

function explainLine({ at, part, ...item }: Item): ExplainedFate | null {
  const line = settledText.peek().slice(...at);
  try {
    const fate = mapper.peek()?.explain(line, context.peek()).fates[part];
    return fate === undefined ? null : moved(fate, at[0]);
  } catch (error) {
    // the line is unreadable, and its code is all that is known
    const message = error instanceof Error ? error.message : "";
    return {
      fate: "refused",
      violations: item.codes.map((code) => ({
        code: code as Violation["code"],
        field: "",
        origin: null,
        message,
        advice: NO_ADVICE,
      })),
      at,
      fields: [],
    };
  }
}

/** Bytes that are no JSON are mended by hand. */
const NO_ADVICE: Advice = {
  setting: null,
  settings: [],
  help: "",
  candidates: [],
  block: null,
  patch: [],
};

function moved(fate: ExplainedFate, by: number): ExplainedFate {
  const move = ([start, end]: Span): Span => [start + by, end + by];
  const fields = fate.fields.map((field) => ({
    ...field,
    tried: field.tried.map((each) => ({ ...each, at: each.at && move(each.at) })),
  }));
  return { ...fate, at: move(fate.at), fields };
}

/** Counts by fate, and by reason. */
export const summary = computed(() => {
  const now = planResult.value;
  const counts = { ready: 0, skipped: 0, refused: 0 };
  const reasons = new Map<string, { fate: Item["fate"]; count: number }>();
  for (const { fate, codes } of now.kind === "batch" ? now.items : []) {
    counts[fate] += 1;
    for (const code of codes) {
      const key = `${fate} ${code}`;
      reasons.set(key, { fate, count: (reasons.get(key)?.count ?? 0) + 1 });
    }
  }
  const byCount = [...reasons]
    .map(([key, reason]) => ({ ...reason, code: key.split(" ")[1] ?? "" }))
    .sort((a, b) => b.count - a.count);
  return { counts, reasons: byCount };
});

/** The filter that was chosen, and for how many loads of a text. */
const chosenFilter = signal<{ fate: Item["fate"]; code: string | null; of: number } | null>(null);

/** The filter of the list; null shows all rows. It ends with the text, and where nothing matches. */
export const filter = computed(() => {
  const [now, active] = [planResult.value, chosenFilter.value];
  if (now.kind !== "batch" || active === null || active.of !== loads.value) return null;
  return now.items.some((item) => passes(item, active)) ? active : null;
});

export function chooseFilter(next: { fate: Item["fate"]; code: string | null } | null): void {
  chosenFilter.value = next === null ? null : { ...next, of: loads.peek() };
}

const passes = (item: Item, { fate, code }: { fate: Item["fate"]; code: string | null }) =>
  item.fate === fate && (code === null || item.codes.includes(code));

/** The indexes of the events that the filter lets through. */
export const shown = computed<number[]>(() => {
  const now = planResult.value;
  const active = filter.value;
  if (now.kind !== "batch") return [];
  const numbers = [...now.items.keys()];
  if (active === null) return numbers;
  return numbers.filter((number) => {
    const item = now.items[number];
    return item !== undefined && passes(item, active);
  });
});

/** The index of the event that is shown: the selected one, or the first that the filter lets through. */
export const chosen = computed(() => {
  const now = planResult.value;
  if (now.kind !== "batch") return 0;
  const number = Math.min(selected.value, now.items.length - 1);
  const [active, item] = [filter.value, now.items[number]];
  const isShown = active === null || (item !== undefined && passes(item, active));
  return isShown ? number : (shown.value[0] ?? number);
});
