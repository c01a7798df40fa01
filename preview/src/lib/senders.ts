// The senders in the order in which the page offers them.

import { schemaOf } from "./schema";

const USUAL = [
  "amplitude",
  "amplitude_http",
  "segment",
  "rudderstack",
  "mparticle",
  "revenuecat",
  "cloudevents",
  "generic",
];

/** The names of all senders; one that is not in `USUAL` comes last. */
export const SENDERS: readonly string[] = [
  ...new Set([...USUAL, ...schemaOf(["sources", 0]).choices]),
].filter((name) => schemaOf(["sources", 0]).choices.includes(name));
