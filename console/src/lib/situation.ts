// What is wrong now, in words, and what to do: from what the Worker knows to sentences.

import { count, sentence } from "../../../ui/lib/format";
import type { Alert, Breaker, Counts, SettingsFault, Waiting } from "../api/types";
import { number, percentUp, shareOf } from "./number";
import { clock, duration } from "./time";
import { reasonTitle, STATE_OF_BREAKER, syncTitle } from "./words";

export type State = "flowing" | "slowed" | "down" | "paused" | "misconfigured";

export interface Finding {
  severity: "error" | "warning" | "choice";
  /** Code stands between backticks. */
  text: string;
  /** What the operator should do. */
  todo: string;
  view?: "rejects" | "delivery" | "coverage";
}

export interface Situation {
  state: State;
  findings: Finding[];
}

export interface Facts {
  faults: readonly SettingsFault[];
  breakers: readonly Breaker[];
  waiting: readonly Waiting[];
  /** Null while they cannot be had. */
  counts: Counts | null;
  alerts: readonly Alert[];
  /** Of the period: "hour". */
  words: string;
  /** Events that are usually delivered in it; null if that is not known yet. */
  usual: number | null;
  now: number;
}

const ORDER: readonly State[] = ["flowing", "slowed", "down", "paused", "misconfigured"];
/** Messages of a queue are delivered within seconds. */
const QUEUED_MS_MAX = 5 * 60_000;
/** A share of events that are not delivered that needs a person. */
const NOT_DELIVERED_PERCENT = 5;

export function situationOf(facts: Facts): Situation {
  const states = facts.breakers.map(({ code }) => STATE_OF_BREAKER[code] ?? "paused");
  const all: State[] = facts.faults.length > 0 ? [...states, "misconfigured"] : states;
  const state = ORDER.findLast((each) => all.includes(each)) ?? "flowing";
  const findings = [
    ...misconfigured(facts),
    ...oneOfEach(facts.breakers).map((breaker) => stopped(breaker, facts)),
    ...backlog(facts),
    ...notDelivered(facts),
    ...silence(facts),
    ...alerted(facts),
  ];
  return { state, findings };
}

function misconfigured({ faults }: Facts): Finding[] {
  const [first] = faults;
  if (first === undefined) return [];
  return [
    {
      severity: "error",
      text: `${count(faults.length, "fault")} in the configuration, so that senders are answered 503 and keep their events. The first: \`${first.path}\`: ${first.message}.`,
      todo: "Mend every fault and deploy. Senders send again by themselves.",
      view: "delivery",
    },
  ];
}

/** Breakers of events and of identities that are open for the same reason are told once. */
function oneOfEach(breakers: readonly Breaker[]): Breaker[] {
  const key = ({ sync, code, status, app_guid }: Breaker) =>
    `${sync} ${code} ${status} ${app_guid}`;
  const known = new Map<string, Breaker>();
  for (const breaker of breakers) {
    const other = known.get(key(breaker));
    if (other === undefined || breaker.since < other.since) known.set(key(breaker), breaker);
  }
  return [...known.values()];
}

function stopped(breaker: Breaker, { waiting, now }: Facts): Finding {
  const state = STATE_OF_BREAKER[breaker.code] ?? "paused";
  const waits = waiting.filter(
    (each) => each.state === state && syncTitle(each.sync) === syncTitle(breaker.sync),
  );
  const events = waits.reduce((sum, each) => sum + each.events, 0);
  const next = breaker.next_probe === null ? "" : ` Next try at ${clock(breaker.next_probe, now)}.`;
  const lost =
    events === 0
      ? "Nothing is lost."
      : `${count(events, "event waits", "events wait")}, none is lost.`;
  const ofSync = breaker.sync ? ` (sync \`${breaker.sync}\`)` : "";
  return {
    severity: state === "slowed" ? "warning" : "error",
    text: `${whatStopped(breaker)} since ${clock(breaker.since, now)}${ofSync}. ${lost}${next}`,
    todo: todoOf(breaker),
    view: "delivery",
  };
}

