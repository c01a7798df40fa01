// Sends a made-up event to the test app, through everything that a real one goes through, and follows
// it: planned, in the queue, sent, answered.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { indented } from "../../../ui/lib/body-lines";
import { pathOf, request, type Fault } from "../api/client";
import { poll } from "../api/poll";
import type { SyncSettings, TestOutcome, TestSent } from "../api/types";
import { syncTitle } from "../lib/words";
import { FaultNote } from "../parts/answered";
import { Stages } from "./test-stages";

/** Milliseconds between two requests for the outcome: few at first, since an idle queue takes seconds. */
const EVERY_MS = 1_000;
const LATER_EVERY_MS = 5_000;
const SOON_MS = 60_000;

/** The outcomes after which nothing more comes. */
const ENDED = ["delivered", "rejected", "skipped", "duplicate"];

export function TestEvent({ sync: { sync, document } }: { sync: SyncSettings }) {
  const name = useSignal("");
  const isSending = useSignal(false);
  const sent = useSignal<TestSent | null>(null);
  const outcome = useSignal<TestOutcome | null>(null);
  const fault = useSignal<Fault | null>(null);
  const now = useSignal(Date.now());
  const hasApp = document?.["test_app_guid"] !== undefined && document["test_app_guid"] !== null;
  const send = async (event: Event) => {
    event.preventDefault();
    isSending.value = true;
    sent.value = outcome.value = fault.value = null;
    const body = {
      ...(sync !== null && { sync }),
      ...(name.value.trim() !== "" && { event_name: name.value.trim() }),
    };
    const answer = await request<TestSent>("/test-event", { method: "POST", body });
    isSending.value = false;
    now.value = Date.now();
    if (answer.ok) sent.value = answer.value;
    else fault.value = answer.fault;
  };
  const id = sent.value?.id ?? null;
  useEffect(() => {
    if (id === null) return undefined;
    const started = Date.now();
    return poll(async (signal) => {
      const path = pathOf("/test-event", { id, sync: sync ?? undefined });
      const answer = await request<TestOutcome>(path, { signal });
      if (signal.aborted) return null;
      now.value = Date.now();
      fault.value = answer.ok ? null : answer.fault;
      if (answer.ok) outcome.value = answer.value;
      if (answer.ok && ENDED.includes(answer.value.outcome)) return null;
      return now.value - started < SOON_MS ? EVERY_MS : LATER_EVERY_MS;
    });
  }, [id]);
  const field = `test-${syncTitle(sync)}`;
  return (
    <div class="test-event">
      <h4>Send a test event</h4>
      {document === null ? (
        <p class="muted">It needs settings without faults.</p>
      ) : !hasApp ? (
        <p class="muted">
          Set <code>test_app_guid</code>, the App GUID of an app for tests: without one, a test
          event would count as a real one.
        </p>
      ) : (
        <form class="test-form" onSubmit={(event) => void send(event)}>
          <label for={field}>Name of the event</label>
          <input
            id={field}
            class="input"
            placeholder="One that your settings send"
            autocomplete="off"
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
          <button type="submit" class="button button-main" disabled={isSending.value}>
            {isSending.value ? "Sending…" : "Send to the test app"}
          </button>
        </form>
      )}
      <div role="status">
        {fault.value !== null && <FaultNote fault={fault.value} what="what became of it" />}
        {sent.value !== null && (
          <Stages sent={sent.value} outcome={outcome.value} now={now.value} />
        )}
      </div>
      {sent.value !== null && <Made sent={sent.value} />}
    </div>
  );
}

function Made({ sent: { event, source, requests } }: { sent: TestSent }) {
  return (
    <>
      <details>
        <summary>The event, as {source} would send it</summary>
        <pre class="answer" tabIndex={0} aria-label="The event">
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
      {requests !== undefined && requests.length > 0 && (
        <details>
          <summary>What Kochava gets</summary>
          {requests.map(({ kind, method, url, body }) => (
            <div key={kind}>
              <p class="request-line">
                <b>{method}</b> {url}
              </p>
              <pre class="answer" tabIndex={0} aria-label={`The body of the ${kind}`}>
                {indented(body)}
              </pre>
            </div>
          ))}
        </details>
      )}
    </>
  );
}
