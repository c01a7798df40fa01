// What would become of a reject today: its event, the requests, and the trace of every field.

import { computed, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { ExplainedFate } from "kochava-edge";
import { Code } from "../../../ui/editor/code";
import { createEditor, loadEditor } from "../../../ui/editor/editor";
import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { sentence } from "../../../ui/lib/format";
import { openPreview } from "../../../ui/lib/handover";
import { indented } from "../../../ui/lib/body-lines";
import { fragmentOf } from "../../../ui/lib/settings-link";
import { createHighlighting, HighlightingContext } from "../../../ui/trace/highlight";
import { RequestView } from "../../../ui/trace/request";
import { Trace } from "../../../ui/trace/trace";
import type { Query } from "../api/query";
import type { LiveSettings, Reject, SyncSettings } from "../api/types";
import { engine, engineFault, explain, loadEngine } from "./explain";

interface Props {
  reject: Reject;
  /** Null if it is not kept. */
  event: string | null;
  settings: Query<LiveSettings>;
}

export function Today({ reject, event, settings }: Props) {
  useEffect(() => {
    void loadEngine();
    if (createEditor.value === null) void loadEditor();
  }, []);
  if (event === null)
    return (
      <p class="card padded muted">
        The event itself is not kept (<code>rejects.keep</code> is <code>"reason"</code>), so that
        it can be neither explained nor replayed.
      </p>
    );
  const live = settings.value?.syncs.find(({ sync }) => sync === (reject.sync ?? null));
  return (
    <Explained reject={reject} event={event} live={live} isLoading={settings.value === undefined} />
  );
}

interface ExplainedProps {
  reject: Reject;
  event: string;
  live: SyncSettings | undefined;
  isLoading: boolean;
}

function Explained({ reject, event, live, isLoading }: ExplainedProps) {
  const body = useMemo(() => indented(event), [event]);
  const document = live?.document ?? null;
  const ready = engine.value;
  const fate = useMemo(
    () => (ready === null || document === null ? null : explain(ready, document, body, reject)),
    [ready, document, body, reject],
  );
  const highlighting = useMemo(
    () =>
      createHighlighting(
        signal(body),
        computed(() => fate?.fields ?? []),
        () => {},
      ),
    [body, fate],
  );
  return (
    <HighlightingContext value={highlighting}>
      <section class="card event-card" aria-labelledby="event-title">
        <header class="card-head">
          <h3 id="event-title">The event</h3>
          <span class="muted">as it was received</span>
          <span class="grow" />
          {document !== null && (
            <button
              type="button"
              class="button"
              title="Open the preview with this event and the settings in force"
              onClick={() => void showInPreview(body, document)}
            >
              Open in the preview
            </button>
          )}
        </header>
        <Code
          id="event-text"
          label="The event, as JSON"
          text={body}
          isReadOnly
          highlight={highlighting.eventHighlight.value}
          reveal={highlighting.revealed.value}
          onHover={(offset) =>
            (highlighting.pointed.value = offset === null ? null : { from: "event", offset })
          }
        />
      </section>
      <section class="now" aria-labelledby="today">
        <h3 id="today" class="visually-hidden">
          Today
        </h3>
        {fate !== null ? <Fate fate={fate} /> : <NoFate live={live} isLoading={isLoading} />}
      </section>
    </HighlightingContext>
  );
}

async function showInPreview(event: string, document: NonNullable<SyncSettings["document"]>) {
  openPreview(await fragmentOf(document), event);
}

function NoFate({ live, isLoading }: { live: SyncSettings | undefined; isLoading: boolean }) {
  if (engineFault.value)
    return <p class="muted">The WebAssembly module could not be loaded. Reload the page.</p>;
  if (isLoading || engine.value === null)
    return (
      <p class="loading" role="status">
        Loading what would become of it today…
      </p>
    );
  return (
    <p class="problem problem-warning">
      {live === undefined
        ? "Its sync does not exist any more, so that it cannot be explained."
        : "The settings have faults, so that it cannot be explained."}
    </p>
  );
}

const TITLES = {
  ready: "Today it would be sent",
  skipped: "Today it would be skipped",
  refused: "Today it is still refused",
};

function Fate({ fate }: { fate: ExplainedFate }) {
  return (
    <article class="fate">
      <div class={`verdict verdict-${fate.fate}`}>
        <span class="verdict-sign">
          <Icon name={fate.fate} />
        </span>
        <div class="verdict-text">
          <h3>{TITLES[fate.fate]}</h3>
          {fate.fate === "skipped" && <p>{sentence(fate.message)}</p>}
        </div>
      </div>
      {fate.fate === "refused" && (
        <ul class="problems">
          {fate.violations.map(({ code, message, field }) => (
            <li key={`${code} ${field}`} class="problem problem-error">
              <Icon name="refused" />
              <div>
                <p>
                  <InlineCode text={sentence(message)} />
                </p>
                <p class="problem-facts">
                  <code class="code-name">{code}</code>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {fate.fate === "ready" &&
        fate.requests.map((request, number) => (
          <RequestView
            key={number}
            request={request}
            number={number}
            of={fate.requests.length}
            fields={fate.fields}
          />
        ))}
      <Trace fields={fate.fields} />
    </article>
  );
}
