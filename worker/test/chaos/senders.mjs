// The senders of the chaos test: several in parallel, each with one body at a time.
//
// A sender repeats a body after a 5xx, a reset or a timeout until it gets a 200. Some bodies are
// sent once more after that.

import { event } from "../support.mjs";
import { seededRandom } from "./random.mjs";

const SENDERS = 4;
const ATTEMPTS_MAX = 40;

/** Makes `count` events; their names tell what should become of them (`expectedPlaces`). */
export function makeEvents(count, seed) {
  const random = seededRandom(seed ^ 0x5eed);
  return Array.from({ length: count }, (_, number) => {
    const [name, over] = nameAndChanges(number, random());
    const properties = {
      kochava_device_id: `KA-${number}`,
      adid: `38400000-8cf0-41bd-b23e-${String(number).padStart(12, "0")}`,
      user_agent: "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8)",
    };
    // seven devices share each hundred events
    const device = `device-${Math.floor(number / 100)}-${number % 7}`;
    return event({
      $insert_id: `insert-${number}`,
      device_id: device,
      user_id: number % 2 ? `user-${number}-` : null,
      user_properties: properties,
      event_type: name,
      ...over,
    });
  });
}

function nameAndChanges(number, random) {
  if (random < 0.04) return [`Level Bad ${number}`, {}];
  if (random < 0.08) return [`Level NoAddress ${number}`, { ip_address: null }];
  if (random < 0.12) return [`Opened ${number}`, {}];
  return [`Level ${number}`, {}];
}

/** The places where an event may end up; invariants.mjs names them. */
export function expectedPlaces(name) {
  if (name.startsWith("Level Bad ")) return ["rejected", "expired"];
  if (name.startsWith("Level NoAddress ")) return ["refused"];
  if (name.startsWith("Opened ")) return ["skipped"];
  return ["accepted", "expired"];
}

/**
 * Sends all events → { acknowledged, answers, bodies }: the names of events that got a 200, counts by
 * status, and the number of bodies.
 */
export async function sendAll(events, post, seed) {
  const random = seededRandom(seed ^ 0xb0d1e5);
  const bodies = [];
  for (let at = 0; at < events.length; ) {
    const length = random() < 0.5 ? 1 + Math.floor(random() * 3) : 5 + Math.floor(random() * 20);
    bodies.push(events.slice(at, at + length));
    at += length;
  }
  const log = {
    acknowledged: new Set(),
    answers: {},
    bodies: bodies.length,
  };
  const next = bodies.entries();
  const sender = async () => {
    for (const [, body] of next) {
      await sendUntilAcknowledged(body, post, log);
      if (random() < 0.05) await sendUntilAcknowledged(body, post, log);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return log;
}

async function sendUntilAcknowledged(body, post, log) {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const answer = await post(body).catch(() => undefined);
    const status = answer?.status ?? "none";
    log.answers[status] = (log.answers[status] ?? 0) + 1;
    if (status === 200)
      return void body.forEach(({ event_type: name }) => log.acknowledged.add(name));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
