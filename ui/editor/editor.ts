// The interface between the page and its editor, and the lazy loading of CodeMirror.

import { signal } from "@preact/signals";
import type { Span } from "../lib/json";

export interface Diagnostic {
  at: Span;
  severity: "error" | "warning" | "info";
  message: string;
}

export interface EditorOptions {
  label: string;
  text: string;
  /** The text is no JSON: shown in one colour, without brackets that close themselves. */
  isPlain?: boolean;
  isReadOnly?: boolean;
  /**
   * The text after a change; not called by an editor that is read only. `isUndo`: the editor took
   * back what was typed.
   */
  onText?(text: string, isUndo: boolean): void;
  /** Offset under the mouse; null when the mouse leaves. */
  onHover?(offset: number | null): void;
  /** Offset of the cursor while the editor has the focus; null when the focus leaves. */
  onCursor?(offset: number | null): void;
  /** Called by the keys for undo and redo when the editor itself has nothing more to undo. */
  onUndo?(): void;
  onRedo?(): void;
}

export interface Editor {
  setText(text: string): void;
  setDiagnostics(diagnostics: readonly Diagnostic[]): void;
  setHighlight(spans: readonly Span[], isFaint: boolean): void;
  reveal(span: Span, isFocused: boolean): void;
  focus(selection: Span): void;
  destroy(): void;
}

type Create = (parent: HTMLElement, options: EditorOptions) => Editor;

/**
 * Creates a CodeMirror editor; null until it is loaded. The page works with textareas without it.
 */
export const createEditor = signal<Create | null>(null);

export async function loadEditor(): Promise<void> {
  try {
    const { createEditor: create } = await import("./codemirror");
    createEditor.value = create;
  } catch {
    createEditor.value = null;
  }
}
