// Fates in the NDJSON that the mapper answers for a block of lines.
//
// A line of the answer is a fate, or `{"fates":[…]}` if the line of the input was a batch of none
// or several events. Its first bytes tell which.

import { VALUE_BYTES_MAX } from "./chunk-buffer.mjs";
import { ARRAY, BACKSLASH, COMMA, LF, QUOTE, elements, joined } from "./scan.mjs";

const BATCH = '{"fates":';
/** Where `{"fates":` and `{"fate":"` differ. */
const PLURAL = 6;
/** Where the words `ready`, `skipped` and `refused` begin, and where the first and the last differ. */
const WORD = 9;
const [S, A, ZERO] = Buffer.from("sa0");
/** Of lines that are made a text at once. */
const TEXT_BYTES = 1_000_000;

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
 * The events of each line of the form `named`: `[name, fate, bytes]`. Parsed line by line: the whole
 * answer may be longer than a string can be.
 */
export function* namedFates(lines) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let from = 0, end; from < answer.length; from = end + 1) {
    end = answer.indexOf(LF, from);
    yield eventsOf(answer.toString("utf8", from, end));
  }
}

function eventsOf(text) {
  const line = JSON.parse(text);
  if (Array.isArray(line)) return [line];
  return line.fates ?? [[null, line, 0]];
}

/**
 * Calls back for each event of lines of the form `brief`, with the place of its line, its name and
 * its fate as JSON, and the bytes of its bodies. A line of one event is cut, not parsed: most names
 * and fates are those of other events.
 *
 * @param {Uint8Array} lines
 * @param {(place: number, name: string, fate: string, bytes: number) => void} act
 * @returns {number} of lines
 */
export function eachBrief(lines, act) {
  let place = 0;
  let lastFate = "{}";
  for (const text of textsOf(lines)) {
    for (let from = 0, end; from < text.length; from = end + 1, place += 1) {
      end = text.indexOf("\n", from);
      if (text.charCodeAt(from) === ARRAY)
        lastFate = cutEvent(text, from, end, place, act, lastFate);
      else if (text.startsWith(BATCH, from))
        for (const [name, fate, bytes] of eventsOf(text.slice(from, end)))
          act(place, JSON.stringify(name), JSON.stringify(fate), bytes);
      else act(place, "null", text.slice(from, end), 0);
    }
  }
  return place;
}

/** `[name,fate,bytes]`; answers the fate, which the next event often has, too. */
function cutEvent(text, from, end, place, act, lastFate) {
  const nameEnd = endOfName(text, from + 1);
  let bytes = 0;
  let at = end - 2;
  for (let unit = 1; text.charCodeAt(at) !== COMMA; at -= 1, unit *= 10)
    bytes += unit * (text.charCodeAt(at) - ZERO);
  const isLast = at - nameEnd - 1 === lastFate.length && text.startsWith(lastFate, nameEnd + 1);
  const fate = isLast ? lastFate : text.slice(nameEnd + 1, at);
  act(place, text.slice(from + 1, nameEnd), fate, bytes);
  return fate;
}

/** The end of a name, a string of JSON or `null`; a short one, so that no search is faster. */
function endOfName(text, from) {
  if (text.charCodeAt(from) !== QUOTE) return from + "null".length;
  let at = from + 1;
  for (let code; (code = text.charCodeAt(at)) !== QUOTE; ) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Lines as texts of whole lines: all of them may be too long for one, and one by one takes longer. */
function* textsOf(lines) {
  const answer = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength);
  for (let from = 0, end; from < answer.length; from = end) {
    end = answer.length;
    if (end - from > TEXT_BYTES) end = answer.lastIndexOf(LF, from + TEXT_BYTES) + 1;
    if (end <= from) end = answer.indexOf(LF, from) + 1;
    yield answer.toString("utf8", from, end);
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
