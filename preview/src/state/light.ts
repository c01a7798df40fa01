// Which fields and which places of the event light up together?

import { computed, signal } from "@preact/signals";
import type { Explanation, Span } from "kochava-edge";
import { detail } from "./outcome";

export type Pointer = { from: "field"; key: string } | { from: "event"; offset: number };

/** Where the mouse or the focus is; `pinned` stays when it leaves. */
export const pointed = signal<Pointer | null>(null);
export const pinned = signal<Pointer | null>(null);

/** A place in the event that shall be brought into view. */
export const revealed = signal<{ at: Span; isFocused: boolean } | null>(null);

export const keyOf = ({ request, field }: Explanation): string => `${request ?? "-"} ${field}`;

/** The places of the values that a field was made of; where it has none, of those that could not serve. */
export function originsOf(field: Explanation): Span[] {
  // the guide has it so, whatever was asked
  if (field.value !== null && field.origin.kind !== "paths") return [];
  const places = (answer: string) =>
    field.tried.flatMap((each) => (each.answer === answer && each.at !== null ? [each.at] : []));
  const taken = places("taken");
  return taken.length > 0 ? taken : places("unusable");
}

export const lit = computed(() => {
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

/** For the editor; faint where the mouse is in the event itself. */
export const litOfEvent = computed(() => ({
  spans: lit.value.spans,
  isFaint: lit.value.from === "event",
}));
