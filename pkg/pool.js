// Threads that plan blocks. They are started once the input is long enough to pay for it.
//
// A thread that cannot be started is not missed: the others do its work, and without any the caller
// plans in place. A thread that dies takes its blocks with it, so that their answers are rejected.

import { InputError, InternalError } from "./errors.js";

/**
 * A started thread, as the host provides it. `ref` and `unref` say whether it keeps the process
 * alive.
 * @typedef {{ post(message: object, transfer: ArrayBuffer[]): void, ref(): void, unref(): void,
 *   end(): void }} Thread
 * @typedef {(listener: { onMessage(message: object): void, onEnd(cause?: unknown): void,
 *   onRest(): void }) => Thread} StartThread `onEnd`: it died or could not be started; `onRest`: the
 *   host ended it while it had nothing to do
 */

export class Pool {
  #start;
  #count;
  #startBytes;
  #bytes = 0;
  /** Whether more threads may be started: none has failed. */
  #isStartable = true;
  /** @type {Member[]} */
  #members = [];

  /**
   * @param {StartThread} start
   * @param {number} count of threads
   * @param {number} startBytes they are started for an input that is longer
   */
  constructor(start, count, startBytes) {
    this.#start = start;
    this.#count = count;
    this.#startBytes = startBytes;
  }

  /** The threads that can plan now. */
  get size() {
    return this.#ready.length;
  }

  /** Whether threads are being started and none can plan yet. */
  get isStarting() {
    return this.#members.length > 0 && this.size === 0;
  }

  /** Counts bytes that are about to be planned, and starts the threads when they are many. */
  expect(bytes) {
    this.#bytes += bytes;
    if (this.#members.length > 0 || !this.#isStartable || this.#bytes <= this.#startBytes) return;
    for (let left = this.#count; left > 0; left -= 1) this.#add();
  }

  /**
   * Plans a block on the thread with the least to do.
   *
   * @param {import("./bulk.js").Block} block it is transferred: its bytes are empty afterwards
   * @returns {Promise<import("./bulk.js").Block>} the answer
   */
  plan(block) {
    const ready = this.#ready;
    return ready.reduce((least, member) => (member.load < least.load ? member : least)).plan(block);
  }

  /** Ends the threads. */
  end() {
    this.#isStartable = false;
    for (const member of this.#members.splice(0)) member.end();
  }

  get #ready() {
    return this.#members.filter(({ isReady }) => isReady);
  }

  #add() {
    try {
      const member = new Member(this.#start, (isFailure) => {
        if (isFailure) this.#isStartable = false;
        this.#members = this.#members.filter((other) => other !== member);
      });
      this.#members.push(member);
    } catch {
      // the host has no threads or does not allow them
      this.#isStartable = false;
    }
  }
}

class Member {
  isReady = false;
  /** The blocks that the thread has, in order. */
  #waiting = [];
  #thread;
  #onEnd;

  constructor(start, onEnd) {
    this.#onEnd = onEnd;
    this.#thread = start({
      onMessage: (message) => this.#receive(message),
      onEnd: (cause) => this.#ended(cause),
      onRest: () => this.#onEnd(false),
    });
  }

  get load() {
    return this.#waiting.length;
  }

  plan(block) {
    return new Promise((resolve, reject) => {
      // an idle thread does not keep the process alive, one that works does
      if (this.#waiting.length === 0) this.#thread.ref();
      this.#waiting.push({ resolve, reject });
      this.#thread.post(block, [block.bytes.buffer]);
    });
  }

  end() {
    this.#thread.end();
  }

  #receive(message) {
    if (message.isReady) this.isReady = true;
    else {
      const { resolve, reject } = this.#waiting.shift();
      if (message.error) reject(errorOf(message.error));
      else resolve(message.answer);
    }
    if (this.#waiting.length === 0) this.#thread.unref();
  }

  #ended(cause) {
    this.#onEnd(true);
    const error = new InternalError("thread-ended", "a thread ended before its work", cause);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function errorOf({ name, code, message }) {
  return name === "InputError" ? new InputError(code, message) : new InternalError(code, message);
}
