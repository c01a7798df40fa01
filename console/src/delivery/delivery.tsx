// How delivery goes: what is open or waits, attempts and latency, stores and bindings, versions.

import { Fragment } from "preact";
import { Icon } from "../../../ui/components/icons";
import { count } from "../../../ui/lib/format";
import type { Breaker, Health, Stats, Waiting } from "../api/types";
import { number, seconds } from "../lib/number";
import { age } from "../lib/time";
import { STATE_OF_BREAKER, STATES, syncTitle, WAITING } from "../lib/words";
import { factsOf, faultsOfWorker, type Overview } from "../now/overview";
import { Answered } from "../parts/answered";
import { FaultList } from "../parts/fault-list";
import { Time } from "../parts/time";
import { period } from "../state/route";

export function DeliveryView({ overview }: { overview: Overview }) {
  const facts = factsOf(overview, null);
  return (
    <>
      <h2>Delivery</h2>
      {facts !== null && (
        <Breakers breakers={[...facts.breakers]} hasFaults={facts.faults.length > 0} />
      )}
      <div class="cards">
        {facts?.counts != null && (
          <Waits waiting={[...facts.waiting]} queue={overview.stats.value?.queue} />
        )}
        {overview.health.value !== undefined && <Faults health={overview.health.value} />}
        <Answered query={overview.stats} what="the numbers">
          {(stats) => <Attempts stats={stats} />}
        </Answered>
        <Answered query={overview.health} what="the health">
          {(health) => (
            <>
              <Release health={health} />
              <Bindings bindings={health.bindings} />
            </>
          )}
        </Answered>
      </div>
    </>
  );
}

