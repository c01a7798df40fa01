// Makes every line end with a newline: `\r` alone becomes `\n`, in any mix with `\n` and `\r\n`.
//
// JSON has no raw carriage return within a string, so that one is either white space or a line end.
// Exports of old Excel and Mac programs end lines with it, and files are joined from several
// systems; no writer of NDJSON puts one between the tokens of a line.

import { CR, LF } from "./scan.mjs";

const RETURN = Uint8Array.of(CR);
const NEWLINE = Uint8Array.of(LF);

/**
 * @param {AsyncGenerator<Uint8Array>} chunks they are changed, and may end anywhere
 * @returns {AsyncGenerator<Uint8Array>} the same bytes but for such returns, in other chunks where
 *   one ends with a return: what follows decides what it is
 */
export async function* withNewlines(chunks) {
  let isAfterReturn = false;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    if (isAfterReturn) yield chunk[0] === LF ? RETURN : NEWLINE;
    isAfterReturn = chunk.at(-1) === CR;
    const whole = isAfterReturn ? chunk.subarray(0, -1) : chunk;
    for (let at = whole.indexOf(CR); at !== -1; at = whole.indexOf(CR, at + 1))
      if (chunk[at + 1] !== LF) chunk[at] = LF;
    if (whole.length > 0) yield whole;
  }
  if (isAfterReturn) yield NEWLINE;
}
