// The last hundred outcomes as they happen. It reads while the tab is visible, and only then.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../../../ui/components/icons";
import { count } from "../../../ui/lib/format";
import { pathOf, request, type Fault } from "../api/client";
import { poll } from "../api/poll";
import type { Live, Outcome, WaitingState } from "../api/types";
import { clockWithSeconds } from "../lib/time";
import { reasonTitle, syncTitle, WAITING } from "../lib/words";
import { FaultNote, Nothing } from "../parts/answered";
import { syncQuery } from "../state/route";

const EVERY_MS = 2_000;
const SHOWN_MAX = 100;

export function LiveView() {
  const outcomes = useSignal<Outcome[] | null>(null);
  const fault = useSignal<Fault | null>(null);
  const isPaused = useSignal(false);
  useEffect(() => {
    if (isPaused.value) return undefined;
    return follow(
      (more) => (outcomes.value = newestFirst(more, outcomes.value ?? [])),
      (why) => (fault.value = why),
    );
  }, [isPaused.value]);
  const sync = syncQuery();
  const shown = outcomes.value?.filter(
    (each) => sync === undefined || syncTitle(each.sync) === sync,
  );
  return (
    <>
      <div class="live-head">
        <h2>Live</h2>
        <p class="lead">
          What became of the last events, without anything that identifies a device or a person. A
          body that could not be read is not among them: its sender was told.
        </p>
        <button
          type="button"
          class="button"
          aria-pressed={isPaused.value}
          onClick={() => (isPaused.value = !isPaused.value)}
        >
          {isPaused.value ? "Go on" : "Pause"}
        </button>
      </div>
      {fault.value !== null && (
        <FaultNote
          fault={fault.value}
          what="the outcomes"
          note={`Tried again every ${EVERY_MS / 1_000} seconds.`}
        />
      )}
      {shown === undefined ? (
        fault.value === null && (
          <p class="loading" role="status">
            Loading the outcomes…
          </p>
        )
      ) : shown.length === 0 ? (
        <Nothing title="Nothing yet">Outcomes appear here as events are settled.</Nothing>
      ) : (
        <Outcomes outcomes={shown} />
      )}
    </>
  );
}

/** The newest first, each once. */
function newestFirst(more: readonly Outcome[], known: readonly Outcome[]): Outcome[] {
  return [...more.toReversed(), ...known].slice(0, SHOWN_MAX);
}

/** Reads new outcomes every two seconds. Returns its end. */
function follow(
  onOutcomes: (outcomes: Outcome[]) => void,
  onFault: (fault: Fault | null) => void,
): () => void {
  let cursor: string | undefined;
  return poll(async (signal) => {
    const answer = await request<Live>(pathOf("/live", { after: cursor }), { signal });
    if (signal.aborted) return null;
    onFault(answer.ok ? null : answer.fault);
    if (answer.ok) {
      cursor = answer.value.next;
      onOutcomes(answer.value.outcomes);
    }
    return EVERY_MS;
  });
}

const SIGNS: Record<string, "ready" | "refused" | "skipped" | "warning"> = {
  delivered: "ready",
  rejected: "refused",
  refused: "refused",
  discarded: "refused",
  expired: "refused",
  skipped: "skipped",
  duplicate: "skipped",
  waits: "warning",
  retry: "warning",
};

function Outcomes({ outcomes }: { outcomes: readonly Outcome[] }) {
  return (
    <section class="card" aria-label="Outcomes">
      <table class="live">
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Event</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {outcomes.map((each, index) => (
            <Row key={`${each.at} ${outcomes.length - index}`} outcome={each} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ outcome: each }: { outcome: Outcome }) {
  const { at, event, kind, sync, outcome, code, status, times } = each;
  const sign = SIGNS[outcome] ?? "arrow";
  return (
    <tr>
      <td class="mono">{clockWithSeconds(at)}</td>
      <th scope="row">
        {event ?? (kind === "identity" ? "(a user)" : "(no name)")}{" "}
        {kind !== "event" && <span class="tag">{kind}</span>}{" "}
        {sync !== null && <span class="tag">{syncTitle(sync)}</span>}
      </th>
      <td>
        <span class={`outcome outcome-${sign}`}>
          <Icon name={sign} /> {outcome}
          {times > 1 && ` (${count(times, "event")})`}
        </span>{" "}
        <span class="muted">
          {code !== null && reasonOf(outcome, code)}
          {status !== null && ` (${status})`}
        </span>
      </td>
    </tr>
  );
}

/** What waits has its state where others have a reason. */
const reasonOf = (outcome: string, code: string): string =>
  outcome === "waits" && code in WAITING ? WAITING[code as WaitingState] : reasonTitle(code);
