// The right panel: what becomes of the event.

import { useEffect, useRef } from "preact/hooks";
import { engine, engineFault } from "../state/engine";
import { loads, settledText } from "../state/event";
import { detail, planResult } from "../state/plan-result";
import { chooseSample } from "../state/sample-choice";
import { firstSample } from "../state/samples";
import { isUnknownFormat } from "../state/sender";
import { isStale } from "../state/settings";
import { BatchList } from "./batch-list";
import { FateView } from "./fate";
import { ProposalCard } from "./proposal";
import { SettingsHint, settingsIn, Unreadable } from "./unreadable";
import { UnknownFormat } from "./unknown-format";

export function ResultPanel() {
  const stale = isStale.value && planResult.value.kind !== "waiting";
  const body = useRef<HTMLDivElement>(null);
  // the verdict of another text is seen first
  useEffect(() => body.current?.scrollTo(0, 0), [loads.value]);
  return (
    <section class="panel result" id="result" aria-labelledby="result-title" data-stale={stale}>
      <h2 id="result-title" class="visually-hidden" tabIndex={-1}>
        Result
      </h2>
      {stale && (
        <p class="banner banner-warn" role="status">
          The settings have errors. This result uses the last valid settings.
        </p>
      )}
      <div class="result-body" ref={body}>
        <ProposalCard />
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
  const settings = now.kind === "unreadable" ? settingsIn(settledText.value) : null;
  if (settings !== null) return <SettingsHint syncs={settings} />;
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
