// Splits a JSON body into indented lines for display, each with the field that it shows.

import { locate, type Node } from "./json";

/** One line; `field` is the dotted path of its value, null for brackets. */
export interface Line {
  depth: number;
  key: string | null;
  text: string;
  kind: Node["kind"] | "bracket";
  field: string | null;
  comma: boolean;
}

/**
 * Returns the lines of a body: strings unescaped as far as JSON allows, numbers in their original
 * spelling.
 */
export function linesOf(body: string): Line[] {
  const root = locate(body);
  const lines: Line[] = [];
  if (root !== null) add(root, { depth: 0, key: null, field: null, comma: false });
  return lines;

  function add(node: Node, at: Pick<Line, "depth" | "key" | "field" | "comma">): void {
    if (node.kind !== "object" && node.kind !== "array") {
      const text = body.slice(...node.at);
      lines.push({
        ...at,
        kind: node.kind,
        text: node.kind === "string" ? JSON.stringify(JSON.parse(text)) : text,
      });
      return;
    }
    const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
    lines.push({ ...at, kind: "bracket", text: open, field: null, comma: false });
    node.children.forEach(({ key, node: child }, number) => {
      const name = String(key);
      const field = at.field === null ? name : `${at.field}.${name}`;
      add(child, {
        depth: at.depth + 1,
        key: node.kind === "object" ? name : null,
        field,
        comma: number < node.children.length - 1,
      });
    });
    lines.push({ ...at, key: null, kind: "bracket", text: close, field: null });
  }
}

/**
 * Returns a JSON text with a line for each value, every value as it was spelt; as it is if it is not
 * JSON.
 */
export function indented(text: string): string {
  const root = locate(text);
  return root === null ? text : write(root, 0);

  function write({ kind, at, children }: Node, depth: number): string {
    if (kind !== "object" && kind !== "array") return text.slice(...at);
    const [open, close] = kind === "object" ? ["{", "}"] : ["[", "]"];
    if (children.length === 0) return open + close;
    const indent = "  ".repeat(depth + 1);
    const members = children.map(({ key, node }) => {
      const name = kind === "object" ? `${JSON.stringify(key)}: ` : "";
      return `${indent}${name}${write(node, depth + 1)}`;
    });
    return `${open}\n${members.join(",\n")}\n${"  ".repeat(depth)}${close}`;
  }
}
