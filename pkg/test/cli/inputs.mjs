// What do the tests of the command line feed it?

import { readFileSync } from "node:fs";
import { SAMPLES } from "./bin.mjs";

/** An event that the sneaker shop's settings select, and that wants for nothing: samples/README.md, 01. */
export const READY = readFileSync(`${SAMPLES}01-ios-with-tracking-authorized.json`, "utf8").replace(
  /\s*\n\s*/g,
  "",
);
/** One that they do not select: `events.select` has no such name. */
export const SKIPPED = '{"event_type":"Settings Opened"}';
/** One that lacks the address of the device, and any id. */
export const REFUSED = '{"event_type":"Level Complete","platform":"iOS"}';

/** As many of the first event as give so many megabytes, made while they are read. */
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

/** How many events those are. */
export function eventsIn(megabytes) {
  return 500 * blocksIn(megabytes);
}

function blocksIn(megabytes) {
  return Math.ceil((megabytes * 1e6) / (500 * (Buffer.byteLength(READY) + 1)));
}

/** What samples/README.md promises: by file the fate, the codes, and the name of the event where there is one. */
export function promised() {
  const readme = readFileSync(`${SAMPLES}README.md`, "utf8");
  return [...readme.matchAll(/^\| `(\S+\.json)` \|.*\| (\w+): (.*) \|$/gm)].map(
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
