// What is wrong now and what to do; the numbers; their course over time.

import { Icon } from "../../../ui/components/icons";
import { InlineCode } from "../../../ui/components/inline-code";
import { pathOf } from "../api/client";
import { useQuery } from "../api/query";
import type { Alerts, Series } from "../api/types";
import {
  alertSentence,
  situationOf,
  topReasons,
  type Facts,
  type Finding,
  type Situation,
} from "../lib/situation";
import { STATES } from "../lib/words";
import { Answered, FaultNote } from "../parts/answered";
import { Time } from "../parts/time";
import { linkTo, period, syncQuery, VIEWS } from "../state/route";
import { Chart } from "./chart";
import { factsOf, type Overview } from "./overview";
import { Tiles } from "./tiles";
import { usualOf } from "./usual";

export function NowView({ overview }: { overview: Overview }) {
  const { name, minutes } = period();
  const sync = syncQuery();
  const step = minutes <= 240 ? "minute" : "hour";
  const series = useQuery<Series>(pathOf("/stats/series", { period: name, step, sync }), {
    every: 30,
  });
  const past = useQuery<Series>(
    pathOf("/stats/series", { period: "TWO_WEEKS", step: "hour", sync }),
    { every: 600 },
  );
  const usual = usualOf(past.value, minutes);
  const facts = factsOf(overview, usual?.eventsDelivered ?? null);
  return (
    <>
      <h2 class="visually-hidden">Now</h2>
      {facts === null ? <Pending overview={overview} /> : <Headline facts={facts} />}
      <Answered query={overview.stats} what="the numbers">
        {(stats) => <Tiles stats={stats} usual={usual} />}
      </Answered>
      <Answered query={series} what="the chart">
        {(value) => <Chart series={value} />}
      </Answered>
      <AlertList alerts={overview.alerts.value} />
    </>
  );
}

function Pending({ overview: { health, stats } }: { overview: Overview }) {
  const fault = health.fault ?? stats.fault;
  if (fault !== null) return <FaultNote fault={fault} what="the state" onRetry={health.refresh} />;
  return (
    <p class="loading" role="status">
      Loading the state…
    </p>
  );
}

const SIGNS = {
  flowing: "ready",
  slowed: "warning",
  down: "warning",
  paused: "skipped",
  misconfigured: "refused",
} as const;

function Headline({ facts }: { facts: Facts }) {
  const situation = situationOf(facts);
  return (
    <section class={`headline headline-${situation.state} card`} aria-labelledby="headline">
      <span class="verdict-sign">
        <Icon name={SIGNS[situation.state]} />
      </span>
      <div>
        <h3 id="headline">{STATES[situation.state]}</h3>
        <Sentences situation={situation} facts={facts} />
      </div>
    </section>
  );
}

function Sentences({ situation, facts }: { situation: Situation; facts: Facts }) {
  if (situation.findings.length === 0)
    return (
      <p>
        {allIsWell(facts)}
        {facts.counts?.eventsDelivered === 0 && (
          <>
            {" "}
            A test event shows whether everything is set up:{" "}
            <a href={linkTo("settings")}>Settings</a>
          </>
        )}
      </p>
    );
  return (
    <ul class="findings">
      {situation.findings.map((finding) => (
        <FindingView key={finding.text} finding={finding} facts={facts} />
      ))}
    </ul>
  );
}

function allIsWell({ counts, words, waiting }: Facts): string {
  if (counts === null) return "Every breaker is closed. The numbers could not be loaded.";
  if (counts.eventsDelivered === 0)
    return `Nothing is wrong. No event was sent in the last ${words}.`;
  const waits = waiting.some(({ events }) => events > 0) ? " or is on its way" : "";
  return `Every event of the last ${words} that your settings select was delivered${waits}.`;
}

function FindingView({ finding, facts }: { finding: Finding; facts: Facts }) {
  const { text, todo, view, severity } = finding;
  const reasons = view === "rejects" ? topReasons(facts.counts?.reasons ?? {}) : "";
  return (
    <li class={`finding finding-${severity}`}>
      <p>
        <InlineCode text={text} />
        {reasons !== "" && ` ${reasons}.`}
      </p>
      <p class="finding-todo">
        <InlineCode text={todo} />{" "}
        {view !== undefined && (
          <a class="text-button" href={linkTo(view)}>
            {VIEWS.find(([name]) => name === view)?.[1]}
          </a>
        )}
      </p>
    </li>
  );
}

function AlertList({ alerts }: { alerts: Alerts | undefined }) {
  if (alerts === undefined) return null;
  const { alerts: all, url_set: isSet } = alerts;
  if (all.length === 0)
    return isSet ? null : (
      <p class="muted">
        No alert is sent anywhere: <code>ALERT_URL</code> is not set.
      </p>
    );
  return (
    <section class="card" aria-labelledby="alerts">
      <header class="card-head">
        <h3 id="alerts">Alerts</h3>
        {!isSet && (
          <span class="muted">
            Not sent anywhere: <code>ALERT_URL</code> is not set.
          </span>
        )}
      </header>
      <ul class="rows">
        {all.map(({ code, sync, since, until, text, sent, error }) => (
          <li key={`${code} ${sync}`} class="row">
            <p>{alertSentence(code, text)}</p>
            <p class="muted">
              <code>{code}</code> since <Time at={since} />
              {until != null && (
                <>
                  , over since <Time at={until} />
                </>
              )}
              {", "}
              {error !== null ? (
                <b class="bad">not sent: {error}; tried again every minute</b>
              ) : sent !== null ? (
                <>
                  sent at <Time at={sent} />
                </>
              ) : (
                "not sent yet"
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
