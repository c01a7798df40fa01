// A progress bar on standard error, if the output goes elsewhere and takes more than a second.

import process from "node:process";
import bars from "cli-progress";
import { formatted } from "./summary.mjs";

const DELAY_MS = 1_000;

export class Progress {
  #total;
  #read = 0;
  #bar = null;
  #isShown;
  #stream;
  #now;
  #startedAt;

  /**
   * @param {number} total bytes, 0 if unknown
   * @param {boolean} isWanted
   * @param {{ stream?: import("node:tty").WriteStream, now?: () => number }} host the terminal and
   *   a clock in milliseconds
   */
  constructor(total, isWanted, { stream = process.stderr, now = () => performance.now() } = {}) {
    this.#total = total;
    this.#isShown = isWanted && stream.isTTY === true;
    this.#stream = stream;
    this.#now = now;
    this.#startedAt = now();
  }

  advance(bytes) {
    this.#read += bytes;
    if (!this.#isShown || this.#now() - this.#startedAt < DELAY_MS) return;
    if (this.#bar === null) this.#start();
    this.#bar.update(this.#read, this.#payload());
  }

  /** Removes the bar. The next `advance` shows it again. */
  clear = () => {
    process.off("exit", this.clear);
    this.#bar?.stop();
    this.#bar = null;
  };

  #start() {
    // removes it on Ctrl-C, too
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
    const seconds = (this.#now() - this.#startedAt) / 1_000;
    return {
      read: megabytes(this.#read),
      all: megabytes(this.#total),
      pace: megabytes(this.#read / seconds),
    };
  }
}

function megabytes(bytes) {
  return formatted(Math.round(bytes / 1e6));
}
