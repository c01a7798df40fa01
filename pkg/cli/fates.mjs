// Fates in the NDJSON that the mapper answers for a block of lines.
//
// A line of the answer is a fate, or `{"fates":[…]}` if the line of the input was a batch of none
// or several events. Its first bytes tell which.

import { VALUE_BYTES_MAX } from "./chunk-buffer.mjs";
import { LF, elements } from "./scan.mjs";

const BATCH = Buffer.from('{"fates":');
const FATE = Buffer.from('{"fate":"');
const FATES = [
  ["ready", Buffer.from("ready")],
  ["skipped", Buffer.from("skipped")],
  ["refused", Buffer.from("refused")],
];

/** The fate of a value that was too long to be read. Only the command line has this limit. */
export const TOO_LONG = {
  fate: "refused",
  violations: [
    {
      code: "line-too-long",
      field: "",
      origin: null,
      message: `the line or document is longer than ${VALUE_BYTES_MAX / 1e6} MB`,
    },
  ],
};

/**
 * Puts each fate on a line of its own, and counts fates. Changes `lines`.
 *
 * @param {Uint8Array} lines an answer of the mapper
 * @param {Record<"ready" | "skipped" | "refused", number>} counts
 */
export function onePerLine(lines, counts) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const parts = [];
  let from = 0;
  let copiedTo = 0;
  while (from < answer.length) {
    const end = answer.indexOf(LF, from) + 1;
    if (startsWith(answer, from, BATCH)) {
      parts.push(
        answer.subarray(copiedTo, from),
        unfolded(answer.subarray(from + BATCH.length, end - 2), counts),
      );
      copiedTo = end;
    } else count(answer, from, counts);
    from = end;
  }
  return copiedTo === 0 ? answer : Buffer.concat([...parts, answer.subarray(copiedTo)]);
}

/**
 * The fates of each line, parsed line by line: the whole answer may be longer than a string can be.
 */
export function* parsed(lines) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let from = 0, end; from < answer.length; from = end + 1) {
    end = answer.indexOf(LF, from);
    const line = JSON.parse(answer.toString("utf8", from, end));
    yield line.fates ?? [line];
  }
}

/**
 * Turns `[a,b]` into `a\nb\n` in place: the mapper writes one comma and nothing else between fates.
 */
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

function startsWith(bytes, from, prefix) {
  return bytes.subarray(from, from + prefix.length).equals(prefix);
}
