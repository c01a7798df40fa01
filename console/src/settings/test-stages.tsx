// The stages of a test event, each with what is known of it.

import type { ComponentChildren } from "preact";
import type { TestAnswer, TestOutcome, TestSent, WaitingState } from "../api/types";
import { seconds } from "../lib/number";
import { reasonTitle, WAITING } from "../lib/words";

interface Props {
  sent: TestSent;
  /** Null before the first answer. */
  outcome: TestOutcome | null;
  /** The time of the last answer. */
  now: number;
}

export function Stages({ sent, outcome, now }: Props) {
  return (
    <ol class="test-stages" aria-label="What became of the test event">
      <Planned sent={sent} />
      {sent.id !== null && <Queue sent={sent} outcome={outcome} now={now} />}
      {outcome?.answers.map((answer) => (
        <Answered key={`${answer.at} ${answer.kind}`} answer={answer} since={sent.received_at} />
      ))}
      {outcome !== null && outcome.outcome !== "queued" && <Outcome outcome={outcome} />}
    </ol>
  );
}

function Planned({ sent: { fate, code, message, violations } }: { sent: TestSent }) {
  if (fate === "ready")
    return (
      <Stage name="Planned" mood="good">
        your settings send it to the test app.
      </Stage>
    );
  return (
    <Stage name="Planned" mood="bad">
      {fate === "skipped" && code !== undefined ? (
        <>
          not sent: {reasonTitle(code)} (<code>{code}</code>): {message}.
        </>
      ) : (
        <>
          not sent, since it breaks rules of Kochava's:
          <ul>
            {violations?.map((violation) => (
              <li key={`${violation.code} ${violation.field}`}>
                {reasonTitle(violation.code)} (<code>{violation.code}</code>): {violation.message}.
              </li>
            ))}
          </ul>
        </>
      )}
    </Stage>
  );
}

function Queue({ sent, outcome, now }: Props) {
  const waited = seconds((now - Date.parse(sent.received_at)) / 1_000);
  if (outcome === null || outcome.outcome === "queued")
    return <Stage name="In the queue">it waits there for {waited} now.</Stage>;
  return (
    <Stage name="In the queue" mood="good">
      the consumer has it.
    </Stage>
  );
}

function Answered({ answer, since }: { answer: TestAnswer; since: string }) {
  const { kind, status, body, at } = answer;
  const after = seconds((Date.parse(at) - Date.parse(since)) / 1_000);
  return (
    <Stage name={`Sent (${kind})`} mood={status !== null && status < 300 ? "good" : "bad"}>
      {status === null ? "no answer from Kochava" : `Kochava answered ${status}`} after {after}.
      {body !== "" && (
        <pre class="answer" tabIndex={0} aria-label={`Kochava's answer to the ${kind}`}>
          {body}
        </pre>
      )}
    </Stage>
  );
}

function Outcome({ outcome: { outcome, code } }: { outcome: TestOutcome }) {
  switch (outcome) {
    case "delivered":
      return (
        <Stage name="Delivered" mood="good">
          Kochava has accepted it.
        </Stage>
      );
    case "retry":
      return <Stage name="Sent again soon">as an event of an app would be.</Stage>;
    case "waits":
      return (
        <Stage name="Waits">{WAITING[code as WaitingState] ?? reasonTitle(code ?? "")}.</Stage>
      );
    default:
      return (
        <Stage name="Not delivered" mood="bad">
          {reasonTitle(code ?? outcome)}
          {code === "expired" && ": it is given up after an hour"}.
        </Stage>
      );
  }
}

interface StageProps {
  name: string;
  mood?: "good" | "bad";
  children: ComponentChildren;
}

const Stage = ({ name, mood, children }: StageProps) => (
  <li>
    <b class={mood}>{name}</b>: {children}
  </li>
);
