// The invariants of the chaos test: every event is in exactly one place, and every duplicate has a
// known reason.
//
// There is no tolerance: Kochava may have an event once more for each answer that came too late, and
// for each batch with the event whose isolate died. An attempt of its sender without an answer is no
// reason: the copy is recognised. Every entry of a queue message is counted exactly once.

import { LATE } from "./fault-plan.mjs";
import { expectedPlaces } from "./senders.mjs";

const IDENTITY = "/v1/cpi/identityLink.php";

/**
 * → { rows: [[label, count]], faults: [sentence] }
 *
 * `senderLog` is from `sendAll`, `counters` are those of the instrumented Worker, one for each time
 * that it was started.
 */
export function checkInvariants({
  events,
  senderLog,
  calls,
  rejects,
  stats,
  counters,
  withFaults,
}) {
  const deliveries = deliveriesOf(calls);
  // what Kochava answered unreadably is delivered, and kept to be replayed
  const unconfirmed = new Set(
    rejects.filter(({ code }) => code === UNCONFIRMED).map(({ event }) => event),
  );
  const rejectCodes = new Map(
    rejects.filter(({ code }) => code !== UNCONFIRMED).map(({ event, code }) => [event, code]),
  );
  const died = diedBatchesOf(counters);
  const totals = {
    places: { accepted: 0, rejected: 0, expired: 0, refused: 0, skipped: 0, unanswered: 0 },
    duplicates: { late: 0, died: 0 },
    unconfirmed: unconfirmed.size,
    duplicateCount: 0,
    deliveredAndExpired: 0,
  };
  const faults = [];
  for (const { event_type: name, user_id: user } of events) {
    const delivery = deliveries.get(name);
    const reasons = {
      late: delivery?.late ?? 0,
      died: died.get(name) ?? 0,
    };
    const places = placesOf(name, delivery, rejectCodes, senderLog);
    faults.push(...placeFaults({ name, user, places, delivery, rejectCodes, reasons }, totals));
    faults.push(...duplicateFaults(name, delivery, reasons, totals));
    if (unconfirmed.has(name) && !(delivery?.unreadable > 0))
      faults.push(`${name} is kept as unconfirmed, but every answer was readable`);
    if (delivery?.identities > 0 && !(delivery.firstEvent < delivery.firstIdentity))
      faults.push(`the identity of ${name} was sent before its event`);
  }
  if (!withFaults && totals.duplicateCount > 0)
    faults.push(`${totals.duplicateCount} duplicates without faults`);
  if (unconfirmed.size > (stats.unconfirmed ?? 0))
    faults.push(`${unconfirmed.size} events are unconfirmed, and /stats has ${stats.unconfirmed}`);
  faults.push(...statsFaults({ stats, counters, deliveries, calls, withFaults }));
  const rows = rowsOf({ events, totals, deliveries, calls, counters, senderLog, faults });
  return { rows, faults };
}

function placesOf(name, delivery, rejectCodes, senderLog) {
  const places = [];
  if (delivery?.events > 0) places.push("accepted");
  if (rejectCodes.has(name)) {
    const code = rejectCodes.get(name);
    places.push(PLACES[code] ?? `a reject for ${code}`);
  }
  if (name.startsWith("Opened ") && senderLog.acknowledged.has(name)) places.push("skipped");
  if (places.length === 0 && !senderLog.acknowledged.has(name)) places.push("unanswered");
  return places;
}

const UNCONFIRMED = "unconfirmed";

const PLACES = {
  "kochava-rejected": "rejected",
  "kochava-paused": "rejected",
  expired: "expired",
  "origination-ip-missing": "refused",
};

function placeFaults({ name, user, places, delivery, rejectCodes, reasons }, totals) {
  const faults = [];
  // an identity that expired is a reject of its own, while its event is delivered
  const isIdentityReject =
    places.length === 2 && places[0] === "accepted" && user && delivery.identities === 0;
  if (isIdentityReject) places.pop();
  // a late answer, or one to an isolate that died: Kochava has the event, and the Worker gave it up
  const isDeliveredAndExpired =
    places.length === 2 &&
    places.includes("accepted") &&
    (rejectCodes.get(name) === "expired" || user) &&
    sumOf(reasons) > 0;
  if (isDeliveredAndExpired) totals.deliveredAndExpired += 1;
  else if (places.length !== 1)
    faults.push(`${name} is in ${places.length} places: ${places.join(", ") || "none"}`);
  const [place] = places;
  if (place in totals.places) totals.places[place] += 1;
  if (places.length > 0 && place !== "unanswered" && !expectedPlaces(name).includes(place))
    faults.push(`${name} is ${place}`);
  return faults;
}

function duplicateFaults(name, delivery, reasons, totals) {
  const faults = [];
  const explained = sumOf(reasons);
  for (const [kind, times] of [
    ["event", delivery?.events ?? 0],
    ["identity", delivery?.identities ?? 0],
  ]) {
    if (times <= 1) continue;
    totals.duplicateCount += times - 1;
    const reason = Object.keys(reasons).find((reason) => reasons[reason] > 0);
    if (times - 1 > explained)
      faults.push(
        `the ${kind} of ${name} was delivered ${times} times, and ${explained} duplicates are explained`,
      );
    else totals.duplicates[reason] += times - 1;
  }
  return faults;
}

