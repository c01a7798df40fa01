// What would be sent now, and how it differs from what was sent before.

import { Fragment } from "preact";
import { count } from "../../../ui/lib/format";
import { InlineCode } from "../../../ui/components/inline-code";
import type { Change, ReplayedReject } from "../api/types";
import { reasonTitle } from "../lib/words";

const SHOWN_MAX = 20;

export function Differences({ rejects }: { rejects: readonly ReplayedReject[] }) {
  const shown = rejects.slice(0, SHOWN_MAX);
  return (
    <>
      <ul class="differences" aria-label="What would be sent">
        {shown.map((reject) => (
          <Difference key={reject.id} reject={reject} isOpen={rejects.length === 1} />
        ))}
      </ul>
      {rejects.length > shown.length && (
        <p class="muted">The first {shown.length}. The others are looked at when they are sent.</p>
      )}
    </>
  );
}

function Difference({ reject, isOpen }: { reject: ReplayedReject; isOpen: boolean }) {
  const { result, changes = [], requests = [], violations = [], was, message, fix } = reject;
  const name = nameOf(requests[0]?.body) ?? was.reasons?.map(({ code }) => reasonTitle(code))[0];
  const wasSent = changes.some(({ before }) => before !== null);
  return (
    <li>
      <details open={isOpen}>
        <summary>
          <span class={`tag tag-${result}`}>{RESULTS[result]}</span> {name}{" "}
          {result === "ready" && (
            <span class="muted">
              {wasSent
                ? changes.length === 0
                  ? "as it was sent before"
                  : count(changes.length, "field differs", "fields differ")
                : requests.length > 0 && changes.length === 0
                  ? "as it was sent before"
                  : "never sent before"}
            </span>
          )}
        </summary>
        {violations.map(({ code, message: sentence }) => (
          <p key={code}>
            <InlineCode text={sentence ?? reasonTitle(code)} /> <code>{code}</code>
          </p>
        ))}
        {message !== undefined && <p>Skipped: {message}.</p>}
        {fix !== undefined && (
          <p>
            <InlineCode text={fix.how} />.
          </p>
        )}
        {changes.length > 0 && <Changes changes={changes} />}
      </details>
    </li>
  );
}

const RESULTS: Record<ReplayedReject["result"], string> = {
  ready: "would go",
  queued: "in the queue",
  skipped: "skipped",
  refused: "still refused",
  "not-kept": "no event kept",
  unreadable: "unreadable",
  "not-sent": "not sent",
};

/** The name of the event in the body of its call. */
function nameOf(body: string | undefined): string | null {
  try {
    const { data } = JSON.parse(body ?? "null") as { data?: { event_name?: string } };
    return data?.event_name ?? null;
  } catch {
    return null;
  }
}

export function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <dl class="changes">
      {changes.map(({ field, before, after }) => (
        <Fragment key={field}>
          <dt>{field}</dt>
          <dd>
            {before !== null && <del>{show(before)}</del>}
            {after !== null && <ins>{show(after)}</ins>}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

const show = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
