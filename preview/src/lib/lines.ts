// Is a text one JSON value, or one on each line?

import type { Span } from "./json";

/** More than one line, the first two of which are JSON by themselves. A line further down may be broken: that is a fate, not another format. */
export function looksLikeLines(text: string): boolean {
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

/** The place of every line, without its newline; what stands behind the last newline is a line if there is anything. */
export function placesOfLines(text: string): Span[] {
  const places: Span[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    places.push([start, end]);
    start = end + 1;
  }
  return places;
}