function whatStopped({ code, status, app_guid }: Breaker): string {
  const app = app_guid ? `the App GUID \`${app_guid}\`` : "our App GUID";
  const answer = status ? ` with ${status}` : "";
  if (code === "kochava-limits") return "Kochava limits us";
  if (code === "kochava-unavailable") return "Kochava does not answer";
  if (code === "kochava-rejects-all") return `Kochava rejects every call of ${app}${answer}`;
  if (code === "unreadable-answers") return "Kochava's answers cannot be read";
  if (status === 404) return `Kochava refuses ${app} with 404`;
  if (status != null && status >= 300 && status < 400)
    return `Kochava's address leads elsewhere (${status})`;
  return `Kochava refuses our key${answer}`;
}

function todoOf({ code, status }: Breaker): string {
  if (code === "kochava-limits")
    return "Nothing to do: events follow by themselves. If it lasts, ask Kochava for a higher limit.";
  if (code === "kochava-unavailable")
    return "Nothing to do: events follow by themselves once Kochava answers.";
  if (code === "kochava-rejects-all")
    return "Look at one event in the preview, compare it with what changed last, and ask Kochava.";
  if (code === "unreadable-answers")
    return "Call the endpoint with curl and see who answers: a proxy, or another address?";
  if (status === 404) return "Check `app_guid`, then deploy. Nothing has to be sent again.";
  if (status != null && status >= 300 && status < 400)
    return "Check `KOCHAVA_URL`, then deploy. Nothing has to be sent again.";
  return "Check `KOCHAVA_API_KEY` and `KOCHAVA_SECRET`, and set the right ones. Nothing has to be sent again.";
}

function backlog({ waiting, breakers, now }: Facts): Finding[] {
  if (breakers.length > 0) return [];
  return waiting
    .filter(({ state, oldest }) => state === "queued" && isOld(oldest, now))
    .map(({ sync, events, oldest }) => ({
      severity: "warning",
      text: `${count(events, "event waits", "events wait")} in the queue${sync ? ` (sync \`${sync}\`)` : ""}, the oldest for ${duration(now - Date.parse(oldest ?? ""))}.`,
      todo: "The queue is behind. If it does not shrink, look at Cloudflare's dashboard and status page.",
      view: "delivery",
    }));
}

const isOld = (oldest: string | null, now: number) =>
  oldest !== null && now - Date.parse(oldest) > QUEUED_MS_MAX;

function notDelivered({ counts, words }: Facts): Finding[] {
  if (counts === null || counts.eventsNotDelivered === 0) return [];
  const { eventsNotDelivered: lost, eventsDelivered: delivered } = counts;
  const share = shareOf(lost, lost + delivered) ?? 0;
  return [
    {
      severity: share >= NOT_DELIVERED_PERCENT ? "error" : "warning",
      text: `${number(lost)} of ${count(lost + delivered, "event")} (${percentUp(share)}) could not be delivered in the last ${words}.`,
      todo: "They are kept: see why, mend it, and replay them.",
      view: "rejects",
    },
  ];
}

function silence({ counts, usual, words, waiting, faults }: Facts): Finding[] {
  if (counts === null) return [];
  const seen = counts.eventsDelivered + counts.eventsNotDelivered + counts.skipped;
  const waits = waiting.some(({ events }) => events > 0);
  if (seen > 0 || waits || usual === null || usual < 10 || faults.length > 0) return [];
  return [
    {
      severity: "warning",
      text: `Nothing arrived in the last ${words}; usually ${count(usual, "event is", "events are")} delivered in it.`,
      todo: "Look at the sender's page for its errors, then at its token.",
    },
  ];
}

/** Alerts about what no other finding says. */
function alerted({ alerts }: Facts): Finding[] {
  const views: Record<string, Finding["view"]> = {
    coverage: "coverage",
    "dead-letters": "rejects",
    storage: "rejects",
  };
  return alerts
    .filter(({ code, until }) => code in views && until == null)
    .map(({ code, sync, text }) => ({
      severity: "warning",
      text: alertSentence(code, sync ? `${text} (sync \`${syncTitle(sync)}\`)` : text),
      // the text of an alert says it
      todo: "",
      view: views[code],
    }));
}

/** The text of an alert as a sentence; that about coverage begins with the name of a field. */
export const alertSentence = (code: string, text: string): string =>
  sentence(code === "coverage" ? `Coverage fell: ${text}` : text);

/** The most frequent reasons: "No IP address (8), Private IP address (2)". */
export function topReasons(reasons: Record<string, number>, most = 3): string {
  return Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([code, times]) => `${reasonTitle(code)} (${number(times)})`)
    .join(", ");
}
