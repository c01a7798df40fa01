// Inputs for the tests of the command line.

import { readFileSync } from "node:fs";
import { SAMPLES } from "./bin.mjs";

/** An event that is ready under the sneaker shop's settings: samples/README.md, 01. */
export const READY = readFileSync(`${SAMPLES}01-ios-with-tracking-authorized.json`, "utf8").replace(
  /\s*\n\s*/g,
  "",
);
/** An event that they leave out: `events.select` has no such name. */
export const SKIPPED = '{"event_type":"Settings Opened"}';
/** An event without the IP address of the device and without any identifier. */
export const REFUSED = '{"event_type":"Level Complete","platform":"iOS"}';

/** Copies of READY with this size in total, generated while they are read. */
export async function* megabytesOfEvents(
  megabytes,
  { open = "", separator = "\n", close = "\n" } = {},
) {
  const events = Array.from({ length: 500 }, () => READY).join(separator);
  const count = blocksIn(megabytes);
  yield Buffer.from(open);
  for (let index = 0; index < count; index += 1)
    yield Buffer.from((index > 0 ? separator : "") + events);
  yield Buffer.from(close);
}

/** How many events `megabytesOfEvents` generates. */
export function eventsIn(megabytes) {
  return 500 * blocksIn(megabytes);
}

function blocksIn(megabytes) {
  return Math.ceil((megabytes * 1e6) / (500 * (Buffer.byteLength(READY) + 1)));
}

/**
 * What samples/README.md documents for each file: the fate, the codes, and the name of the event if
 * any.
 */
export function documentedFates() {
  const readme = readFileSync(`${SAMPLES}README.md`, "utf8");
  return [...readme.matchAll(/^\| `([^/`]+\.json)` \|.*\| (\w+): (.*) \|$/gm)].map(
    ([, file, fate, rest]) => {
      const quoted = [...rest.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
      const name = /one event `([^`]+)`/.exec(rest)?.[1];
      return {
        file,
        fate,
        name,
        codes: quoted.filter(
          (word) => /^[a-z]+(-[a-z]+)+$/.test(word) && !word.startsWith("kosneaker"),
        ),
      };
    },
  );
}
