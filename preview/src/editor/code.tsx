// A text of JSON that can be edited: a textarea at first, then CodeMirror with what was typed so far.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Span } from "../lib/json";
import { createEditor, type Editor, type EditorOptions, type Mark } from "./editor";

interface Props extends Omit<EditorOptions, "text"> {
  id: string;
  text: string;
  marks: readonly Mark[];
  lit?: { spans: readonly Span[]; isFaint: boolean };
  reveal?: { at: Span; isFocused: boolean } | null;
}

export function Code(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  // the editor's callbacks outlive the properties of one drawing
  const latest = useRef(props);
  latest.current = props;
  const editor = useEditor(place, area, latest);

  useEffect(() => editor?.setText(props.text), [props.text, editor]);
  useEffect(() => editor?.setMarks(props.marks), [props.marks, editor]);
  useEffect(
    () => editor?.setLit(props.lit?.spans ?? [], props.lit?.isFaint ?? false),
    [props.lit, editor],
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
          onInput={(event) => props.onText(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

/** CodeMirror once it is loaded; who is typing in the textarea goes on typing in it, over what was selected there. */
function useEditor(
  place: RefObject<HTMLDivElement>,
  area: RefObject<HTMLTextAreaElement>,
  latest: RefObject<Props>,
): Editor | null {
  const create = createEditor.value;
  const [editor, setEditor] = useState<Editor | null>(null);
  // before anybody can type: where it is loaded already, a textarea would be there for a moment
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

function optionsOf({ label, text }: Props, latest: RefObject<Props>): EditorOptions {
  return {
    label,
    text,
    onText: (typed) => latest.current?.onText(typed),
    onHover: (offset) => latest.current?.onHover?.(offset),
    onCursor: (offset) => latest.current?.onCursor?.(offset),
  };
}

function select(area: HTMLTextAreaElement | null, [start, end]: Span): void {
  area?.focus();
  area?.setSelectionRange(start, end);
}
