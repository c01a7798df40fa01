// Fates in the NDJSON that the mapper answers for a block of lines.
//
// A line of the answer is a fate, or `{"fates":[…]}` if the line of the input was a batch of none
// or several events. Its first bytes tell which.

import { VALUE_BYTES_MAX } from "./chunk-buffer.mjs";
import { LF, elements, joined } from "./scan.mjs";

const BATCH = '{"fates":';
/** Where `{"fates":` and `{"fate":"` differ. */
const PLURAL = 6;
/** Where the words `ready`, `skipped` and `refused` begin, and where the first and the last differ. */
const WORD = 9;
const [S, A] = Buffer.from("sa");

/** @typedef {{ ready: number, skipped: number, refused: number }} FateCounts */

/** @returns {FateCounts} */
export function countsOf() {
  return { ready: 0, skipped: 0, refused: 0 };
}

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

/** The fate of a blank line that was asked for. Only the command line has it. */
export const BLANK = { fate: "skipped", code: "blank-line", message: "the line is blank" };

/**
 * Puts each fate on a line of its own, and counts fates. Changes `lines`.
 *
 * @param {Uint8Array} lines an answer of the mapper
 * @param {FateCounts} counts
 * @returns {Uint8Array} in a buffer of its own
 */
export function onePerLine(lines, counts) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  const parts = [];
  let copiedTo = 0;
  for (let from = 0, end; from < answer.length; from = end) {
    end = answer.indexOf(LF, from) + 1;
    if (answer[from + PLURAL] === S) {
      parts.push(
        answer.subarray(copiedTo, from),
        unfolded(answer.subarray(from + BATCH.length, end - 2), counts),
      );
      copiedTo = end;
    } else count(answer, from, counts);
  }
  return copiedTo === 0 ? lines : joined([...parts, answer.subarray(copiedTo)]);
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
  if (answer[from + WORD] === S) counts.skipped += 1;
  else if (answer[from + WORD + 2] === A) counts.ready += 1;
  else counts.refused += 1;
}
