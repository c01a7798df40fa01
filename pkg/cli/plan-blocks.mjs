// The blocks that `plan` plans, of NDJSON as it was read.
//
// Lines are not looked at here, so that one thread can feed many.

import { LineBlocks } from "../line-blocks.js";
import { blocksOf } from "./blocks.mjs";
import { VALUE_BYTES_MAX } from "./chunk-buffer.mjs";
import { LF } from "./scan.mjs";

/**
 * @param {import("./blocks.mjs").Opened} input
 * @param {import("./plan-lines.mjs").Wanted} wanted
 * @returns {{ next(): Promise<import("./plan-lines.mjs").PlanBlock | undefined>,
 *   recycle?(bytes: Uint8Array): void }} `recycle`: takes back the bytes of an answer
 */
export function planBlocksOf(input, wanted) {
  if (input.isNdjson) return new RawLines(input.chunks, wanted);
  const blocks = blocksOf(input, "events");
  return {
    async next() {
      const { value, done } = await blocks.next();
      if (done) return undefined;
      const lines = shownLines(value.places, wanted);
      return { bytes: value.bytes.slice(), lines, isTooLong: value.isTooLong, wanted };
    },
  };
}

/** The places of an input that is one value. */
const ALONE = [{ line: 1, isAlone: true }];

/** The lines of values; a row of a table shows none for a document that may be the whole input. */
function shownLines(places, { areRows }) {
  return places.map(({ line, isAlone }) => (areRows && isAlone ? undefined : line));
}

/** NDJSON as it was read. An input without a byte is one empty value. */
class RawLines {
  #blocks;
  #wanted;
  #isEmpty = true;
  /** The number of the next line. Counted only for those who want it. */
  #line = 1;

  constructor(chunks, wanted) {
    const tooLong = () => ({ bytes: new Uint8Array(0), isTooLong: true });
    this.#blocks = new LineBlocks(chunks, VALUE_BYTES_MAX, tooLong);
    this.#wanted = wanted;
  }

  async next() {
    const block = await this.#blocks.next();
    const lines = [this.#line];
    const wanted = this.#wanted;
    const isEmpty = this.#isEmpty;
    this.#isEmpty = false;
    if (block === undefined)
      return isEmpty
        ? { bytes: Uint8Array.of(LF), lines: shownLines(ALONE, wanted), wanted }
        : undefined;
    if (wanted.file !== undefined) this.#line += block.isTooLong ? 1 : lineEnds(block.bytes);
    return { ...block, lines, areRaw: true, wanted };
  }

  recycle(bytes) {
    this.#blocks.recycle(bytes);
  }
}

function lineEnds(bytes) {
  let count = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) count += 1;
  return count;
}
