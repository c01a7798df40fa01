// A value that arrives in several chunks.

/**
 * Longest line, document or element: a thousand times a large event, so that input without a line
 * end cannot exhaust the memory.
 */
export const VALUE_BYTES_MAX = 64_000_000;

/** A larger buffer is freed after use. */
const KEPT_BYTES_MAX = 4_000_000;
const EMPTY = new Uint8Array(0);

export class ChunkBuffer {
  #buffer = EMPTY;
  #length = 0;
  #isTooLong = false;

  get isEmpty() {
    return this.#length === 0 && !this.#isTooLong;
  }

  add(chunk) {
    if (this.#isTooLong || chunk.length === 0) return;
    const length = this.#length + chunk.length;
    if (length > VALUE_BYTES_MAX) {
      this.#isTooLong = true;
      this.#buffer = EMPTY;
      this.#length = 0;
      return;
    }
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /**
   * Returns the value with its last chunk, valid until the next call, and starts anew. `null` if it
   * is too long.
   */
  take(last) {
    if (this.isEmpty && last.length <= VALUE_BYTES_MAX) return last;
    this.add(last);
    const value = this.#isTooLong ? null : this.#buffer.subarray(0, this.#length);
    if (this.#buffer.length > KEPT_BYTES_MAX) this.#buffer = EMPTY;
    this.#length = 0;
    this.#isTooLong = false;
    return value;
  }

  #grow(length) {
    const larger = new Uint8Array(Math.min(VALUE_BYTES_MAX, Math.max(65_536, 2 * length)));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
