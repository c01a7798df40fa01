// What does the page ask of an editor?

import { signal } from "@preact/signals";
import type { Span } from "../lib/json";

export interface Mark {
  at: Span;
  severity: "error" | "warning" | "info";
  message: string;
}

export interface EditorOptions {
  label: string;
  text: string;
  onText(text: string): void;
  /** The place under the mouse. */
  onHover?(offset: number | null): void;
  /** The place of the cursor while the editor has the focus. */
  onCursor?(offset: number | null): void;
}

export interface Editor {
  setText(text: string): void;
  setMarks(marks: readonly Mark[]): void;
  setLit(spans: readonly Span[], isFaint: boolean): void;
  reveal(span: Span, isFocused: boolean): void;
  focus(selection: Span): void;
  destroy(): void;
}

type Create = (parent: HTMLElement, options: EditorOptions) => Editor;

/** CodeMirror, once it is there; without it the page works with textareas. */
export const createEditor = signal<Create | null>(null);

export async function loadEditor(): Promise<void> {
  try {
    const { createEditor: create } = await import("./codemirror");
    createEditor.value = create;
  } catch {
    createEditor.value = null;
  }
}
