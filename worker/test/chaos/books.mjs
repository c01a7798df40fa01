// Is every event in exactly one place, and is everything that is there twice explained?
//
// No clock and no tolerance: an event may be with Kochava once more for each time that an answer came too late, that a batch which held it
// lost its isolate, or that its sender was not answered; and every entry of a message is counted once, whatever died.

import { LATE } from "./weather.mjs";

const IDENTITY = "/v1/cpi/identityLink.php";

/** → { rows: [[what, count]], faults: [sentence] } */
export function balance({ events, journal, calls, rejects, stats, witnesses, calm }) {
  const faults = [];
  const taken = takenBy(calls);
  const kept = new Map(rejects.map((reject) => [reject.event, reject.code]));
  const died = new Map();
  for (const { names } of witnesses)
    for (const [name, times] of Object.entries(names)) add(died, name, times);

  const places = { accepted: 0, rejected: 0, expired: 0, refused: 0, skipped: 0, untold: 0 };
  const explained = { late: 0, died: 0, unanswered: 0 };
  let duplicates = 0;
  let twofold = 0;
  for (const { event_type: name, user_id: user } of events) {
    const found = [];
    const of = taken.get(name);
    if (of?.events > 0) found.push("accepted");
    if (kept.has(name)) found.push(PLACES[kept.get(name)] ?? `a reject for ${kept.get(name)}`);
    if (name.startsWith("Opened ") && journal.told.has(name)) found.push("skipped");
    if (found.length === 0 && !journal.told.has(name)) found.push("untold");
    const wanted = name.startsWith("Level Bad ")
      ? ["rejected", "expired"]
      : name.startsWith("Level NoAddress ")
        ? ["refused"]
        : name.startsWith("Opened ")
          ? ["skipped"]
          : ["accepted", "expired"];
    const reasons = {
      late: of?.late ?? 0,
      died: died.get(name) ?? 0,
      unanswered: journal.unanswered.get(name) ?? 0,
    };
    const again = reasons.late + reasons.died + reasons.unanswered;
    // an answer that came too late, or to an isolate that had died: Kochava has it, and nobody knew when it was given up
    // an identity that was given up is a reject of its own, while its event is with Kochava
    const isIdentityKept =
      found.length === 2 && found[0] === "accepted" && user && of.identities === 0;
    if (isIdentityKept) found.pop();
    const isTwofold =
      found.length === 2 &&
      found.includes("accepted") &&
      (kept.get(name) === "expired" || user) &&
      again > 0;
    if (isTwofold) twofold += 1;
    else if (found.length !== 1)
      faults.push(`${name} is in ${found.length} places: ${found.join(", ") || "none"}`);
    if (found[0] in places) places[found[0]] += 1;
    if (found.length > 0 && found[0] !== "untold" && !wanted.includes(found[0]))
      faults.push(`${name} is ${found[0]}`);
    for (const [what, times] of [
      ["event", of?.events ?? 0],
      ["identity", of?.identities ?? 0],
    ]) {
      if (times <= 1) continue;
      duplicates += times - 1;
      const reason = Object.keys(reasons).find((reason) => reasons[reason] > 0);
      if (times - 1 > again)
        faults.push(
          `the ${what} of ${name} was taken ${times} times, and ${again} could be explained`,
        );
      else explained[reason] += times - 1;
    }
    if (of?.identities > 0 && !(of.firstEvent < of.firstIdentity))
      faults.push(`the identity of ${name} went before its event`);
  }
  if (calm && duplicates > 0) faults.push(`${duplicates} duplicates in calm weather`);
  faults.push(...auditStats(stats, witnesses, taken, calm));
  const rows = [
    ["events", events.length],
    ["  with Kochava", places.accepted],
    ["  rejects: rejected by Kochava", places.rejected],
    ["  rejects: expired", places.expired],
    ["  rejects: refused", places.refused],
    ["  skipped", places.skipped],
    ["  never answered, and nowhere", places.untold],
    ["  with Kochava, and given up unaware of it", twofold],
    ["sent twice", duplicates],
    ["  an answer that came too late", explained.late],
    ["  an isolate that died at work", explained.died],
    ["  a sender without an answer", explained.unanswered],
    ["identities with Kochava", sum(taken, "identities")],
    ["calls", calls.length],
    ["batches", witnesses.reduce((all, { batches }) => all + batches, 0)],
    ["batches whose isolate died", witnesses.reduce((all, one) => all + one.atWork, 0)],
    ["bodies", journal.bodies],
    ["answers 200", journal.answers[200] ?? 0],
    [
      "answers 5xx, or none",
      Object.entries(journal.answers).reduce(
        (all, [said, times]) => all + (said === "200" ? 0 : times),
        0,
      ),
    ],
    ["faults", faults.length],
  ];
  return { rows, faults };
}