const sumOf = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/**
 * Returns the calls that the stand-in accepted or answered unreadably, by the name of the event.
 */
function deliveriesOf(calls) {
  const byName = new Map();
  const byUser = new Map();
  calls.forEach((call, index) => {
    const { status, bodyText, headers, ending } = call.answer;
    if (!(status >= 200 && status < 300) || bodyText.includes('"success":"0"')) return;
    const isIdentity = call.path === IDENTITY;
    const user = isIdentity ? /"user-(\d+)-"/.exec(call.bodyText)?.[1] : undefined;
    const key = isIdentity ? user : call.body.data.event_name;
    const deliveries = isIdentity ? byUser : byName;
    const one = deliveries.get(key) ?? { times: 0, late: 0, unreadable: 0, first: index };
    const isReadable = ending === "whole" && bodyText === '{"success":"1"}';
    deliveries.set(key, {
      times: one.times + 1,
      late: one.late + Number(headers[LATE] === "1"),
      unreadable: one.unreadable + Number(!isReadable),
      first: one.first,
    });
  });
  return joinIdentities(byName, byUser);
}

function joinIdentities(byName, byUser) {
  const numberOf = (name) => /\d+$/.exec(name)[0];
  const joined = new Map();
  for (const [name, { times, late, unreadable, first }] of byName) {
    const identity = byUser.get(numberOf(name)) ?? {
      times: 0,
      late: 0,
      unreadable: 0,
      first: -1,
    };
    joined.set(name, {
      events: times,
      identities: identity.times,
      late: late + identity.late,
      unreadable: unreadable + identity.unreadable,
      firstEvent: first,
      firstIdentity: identity.first,
    });
  }
  const numbers = new Set([...joined.keys()].map(numberOf));
  for (const number of byUser.keys())
    if (!numbers.has(number))
      throw new Error(`the identity of user ${number} was sent without its event`);
  return joined;
}

/** How often each event was in a batch whose isolate died. */
function diedBatchesOf(counters) {
  const times = new Map();
  for (const { unfinishedEvents } of counters)
    for (const [name, count] of Object.entries(unfinishedEvents))
      times.set(name, (times.get(name) ?? 0) + count);
  return times;
}

/**
 * /stats counts every entry of every queue message once, as delivered, expired, discarded or
 * duplicate, and what was skipped at ingest as the messages say.
 */
function statsFaults({ stats, counters, deliveries, calls, withFaults }) {
  const entries = counters.reduce((sum, one) => sum + one.entries, 0);
  const tally = (name) => counters.reduce((sum, one) => sum + (one.tally[name] ?? 0), 0);
  const copies = entries - counters.reduce((sum, { distinct }) => sum + distinct, 0);
  const { eventsDelivered, eventsExpired, eventsDiscarded, duplicates } = stats;
  const faults = [];
  const expectEqual = (label, actual, expected) =>
    actual === expected || faults.push(`/stats: ${label} is ${actual}, expected ${expected}`);
  expectEqual(
    "delivered, expired, discarded and duplicate",
    eventsDelivered + eventsExpired + eventsDiscarded + duplicates,
    entries,
  );
  expectEqual("skipped", stats.skipped, tally("skipped"));
  // a copy of what was rejected may be delivered after all
  if (duplicates > copies) faults.push(`/stats: ${duplicates} duplicates of ${copies} copies`);
  expectEqual("toBeCompleted", stats.toBeCompleted, 0);
  expectEqual(
    "deliveries at the first attempt and later",
    stats.successOnFirstAttempt + stats.successAfterRetry,
    stats.eventsDelivered,
  );
  if (!withFaults) {
    const identities = total(deliveries, "identities");
    expectEqual("duplicates", duplicates, copies);
    expectEqual("eventsDelivered", stats.eventsDelivered, deliveries.size);
    expectEqual("identities", stats.identities, identities);
    expectEqual("attempts", stats.attempts, calls.length);
  }
  return faults;
}

function rowsOf({ events, totals, deliveries, calls, counters, senderLog, faults }) {
  const { places, duplicates } = totals;
  const { 200: acknowledged = 0, ...others } = senderLog.answers;
  return [
    ["events", events.length],
    ["  delivered", places.accepted],
    ["  rejects: rejected by Kochava", places.rejected],
    ["  rejects: expired", places.expired],
    ["  rejects: refused", places.refused],
    ["  skipped", places.skipped],
    ["  not acknowledged, and in no place", places.unanswered],
    ["  delivered, and expired", totals.deliveredAndExpired],
    ["duplicates", totals.duplicateCount],
    ["  after an answer that came too late", duplicates.late],
    ["  after an isolate died", duplicates.died],
    ["unconfirmed, and kept", totals.unconfirmed],
    ["identities delivered", total(deliveries, "identities")],
    ["calls", calls.length],
    ["batches", counters.reduce((sum, { batches }) => sum + batches, 0)],
    ["batches whose isolate died", counters.reduce((sum, one) => sum + one.unfinishedBatches, 0)],
    ["bodies", senderLog.bodies],
    ["answers 200", acknowledged],
    ["answers 5xx, or none", sumOf(others)],
    ["faults", faults.length],
  ];
}

const total = (deliveries, key) => [...deliveries.values()].reduce((sum, one) => sum + one[key], 0);
