// What is left of so many events when isolates die, Kochava storms and the whole process is started anew half-way?
//
// The built Worker with its faults in workerd, the stand-in over loopback.

import { QUICK, startDurableHouse } from "../durable.mjs";
import { balance } from "./books.mjs";
import { makeEvents, sendAll } from "./senders.mjs";
import { blow } from "./weather.mjs";

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
 * `calm`: nothing dies, and Kochava takes everything but what it never would. `hurried`: nothing dies while a gate is closed, since one whose
 * probe died opens a minute later. → { rows, faults, seconds }
 */
export async function runChaos({
  events: count,
  seed = 1,
  odds = 0.004,
  calm = false,
  hurried = false,
  patienceSeconds = 400,
  spy = () => {},
}) {
  const started = Date.now();
  const ends = [];
  let turn = () => {};
  const house = await startDurableHouse(
    { after: (end) => ends.unshift(end) },
    {
      settings: SETTINGS,
      build: calm ? "build" : "build-faults",
      bindings: { BOOKS: "1", FAULT_ODDS: String(calm ? 0 : odds) },
      consumer: { maxBatchTimeout: 0.05, maxBatchSize: 8 },
      kochava: { print: () => turn() },
    },
  );
  spy(house);
  try {
    const onFront = (closes) =>
      hurried && house.fail({ FAULT_ODDS: String(closes ? 0 : odds) }).catch(() => {});
    turn = blow(house.kochava, {
      seed,
      timeoutMs: SETTINGS.delivery.timeout_ms,
      calm,
      scale: Math.max(1, count / 500),
      onFront,
    });
    turn();
    const events = makeEvents(count, seed);
    const half = Math.floor(count / 2);
    const witnesses = [];
    const journals = [];
    for (const part of [events.slice(0, half), events.slice(half)]) {
      // the queue of the local runtime is lost with its process, so it is empty then
      if (witnesses.length > 0) await house.restart();
      journals.push(await sendAll(part, house.post, seed + journals.length));
      await house.drained(patienceSeconds);
      witnesses.push(await house.witness());
    }
    const books = balance({
      events,
      journal: joined(journals),
      calls: house.kochava.calls,
      rejects: await all(house),
      stats: await house.stats(),
      witnesses,
      calm,
    });
    return { ...books, seconds: (Date.now() - started) / 1_000 };
  } finally {
    for (const end of ends) await end();
  }
}

function joined([first, second]) {
  const answers = { ...first.answers };
  for (const [said, times] of Object.entries(second.answers))
    answers[said] = (answers[said] ?? 0) + times;
  return {
    told: new Set([...first.told, ...second.told]),
    unanswered: new Map([...first.unanswered, ...second.unanswered]),
    answers,
    bodies: first.bodies + second.bodies,
  };
}

async function all(house) {
  const rejects = [];
  let cursor = "";
  do {
    const { json } = await house.admin(
      "GET",
      `/rejects?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rejects.push(...json.rejects);
    cursor = json.next;
  } while (cursor);
  return rejects;
}

/** The books as lines of at most 80 columns. */
export function table({ rows, seconds }) {
  const line = (what, value) => `  ${what.padEnd(50)}${String(value).padStart(12)}`;
  return [
    ...rows.map(([what, count]) => line(what, count.toLocaleString("en-US"))),
    line("seconds", seconds.toFixed(1)),
  ].join("\n");
}
