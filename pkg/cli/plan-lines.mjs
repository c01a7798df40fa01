// Plans a block of lines for `plan`, in the main thread or another.

import { LINE_FORMS } from "../line-forms.js";
import { BLANK, TOO_LONG, countsOf, eachBrief, namedFates, onePerLine } from "./fates.mjs";
import { BOM, LF, isBlank, isSpace, joined } from "./scan.mjs";
import { FateSummary } from "./summary.mjs";

/**
 * Lines to plan.
 * @typedef {{ bytes: Uint8Array, lines?: number[], areRaw?: boolean, isTooLong?: boolean, wanted?: Wanted }} PlanBlock
 *   `lines`: the number of each value's line; of lines as they were read only that of the first;
 *   `areRaw`: as they were read, so that blank ones are among them; `isTooLong`: stands for one
 *   value that was too long
 * @typedef {{ file?: string, keepsBlank?: boolean, isSummary?: boolean, areRows?: boolean }} Wanted beside
 *   the fates: `file`: each gets this file, its line and the name of its event; `keepsBlank`: blank
 *   lines get a fate; `isSummary`: no lines at all, but the counts of their reasons; `areRows`: instead
 *   of lines what a table shows of each event
 */

/**
 * What a table shows of the events of a block.
 * @typedef {{ bytes: Uint8Array, names: string[], fates: string[], lineCount: number }} Rows `bytes`: `ROW_NUMBERS`
 *   numbers of 32 bits for each event, in order: the number of its line, 0 for none; the places of its
 *   name and of its fate in the lists; the bytes of its bodies. `names`, `fates`: each once, as JSON.
 *   `lineCount`: of lines as they were read, whose numbers begin with 1 in each block; otherwise 0
 */

/** The numbers of a row. */
export const ROW_NUMBERS = 4;

const encoder = new TextEncoder();

/** Of a text that is encoded at once: line by line takes seven times as long, and all of them may be too long for a string. */
const TEXT_LENGTH = 1_000_000;

/**
 * One line for each fate, and how many of them are ready, skipped and refused.
 *
 * @param {(block: PlanBlock, form?: number) => { bytes: Uint8Array }} planOver gives the mapper's
 *   lines, which may be written over those of the block
 * @param {PlanBlock} block
 * @returns {({ bytes: Uint8Array } | Rows) & { counts: import("./fates.mjs").FateCounts,
 *   reasons?: [key: string, count: number][] }}
 */
export function planLines(planOver, block) {
  const { wanted = {} } = block;
  if (wanted.areRows || wanted.isSummary) return rowsOf(planOver, block);
  if (wanted.file !== undefined || wanted.keepsBlank) return placedLines(planOver, block);
  const counts = countsOf();
  if (block.isTooLong) {
    counts.refused += 1;
    return { bytes: encoder.encode(`${JSON.stringify(TOO_LONG)}\n`), counts };
  }
  const bytes = block.areRaw ? withoutBlankLines(block.bytes) : block.bytes;
  return { bytes: onePerLine(planOver({ bytes }).bytes, counts), counts };
}

/** Moves the other lines together if there are blank ones. */
function withoutBlankLines(bytes) {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let kept = 0;
  let copiedTo = 0;
  for (const { from, end } of blankLines(lines)) {
    lines.copyWithin(kept, copiedTo, from);
    kept += from - copiedTo;
    copiedTo = end;
  }
  lines.copyWithin(kept, copiedTo);
  return bytes.subarray(0, kept + lines.length - copiedTo);
}

/** The blank lines of a block, with their places among all lines. */
function blankLines(bytes) {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blank = [];
  for (let from = 0, end, place = 0; from < lines.length; from = end, place += 1) {
    end = lines.indexOf(LF, from) + 1 || lines.length;
    if ((isSpace(lines[from]) || lines[from] === BOM[0]) && isBlank(lines.subarray(from, end)))
      blank.push({ from, end, place });
  }
  return blank;
}

/** Every fate with what is wanted beside it, on a line of its own. */
function placedLines(planOver, block) {
  const { file } = block.wanted;
  const summary = new FateSummary();
  const parts = [];
  let text = "";
  for (const { fate, line, event } of placedFates(planOver, block)) {
    summary.add(fate);
    const place = file === undefined ? {} : { file, line, event };
    text += `${JSON.stringify({ ...place, ...fate })}\n`;
    if (text.length < TEXT_LENGTH) continue;
    parts.push(encoder.encode(text));
    text = "";
  }
  parts.push(encoder.encode(text));
  return { bytes: joined(parts), counts: summary.fates, reasons: summary.countedReasons };
}

