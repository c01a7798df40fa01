// The JSON editor made of CodeMirror: highlights, diagnostics and cursor events.
//
// Built as a chunk of its own and loaded after the first result is shown; until then a textarea
// takes its place.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, redo, undo } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import {
  EditorState,
  StateEffect,
  StateField,
  type Extension,
  type StateCommand,
} from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  keymap,
  lineNumbers,
  type DecorationSet,
  type KeyBinding,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Span } from "../lib/json";
import type { Editor, EditorOptions, Diagnostic } from "./editor";

const setHighlight = StateEffect.define<{ spans: readonly Span[]; isFaint: boolean }>();
const bright = Decoration.mark({ class: "cm-highlight" });
const faint = Decoration.mark({ class: "cm-highlight cm-highlight-faint" });

const highlight = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const effect = transaction.effects.find((each) => each.is(setHighlight));
    if (effect === undefined) return shown.map(transaction.changes);
    const { spans, isFaint } = effect.value;
    const length = transaction.newDoc.length;
    const ranges = spans
      .filter(([start, end]) => start < end && end <= length)
      .map(([start, end]) => (isFaint ? faint : bright).range(start, end));
    return Decoration.set(ranges, true);
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function createEditor(parent: HTMLElement, options: EditorOptions): Editor {
  let isProgrammatic = false;
  // a reported text comes back as a property after a later render, when more may have been typed;
  // it must not replace that newer text
  let reported = [options.text];
  const onText = (text: string, isUndo: boolean) => {
    reported.push(text);
    options.onText?.(text, isUndo);
  };
  const state = (text: string) =>
    EditorState.create({
      doc: text,
      extensions: extensions({ ...options, onText }, () => isProgrammatic),
    });
  const view = new EditorView({ parent, state: state(options.text) });
  return {
    setText(text) {
      const at = reported.lastIndexOf(text);
      reported = at < 0 ? [text] : reported.slice(at);
      if (at >= 0) return;
      clearTimeout(timers.get(view));
      isProgrammatic = true;
      // a new state rather than a change, so that undo does not lead back into the previous text
      view.setState(state(text));
      isProgrammatic = false;
    },
    setDiagnostics: (diagnostics) => showDiagnostics(view, diagnostics),
    setHighlight: (spans, isFaint) =>
      view.dispatch({ effects: setHighlight.of({ spans, isFaint }) }),
    reveal: (span, isFocused) => reveal(view, span, isFocused),
    focus: ([anchor, head]) => {
      const { length } = view.state.doc;
      view.focus();
      view.dispatch({
        selection: { anchor: Math.min(anchor, length), head: Math.min(head, length) },
        scrollIntoView: true,
      });
    },
    destroy: () => view.destroy(),
  };
}

function extensions(options: EditorOptions, isProgrammatic: () => boolean): Extension {
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    highlightActiveLine(),
    options.isPlain === true ? [] : [closeBrackets(), json(), syntaxHighlighting(classHighlighter)],
    highlight,
    EditorState.readOnly.of(options.isReadOnly ?? false),
    // no indentation with Tab: it moves the focus, as elsewhere on the page
    keymap.of([
      ...undoKeys(options),
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...lintKeymap,
    ]),
    EditorView.contentAttributes.of({
      "aria-label": options.label,
      tabindex: "0",
      spellcheck: "false",
      autocapitalize: "off",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !isProgrammatic()) {
        const isUndo = update.transactions.some((transaction) => transaction.isUserEvent("undo"));
        reportText(update.view, options, isUndo);
      }
      if ((update.selectionSet || update.focusChanged) && update.view.hasFocus)
        options.onCursor?.(update.state.selection.main.head);
      if (update.focusChanged && !update.view.hasFocus) options.onCursor?.(null);
    }),
    hover(options),
  ];
}

/** Undoes within the editor, and then beyond it. */
function undoKeys({ onUndo, onRedo }: EditorOptions): KeyBinding[] {
  const bind = (keys: string[], within: StateCommand, beyond?: () => void): KeyBinding[] =>
    keys.map((key) => ({
      key,
      preventDefault: true,
      run: (view) => {
        if (!within(view)) beyond?.();
        return true;
      },
    }));
  return [...bind(["Mod-z"], undo, onUndo), ...bind(["Mod-y", "Mod-Shift-z"], redo, onRedo)];
}

/** Reports the offset under the mouse when the mouse moves, and not when the text does. */
function hover({ onHover }: EditorOptions): Extension {
  let last = "";
  return EditorView.domEventHandlers({
    mousemove: (event, view) => {
      const place = `${event.screenX} ${event.screenY}`;
      // browsers repeat the event where what is under the mouse has changed
      if (place === last) return;
      last = place;
      onHover?.(view.posAtCoords({ x: event.clientX, y: event.clientY }, false));
    },
    mouseleave: () => onHover?.(null),
  });
}

const IMMEDIATE_CHARS_MAX = 500_000;
const timers = new WeakMap<EditorView, number>();

/**
 * Reports the text at once, or after a pause when it is so large that copying it at every key would
 * be slow.
 */
function reportText(view: EditorView, options: EditorOptions, isUndo: boolean): void {
  clearTimeout(timers.get(view));
  const report = (asUndo: boolean) => options.onText?.(textOf(view), asUndo);
  if (view.state.doc.length < IMMEDIATE_CHARS_MAX) report(isUndo);
  // what is reported after a pause may be several changes, of which only the last is an undo
  else timers.set(view, window.setTimeout(report, 200, false));
}

const textOf = (view: EditorView) => view.state.sliceDoc();

function showDiagnostics(view: EditorView, diagnostics: readonly Diagnostic[]): void {
  const length = view.state.doc.length;
  const shown = diagnostics
    .filter(({ at }) => at[0] <= length)
    // only the first line of a value that spans several: its opening bracket
    .map(({ at, severity, message }) => ({
      from: at[0],
      to: Math.min(at[1], view.state.doc.lineAt(at[0]).to),
      severity,
      message,
    }));
  view.dispatch(setDiagnostics(view.state, shown));
}

function reveal(view: EditorView, [start, end]: Span, isFocused: boolean): void {
  if (end > view.state.doc.length) return;
  if (isFocused) {
    view.focus();
    view.dispatch({ selection: { anchor: start, head: end } });
  }
  const { from, to } = view.viewport;
  const box = view.coordsAtPos(start);
  const frame = view.scrollDOM.getBoundingClientRect();
  const isVisible =
    start >= from &&
    end <= to &&
    box !== null &&
    box.top >= frame.top &&
    box.bottom <= frame.bottom;
  if (!isVisible) view.dispatch({ effects: EditorView.scrollIntoView(start, { y: "center" }) });
}
