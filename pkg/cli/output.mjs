// Where does the answer go?
//
// Writes with back-pressure: nothing piles up here while the reader is slow.

import { once } from "node:events";
import process from "node:process";
import { visibleJson } from "./visible.mjs";

/** A width for files and pipes: fits a window beside another. */
const WIDTH_OF_A_FILE = 100;
const WIDTH_MIN = 60;
/** Lines at once: those of a large batch are together longer than a string can be. */
const LINES_MAX = 10_000;
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export class Output {
  #stream;
  isTerminal;
  width;
  #hasColors;

  constructor(stream = process.stdout, env = process.env) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.width = Math.max(
      WIDTH_MIN,
      (this.isTerminal && stream.columns) || Number.parseInt(env.COLUMNS, 10) || WIDTH_OF_A_FILE,
    );
    // https://no-color.org: any value that is not empty
    this.#hasColors = this.isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  }

  /** @param {keyof typeof CODES} color */
  paint(color, text) {
    return this.#hasColors && text !== "" ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
  }

  /** Lines of text, each ended. */
  async print(lines) {
    for (let from = 0; from < lines.length; from += LINES_MAX) {
      await this.write(
        lines
          .slice(from, from + LINES_MAX)
          .map((line) => `${line.trimEnd()}\n`)
          .join(""),
      );
    }
  }

  /** Lines of JSON, as they are. */
  async write(data) {
    if (data.length > 0 && !this.#stream.write(data)) await once(this.#stream, "drain");
  }

  /** The same; on a terminal no control character gets through, not even one that JSON allows. */
  async writeJson(bytes) {
    await this.write(this.isTerminal ? visibleJson(Buffer.from(bytes).toString()) : bytes);
  }
}
