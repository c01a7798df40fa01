// Splits a document, or several in a row, into values.
//
// In: bytes in chunks of any size. Out: one value at a time: the elements of an array, or the
// document if it is none, so that an array of any length takes the memory of its largest element.
// Only strings and brackets are read. Anything else that is no JSON is passed on unchanged and
// refused by the mapper.
//
// A value comes out as one line: a newline becomes a space, and inside a string, where JSON allows
// no newline, another character that it does not allow. With `isExact`, arrays and newlines stay
// unchanged. Empty input gives one empty value.

import { ChunkBuffer } from "./chunk-buffer.mjs";
import {
  ARRAY,
  ARRAY_END,
  BACKSLASH,
  COMMA,
  LF,
  OBJECT,
  OBJECT_END,
  QUOTE,
  isSpace,
} from "./scan.mjs";

const SPACE = 0x20;
/** Not allowed in a JSON string (RFC 8259, section 7). */
const FORBIDDEN = 0x01;
const EMPTY = new Uint8Array(0);
const MISSING = Uint8Array.of(COMMA);
const UNCLOSED = Uint8Array.of(ARRAY);

export class Elements {
  #emit;
  #buffered = new ChunkBuffer();
  #chunk = EMPTY;
  #offset;
  #line = 1;
  /** Open brackets, including that of an array of elements. */
  #depth = 0;
  #isInArray = false;
  #isInString = false;
  #isEscaped = false;
  /** Whether a value has begun and not ended, and where its part of this chunk begins. */
  #isOpen = false;
  #from = 0;
  #place;
  #isFirst = true;
  #isExact;

  /**
   * @param {(value: Uint8Array | null, place: import("./blocks.mjs").Place) => void} emit called
   *   with each value; `null` for one that is too long
   * @param {number} offset where the first chunk begins in the input
   * @param {{ isExact?: boolean }} options `isExact`: emit whole documents byte for byte
   */
  constructor(emit, offset = 0, { isExact = false } = {}) {
    this.#emit = emit;
    this.#offset = offset;
    this.#isExact = isExact;
  }

  /** Changes the chunk: newlines are overwritten, unless `isExact`. */
  push(chunk) {
    this.#chunk = chunk;
    this.#from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#isInString) at = this.#skipString(at);
      else if (this.#depth > this.#base) at = this.#skipBrackets(at);
      else this.#step(at, chunk[at]);
    }
    if (this.#isOpen) this.#buffered.add(chunk.subarray(this.#from));
    this.#offset += chunk.length;
    this.#chunk = EMPTY;
    this.#from = 0;
  }

  /** Emits a value that is cut off by the end of the input. */
  end() {
    const isCut = this.#isInString || this.#depth > this.#base;
    if (this.#isOpen) {
      this.#place.isCut = isCut;
      this.#close(0);
    }
    if (this.#isInArray && !isCut) this.#emit(UNCLOSED, { line: this.#line, offset: this.#offset });
    else if (this.#isFirst) this.#emit(EMPTY, { line: 1, offset: this.#offset, isAlone: true });
  }

  /** Open brackets around a value. */
  get #base() {
    return this.#isInArray ? 1 : 0;
  }

  #step(at, byte) {
    if (byte === QUOTE) {
      this.#open(at);
      this.#isInString = true;
    } else if (byte === OBJECT || byte === ARRAY) this.#enter(at, byte);
    else if (byte === OBJECT_END || byte === ARRAY_END) this.#leave(at, byte);
    else if (byte === COMMA && this.#isInArray && this.#depth === 1) this.#next(at);
    else if (isSpace(byte)) this.#space(at, byte);
    else this.#open(at);
  }

  /** Skips the rest of an object or array. Returns the place of the last byte skipped. */
  #skipBrackets(start) {
    const chunk = this.#chunk;
    const base = this.#base;
    let depth = this.#depth;
    let at = start;
    for (; at < chunk.length && depth > base; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.#isInString = true;
        at = this.#skipString(at + 1);
      } else if (byte >= ARRAY) {
        if (byte === OBJECT || byte === ARRAY) depth += 1;
        else if (byte === OBJECT_END || byte === ARRAY_END) depth -= 1;
      } else if (byte === LF) this.#newline(at, SPACE);
    }
    this.#depth = depth;
    if (depth === 0) this.#close(at);
    return at - 1;
  }

  /** Skips the rest of a string. Returns the place of the last byte skipped. */
  #skipString(start) {
    const chunk = this.#chunk;
    let at = start;
    if (this.#isEscaped && at < chunk.length) {
      this.#isEscaped = false;
      if (chunk[at] === LF) this.#newline(at, FORBIDDEN);
      at += 1;
    }
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.#isInString = false;
        return at;
      }
      if (byte === BACKSLASH) {
        at += 1;
        this.#isEscaped = at === chunk.length;
      }
      if (chunk[at] === LF) this.#newline(at, FORBIDDEN);
    }
    return chunk.length - 1;
  }

  #newline(at, instead) {
    if (!this.#isExact) this.#chunk[at] = instead;
    this.#line += 1;
  }

  #enter(at, byte) {
    if (this.#depth === 0) {
      if (this.#isOpen) this.#close(at);
      if (byte === ARRAY && !this.#isExact) {
        this.#isInArray = true;
        this.#depth = 1;
        return;
      }
    }
    this.#open(at);
    this.#depth += 1;
  }

  #leave(at, byte) {
    if (this.#isInArray && this.#depth === 1 && byte === ARRAY_END) {
      if (this.#isOpen) this.#close(at);
      this.#isInArray = false;
      this.#isFirst = false;
      this.#depth = 0;
    } else this.#open(at);
  }

  /** A comma between elements. */
  #next(at) {
    if (this.#isOpen) this.#close(at);
    else this.#emit(MISSING, { line: this.#line, offset: this.#offset + at, isElement: true });
  }

  #space(at, byte) {
    if (byte === LF) this.#newline(at, SPACE);
    if (this.#isOpen && this.#depth === 0) this.#close(at);
  }

  #open(at) {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#from = at;
    this.#place = {
      line: this.#line,
      offset: this.#offset + at,
      isElement: this.#isInArray,
      isAlone: this.#isFirst && !this.#isInArray,
    };
  }

  #close(end) {
    const value = this.#buffered.take(this.#chunk.subarray(this.#from, end));
    this.#isOpen = false;
    this.#isFirst = false;
    this.#emit(value, this.#place);
  }
}
