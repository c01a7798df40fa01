// A fault plan for the stand-in: how Kochava answers each call, drawn from a seed.
//
// The plan is a sequence of phases of some calls each: no faults, single errors, Kochava down, 429,
// a refused key, unreadable answers. Events named "Level Bad" are rejected in every phase.

import { seededRandom } from "./random.mjs";

/** Marks an answer that is sent after the timeout of the Worker. */
export const LATE = "x-late";

/**
 * Returns a function that sets the answer to the next call; to be called once for each call.
 *
 * `timeoutMs` is the timeout of the Worker. Phases that leave the breakers closed are longer by
 * `scale`. `onPhase` is called at the start of a phase, with whether it will open breakers.
 */
export function applyFaultPlan(
  kochava,
  { seed, timeoutMs, withFaults, scale = 1, onPhase = () => {} },
) {
  const random = seededRandom(seed);
  let left = 0;
  let phase = PHASES[0];
  return () => {
    if (!withFaults) return void kochava.script([REJECTION]);
    if (left === 0) {
      phase = PHASES[Math.floor(random() * PHASES.length)];
      left = phase.opensBreaker ? phase.calls : Math.round(phase.calls * scale);
      onPhase(phase.opensBreaker === true);
    }
    left -= 1;
    kochava.script([REJECTION, phase.step(random(), timeoutMs)]);
  };
}

/** An answer after the Worker's timeout: Kochava has the call, and the Worker does not know. */
const late = (timeoutMs) => ({ delayMs: timeoutMs + 200, headers: { [LATE]: "1" } });
/**
 * No answer. The connection is reset eventually, since an isolate that died, and its batch, wait
 * for the end of every call.
 */
const silent = (timeoutMs) => ({ delayMs: timeoutMs + 1_500, reset: true });

const REJECTION = {
  match: { contains: '"Level Bad ' },
  body: { success: "0", error: "bad" },
  forever: true,
};
const ERRORS = [
  { status: 500 },
  { status: 503 },
  { status: 408 },
  { reset: true },
  { status: 502, body: "<html>" },
];
const UNREADABLE = [{ empty: true }, { garbage: true }, { truncate: true }, { body: "OK" }];
const pick = (steps, random) => steps[Math.floor(random * steps.length)];

const PHASES = [
  { calls: 150, step: () => ({}) },
  { calls: 150, step: (random) => (random < 0.2 ? pick(ERRORS, random / 0.2) : {}) },
  {
    calls: 80,
    step: (random, timeoutMs) =>
      random < 0.05 ? late(timeoutMs) : random < 0.08 ? silent(timeoutMs) : {},
  },
  { calls: 8, opensBreaker: true, step: (random) => pick(ERRORS, random) },
  {
    calls: 7,
    opensBreaker: true,
    step: (random) => ({ status: 429, ...(random < 0.5 && { retryAfter: 1 }) }),
  },
  { calls: 8, opensBreaker: true, step: (random) => ({ status: random < 0.8 ? 401 : 403 }) },
  { calls: 60, step: (random) => (random < 0.3 ? pick(UNREADABLE, random / 0.3) : {}) },
];