/** Each fate with the number of its line and the name of its event. */
function* placedFates(planOver, { bytes, lines, areRaw, isTooLong, wanted }) {
  if (isTooLong) return yield { fate: TOO_LONG, line: lines[0], event: null };
  const blank = new Set(areRaw ? blankLines(bytes).map(({ place }) => place) : []);
  let place = 0;
  for (const events of namedFates(planOver({ bytes }, LINE_FORMS.named).bytes)) {
    const line = areRaw ? lines[0] + place : lines[place];
    if (!blank.has(place)) for (const [event, fate] of events) yield { fate, line, event };
    else if (wanted.keepsBlank) yield { fate: BLANK, line, event: null };
    place += 1;
  }
}

/** How the fate of a blank line begins. */
const EMPTY_LINE = '{"fate":"refused","violations":[{"code":"empty-body"';

/** What a table shows of the events of a block; for `isSummary` only the counts. */
function rowsOf(planOver, block) {
  const { bytes, lines, areRaw, isTooLong, wanted } = block;
  const rows = new RowList(!wanted.isSummary);
  const add = (index, name, fate, size) =>
    rows.add(areRaw ? index + 1 : (lines[index] ?? 0), name, fate, size);
  let lineCount = 1;
  if (isTooLong) add(0, "null", JSON.stringify(TOO_LONG), 0);
  else
    lineCount = eachBrief(
      planOver({ bytes }, LINE_FORMS.brief).bytes,
      (index, name, fate, size) => {
        if (!areRaw || !fate.startsWith(EMPTY_LINE)) add(index, name, fate, size);
        else if (wanted.keepsBlank) add(index, "null", JSON.stringify(BLANK), 0);
      },
    );
  return { ...rows.answer(bytes.buffer), lineCount: areRaw ? lineCount : 0 };
}

/** The rows of a block, with each name and each fate once. */
class RowList {
  #numbers;
  #count = 0;
  #names = new Map();
  #fates = new Map();
  #fateCounts = [];
  #keepsRows;
  #lastFate;
  #lastPlace;

  /** @param {boolean} keepsRows otherwise only the fates are counted */
  constructor(keepsRows) {
    this.#keepsRows = keepsRows;
    this.#numbers = new Uint32Array(keepsRows ? ROW_NUMBERS * 1_024 : 0);
  }

  add(line, name, fate, bytes) {
    if (fate !== this.#lastFate) {
      this.#lastFate = fate;
      this.#lastPlace = placeIn(this.#fates, fate);
    }
    const fatePlace = this.#lastPlace;
    this.#fateCounts[fatePlace] = (this.#fateCounts[fatePlace] ?? 0) + 1;
    if (!this.#keepsRows) return;
    if (this.#count === this.#numbers.length) this.#grow();
    this.#numbers[this.#count] = line;
    this.#numbers[this.#count + 1] = placeIn(this.#names, name);
    this.#numbers[this.#count + 2] = fatePlace;
    this.#numbers[this.#count + 3] = bytes;
    this.#count += ROW_NUMBERS;
  }

  /** @param {ArrayBuffer} target where the numbers go if they fit, so that it is used again */
  answer(target) {
    const fates = [...this.#fates.keys()];
    const summary = new FateSummary();
    for (const [place, fate] of fates.entries())
      summary.add(JSON.parse(fate), this.#fateCounts[place]);
    const numbers = new Uint8Array(this.#numbers.buffer, 0, 4 * this.#count);
    let bytes = numbers;
    if (numbers.length <= target.byteLength) {
      bytes = new Uint8Array(target, 0, numbers.length);
      bytes.set(numbers);
    }
    return {
      bytes,
      names: [...this.#names.keys()],
      fates,
      counts: summary.fates,
      reasons: summary.countedReasons,
    };
  }

  #grow() {
    const larger = new Uint32Array(2 * this.#numbers.length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}

/** The place of a text in a list of distinct ones. */
function placeIn(list, text) {
  const known = list.get(text);
  if (known !== undefined) return known;
  list.set(text, list.size);
  return list.size - 1;
}
