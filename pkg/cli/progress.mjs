// How far is it?
//
// A bar on the terminal's error output, when the answer goes elsewhere and it takes longer than a moment.

import process from "node:process";
import bars from "cli-progress";
import { numbered } from "./tally.mjs";

const DELAY_MS = 1_000;

export class Progress {
  #total;
  #read = 0;
  #bar = null;
  #isShown;
  #stream;
  #now;
  #begun;

  /**
   * @param {number} total bytes, 0 where nobody knows
   * @param {boolean} isWanted
   * @param {{ stream?: import("node:tty").WriteStream, now?: () => number }} host the terminal and its clock, in milliseconds
   */
  constructor(total, isWanted, { stream = process.stderr, now = () => performance.now() } = {}) {
    this.#total = total;
    this.#isShown = isWanted && stream.isTTY === true;
    this.#stream = stream;
    this.#now = now;
    this.#begun = now();
  }

  advance(bytes) {
    this.#read += bytes;
    if (!this.#isShown || this.#now() - this.#begun < DELAY_MS) return;
    if (this.#bar === null) this.#start();
    this.#bar.update(this.#read, this.#payload());
  }

  /** Takes the bar away; the next bytes bring it back. */
  clear = () => {
    process.off("exit", this.clear);
    this.#bar?.stop();
    this.#bar = null;
  };

  #start() {
    // Ctrl-C leaves a clean line too
    process.once("exit", this.clear);
    const format =
      this.#total > 0
        ? "{bar} {percentage}%  {read} of {all} MB  {pace} MB/s  {eta_formatted} left"
        : "{read} MB  {pace} MB/s  {duration_formatted}";
    const options = {
      stream: this.#stream,
      format,
      barsize: 20,
      clearOnComplete: true,
      linewrap: null,
      gracefulExit: false,
      etaBuffer: 50,
    };
    this.#bar = new bars.SingleBar(options, bars.Presets.shades_classic);
    this.#bar.start(this.#total, this.#read, this.#payload());
  }

  #payload() {
    const seconds = (this.#now() - this.#begun) / 1_000;
    return {
      read: megabytes(this.#read),
      all: megabytes(this.#total),
      pace: megabytes(this.#read / seconds),
    };
  }
}

function megabytes(bytes) {
  return numbered(Math.round(bytes / 1e6));
}
