// A JSON editor: a textarea until CodeMirror is loaded, which then takes over its text and
// selection.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Span } from "../lib/json";
import { createEditor, type Editor, type EditorOptions, type Diagnostic } from "./editor";

interface Props extends Omit<EditorOptions, "text"> {
  id: string;
  text: string;
  diagnostics?: readonly Diagnostic[];
  highlight?: { spans: readonly Span[]; isFaint: boolean };
  reveal?: { at: Span; isFocused: boolean } | null;
}

export function Code(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  // the editor's callbacks outlive one render, so they read the latest properties
  const latest = useRef(props);
  latest.current = props;
  const editor = useEditor(place, area, latest);

  // before the next key: a key typed into the previous text would bring that text back
  useLayoutEffect(() => editor?.setText(props.text), [props.text, editor]);
  useEffect(() => editor?.setDiagnostics(props.diagnostics ?? []), [props.diagnostics, editor]);
  useEffect(
    () => editor?.setHighlight(props.highlight?.spans ?? [], props.highlight?.isFaint ?? false),
    [props.highlight, editor],
  );
  useEffect(() => {
    const { reveal } = latest.current;
    if (reveal == null) return;
    if (editor !== null) editor.reveal(reveal.at, reveal.isFocused);
    else if (reveal.isFocused) select(area.current, reveal.at);
  }, [props.reveal, editor]);

  return (
    <div class="code" id={props.id}>
      <div class="code-editor" ref={place} />
      {editor === null && (
        <textarea
          ref={area}
          aria-label={props.label}
          value={props.text}
          spellcheck={false}
          autocapitalize="off"
          readOnly={props.isReadOnly}
          onInput={(event) =>
            props.onText?.(event.currentTarget.value, event.inputType === "historyUndo")
          }
        />
      )}
    </div>
  );
}

/**
 * Returns CodeMirror once it is loaded. Focus and selection move over from the textarea, so typing
 * is not interrupted.
 */
function useEditor(
  place: RefObject<HTMLDivElement>,
  area: RefObject<HTMLTextAreaElement>,
  latest: RefObject<Props>,
): Editor | null {
  const create = createEditor.value;
  const [editor, setEditor] = useState<Editor | null>(null);
  // a layout effect, since a passive one would show a textarea for a frame when CodeMirror is
  // loaded already
  useLayoutEffect(() => {
    const props = latest.current;
    if (create === null || place.current === null || props === null) return undefined;
    const made = create(place.current, optionsOf(props, latest));
    const typedIn = area.current;
    if (typedIn !== null && document.activeElement === typedIn)
      made.focus([typedIn.selectionStart, typedIn.selectionEnd]);
    setEditor(made);
    return () => made.destroy();
  }, [create]);
  return editor;
}

function optionsOf(
  { label, text, isPlain, isReadOnly }: Props,
  latest: RefObject<Props>,
): EditorOptions {
  return {
    label,
    text,
    isPlain,
    isReadOnly,
    onText: (typed, isUndo) => latest.current?.onText?.(typed, isUndo),
    onHover: (offset) => latest.current?.onHover?.(offset),
    onCursor: (offset) => latest.current?.onCursor?.(offset),
    onUndo: () => latest.current?.onUndo?.(),
    onRedo: () => latest.current?.onRedo?.(),
  };
}

function select(area: HTMLTextAreaElement | null, [start, end]: Span): void {
  area?.focus();
  area?.setSelectionRange(start, end);
}
