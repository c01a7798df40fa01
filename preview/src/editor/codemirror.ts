// How does CodeMirror show JSON?
//
// A chunk of its own, loaded after the first result is shown; until then a textarea stands in its place.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  keymap,
  lineNumbers,
  type DecorationSet,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { Span } from "../lib/json";
import type { Editor, EditorOptions, Mark } from "./editor";

const setLit = StateEffect.define<{ spans: readonly Span[]; isFaint: boolean }>();
const bright = Decoration.mark({ class: "cm-lit" });
const faint = Decoration.mark({ class: "cm-lit cm-lit-faint" });

const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    const effect = transaction.effects.find((each) => each.is(setLit));
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
  let isOurs = false;
  // what was told comes back with a later drawing, when more may have been typed: it must not replace that
  let told = [options.text];
  const onText = (text: string) => {
    told.push(text);
    options.onText(text);
  };
  const state = (text: string) =>
    EditorState.create({ doc: text, extensions: extensions({ ...options, onText }, () => isOurs) });
  const view = new EditorView({ parent, state: state(options.text) });
  return {
    setText(text) {
      const at = told.lastIndexOf(text);
      told = at < 0 ? [text] : told.slice(at);
      if (at >= 0) return;
      clearTimeout(timers.get(view));
      isOurs = true;
      // another text, not a change of this one: its history would lead back into the old one
      view.setState(state(text));
      isOurs = false;
    },
    setMarks: (marks) => mark(view, marks),
    setLit: (spans, isFaint) => view.dispatch({ effects: setLit.of({ spans, isFaint }) }),
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

function extensions(options: EditorOptions, isOurs: () => boolean): Extension {
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    json(),
    syntaxHighlighting(classHighlighter),
    lit,
    // Tab moves on, as everywhere on the page
    keymap.of([
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
      if (update.docChanged && !isOurs()) later(update.view, options);
      if ((update.selectionSet || update.focusChanged) && update.view.hasFocus)
        options.onCursor?.(update.state.selection.main.head);
      if (update.focusChanged && !update.view.hasFocus) options.onCursor?.(null);
    }),
    EditorView.domEventHandlers({
      mousemove: (event, view) =>
        options.onHover?.(view.posAtCoords({ x: event.clientX, y: event.clientY }, false)),
      mouseleave: () => options.onHover?.(null),
    }),
  ];
}

const LARGE = 500_000;
const timers = new WeakMap<EditorView, number>();

/** A large text is not put together at every key. */
function later(view: EditorView, options: EditorOptions): void {
  clearTimeout(timers.get(view));
  const tell = () => options.onText(textOf(view));
  if (view.state.doc.length < LARGE) tell();
  else timers.set(view, window.setTimeout(tell, 200));
}

const textOf = (view: EditorView) => view.state.sliceDoc();

function mark(view: EditorView, marks: readonly Mark[]): void {
  const length = view.state.doc.length;
  const diagnostics = marks
    .filter(({ at }) => at[0] <= length)
    // of what goes over several lines the first one alone: its bracket
    .map(({ at, severity, message }) => ({
      from: at[0],
      to: Math.min(at[1], view.state.doc.lineAt(at[0]).to),
      severity,
      message,
    }));
  view.dispatch(setDiagnostics(view.state, diagnostics));
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
  const isSeen =
    start >= from &&
    end <= to &&
    box !== null &&
    box.top >= frame.top &&
    box.bottom <= frame.bottom;
  if (!isSeen) view.dispatch({ effects: EditorView.scrollIntoView(start, { y: "center" }) });
}
