// Writes to standard output with back-pressure: nothing is buffered here while the reader is slow.

import process from "node:process";
import { escapeControlsInJson } from "./escape.mjs";

/** For files and pipes. */
const DEFAULT_WIDTH = 100;
const WIDTH_MIN = 60;
/** Lines per write: those of a large batch together are longer than a string can be. */
const LINES_MAX = 10_000;
const COLOR_CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export class Output {
  #stream;
  isTerminal;
  /** Whether nothing is written. */
  isSilent = false;
  /** The sync whose lines are written, where there are several; `null` for that of `SETTINGS`. */
  sync;
  width;
  #hasColors;

  constructor(stream = process.stdout, env = process.env) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.width = Math.max(
      WIDTH_MIN,
      (this.isTerminal && stream.columns) || Number.parseInt(env.COLUMNS, 10) || DEFAULT_WIDTH,
    );
    this.#hasColors = wantsColors(env) ?? (this.isTerminal && env.TERM !== "dumb");
  }

  /** @param {keyof typeof COLOR_CODES} color */
  paint(color, text) {
    if (!this.#hasColors || text === "") return text;
    return `\x1b[${COLOR_CODES[color]}m${text}\x1b[0m`;
  }

  /** Writes lines of text, without trailing spaces. */
  async print(lines) {
    for (let from = 0; from < lines.length; from += LINES_MAX) {
      const some = lines.slice(from, from + LINES_MAX);
      await this.write(some.map((line) => `${line.trimEnd()}\n`).join(""));
    }
  }

  /** Returns when the data are written: their buffer may be used again. */
  async write(data) {
    // an error is told by the stream's event
    if (data.length > 0 && !this.isSilent)
      await new Promise((resolve) => this.#stream.write(data, () => resolve()));
  }

  /**
   * Writes lines of JSON, whole ones, with the name of the sync where there are several. On a terminal
   * the control characters that JSON allows are escaped, too.
   */
  async writeJson(bytes) {
    if (!this.isTerminal && this.sync === undefined) return this.write(bytes);
    const text = Buffer.from(bytes).toString();
    const lines =
      this.sync === undefined
        ? text
        : text.replace(/^\{/gm, `{"sync":${JSON.stringify(this.sync)},`);
    await this.write(this.isTerminal ? escapeControlsInJson(lines) : lines);
  }
}

/**
 * What the environment says about colors; `undefined` if nothing. `FORCE_COLOR` comes first, as in
 * Node (https://nodejs.org/api/tty.html#writestreamhascolorscount-env), then `NO_COLOR` with any
 * value that is not empty (https://no-color.org).
 */
function wantsColors({ FORCE_COLOR, NO_COLOR }) {
  if (FORCE_COLOR) return !["0", "false"].includes(FORCE_COLOR);
  return NO_COLOR ? false : undefined;
}
