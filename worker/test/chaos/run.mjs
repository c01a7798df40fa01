// The chaos test: sends events through the built Worker in workerd while isolates die at random,
// the stand-in for Kochava follows a fault plan, and the process is restarted half-way.

import { QUICK, startDurableHarness } from "../durable.mjs";
import { applyFaultPlan } from "./fault-plan.mjs";
import { checkInvariants } from "./invariants.mjs";
import { makeEvents, sendAll } from "./senders.mjs";

const SETTINGS = {
  users: { send: true, from: "events" },
  delivery: {
    ...QUICK,
    steps_s: [1, 1, 1],
    pause_steps_s: [1],
    slow_steps_s: [1],
    timeout_ms: 300,
  },
};

/**
 * Runs the test → { rows, faults, seconds }.
 *
 * Without `withFaults` no isolate dies, and Kochava rejects only the events that it always rejects.
 * Without `crashWhileOpen` no isolate dies while a breaker is open, since a breaker whose probe
 * died admits the next one a minute later. `crashOdds` is the probability of a crash at each
 * failpoint.
 */
export async function runChaos({
  events: count,
  seed = 1,
  crashOdds = 0.004,
  withFaults = true,
  crashWhileOpen = true,
  drainSeconds = 400,
  onStart = () => {},
}) {
  const started = Date.now();
  const ends = [];
  let nextAnswer = () => {};
  const harness = await startDurableHarness(
    { after: (end) => ends.unshift(end) },
    {
      settings: SETTINGS,
      build: withFaults ? "build-faults" : "build",
      bindings: { RECORD_EVENTS: "1", FAULT_ODDS: String(withFaults ? crashOdds : 0) },
      consumer: { maxBatchTimeout: 0.05, maxBatchSize: 8 },
      kochava: { print: () => nextAnswer() },
    },
  );
  onStart(harness);
  try {
    const onPhase = (opensBreaker) =>
      !crashWhileOpen &&
      harness.fail({ FAULT_ODDS: String(opensBreaker ? 0 : crashOdds) }).catch(() => {});
    nextAnswer = applyFaultPlan(harness.kochava, {
      seed,
      timeoutMs: SETTINGS.delivery.timeout_ms,
      withFaults,
      scale: Math.max(1, count / 500),
      onPhase,
    });
    nextAnswer();
    const events = makeEvents(count, seed);
    const half = Math.floor(count / 2);
    const counters = [];
    const logs = [];
    for (const part of [events.slice(0, half), events.slice(half)]) {
      // the local queue is lost with its process, so the restart waits until it is empty
      if (counters.length > 0) await harness.restart();
      logs.push(await sendAll(part, harness.post, seed + logs.length));
      await harness.drained(drainSeconds);
      counters.push(await harness.counters());
    }
    const report = checkInvariants({
      events,
      senderLog: joined(logs),
      calls: harness.kochava.calls,
      rejects: await allRejects(harness),
      stats: await harness.stats(),
      counters,
      withFaults,
    });
    return { ...report, seconds: (Date.now() - started) / 1_000 };
  } finally {
    for (const end of ends) await end();
  }
}

function joined([first, second]) {
  const answers = { ...first.answers };
  for (const [status, times] of Object.entries(second.answers))
    answers[status] = (answers[status] ?? 0) + times;
  return {
    acknowledged: new Set([...first.acknowledged, ...second.acknowledged]),
    answers,
    bodies: first.bodies + second.bodies,
  };
}

async function allRejects(harness) {
  const rejects = [];
  let cursor = "";
  do {
    const { json } = await harness.admin(
      "GET",
      `/rejects?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rejects.push(...json.rejects);
    cursor = json.next;
  } while (cursor);
  return rejects;
}

/** Formats a report as lines of at most 80 columns. */
export function table({ rows, seconds }) {
  const line = (label, value) => `  ${label.padEnd(50)}${String(value).padStart(12)}`;
  return [
    ...rows.map(([label, count]) => line(label, count.toLocaleString("en-US"))),
    line("seconds", seconds.toFixed(1)),
  ].join("\n");
}
