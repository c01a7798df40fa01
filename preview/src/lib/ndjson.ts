// Detects NDJSON and locates its lines.

import type { Span } from "../../../ui/lib/json";

/**
 * Whether a text has several lines and the first two are JSON by themselves. A broken line further
 * down does not matter: it is reported as refused.
 */
export function looksLikeNdjson(text: string): boolean {
  const start = text.search(/[^\s\ufeff]/);
  const first = start < 0 ? null : lineFrom(text, start);
  const second = first && lineFrom(text, first.next);
  return first !== null && second !== null && isJson(first.line) && isJson(second.line);
}

function lineFrom(text: string, from: number): { line: string; next: number } | null {
  for (let start = from; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const next = end < 0 ? text.length : end + 1;
    const line = text.slice(start, next).trim();
    if (line !== "") return { line, next };
    start = next;
  }
  return null;
}

function isJson(line: string): boolean {
  if (!/^[{[]/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the span of every line without its newline. Text after the last newline is a line, unless
 * it is empty.
 */
export function lineSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    spans.push([start, end]);
    start = end + 1;
  }
  return spans;
}
