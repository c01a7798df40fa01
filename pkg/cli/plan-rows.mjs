// The rows of the table of `plan`.
//
// In: blocks of rows, as `plan-lines` packs them. Out: text. What is the same in many rows is laid
// out once: the cells of a name, of a fate, and of a file.

import { escapeControls } from "./escape.mjs";
import { cut, fill, pad, padStart, widthOf, wrap } from "./layout.mjs";
import { ROW_NUMBERS } from "./plan-lines.mjs";
import { formatted } from "./summary.mjs";
import { GAP, columnsOf, fateCell, indent, nameCell } from "./table.mjs";

/** Before a sentence that is on a line below its row. */
const SENTENCE_INDENT = "     ";
/** Names and fates whose cells are kept. Most inputs have a few hundred. */
const CELLS_MAX = 2_000;
/** Characters per write: the rows of a large batch together are longer than a string can be. */
const TEXT_LENGTH = 1_000_000;
/** Rows until the number of one may be wider. */
const SAME_WIDTH = 1_000;

export class PlanRows {
  #output;
  #fileWidth;
  #count = 0;
  /** The columns, and the cells for them. */
  #columns;
  #names = new Map();
  #fates = new Map();
  #file;
  #label;
  /** The number of a row up to its last three digits. */
  #thousands = "";

  constructor(output, fileWidth) {
    this.#output = output;
    this.#fileWidth = fileWidth;
    this.#columns = columnsOf(output.width, fileWidth, 1);
  }

  /**
   * The rows as text, of whole rows each.
   *
   * @param {import("./plan-lines.mjs").Rows} rows
   * @param {string} label of their file
   * @param {number} linesBefore in the file
   */
  *texts({ bytes, names, fates }, label, linesBefore) {
    if (label !== this.#label) this.#file = new FileCells(label, this.#columns.file);
    this.#label = label;
    let nameCells = this.#nameCells(names);
    let fateCells = this.#fateCells(fates);
    const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    let text = "";
    for (let at = 0; at < numbers.length; at += ROW_NUMBERS) {
      this.#count += 1;
      if (this.#count % SAME_WIDTH === 0 && this.#widen()) {
        nameCells = this.#nameCells(names);
        fateCells = this.#fateCells(fates);
      }
      const line = numbers[at] === 0 ? 0 : linesBefore + numbers[at];
      const file = this.#file.of(line);
      const details = fateCells[numbers[at + 2]].of(numbers[at + 3]);
      text += this.#number() + GAP + file + GAP + nameCells[numbers[at + 1]] + details;
      if (text.length < TEXT_LENGTH) continue;
      yield text;
      text = "";
    }
    yield text;
  }

  #number() {
    if (this.#thousands === "") return padStart(String(this.#count), this.#columns.number);
    return this.#thousands + String(this.#count % 1_000).padStart(3, "0");
  }

  /** Whether the columns are others, for a number that is a multiple of a thousand. */
  #widen() {
    const { number } = this.#columns;
    const columns = columnsOf(this.#output.width, this.#fileWidth, this.#count);
    this.#thousands = padStart(formatted(this.#count).slice(0, -3), columns.number - 3);
    if (columns.number === number) return false;
    this.#columns = columns;
    this.#names.clear();
    this.#fates.clear();
    this.#file = new FileCells(this.#label, columns.file);
    return true;
  }

  #nameCells(names) {
    const layOut = (name) => nameCell(this.#columns, JSON.parse(name)) + GAP;
    return names.map((name) => keptIn(this.#names, name, layOut));
  }

  #fateCells(fates) {
    const layOut = (fate) => new FateCells(this.#output, this.#columns, JSON.parse(fate));
    return fates.map((fate) => keptIn(this.#fates, fate, layOut));
  }
}

/** What was made of a text before, or is made now. */
function keptIn(cells, text, make) {
  const kept = cells.get(text);
  if (kept !== undefined) return kept;
  if (cells.size >= CELLS_MAX) cells.clear();
  const made = make(text);
  cells.set(text, made);
  return made;
}

/** The cells of a file with its lines: the file is cut if it is too wide, a line never. */
class FileCells {
  #label;
  #width;
  /** What stands before and behind a line, by the number of its characters. */
  #around = [];

  constructor(label, width) {
    this.#label = label;
    this.#width = width;
  }

  of(line) {
    const suffix = line === 0 ? "" : `:${line}`;
    const [before, behind] = (this.#around[suffix.length] ??= this.#aroundOf(suffix.length));
    return before + suffix + behind;
  }

  #aroundOf(length) {
    const before = cut(this.#label, this.#width - length);
    return [before, " ".repeat(Math.max(0, this.#width - length - widthOf(before)))];
  }
}

/** The last cells of rows with the same fate, to the end of each row. */
class FateCells {
  #output;
  #columns;
  #fate;
  #calls;
  /** What stands before and behind the bytes of the bodies, by the number of their characters. */
  #around = [];

  constructor(output, columns, fate) {
    this.#output = output;
    this.#columns = columns;
    this.#fate = fate;
    if (fate.fate === "ready") this.#calls = fate.requests.map(({ kind }) => kind).join("+");
    else this.#around[0] = [this.#text(this.#reasons()), ""];
  }

  of(bytes) {
    if (this.#calls === undefined) return this.#around[0][0];
    const size = formatted(bytes);
    const [before, behind] = (this.#around[size.length] ??= this.#ready(size));
    return before + size + behind;
  }

  #text(cells) {
    const lines = cells.map(({ text, isBelow }, index) => {
      if (index === 0) return fateCell(this.#output, this.#fate.fate) + GAP + text;
      return (isBelow ? SENTENCE_INDENT : indent(this.#columns)) + text;
    });
    return lines.map((line) => `${line.trimEnd()}\n`).join("");
  }

  #ready(size) {
    const calls = `${this.#calls} ${size} B`;
    const warnings = this.#fate.warnings.map(({ code }) => code);
    const lines = fill([calls, ...warnings], this.#columns.details);
    const cells = lines.map((pieces, index) => {
      const painted = pieces.map((piece) =>
        piece === calls ? piece : this.#output.paint("yellow", piece),
      );
      return { text: painted.join(", ") + (index < lines.length - 1 ? "," : "") };
    });
    const text = this.#text(cells);
    const at = text.indexOf(calls) + calls.length - size.length - 2;
    return [text.slice(0, at), text.slice(at + size.length)];
  }

  /** The code of each reason, with its sentence beside it if that fits, else below. */
  #reasons() {
    const { fate, violations } = this.#fate;
    const list = fate === "skipped" ? [this.#fate] : violations;
    return list.flatMap(({ code, field, message }) => {
      const color = fate === "skipped" ? "dim" : "red";
      const sentence = escapeControls(field ? `${field}: ${message}` : message);
      const isBeside = widthOf(code) + 2 + widthOf(sentence) <= this.#columns.details;
      if (isBeside) return [{ text: `${this.#output.paint(color, code)}  ${sentence}` }];
      const below = wrap(sentence, this.#output.width - SENTENCE_INDENT.length);
      return [
        { text: this.#output.paint(color, code) },
        ...below.map((text) => ({ text: this.#output.paint("dim", text), isBelow: true })),
      ];
    });
  }
}