function Breakers({ breakers, hasFaults }: { breakers: Breaker[]; hasFaults: boolean }) {
  return (
    <section class="card" aria-labelledby="breakers">
      <header class="card-head">
        <h3 id="breakers">Circuit breakers</h3>
        <span class="muted">
          An open breaker holds events back and lets one at a time try whether calls go through.
        </span>
      </header>
      {breakers.length === 0 && hasFaults ? (
        <p class="padded">
          None is open, but faults of the configuration keep events from being sent.
        </p>
      ) : breakers.length === 0 ? (
        <p class="padded">
          <span class="good">
            <Icon name="ready" />
          </span>{" "}
          All are closed: calls go out.
        </p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Open breakers">
          <table class="stacked">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Calls</th>
                <th scope="col">Reason</th>
                <th scope="col">Since</th>
                <th scope="col">Next try</th>
              </tr>
            </thead>
            <tbody>
              {breakers.map((breaker) => (
                <BreakerRow
                  key={`${breaker.sync} ${breaker.kind} ${breaker.app_guid}`}
                  breaker={breaker}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function BreakerRow({ breaker }: { breaker: Breaker }) {
  const { kind, code, status, since, next_probe: next, app_guid, sync, suspicion } = breaker;
  return (
    <tr>
      <th scope="row">{STATES[STATE_OF_BREAKER[code] ?? "paused"]}</th>
      <td data-label="Calls">
        {kind}
        {app_guid && ` to ${app_guid}`}
        {sync && `, sync ${sync}`}
      </td>
      <td data-label="Reason">
        <code>{code}</code>
        {status != null && ` ${status}`}
        {suspicion === true && <span class="muted"> only events that failed before wait</span>}
      </td>
      <td data-label="Since">
        <Time at={since} />
      </td>
      <td data-label="Next try">{next === null ? "–" : <Time at={next} />}</td>
    </tr>
  );
}

function Waits({ waiting, queue }: { waiting: Waiting[]; queue: Stats["queue"] }) {
  const shown = waiting.filter(({ events }) => events > 0);
  return (
    <section class="card" aria-labelledby="waiting">
      <header class="card-head">
        <h3 id="waiting">Waiting</h3>
      </header>
      {shown.length === 0 ? (
        <p class="padded">Nothing waits.</p>
      ) : (
        <ul class="rows">
          {shown.map(({ sync, state, events, oldest }) => (
            <li key={`${sync} ${state}`} class="row">
              <b>{count(events, "event")}</b>, {STATES[state].toLowerCase()}
              {sync !== null && `, sync ${syncTitle(sync)}`}
              <p class="muted">
                {WAITING[state]}
                {oldest !== null && `; the oldest for ${age(oldest)}`}
              </p>
            </li>
          ))}
        </ul>
      )}
      {queue != null && (
        <p class="padded muted">
          {count(queue.messages, "message")} in Cloudflare's queue
          {queue.oldest !== null && `, the oldest for ${age(queue.oldest)}`}.
        </p>
      )}
    </section>
  );
}

function Attempts({ stats }: { stats: Stats }) {
  const rows: [string, string][] = [
    ["Delivered at the first attempt", number(stats.successOnFirstAttempt)],
    ["Delivered after a retry", number(stats.successAfterRetry)],
    ["Calls made to Kochava", number(stats.attempts)],
    ["Deferred without a call", number(stats.deferrals)],
    ["Duplicates, not sent again", number(stats.duplicates)],
    ["Unconfirmed", number(stats.unconfirmed)],
    ["Replayed", number(stats.replayed)],
    ["Latency, median", seconds(stats.latencyMedianInSeconds)],
    ["Latency, 95th percentile", seconds(stats.latencyInSeconds)],
  ];
  return (
    <section class="card" aria-labelledby="attempts">
      <header class="card-head">
        <h3 id="attempts">Attempts</h3>
        <span class="muted">in the last {period().words}</span>
      </header>
      <dl class="facts">
        {rows.map(([title, value]) => (
          <Fragment key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

function Faults({ health }: { health: Health }) {
  const syncs = health.syncs ?? [];
  const groups = [
    { title: null, faults: faultsOfWorker(health) },
    ...syncs.map(({ sync, faults = [] }) => ({
      title: syncs.length > 1 ? `Sync ${syncTitle(sync)}` : null,
      faults,
    })),
  ].filter(({ faults }) => faults.length > 0);
  return (
    <section class="card" aria-labelledby="faults">
      <header class="card-head">
        <h3 id="faults">Configuration</h3>
      </header>
      {groups.length === 0 && <p class="padded">No faults.</p>}
      {groups.map(({ title, faults }) => (
        <div key={title}>
          {title !== null && <h4 class="padded">{title}</h4>}
          <FaultList faults={faults} />
        </div>
      ))}
    </section>
  );
}

function Release({ health }: { health: Health }) {
  return (
    <section class="card" aria-labelledby="release">
      <header class="card-head">
        <h3 id="release">Versions</h3>
      </header>
      <dl class="facts">
        <dt>Release</dt>
        <dd>{health.version}</dd>
        {(health.syncs ?? []).map(({ sync, settings }, _, all) => (
          <Fragment key={sync}>
            <dt>Settings{all.length > 1 && ` of ${syncTitle(sync)}`}</dt>
            <dd>{settings === undefined ? "–" : <code>{settings.slice(0, 8)}</code>}</dd>
          </Fragment>
        ))}
      </dl>
      {health.forgets_events_early === true && (
        <p class="padded">
          More events are delivered than can be remembered for seven days: a copy that arrives later
          than that may be sent twice. Raise <code>JOURNAL_SHARDS</code>.
        </p>
      )}
    </section>
  );
}

function Bindings({ bindings }: { bindings: Record<string, boolean> }) {
  return (
    <section class="card" aria-labelledby="bindings">
      <header class="card-head">
        <h3 id="bindings">Bindings and secrets</h3>
        <span class="muted">set or not; never their values</span>
      </header>
      <ul class="bindings">
        {Object.entries(bindings).map(([name, isSet]) => (
          <li key={name} data-set={isSet}>
            <Icon name={isSet ? "ready" : "remove"} />
            <code>{name}</code>
            <span class="visually-hidden">{isSet ? "is set" : "is not set"}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
