// Splits an input into the bodies that `check` checks.
//
// A single document is one body, byte for byte: a list too, and spaces around it count. Only the
// final line end that editors add does not. Several documents in a row are one body each.

import { ChunkBuffer } from "./chunk-buffer.mjs";
import { Elements } from "./elements.mjs";
import { isDocument, withoutLineEnd } from "./scan.mjs";

const EMPTY = new Uint8Array(0);

export class Bodies {
  #emit;
  #documents;
  /** Everything so far, while it may be one body. */
  #whole = new ChunkBuffer();
  #first = null;
  /** `null` while unknown. */
  #areSeveral = null;

  /**
   * @param {(value: Uint8Array | null, place: import("./blocks.mjs").Place) => void} emit called
   *   with each body; `null` for one that is too long
   * @param {Uint8Array} mark the byte order mark before the first chunk, if any: it is part of a
   *   single body
   */
  constructor(emit, mark) {
    this.#emit = emit;
    this.#documents = new Elements((value, place) => this.#document(value, place), mark.length, {
      isExact: true,
    });
    this.#whole.add(mark);
  }

  push(chunk) {
    if (this.#areSeveral !== true) this.#whole.add(chunk);
    if (this.#areSeveral !== false) this.#documents.push(chunk);
  }

  end() {
    if (this.#areSeveral !== false) this.#documents.end();
    if (this.#areSeveral === true) return;
    const whole = this.#whole.take(EMPTY);
    this.#emit(whole && withoutLineEnd(whole), { line: 1, offset: 0, isAlone: true });
  }

  #document(value, place) {
    if (this.#areSeveral === true) this.#emit(value, place);
    else if (this.#first === null) this.#first = { value: value && Uint8Array.from(value), place };
    else if (this.#areSeveral === null) this.#decide(value, place);
  }

  /** Two documents are two bodies. Anything else, such as HTML, is one invalid body. */
  #decide(second, place) {
    const { value, place: firstPlace } = this.#first;
    this.#areSeveral = isDocument(value) && isDocument(second);
    if (!this.#areSeveral) return;
    this.#whole = new ChunkBuffer();
    this.#first = null;
    this.#emit(value, { ...firstPlace, isAlone: false });
    this.#emit(second, place);
  }
}
