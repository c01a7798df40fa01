// Which lines does newline-delimited JSON hold?
//
// Bytes in, in chunks of any size; one line out at a time, without its end. Blank lines are counted and passed over; where there is no line at all,
// that is told as one empty value.

import { Carry } from "./carry.mjs";
import { LF, isBlank, withoutReturn } from "./scan.mjs";

const NOTHING = new Uint8Array(0);

export class Lines {
  #emit;
  #carry = new Carry();
  #line = 1;
  /** Where the current line begins, and where the next chunk does. */
  #start;
  #offset;

  /**
   * @param {(value: Uint8Array | null, place: import("./blocks.mjs").Place) => void} emit gets each line, `null` for one that is too long
   * @param {number} offset where the first chunk begins in the input
   */
  constructor(emit, offset = 0) {
    this.#emit = emit;
    this.#start = offset;
    this.#offset = offset;
  }

  push(chunk) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const line = this.#carry.take(chunk.subarray(from, at));
      this.#pass(line && withoutReturn(line));
      from = at + 1;
      this.#start = this.#offset + from;
      this.#line += 1;
    }
    this.#carry.add(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  end() {
    if (!this.#carry.isEmpty) this.#pass(this.#carry.take(NOTHING));
    else if (this.#line === 1) this.#emit(NOTHING, { line: 1, offset: this.#start, isAlone: true });
  }

  #pass(value) {
    if (value === null || !isBlank(value))
      this.#emit(value, { line: this.#line, offset: this.#start });
  }
}
