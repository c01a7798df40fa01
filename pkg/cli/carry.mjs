// What does a value hold so far, when it comes in several chunks?

/** Longest line, document or element that is taken, so that one without an end cannot take the memory: a thousand times a large event. */
export const VALUE_BYTES_MAX = 64_000_000;

/** A larger room is given back after use. */
const KEPT_BYTES_MAX = 4_000_000;
const NOTHING = new Uint8Array(0);

export class Carry {
  #room = NOTHING;
  #length = 0;
  #isTooLong = false;

  get isEmpty() {
    return this.#length === 0 && !this.#isTooLong;
  }

  add(part) {
    if (this.#isTooLong || part.length === 0) return;
    const length = this.#length + part.length;
    if (length > VALUE_BYTES_MAX) {
      this.#isTooLong = true;
      this.#room = NOTHING;
      this.#length = 0;
      return;
    }
    if (length > this.#room.length) this.#grow(length);
    this.#room.set(part, this.#length);
    this.#length = length;
  }

  /** The whole value with its last part, to be used before the next call; `null` if it is too long. Begins anew. */
  take(last) {
    if (this.isEmpty && last.length <= VALUE_BYTES_MAX) return last;
    this.add(last);
    const whole = this.#isTooLong ? null : this.#room.subarray(0, this.#length);
    if (this.#room.length > KEPT_BYTES_MAX) this.#room = NOTHING;
    this.#length = 0;
    this.#isTooLong = false;
    return whole;
  }

  #grow(length) {
    const larger = new Uint8Array(Math.min(VALUE_BYTES_MAX, Math.max(65_536, 2 * length)));
    larger.set(this.#room.subarray(0, this.#length));
    this.#room = larger;
  }
}
