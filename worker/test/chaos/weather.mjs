// How does Kochava behave in a storm?
//
// Answers come in fronts of some calls each, drawn from a seed: calm, hiccups, Kochava down, a storm of 429, a refused key, unreadable
// answers. Some events it rejects whatever the weather is: those named "Level Bad".

/** Numbers from 0 to 1, the same for the same seed. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Lets the stand-in answer by the weather, one call after the other. `timeoutMs` is how long the Worker waits; mild fronts are longer by
 * `scale`; `onFront` is told when the weather turns, and whether gates will close.
 */
export function blow(kochava, { seed, timeoutMs, calm, scale = 1, onFront = () => {} }) {
  const random = chance(seed);
  let left = 0;
  let front = FRONTS[0];
  return () => {
    if (calm) return void kochava.script([ALWAYS]);
    if (left === 0) {
      front = FRONTS[Math.floor(random() * FRONTS.length)];
      left = front.closes ? front.calls : Math.round(front.calls * scale);
      onFront(front.closes === true);
    }
    left -= 1;
    kochava.script([ALWAYS, front.step(random(), timeoutMs)]);
  };
}

/** An answer that comes when nobody waits for it any more: Kochava has the call, and the Worker does not know. */
const late = (timeoutMs) => ({ delayMs: timeoutMs + 200, headers: { [LATE]: "1" } });
/** No answer at all. It ends some time: an isolate that died waits for it as long as it is there, and its batch with it. */
const silent = (timeoutMs) => ({ delayMs: timeoutMs + 1_500, reset: true });
export const LATE = "x-late";

const ALWAYS = {
  match: { contains: '"Level Bad ' },
  body: { success: "0", error: "bad" },
  forever: true,
};
const HICCUPS = [
  { status: 500 },
  { status: 503 },
  { status: 408 },
  { reset: true },
  { status: 502, body: "<html>" },
];
const UNREADABLE = [{ empty: true }, { garbage: true }, { truncate: true }, { body: "OK" }];
const pick = (steps, random) => steps[Math.floor(random * steps.length)];

const FRONTS = [
  { calls: 150, step: () => ({}) },
  { calls: 150, step: (random) => (random < 0.2 ? pick(HICCUPS, random / 0.2) : {}) },
  {
    calls: 80,
    step: (random, timeoutMs) =>
      random < 0.05 ? late(timeoutMs) : random < 0.08 ? silent(timeoutMs) : {},
  },
  { calls: 8, closes: true, step: (random) => pick(HICCUPS, random) },
  {
    calls: 7,
    closes: true,
    step: (random) => ({ status: 429, ...(random < 0.5 && { retryAfter: 1 }) }),
  },
  { calls: 8, closes: true, step: (random) => ({ status: random < 0.8 ? 401 : 403 }) },
  { calls: 60, step: (random) => (random < 0.3 ? pick(UNREADABLE, random / 0.3) : {}) },
];
