// What does the mapper's answer to a block hold?
//
// A line is a fate, or `{"fates":[…]}` where the line that was asked about was a batch of none or several. The beginning tells which.

import { VALUE_BYTES_MAX } from "./carry.mjs";
import { LF, elements } from "./scan.mjs";

const BATCH = Buffer.from('{"fates":');
const FATE = Buffer.from('{"fate":"');
const FATES = [
  ["ready", Buffer.from("ready")],
  ["skipped", Buffer.from("skipped")],
  ["refused", Buffer.from("refused")],
];

/** The fate of a value that was too long to be read at all; only the command line has this limit. */
export const TOO_LONG = {
  fate: "refused",
  violations: [
    {
      code: "line-too-long",
      field: "",
      origin: null,
      message: `the line or document is longer than the ${VALUE_BYTES_MAX / 1e6} MB that are taken at once`,
    },
  ],
};

/**
 * One fate a line, counted. Takes the answer over.
 *
 * @param {Uint8Array} lines
 * @param {Record<"ready" | "skipped" | "refused", number>} counts
 */
export function oneALine(lines, counts) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const parts = [];
  let from = 0;
  let kept = 0;
  while (from < answer.length) {
    const end = answer.indexOf(LF, from) + 1;
    if (startsWith(answer, from, BATCH)) {
      parts.push(
        answer.subarray(kept, from),
        unfolded(answer.subarray(from + BATCH.length, end - 2), counts),
      );
      kept = end;
    } else count(answer, from, counts);
    from = end;
  }
  return kept === 0 ? answer : Buffer.concat([...parts, answer.subarray(kept)]);
}

/** The fates of each line, parsed. One line after the other: all of them may be longer than a string can be. */
export function* parsed(lines) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let from = 0, end; from < answer.length; from = end + 1) {
    end = answer.indexOf(LF, from);
    const line = JSON.parse(answer.toString("utf8", from, end));
    yield line.fates ?? [line];
  }
}

/** `[a,b]` becomes `a\nb\n` where it lies: the mapper puts one comma between two fates and nothing else. */
function unfolded(list, counts) {
  let end = 0;
  for (const fate of elements(list)) {
    count(fate, 0, counts);
    end = fate.byteOffset - list.byteOffset + fate.length;
    list[end] = LF;
  }
  return list.subarray(1, end + 1);
}

function count(answer, from, counts) {
  const [name] = FATES.find(([, word]) => startsWith(answer, from + FATE.length, word));
  counts[name] += 1;
}

function startsWith(bytes, from, wanted) {
  return bytes.subarray(from, from + wanted.length).equals(wanted);
}