const PLACES = {
  "kochava-rejected": "rejected",
  "kochava-paused": "rejected",
  expired: "expired",
  "origination-ip-missing": "refused",
};

/** What the stand-in took, by the event's name: the calls that it answered with yes or with nothing readable. */
function takenBy(calls) {
  const taken = new Map();
  const byUser = new Map();
  calls.forEach((call, at) => {
    const { status, bodyText, headers } = call.answer;
    if (!(status >= 200 && status < 300) || bodyText.includes('"success":"0"')) return;
    const isIdentity = call.path === IDENTITY;
    const number = isIdentity ? /"user-(\d+)-"/.exec(call.bodyText)?.[1] : undefined;
    const name = isIdentity ? number : call.body.data.event_name;
    const of = isIdentity ? byUser : taken;
    const one = of.get(name) ?? { times: 0, late: 0, first: at };
    of.set(name, {
      times: one.times + 1,
      late: one.late + Number(headers[LATE] === "1"),
      first: one.first,
    });
  });
  const all = new Map();
  for (const [name, { times, late, first }] of taken) {
    const identity = byUser.get(/\d+$/.exec(name)[0]) ?? { times: 0, late: 0, first: -1 };
    all.set(name, {
      events: times,
      identities: identity.times,
      late: late + identity.late,
      firstEvent: first,
      firstIdentity: identity.first,
    });
  }
  const known = new Set([...all.keys()].map((name) => /\d+$/.exec(name)[0]));
  for (const number of byUser.keys())
    if (!known.has(number))
      throw new Error(`the identity of user ${number} came without its event`);
  return all;
}

/** Every entry of every message that went into the queue is counted once, and every tally. */
function auditStats(stats, witnesses, taken, calm) {
  const entries = witnesses.reduce((all, one) => all + one.entries, 0);
  const tally = (name) => witnesses.reduce((all, one) => all + (one.tally[name] ?? 0), 0);
  const ended =
    stats.eventsDelivered + stats.eventsExpired + stats.eventsDiscarded - tally("discarded");
  const faults = [];
  const same = (what, told, truth) =>
    told === truth || faults.push(`/stats: ${what} is ${told}, and should be ${truth}`);
  same("delivered, expired and discarded", ended, entries);
  same("skipped", stats.skipped, tally("skipped"));
  same("duplicates", stats.duplicates, tally("duplicates"));
  same("toBeCompleted", stats.toBeCompleted, 0);
  same(
    "deliveries at the first attempt and later",
    stats.successOnFirstAttempt + stats.successAfterRetry,
    stats.eventsDelivered,
  );
  if (calm) {
    same("eventsDelivered", stats.eventsDelivered, taken.size);
    same("identities", stats.identities, sum(taken, "identities"));
    same(
      "attempts",
      stats.attempts,
      sum(taken, "identities") + sum(taken, "events") + (stats.reasons["kochava-rejected"] ?? 0),
    );
  }
  return faults;
}

const sum = (taken, what) => [...taken.values()].reduce((all, one) => all + one[what], 0);

function add(map, name, times) {
  map.set(name, (map.get(name) ?? 0) + times);
}
