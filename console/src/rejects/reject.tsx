// One reject: why it was not delivered, its event, what Kochava answered, and what would become of
// it today.

import { InlineCode } from "../../../ui/components/inline-code";
import { Icon } from "../../../ui/components/icons";
import { count, sentence } from "../../../ui/lib/format";
import { useQuery } from "../api/query";
import type { LiveSettings, Reject, ShownReject } from "../api/types";
import { number } from "../lib/number";
import { reasonTitle, syncTitle } from "../lib/words";
import { Answered, Nothing } from "../parts/answered";
import { Time } from "../parts/time";
import { linkTo } from "../state/route";
import { Dialogs } from "./dialogs";
import { eventText } from "./explain";
import { HowToMend, ReplayOrDelete } from "./mend";
import { Today } from "./today";

export function RejectView({ id }: { id: string }) {
  const query = useQuery<ShownReject>(`/rejects/${encodeURIComponent(id)}`, { mayBeMissing: true });
  const settings = useQuery<LiveSettings>("/settings");
  const toList = () => (location.hash = linkTo("rejects"));
  return (
    <>
      <p>
        <a class="text-button" href={linkTo("rejects")}>
          All that was not delivered
        </a>
      </p>
      {query.fault?.kind === "missing" ? (
        <>
          <h2 class="visually-hidden">A reject</h2>
          <Nothing title="This reject does not exist any more">
            It was replayed, deleted, or is older than your settings keep it.
          </Nothing>
        </>
      ) : (
        <Answered query={query} what="the reject">
          {(shown) => (
            <>
              <Head shown={shown} />
              <div class="then-and-now">
                <Then reject={shown.reject} />
                <Today reject={shown.reject} event={eventText(query.text)} settings={settings} />
              </div>
            </>
          )}
        </Answered>
      )}
      <Dialogs onChanged={toList} />
    </>
  );
}

function Head({ shown: { reject, fix } }: { shown: ShownReject }) {
  const selection = { ids: [reject.id] };
  return (
    <div class="reject-head">
      <div>
        <h2>{reject.event ?? (reject.is_user ? "A user" : "An event without a name")}</h2>
        <p class="reject-why">
          {reasonTitle(reject.code)} <code>{reject.code}</code>
        </p>
        <HowToMend fix={fix} />
      </div>
      <ReplayOrDelete selection={selection} isMain />
    </div>
  );
}

function Then({ reject }: { reject: Reject }) {
  return (
    <section class="card" aria-labelledby="then">
      <header class="card-head">
        <h3 id="then">Then</h3>
        <span class="muted">
          <Time at={reject.last_at} />
        </span>
      </header>
      <ul class="problems padded">
        {reject.reasons.map(({ code, message, origin }) => (
          <li key={code} class="problem problem-error">
            <Icon name="refused" />
            <div>
              <p>
                <InlineCode text={message === undefined ? reasonTitle(code) : sentence(message)} />
              </p>
              <p class="problem-facts">
                <code class="code-name">{code}</code>
                {origin && (
                  <span>
                    from <code>{origin}</code>
                  </span>
                )}
              </p>
            </div>
          </li>
        ))}
      </ul>
      <Answer reject={reject} />
      <Facts reject={reject} />
    </section>
  );
}

function Answer({ reject: { status, answer } }: { reject: Reject }) {
  if (status === null && answer === "")
    return <p class="padded muted">It was never sent, so Kochava has not answered.</p>;
  return (
    <div class="padded">
      <h4>Kochava's answer{status !== null && `: ${status}`}</h4>
      {answer !== "" && (
        <pre class="answer" tabIndex={0} aria-label="Kochava's answer">
          {answer}
        </pre>
      )}
    </div>
  );
}

function Facts({ reject }: { reject: Reject }) {
  return (
    <dl class="facts">
      <dt>Sender</dt>
      <dd>
        {reject.source}
        {reject.sync != null && `, sync ${syncTitle(reject.sync)}`}
      </dd>
      <dt>Received</dt>
      <dd>
        <Time at={reject.received_at} />
      </dd>
      <dt>First kept</dt>
      <dd>
        <Time at={reject.first_at} />
        {reject.times > 1 && `, ${number(reject.times)} times since`}
      </dd>
      <dt>Attempts</dt>
      <dd>
        {number(reject.attempts)}
        {reject.deferrals > 0 && `, waited ${count(reject.deferrals, "time")}`}
      </dd>
      <dt>Settings</dt>
      <dd>
        <code title={reject.settings}>{reject.settings.slice(0, 8)}</code>
      </dd>
    </dl>
  );
}
