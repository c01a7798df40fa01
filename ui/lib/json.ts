// Locates values in a JSON text: a parser that keeps the span of every value.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };
export type Span = [start: number, end: number];
export type Key = string | number;

/** A value and its span in the text. */
export interface Node {
  kind: "object" | "array" | "string" | "number" | "word";
  at: Span;
  children: { key: Key; node: Node }[];
}

/**
 * Parses `text` into nodes with spans; null if it is not JSON. Accepts the trailing commas that
 * Amplitude's templates leave behind.
 */
export function locate(text: string): Node | null {
  const reader = new Reader(text);
  try {
    const node = reader.value(0);
    return reader.isAtEnd() ? node : null;
  } catch {
    return null;
  }
}

/**
 * Returns the offset of the first strict syntax error in `text`; its length if it ends too early.
 */
export function syntaxErrorOffset(text: string): number {
  const reader = new Reader(text, true);
  try {
    reader.value(0);
  } catch {
    // only the position is of interest
  }
  return reader.position();
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

const NESTING_MAX = 200;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y;

class Reader {
  #at = 0;

  constructor(
    readonly text: string,
    readonly isStrict = false,
  ) {
    this.#skip();
  }

  value(depth: number): Node {
    if (depth > NESTING_MAX) throw new SyntaxError();
    const start = this.#at;
    const children: Node["children"] = [];
    let kind: Node["kind"];
    if (this.#consume("{")) {
      kind = "object";
      this.#list("}", () => {
        const key = JSON.parse(this.#match(STRING)) as string;
        this.#skip();
        if (!this.#consume(":")) throw new SyntaxError();
        children.push({ key, node: this.value(depth + 1) });
      });
    } else if (this.#consume("[")) {
      kind = "array";
      this.#list("]", () => children.push({ key: children.length, node: this.value(depth + 1) }));
    } else if (this.text[this.#at] === '"') {
      kind = "string";
      this.#match(STRING);
    } else {
      kind = /[-\d]/.test(this.#match(SCALAR)[0] ?? "") ? "number" : "word";
    }
    const at: Span = [start, this.#at];
    this.#skip();
    return { kind, at, children };
  }

  position(): number {
    return this.#at;
  }

  isAtEnd(): boolean {
    return this.#at === this.text.length;
  }

  #list(end: string, element: () => void): void {
    while (!this.#close(end)) {
      element();
      if (this.#consume(",")) {
        if (this.isStrict && this.text[this.#at] === end) throw new SyntaxError();
        continue;
      }
      if (!this.#close(end)) throw new SyntaxError();
      return;
    }
  }

  /**
   * Consumes a closing bracket, but no white space after it: that is outside the span of the value.
   */
  #close(end: string): boolean {
    if (this.text[this.#at] !== end) return false;
    this.#at += 1;
    return true;
  }

  #consume(mark: string): boolean {
    if (!this.#close(mark)) return false;
    this.#skip();
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw new SyntaxError();
    this.#at += found.length;
    return found;
  }

  #skip(): void {
    while (" \t\r\n\ufeff".includes(this.text[this.#at] ?? "x")) this.#at += 1;
  }
}

/** Calls `visit` for every value, with the keys that lead to it. */
export function walk(node: Node, visit: (keys: Key[], node: Node) => void, keys: Key[] = []): void {
  visit(keys, node);
  for (const child of node.children) walk(child.node, visit, [...keys, child.key]);
}

export const keysOfPointer = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

/**
 * Returns the span of a JSON Pointer (RFC 6901) in `text`; for a missing member, the start of the
 * value that lacks it.
 */
export function spanOfPointer(text: string, pointer: string): Span | null {
  const keys = keysOfPointer(pointer);
  const root = locate(text);
  if (root === null) return null;
  let node: Node = root;
  for (const key of keys) {
    const next: Node["children"][number] | undefined = node.children.findLast(
      (child) => String(child.key) === String(key),
    );
    if (next === undefined) return [node.at[0], node.at[0] + 1];
    node = next.node;
  }
  return keys.length === 0 ? [node.at[0], node.at[0] + 1] : node.at;
}
