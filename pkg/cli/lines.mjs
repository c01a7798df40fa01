// Splits newline-delimited JSON into lines.
//
// In: bytes in chunks of any size. Out: one line at a time, without its end. Blank lines are
// counted, and ignored unless they are wanted. Input without any line gives one empty value.

import { ChunkBuffer } from "./chunk-buffer.mjs";
import { LF, isBlank, withoutReturn } from "./scan.mjs";

const EMPTY = new Uint8Array(0);

export class Lines {
  #emit;
  #buffered = new ChunkBuffer();
  #line = 1;
  /** Where the current line begins. */
  #start;
  /** Where the next chunk begins. */
  #offset;
  #keepsBlank;

  /**
   * @param {(value: Uint8Array | null, place: import("./blocks.mjs").Place) => void} emit gets each
   *   line, `null` for one that is too long
   * @param {number} offset where the first chunk begins in the input
   * @param {boolean} keepsBlank whether blank lines are emitted, too
   */
  constructor(emit, offset = 0, keepsBlank = false) {
    this.#emit = emit;
    this.#keepsBlank = keepsBlank;
    this.#start = offset;
    this.#offset = offset;
  }

  push(chunk) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const line = this.#buffered.take(chunk.subarray(from, at));
      this.#emitUnlessBlank(line && withoutReturn(line));
      from = at + 1;
      this.#start = this.#offset + from;
      this.#line += 1;
    }
    this.#buffered.add(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  end() {
    if (!this.#buffered.isEmpty) this.#emitUnlessBlank(this.#buffered.take(EMPTY));
    else if (this.#line === 1) this.#emit(EMPTY, { line: 1, offset: this.#start, isAlone: true });
  }

  #emitUnlessBlank(value) {
    const isBlankLine = value !== null && isBlank(value);
    if (isBlankLine && !this.#keepsBlank) return;
    const place = { line: this.#line, offset: this.#start };
    this.#emit(value, isBlankLine ? { ...place, isBlank: true } : place);
  }
}
