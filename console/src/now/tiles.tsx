// The numbers of the period, beside what is usual.

import { count } from "../../../ui/lib/format";
import type { Stats } from "../api/types";
import { number, percent, seconds } from "../lib/number";
import { topReasons } from "../lib/situation";
import { age } from "../lib/time";
import { STATES, WAITING } from "../lib/words";
import { linkTo } from "../state/route";
import type { Usual } from "./usual";

export function Tiles({ stats, usual }: { stats: Stats; usual: Usual | null }) {
  const waiting = (stats.waiting ?? []).filter(({ events }) => events > 0);
  const events = waiting.reduce((sum, each) => sum + each.events, 0);
  const oldest = waiting
    .flatMap((each) => (each.oldest === null ? [] : [each.oldest]))
    .sort()
    .at(0);
  const states = [...new Set(waiting.map(({ state }) => state))];
  const isStopped = states.some((state) => state !== "queued" && state !== "held");
  return (
    <dl class="tiles">
      <Tile
        title="Delivered"
        value={number(stats.eventsDelivered)}
        kind={stats.eventsDelivered > 0 ? "ready" : "none"}
      >
        {usually(usual?.eventsDelivered)}
      </Tile>
      <Tile title="Waiting" value={number(events)} kind={isStopped ? "warn" : "none"}>
        {oldest === undefined ? "none" : `oldest for ${age(oldest)}`}
        {states.map((state) => (
          <span key={state} class="tile-line">
            {STATES[state]}: {WAITING[state]}
          </span>
        ))}
      </Tile>
      <Tile
        title="Not delivered"
        value={number(stats.eventsNotDelivered)}
        kind={stats.eventsNotDelivered > 0 ? "refused" : "none"}
      >
        {usually(usual?.eventsNotDelivered)}
        {stats.eventsNotDelivered > 0 && (
          <a class="text-button tile-line" href={linkTo("rejects")}>
            See why
          </a>
        )}
      </Tile>
      <Tile title="Skipped" value={number(stats.skipped)} kind="none">
        {usually(usual?.skipped)}
        <span class="tile-line">
          by your settings{stats.skipped > 0 && `: ${topReasons(stats.skipReasons ?? {}, 2)}`}
        </span>
      </Tile>
      <Tile title="Delivery rate" value={percent(stats.deliveryRate)} kind="none">
        {stats.eventsDelivered > 0 &&
          `${count(stats.successOnFirstAttempt, "event")} at the first attempt`}
      </Tile>
      <Tile title="Latency" value={seconds(stats.latencyInSeconds)} kind="none">
        95th percentile
        {stats.latencyMedianInSeconds != null && (
          <span class="tile-line">median {seconds(stats.latencyMedianInSeconds)}</span>
        )}
      </Tile>
    </dl>
  );
}

const usually = (value: number | undefined) =>
  value === undefined ? "" : `usually ${number(value)}`;

function Tile({
  title,
  value,
  kind,
  children,
}: {
  title: string;
  value: string;
  kind: "ready" | "refused" | "warn" | "none";
  children: preact.ComponentChildren;
}) {
  return (
    <div class="tile" data-kind={kind}>
      <dt>{title}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        <span class="muted tile-note">{children}</span>
      </dd>
    </div>
  );
}
