// Right: what happens.

import { Icon } from "../parts/icons";
import { engine, engineFault } from "../state/engine";
import { loadText, settledText } from "../state/event";
import { revealed } from "../state/light";
import { detail, outcome } from "../state/outcome";
import { firstSample } from "../state/samples";
import { isStale } from "../state/settings";
import { tab } from "../state/view";
import { sentence } from "../lib/words";
import { BatchList } from "./batch-list";
import { FateView } from "./fate";

export function ResultPanel() {
  const stale = isStale.value && outcome.value.kind !== "waiting";
  return (
    <section class="panel result" aria-labelledby="result-title" data-stale={stale}>
      <h2 id="result-title" class="unseen">
        Result
      </h2>
      {stale && (
        <p class="banner banner-warn" role="status">
          The settings are at fault: this is the result under the last ones that worked.
        </p>
      )}
      <div class="result-body">
        <Body />
      </div>
    </section>
  );
}

function Body() {
  const now = outcome.value;
  if (engineFault.value) {
    return (
      <Empty title="The mapper did not load">
        This browser cannot run WebAssembly, or the file did not arrive. Load the page again, or try
        a recent browser.
      </Empty>
    );
  }
  if (now.kind === "waiting") {
    return engine.value === null ? (
      <Loading />
    ) : (
      <Empty title="No result yet">
        Mend the settings first: every fault is named beside its field.
      </Empty>
    );
  }
  if (now.kind === "empty") return <NothingYet />;
  if (now.kind === "unreadable") return <Unreadable message={now.message} offset={now.offset} />;
  if (now.items.length === 0)
    return (
      <Empty title="No events in here">
        This is a batch without any event, so nothing is sent.
      </Empty>
    );
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
      <p>Loading the mapper…</p>
    </div>
  );
}

function NothingYet() {
  return (
    <div class="empty">
      <h3>Nothing to map yet</h3>
      <p>
        Paste an event as Amplitude's webhook sends it, choose a sample, or drop a JSON or NDJSON
        file on the editor.
      </p>
      <button
        type="button"
        class="button button-main"
        onClick={() => loadText(firstSample.text, { name: firstSample.name })}
      >
        Show a sample
      </button>
    </div>
  );
}

/** Not one event can be made out, so nothing would be sent. */
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
            {sentence(message.replace(/ \(byte \d+\)$/, ""))} Reading stopped at line {line}, column{" "}
            {column}. The Worker answers 400 to it.
          </p>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={show}>
            Show the place
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
