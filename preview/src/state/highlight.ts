// Which fields and which values of the event are highlighted together.

import { computed, signal } from "@preact/signals";
import type { Explanation, Span } from "kochava-edge";
import { detail } from "./plan-result";

export type Pointer = { from: "field"; key: string } | { from: "event"; offset: number };

/**
 * `pointed` is what the mouse or the focus is on; `pinned` is what was clicked, highlighted while
 * nothing is pointed at.
 */
export const pointed = signal<Pointer | null>(null);
export const pinned = signal<Pointer | null>(null);

/** A span of the event to scroll into view. */
export const revealed = signal<{ at: Span; isFocused: boolean } | null>(null);

export const keyOf = ({ request, field }: Explanation): string => `${request ?? "-"} ${field}`;

/**
 * Returns the spans of the values that a field comes from; if there are none, of those that were
 * unusable.
 */
export function originsOf(field: Explanation): Span[] {
  // a fixed value or a setting: the values that were tried are irrelevant
  if (field.value !== null && field.origin.kind !== "paths") return [];
  const places = (answer: string) =>
    field.tried.flatMap((each) => (each.answer === answer && each.at !== null ? [each.at] : []));
  const used = places("taken");
  return used.length > 0 ? used : places("unusable");
}

export const highlight = computed(() => {
  const pointer = pointed.value ?? pinned.value;
  const all = detail.value?.fields ?? [];
  const fields = pointer === null ? [] : all.filter((field) => isMeant(field, pointer));
  const spans = fields
    .flatMap(originsOf)
    .filter((span) => pointer?.from !== "event" || holds(span, pointer.offset));
  return { fields, keys: new Set(fields.map(keyOf)), spans, from: pointer?.from ?? null };
});

function isMeant(field: Explanation, pointer: Pointer): boolean {
  return pointer.from === "field"
    ? keyOf(field) === pointer.key
    : originsOf(field).some((span) => holds(span, pointer.offset));
}

const holds = ([start, end]: Span, offset: number) => start <= offset && offset <= end;

/** What the editor highlights; faint while the mouse is in the editor itself. */
export const eventHighlight = computed(() => ({
  spans: highlight.value.spans,
  isFaint: highlight.value.from === "event",
}));
