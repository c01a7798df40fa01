// Gathers the chunks of a stream into blocks of whole lines.
//
// In: chunks of any size, which may end anywhere, also inside a character. They are copied, since
// they belong to the caller. Out: blocks that end with a line end, except for the last one.

import { wrongType } from "./errors.js";
import { isBytes } from "./input.js";

const LF = 10;
const EMPTY = new Uint8Array(0);

/** Of a usual block. Planning one takes a few milliseconds, much more than handing it to a thread. */
const BLOCK_BYTES = 1 << 19;
/** Whole lines that have arrived wait this long for more, so that a slow input is planned too. */
const WAIT_MS = 10;
/** Buffers that are kept for later blocks. */
const SPARE_MAX = 16;

export class LineBlocks {
  #source;
  #lineBytesMax;
  #tooLong;
  #buffer = new Uint8Array(BLOCK_BYTES);
  #length = 0;
  /** The end of the last whole line in the buffer. */
  #lineEnd = 0;
  /** What is not yet copied of the last chunk. */
  #chunk = EMPTY;
  /** The read that is under way. */
  #reading = null;
  #isEnded = false;
  #isSkipping = false;
  #spares = [];

  /**
   * @param {{ next(): Promise<IteratorResult<Uint8Array>> }} source
   * @param {number} lineBytesMax of a line without its end
   * @param {() => { bytes: Uint8Array }} tooLong gives the block for a line that is longer, or throws
   */
  constructor(source, lineBytesMax, tooLong) {
    this.#source = source;
    this.#lineBytesMax = lineBytesMax;
    this.#tooLong = tooLong;
  }

  /**
   * The next block, in a buffer of its own; `undefined` at the end.
   *
   * @returns {Promise<{ bytes: Uint8Array } | undefined>}
   */
  async next() {
    for (;;) {
      if (this.#chunk.length > 0) {
        this.#copy();
        if (this.#length < this.#buffer.length) continue;
        if (this.#lineEnd > 0) return this.#cut();
        if (this.#length <= this.#lineBytesMax) this.#grow();
        else {
          this.#isSkipping = true;
          this.#length = 0;
          return this.#tooLong();
        }
      } else if (this.#isEnded) {
        this.#lineEnd = this.#length;
        return this.#length > 0 ? this.#cut() : undefined;
      } else {
        const read = await this.#read();
        if (read === undefined) return this.#cut();
        if (read.done) this.#isEnded = true;
        else if (isBytes(read.value)) this.#chunk = read.value;
        else throw wrongType("the chunks of the lines must be Uint8Arrays");
      }
    }
  }

  /** Takes back the bytes of a block that is no longer used. */
  recycle({ buffer }) {
    if (buffer.byteLength === BLOCK_BYTES && this.#spares.length < SPARE_MAX)
      this.#spares.push(new Uint8Array(buffer));
  }

  /** The next chunk; `undefined` if there are whole lines and no chunk comes for a while. */
  async #read() {
    if (this.#reading === null) {
      this.#reading = this.#source.next();
      // told when it is awaited, which may be later
      this.#reading.catch(() => {});
    }
    let timer;
    const waited = new Promise((resolve) => {
      if (this.#lineEnd > 0) timer = setTimeout(resolve, WAIT_MS);
    });
    const read = await Promise.race([this.#reading, waited]);
    clearTimeout(timer);
    if (read !== undefined) this.#reading = null;
    return read;
  }

  #copy() {
    if (this.#isSkipping && !this.#skip()) return;
    const part = this.#chunk.subarray(0, this.#buffer.length - this.#length);
    this.#buffer.set(part, this.#length);
    const newline = part.lastIndexOf(LF);
    if (newline >= 0) this.#lineEnd = this.#length + newline + 1;
    this.#length += part.length;
    this.#chunk = this.#chunk.subarray(part.length);
  }

  /** Skips the rest of a line that is too long; whether its end was found. */
  #skip() {
    const newline = this.#chunk.indexOf(LF);
    this.#isSkipping = newline < 0;
    this.#chunk = this.#isSkipping ? EMPTY : this.#chunk.subarray(newline + 1);
    return !this.#isSkipping;
  }

  /** The whole lines. What follows them moves to the next buffer. */
  #cut() {
    const bytes = this.#buffer.subarray(0, this.#lineEnd);
    const rest = this.#buffer.subarray(this.#lineEnd, this.#length);
    this.#buffer = this.#bufferFor(rest.length);
    this.#buffer.set(rest);
    this.#length = rest.length;
    this.#lineEnd = 0;
    return { bytes };
  }

  #grow() {
    const larger = new Uint8Array(Math.min(2 * this.#length, this.#lineBytesMax + 1));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  #bufferFor(length) {
    if (length >= BLOCK_BYTES) return new Uint8Array(Math.min(2 * length, this.#lineBytesMax + 1));
    return this.#spares.pop() ?? new Uint8Array(BLOCK_BYTES);
  }
}
