// How is a text, a number or a flag written in one input?

import type { Json } from "./json";

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** `5` is a number, `true` a flag, `"5"` and everything else a text. */
export function readScalar(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (NUMBER.test(text)) return Number(text);
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    try {
      return String(JSON.parse(text));
    } catch {
      return text;
    }
  }
  return text;
}

export function showScalar(value: Json | undefined): string {
  if (typeof value !== "string") return value === undefined ? "" : JSON.stringify(value);
  return readScalar(value) === value ? value : JSON.stringify(value);
}
