// Sends a made-up event to the test app, through everything that a real one goes through.

import { useSignal } from "@preact/signals";
import { indented } from "../../../ui/lib/body-lines";
import { request, type Fault } from "../api/client";
import type { SyncSettings, TestAnswer } from "../api/types";
import { seconds } from "../lib/number";
import { reasonTitle, syncTitle } from "../lib/words";
import { FaultNote } from "../parts/answered";

type Stage =
  | { at: "idle" | "sending" }
  | { at: "failed"; fault: Fault }
  | { at: "answered"; answer: TestAnswer };

export function TestEvent({ sync: { sync, document } }: { sync: SyncSettings }) {
  const name = useSignal("");
  const stage = useSignal<Stage>({ at: "idle" });
  const hasApp = document?.["test_app_guid"] !== undefined && document["test_app_guid"] !== null;
  const send = async (event: Event) => {
    event.preventDefault();
    stage.value = { at: "sending" };
    const body = {
      ...(sync !== null && { sync }),
      ...(name.value.trim() !== "" && { event_name: name.value.trim() }),
    };
    const answer = await request<TestAnswer>("/test-event", { method: "POST", body });
    stage.value = answer.ok
      ? { at: "answered", answer: answer.value }
      : { at: "failed", fault: answer.fault };
  };
  const id = `test-${syncTitle(sync)}`;
  const now = stage.value;
  return (
    <div class="test-event">
      <h4>Send a test event</h4>
      {document !== null && !hasApp ? (
        <p class="muted">
          Set <code>test_app_guid</code>, the App GUID of an app for tests: without one, a test
          event would count as a real one.
        </p>
      ) : (
        <form class="test-form" onSubmit={(event) => void send(event)}>
          <label for={id}>Name of the event</label>
          <input
            id={id}
            class="input"
            placeholder="Kochava Edge Test"
            autocomplete="off"
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
          <button
            type="submit"
            class="button button-main"
            disabled={now.at === "sending" || document === null}
          >
            {now.at === "sending" ? "Sending…" : "Send to the test app"}
          </button>
        </form>
      )}
      <div role="status">
        {now.at === "failed" && <FaultNote fault={now.fault} what="Kochava's answer" />}
        {now.at === "answered" && <Answer answer={now.answer} />}
      </div>
    </div>
  );
}

function titleOf({ outcome, code }: TestAnswer["answer"]): string {
  if (code !== null) return reasonTitle(code);
  return outcome === "delivered" ? "Delivered" : "Sent, but the answer cannot be read";
}

function Answer({ answer: { request: sent, answer, milliseconds } }: { answer: TestAnswer }) {
  return (
    <>
      <p>
        <b class={answer.outcome === "delivered" ? "good" : "bad"}>{titleOf(answer)}</b>: Kochava{" "}
        {answer.status === null ? "did not answer" : `answered ${answer.status}`} after{" "}
        {seconds(milliseconds / 1_000)}.
      </p>
      {answer.body !== null && (
        <pre class="answer" tabIndex={0} aria-label="Kochava's answer">
          {answer.body}
        </pre>
      )}
      <details>
        <summary>What was sent</summary>
        <p class="request-line">
          <b>{sent.method}</b> {sent.url}
        </p>
        <pre class="answer" tabIndex={0} aria-label="The body that was sent">
          {indented(sent.body)}
        </pre>
      </details>
    </>
  );
}
