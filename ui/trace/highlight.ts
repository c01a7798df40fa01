// Which fields of a trace and which values of its event are highlighted together.

import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Explanation, Span } from "kochava-edge";

export type Pointer = { from: "field"; key: string } | { from: "event"; offset: number };

/** A span of the event to scroll into view. */
export interface Revealed {
  at: Span;
  isFocused: boolean;
}

/** What is highlighted in one event and in the requests that it becomes. */
export interface Highlighting {
  /** The text of the event, which the spans of the trace are offsets in. */
  text: ReadonlySignal<string>;
  /** What the mouse or the focus is on. */
  pointed: Signal<Pointer | null>;
  /** What was clicked: highlighted while nothing is pointed at. */
  pinned: Signal<Pointer | null>;
  revealed: Signal<Revealed | null>;
  highlight: ReadonlySignal<Highlight>;
  /** What the editor highlights; faint while the mouse is in the editor itself. */
  eventHighlight: ReadonlySignal<{ spans: Span[]; isFaint: boolean }>;
  /** Shows the event, where another panel covers it. */
  showEvent(): void;
}

interface Highlight {
  fields: Explanation[];
  keys: Set<string>;
  spans: Span[];
  from: Pointer["from"] | null;
}

export const HighlightingContext = createContext<Highlighting | null>(null);

/** Returns the highlighting of the page or view around a component. */
export function useHighlighting(): Highlighting {
  const highlighting = useContext(HighlightingContext);
  if (highlighting === null) throw new Error("a trace needs a HighlightingContext around it");
  return highlighting;
}

export function createHighlighting(
  text: ReadonlySignal<string>,
  fields: ReadonlySignal<readonly Explanation[]>,
  showEvent: () => void,
): Highlighting {
  const pointed = signal<Pointer | null>(null);
  const pinned = signal<Pointer | null>(null);
  const highlight = computed(() => highlightOf(fields.value, pointed.value ?? pinned.value));
  const eventHighlight = computed(() => ({
    spans: highlight.value.spans,
    isFaint: highlight.value.from === "event",
  }));
  const revealed = signal<Revealed | null>(null);
  return { text, pointed, pinned, revealed, highlight, eventHighlight, showEvent };
}

function highlightOf(all: readonly Explanation[], pointer: Pointer | null): Highlight {
  const fields = pointer === null ? [] : all.filter((field) => isMeant(field, pointer));
  const spans = fields
    .flatMap(originsOf)
    .filter((span) => pointer?.from !== "event" || holds(span, pointer.offset));
  return { fields, keys: new Set(fields.map(keyOf)), spans, from: pointer?.from ?? null };
}

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

function isMeant(field: Explanation, pointer: Pointer): boolean {
  return pointer.from === "field"
    ? keyOf(field) === pointer.key
    : originsOf(field).some((span) => holds(span, pointer.offset));
}

const holds = ([start, end]: Span, offset: number) => start <= offset && offset <= end;
