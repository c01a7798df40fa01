// Replays rejects: first what would be sent, then the confirmation, then the progress.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { count } from "../../../ui/lib/format";
import type { Fault } from "../api/client";
import type { Replay } from "../api/types";
import { Dialog } from "../parts/dialog";
import { FaultNote } from "../parts/answered";
import { linkTo } from "../state/route";
import { Differences } from "./differences";
import { countOf, dryReplay, inWords, replayAll, unconfirmedOf, type Results } from "./replay";
import { nameOf, type Selection } from "./selection";

interface Props {
  selection: Selection;
  onClose(hasChanged: boolean): void;
}

type Stage =
  | { at: "looking" }
  | { at: "failed"; fault: Fault }
  | { at: "dry"; dry: Replay; found: number; unconfirmed: number }
  | { at: "going" | "done"; results: Results; found: number; fault: Fault | null };

export function ReplayDialog({ selection, onClose }: Props) {
  const stage = useSignal<Stage>({ at: "looking" });
  const isStopped = useRef(false);
  const look = async () => {
    stage.value = { at: "looking" };
    const [dry, counted, unconfirmed] = await Promise.all([
      dryReplay(selection),
      countOf(selection),
      unconfirmedOf(selection),
    ]);
    if (!dry.ok) stage.value = { at: "failed", fault: dry.fault };
    else
      stage.value = {
        at: "dry",
        dry: dry.value,
        found: counted.ok ? counted.value.found : dry.value.found,
        unconfirmed,
      };
  };
  const go = async (found: number) => {
    let results: Results = {};
    const show = (at: "going" | "done", fault: Fault | null = null) =>
      (stage.value = { at, results, found, fault });
    show("going");
    const fault = await replayAll(
      selection,
      (so) => {
        results = so;
        show("going");
      },
      () => isStopped.current,
    );
    show("done", fault);
  };
  useEffect(() => {
    void look();
    return () => {
      isStopped.current = true;
    };
  }, []);
  const now = stage.value;
  const hasChanged = now.at === "going" || now.at === "done";
  return (
    <Dialog title={`Replay ${nameOf(selection)}`} onClose={() => onClose(hasChanged)}>
      {now.at === "looking" && <p role="status">Looking at what would be sent…</p>}
      {now.at === "failed" && (
        <FaultNote fault={now.fault} what="what would be sent" onRetry={look} />
      )}
      {now.at === "dry" && <Dry stage={now} onConfirm={() => void go(now.found)} />}
      {hasChanged && <Progress stage={now} onStop={() => (isStopped.current = true)} />}
    </Dialog>
  );
}

function Dry({
  stage: { dry, found, unconfirmed },
  onConfirm,
}: {
  stage: Extract<Stage, { at: "dry" }>;
  onConfirm(): void;
}) {
  const ready = dry.results.ready ?? 0;
  const isPart = dry.more || dry.found < found;
  const mayCountTwice =
    unconfirmed > 0 ||
    dry.rejects.some(({ was }) => was.reasons?.some(({ code }) => code === "unconfirmed"));
  if (found === 0) return <p>There is nothing to replay any more.</p>;
  return (
    <>
      <p class="dry">
        {isPart && `Of the first ${count(dry.found, "event")} of ${found.toLocaleString("en")}: `}
        <b>{inWords(dry.results, true)}</b>
      </p>
      {mayCountTwice && (
        <p class="problem problem-warning">
          Kochava answered some of these with an answer that could not be read, and may have counted
          them already. A replay sends them a second time.
        </p>
      )}
      <Differences rejects={dry.rejects} />
      <p class="actions">
        <button
          type="button"
          class="button button-main"
          disabled={ready === 0 && !isPart}
          onClick={onConfirm}
        >
          {isPart ? `Replay all ${found.toLocaleString("en")}` : `Replay ${count(ready, "event")}`}
        </button>
        {ready === 0 && <span class="muted">Under today's settings none of them can be sent.</span>}
      </p>
    </>
  );
}

function Progress({
  stage,
  onStop,
}: {
  stage: Extract<Stage, { results: Results }>;
  onStop(): void;
}) {
  const { results, found, at, fault } = stage;
  const sent = results.queued ?? 0;
  return (
    <>
      <label class="progress">
        <span>
          {sent.toLocaleString("en")} of {count(found, "event")} in the queue
        </span>
        <progress value={sent} max={found} />
      </label>
      {at === "going" ? (
        <p class="actions">
          <button type="button" class="button" onClick={onStop}>
            Stop
          </button>
          <span class="muted">Closing this stops it, too.</span>
        </p>
      ) : (
        <p role="status">
          <b>{inWords(results, false)}</b> What is in the queue is delivered within seconds and then
          counted under <a href={linkTo("now")}>Now</a>.
        </p>
      )}
      {fault !== null && <FaultNote fault={fault} what="the rest" />}
    </>
  );
}
