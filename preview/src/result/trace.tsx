// Where does each field come from, and what was tried before?

import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Explanation, Question } from "kochava-edge";
import { rove } from "../parts/rove";
import { settledText } from "../state/event";
import { keyOf, lit, originsOf } from "../state/light";
import { follow, followByFocus, goToOrigin } from "./follow";

export function Trace({ fields }: { fields: readonly Explanation[] }) {
  const sent = fields.filter(({ request }) => request !== null);
  const missed = fields.filter(({ request }) => request === null);
  if (fields.length === 0) return null;
  return (
    <section class="card trace" aria-labelledby="trace-title">
      <header class="card-head">
        <h4 id="trace-title">Trace</h4>
        <span class="muted">
          Where each field comes from. Enter goes to its value in the event.
        </span>
      </header>
      {sent.length > 0 && <Fields fields={sent} label="Fields that are sent" />}
      {missed.length > 0 && (
        <details class="missed" open={sent.length === 0}>
          <summary>
            {sent.length === 0 ? "What was looked for" : "Looked for, not sent"}{" "}
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
  const { keys, from } = lit.value;
  const first = fields.find((field) => keys.has(keyOf(field)));
  useEffect(() => {
    if (from !== "event" || first === undefined) return;
    show(list.current?.closest<HTMLElement>(".result") ?? null, keyOf(first));
  }, [from, first]);
  return (
    <ul class="fields" ref={list} aria-label={label} onKeyDown={rove}>
      {fields.map((field, number) => (
        <li key={keyOf(field)}>
          <button
            type="button"
            class="field-row"
            data-rove
            data-lit={keys.has(keyOf(field))}
            tabIndex={number === 0 ? 0 : -1}
            {...follow(field)}
            {...followByFocus(field)}
            onClick={() => goToOrigin(field)}
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

/** Brings the first lit line of the body into view, if it is not. */
function show(panel: HTMLElement | null, key: string): void {
  const line =
    panel?.querySelector(`.line[data-key="${CSS.escape(key)}"]`) ??
    panel?.querySelector('.field-row[data-lit="true"]');
  line?.scrollIntoView({ block: "nearest" });
}

/** What is sent; of what is not sent, what the event says. */
function Value({ field }: { field: Explanation }) {
  if (field.value !== null) return <span class="field-value">{shortened(field.value)}</span>;
  const found = originsOf(field).map((span) => settledText.peek().slice(...span));
  return (
    <span class="field-value found-only">
      {found.length === 0 ? "–" : shortened(found.join(", "))}
    </span>
  );
}

/** A name that may break behind its dots. */
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
  if (origin.kind === "setting") return <span class="tried">the setting {origin.setting}</span>;
  if (origin.kind === "guide" && value !== null)
    return <span class="tried">Kochava's guide has it so</span>;
  return (
    <span class="tried">
      {tried.map((question, number) => (
        <Asked key={number} question={question} />
      ))}
    </span>
  );
}

const SAID = { taken: "taken", nothing: "nothing there", unusable: "unusable" };

function Asked({ question: { path, answer, code } }: { question: Question }) {
  return (
    <span class={`asked asked-${answer}`}>
      <span class="asked-path">{path}</span>{" "}
      <span class={answer === "taken" ? "unseen" : "asked-said"}>{code ?? SAID[answer]}</span>
    </span>
  );
}
