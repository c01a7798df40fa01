// The trace: for each field its value, and the paths that were tried for it.

import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Explanation } from "kochava-edge";
import { moveFocus } from "../components/roving-focus";
import { hoverHandlers, focusHandlers, goToOrigin } from "./handlers";
import { keyOf, originsOf, useHighlighting } from "./highlight";

export function Trace({ fields }: { fields: readonly Explanation[] }) {
  const sent = fields.filter(({ request }) => request !== null);
  const missed = fields.filter(({ request }) => request === null);
  if (fields.length === 0) return null;
  return (
    <section class="card trace" aria-labelledby="trace-title">
      <header class="card-head">
        <h4 id="trace-title">Trace</h4>
        <span class="muted">Where each field comes from. Press Enter to go to its value.</span>
      </header>
      {sent.length > 0 && <Fields fields={sent} label="Fields that are sent" />}
      {missed.length > 0 && (
        <details class="missed" open={sent.length === 0}>
          <summary>
            {sent.length === 0 ? "Fields that were looked up" : "Looked up, not sent"}{" "}
            <span class="muted">({missed.length})</span>
          </summary>
          <Fields fields={missed} label="Fields that are not sent" />
        </details>
      )}
    </section>
  );
}

function Fields({ fields, label }: { fields: readonly Explanation[]; label: string }) {
  const list = useRef<HTMLUListElement>(null);
  const highlighting = useHighlighting();
  const { keys, from } = highlighting.highlight.value;
  const first = fields.find((field) => keys.has(keyOf(field)));
  useEffect(() => {
    if (from !== "event" || first === undefined) return;
    show(list.current?.closest<HTMLElement>(".result") ?? null, keyOf(first));
  }, [from, first]);
  return (
    <ul class="fields" ref={list} aria-label={label} onKeyDown={moveFocus}>
      {fields.map((field, number) => (
        <li key={keyOf(field)}>
          <button
            type="button"
            class="field-row"
            data-roving
            data-highlighted={keys.has(keyOf(field))}
            tabIndex={number === 0 ? 0 : -1}
            {...hoverHandlers(highlighting, field)}
            {...focusHandlers(highlighting, field)}
            onClick={() => goToOrigin(highlighting, field)}
            data-found={originsOf(field).length > 0}
          >
            <span class="field-key">
              <Dotted text={field.field} />
            </span>
            <Value field={field} />
            <From field={field} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Scrolls to the first highlighted line of the body, if it is not visible. */
function show(panel: HTMLElement | null, key: string): void {
  const line =
    panel?.querySelector(`.line[data-key="${CSS.escape(key)}"]`) ??
    panel?.querySelector('.field-row[data-highlighted="true"]');
  line?.scrollIntoView({ block: "nearest" });
}

/** The value that is sent; for a field that is not sent, the value in the event. */
function Value({ field }: { field: Explanation }) {
  const { text } = useHighlighting();
  if (field.value !== null) return <span class="field-value">{shortened(field.value)}</span>;
  const found = originsOf(field).map((span) => text.peek().slice(...span));
  return (
    <span class="field-value found-only">
      {found.length === 0 ? "–" : shortened(found.join(", "))}
    </span>
  );
}

/** A dotted name that may break after each dot. */
function Dotted({ text }: { text: string }) {
  const parts = text.split(/(?<=\.)/);
  return (
    <>
      {parts.map((part, number) => (
        <Fragment key={number}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </>
  );
}

const VALUE_CHARS_MAX = 80;
const shortened = (value: string) =>
  value.length > VALUE_CHARS_MAX ? `${value.slice(0, VALUE_CHARS_MAX)}…` : value;

function From({ field: { origin, tried, value } }: { field: Explanation }) {
  if (origin.kind === "setting")
    return <span class="tried">from the setting {origin.setting}</span>;
  if (origin.kind === "guide" && value !== null)
    return <span class="tried">fixed by Kochava's guide</span>;
  return (
    <span class="tried">
      {tried.map((lookup, number) => (
        <LookupView key={number} lookup={lookup} />
      ))}
    </span>
  );
}

type Lookup = Explanation["tried"][number];

const ANSWERS = { taken: "used", nothing: "no value", unusable: "unusable" };

function LookupView({ lookup: { path, answer, code } }: { lookup: Lookup }) {
  return (
    <span class={`lookup lookup-${answer}`}>
      <span class="lookup-path">{path}</span>{" "}
      <span class={answer === "taken" ? "visually-hidden" : "lookup-answer"}>
        {code ?? ANSWERS[answer]}
      </span>
    </span>
  );
}
