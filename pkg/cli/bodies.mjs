// Which bodies does an input hold?
//
// A document that stands alone is one body, byte for byte: a list too, and the spaces around it count. Only the line end that an editor puts behind
// it does not. Several documents one after the other are a body each.

import { Carry } from "./carry.mjs";
import { Elements } from "./elements.mjs";
import { isDocument, withoutLineEnd } from "./scan.mjs";

const NOTHING = new Uint8Array(0);

export class Bodies {
  #emit;
  #documents;
  /** Everything so far, for as long as it may be one body. */
  #whole = new Carry();
  #first = null;
  /** Unknown as long as it is `null`. */
  #areSeveral = null;

  /**
   * @param {(value: Uint8Array | null, place: import("./blocks.mjs").Place) => void} emit gets each body, `null` for one that is too long
   * @param {Uint8Array} mark the byte order mark before the first chunk, if there is one: it belongs to a body that stands alone
   */
  constructor(emit, mark) {
    this.#emit = emit;
    this.#documents = new Elements((value, place) => this.#take(value, place), mark.length, {
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
    const whole = this.#whole.take(NOTHING);
    this.#emit(whole && withoutLineEnd(whole), { line: 1, offset: 0, isAlone: true });
  }

  #take(value, place) {
    if (this.#areSeveral === true) this.#emit(value, place);
    else if (this.#first === null) this.#first = { value: value && Uint8Array.from(value), place };
    else if (this.#areSeveral === null) this.#decide(value, place);
  }

  /** Two documents are two bodies; anything else is one that is broken, as a page of HTML is. */
  #decide(second, place) {
    const { value, place: firstPlace } = this.#first;
    this.#areSeveral = isDocument(value) && isDocument(second);
    if (!this.#areSeveral) return;
    this.#whole = new Carry();
    this.#first = null;
    this.#emit(value, { ...firstPlace, isAlone: false });
    this.#emit(second, place);
  }
}
