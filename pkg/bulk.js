// Plans many blocks in their order, on threads or in place, with a bounded number in flight.
//
// A block is an object with `bytes`, in a buffer of its own; so is the answer to it, often in the
// same buffer. Threads get and give buffers without copying them.

/** Blocks in flight for each thread: one that is planned, and others that wait to be. */
const IN_FLIGHT_PER_THREAD = 3;

/** @typedef {{ bytes: Uint8Array }} Block */

export class Bulk {
  #blocks;
  #planInPlace;
  #pool;
  /** The answers to come, in order; `undefined` at the end. */
  #answers = [];
  #isFed = false;
  #isEnded = false;
  /** Called when an answer is added or taken. */
  #waiters = [];

  /**
   * @param {{ next(): Promise<Block | undefined> }} blocks
   * @param {(block: Block) => Block} planInPlace
   * @param {import("./pool.js").Pool | null} pool `null`: everything is planned in place
   */
  constructor(blocks, planInPlace, pool) {
    this.#blocks = blocks;
    this.#planInPlace = planInPlace;
    this.#pool = pool;
  }

  /**
   * The answer to the next block; `undefined` at the end, and once this is ended. Nothing is read
   * before the first call.
   *
   * @throws what reading or planning the next block throws
   */
  async next() {
    if (!this.#isFed) {
      this.#isFed = true;
      this.#feed();
    }
    while (this.#answers.length === 0) {
      if (this.#isEnded) return undefined;
      await this.#changed();
    }
    const answer = await this.#answers[0];
    this.#answers.shift();
    this.#tellChange();
    return answer;
  }

  /** Reads no more. Answers that were not taken are dropped. */
  end() {
    this.#isEnded = true;
    this.#tellChange();
  }

  async #feed() {
    try {
      while (await this.#hasRoom()) {
        const block = await this.#blocks.next();
        if (block === undefined) break;
        await this.#plan(block);
      }
      this.#add(undefined);
    } catch (error) {
      this.#add(Promise.reject(error));
    }
  }

  /** Waits until fewer blocks are in flight than may be; false once this is ended. */
  async #hasRoom() {
    while (!this.#isEnded && this.#answers.length >= this.#inFlightMax) await this.#changed();
    return !this.#isEnded;
  }

  get #inFlightMax() {
    return Math.max(1, IN_FLIGHT_PER_THREAD * (this.#pool?.size ?? 0));
  }

  async #plan(block) {
    const pool = this.#pool;
    pool?.expect(block.bytes.length);
    if (pool !== null && pool.size > 0) return this.#add(pool.plan(block));
    this.#add(this.#planInPlace(block));
    // messages of threads arrive between tasks only
    if (pool?.isStarting) await new Promise((resolve) => setTimeout(resolve));
  }

  /** @param {Block | undefined | Promise<Block>} answer */
  #add(answer) {
    this.#answers.push(answer);
    // told when it is awaited, which may be later
    if (answer instanceof Promise) answer.catch(() => {});
    this.#tellChange();
  }

  #changed() {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #tellChange() {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
