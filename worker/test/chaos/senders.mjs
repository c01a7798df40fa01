// Who sends the events, and what were they told?
//
// Several senders beside each other, each with one body at a time, which it sends again after a 5xx, a hang-up or a silence, until it is
// answered 200. Now and then one sends a body once more that was answered already.

import { event } from "../support.mjs";
import { chance } from "./weather.mjs";

const SENDERS = 4;
const TRIES_MAX = 40;

/** So many events, by what is to become of them. */
export function makeEvents(count, seed) {
  const random = chance(seed ^ 0x5eed);
  return Array.from({ length: count }, (_, number) => {
    const [name, over] = kind(number, random());
    const of = {
      kochava_device_id: `KA-${number}`,
      adid: `38400000-8cf0-41bd-b23e-${String(number).padStart(12, "0")}`,
      user_agent: "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8)",
    };
    // a hundred events of one device after each other
    const device = `device-${Math.floor(number / 100)}-${number % 7}`;
    return event({
      $insert_id: `insert-${number}`,
      device_id: device,
      user_id: number % 2 ? `user-${number}-` : null,
      user_properties: of,
      event_type: name,
      ...over,
    });
  });
}

function kind(number, random) {
  if (random < 0.04) return [`Level Bad ${number}`, {}];
  if (random < 0.08) return [`Level NoAddress ${number}`, { ip_address: null }];
  if (random < 0.12) return [`Opened ${number}`, {}];
  return [`Level ${number}`, {}];
}

/** Sends all of them → the journal: for each event by its name { told, unanswered }, and how often what was answered. */
export async function sendAll(events, post, seed) {
  const random = chance(seed ^ 0xb0d1e5);
  const bodies = [];
  for (let at = 0; at < events.length; ) {
    const length = random() < 0.5 ? 1 + Math.floor(random() * 3) : 5 + Math.floor(random() * 20);
    bodies.push(events.slice(at, at + length));
    at += length;
  }
  const journal = { told: new Set(), unanswered: new Map(), answers: {}, bodies: bodies.length };
  const next = bodies.entries();
  const sender = async () => {
    for (const [, body] of next) {
      await insist(body, post, journal);
      if (random() < 0.05) await insist(body, post, journal);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return journal;
}

async function insist(body, post, journal) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const answer = await post(body).catch(() => undefined);
    const said = answer?.status ?? "none";
    journal.answers[said] = (journal.answers[said] ?? 0) + 1;
    if (said === 200) return void body.forEach(({ event_type: name }) => journal.told.add(name));
    for (const { event_type: name } of body)
      journal.unanswered.set(name, (journal.unanswered.get(name) ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
