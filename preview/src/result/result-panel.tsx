// The right panel: what becomes of the event.

import { Icon } from "../../../ui/components/icons";
import { engine, engineFault } from "../state/engine";
import { settledText } from "../state/event";
import { revealed } from "../state/highlight";
import { detail, planResult } from "../state/plan-result";
import { chooseSample } from "../state/sample-choice";
import { firstSample } from "../state/samples";
import { isUnknownFormat } from "../state/sender";
import { isStale } from "../state/settings";
import { tab } from "../state/view";
import { sentence } from "../../../ui/lib/format";
import { BatchList } from "./batch-list";
import { FateView } from "./fate";
import { UnknownFormat } from "./unknown-format";

export function ResultPanel() {
  const stale = isStale.value && planResult.value.kind !== "waiting";
  return (
    <section class="panel result" aria-labelledby="result-title" data-stale={stale}>
      <h2 id="result-title" class="visually-hidden">
        Result
      </h2>
      {stale && (
        <p class="banner banner-warn" role="status">
          The settings have errors. This result uses the last valid settings.
        </p>
      )}
      <div class="result-body">
        <Body />
      </div>
    </section>
  );
}

function Body() {
  const now = planResult.value;
  if (engineFault.value) {
    return (
      <Empty title="The preview did not load">
        The WebAssembly module could not be loaded. Reload the page, or use a recent browser.
      </Empty>
    );
  }
  if (now.kind === "waiting") {
    return engine.value === null ? (
      <Loading />
    ) : (
      <Empty title="No result yet">
        Fix the settings first. Each error is shown beside its field.
      </Empty>
    );
  }
  if (now.kind === "empty") return <NothingYet />;
  if (now.kind === "unreadable" && isUnknownFormat.value) return <UnknownFormat />;
  if (now.kind === "unreadable") return <Unreadable message={now.message} offset={now.offset} />;
  if (now.items.length === 0)
    return <Empty title="No events">The batch is empty, so nothing is sent.</Empty>;
  return (
    <>
      {now.items.length > 1 && <BatchList />}
      {detail.value !== null && <FateView fate={detail.value} />}
    </>
  );
}

function Empty({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      <p>{children}</p>
    </div>
  );
}

function Loading() {
  return (
    <div class="empty" role="status">
      <p>Loading…</p>
    </div>
  );
}

function NothingYet() {
  return (
    <div class="empty">
      <h3>No event yet</h3>
      <p>
        Paste an event as its sender posts it, choose a sample, or drop a JSON or NDJSON file on the
        Event panel.
      </p>
      <button type="button" class="button button-main" onClick={() => chooseSample(firstSample)}>
        Show a sample
      </button>
    </div>
  );
}

/** Shown for bytes that are not a batch of events. */
function Unreadable({ message, offset }: { message: string; offset: number }) {
  const [line, column] = placeOf(settledText.value, offset);
  const show = () => {
    tab.value = "event";
    revealed.value = {
      at: [offset, Math.min(offset + 1, settledText.peek().length)],
      isFocused: true,
    };
  };
  return (
    <article class="fate">
      <div class="verdict verdict-refused">
        <span class="verdict-sign">
          <Icon name="refused" />
        </span>
        <div class="verdict-text">
          <h3>Unreadable</h3>
          <p>
            {sentence(message.replace(/ \(byte \d+\)$/, ""))} Parsing stopped at line {line}, column{" "}
            {column}. The Worker answers 400.
          </p>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={show}>
            Show it
          </button>
        </div>
      </div>
    </article>
  );
}

function placeOf(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset).split("\n");
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
