// What becomes of each event?

import { valuesOf } from "./blocks.mjs";
import { TOO_LONG, oneALine, parsed } from "./fates.mjs";
import { fill, widthOf, wrap } from "./layout.mjs";
import { namesOf } from "./scan.mjs";
import { columnsOf, fileWidthOf, heading, indent, lead, summary } from "./table.mjs";
import { Tally, numbered } from "./tally.mjs";
import { visible } from "./visible.mjs";

/** How far a sentence below its row is set in. */
const INDENT = "     ";

/** The mapper's lines as they are, but one fate on each. */
export class PlanNdjson {
  takes = "events";
  tally = new Tally();
  #mapper;
  #output;

  constructor({ mapper, output }) {
    this.#mapper = mapper;
    this.#output = output;
  }

  async take(block) {
    const lines = block.isTooLong
      ? Buffer.from(`${JSON.stringify(TOO_LONG)}\n`)
      : this.#mapper.planNdjson(block.bytes);
    await this.#output.writeJson(oneALine(lines, this.tally.fates));
  }

  async end() {}
}

/** A row for each event, for people. */
export class PlanTable {
  takes = "events";
  tally = new Tally();
  #mapper;
  #output;
  #fileWidth;

  constructor({ mapper, output, labels }) {
    this.#mapper = mapper;
    this.#output = output;
    this.#fileWidth = fileWidthOf(labels);
  }

  async take(block, label) {
    const lines =
      this.tally.total === 0
        ? heading(this.#output, columnsOf(this.#output.width, this.#fileWidth, 1))
        : [];
    for (const { fates, names, line } of answers(this.#mapper, block)) {
      for (const [index, fate] of fates.entries()) {
        this.tally.add(fate);
        for (const text of this.#row(fate, {
          number: this.tally.total,
          label,
          line,
          name: names[index],
          fate: fate.fate,
        }))
          lines.push(text);
      }
    }
    await this.#output.print(lines);
  }

  async end() {
    const { sentence, reasons } = this.tally;
    await this.#output.print(
      this.tally.total === 0 ? ["There are no events."] : summary(this.#output, sentence, reasons),
    );
  }

  #row(fate, event) {
    const columns = columnsOf(this.#output.width, this.#fileWidth, event.number);
    const before = lead(this.#output, columns, event);
    const cells = fate.fate === "ready" ? this.#ready(fate, columns) : this.#reasons(fate, columns);
    return cells.map((cell, index) =>
      index === 0 ? before + cell.text : (cell.isBelow ? INDENT : indent(columns)) + cell.text,
    );
  }

  #ready({ requests, warnings }, columns) {
    const bytes = requests.reduce((sum, { body }) => sum + body.length, 0);
    const what = `${requests.map(({ kind }) => kind).join("+")} ${numbered(bytes)} B`;
    const lines = fill([what, ...warnings.map(({ code }) => code)], columns.what);
    return lines.map((pieces, index) => {
      const painted = pieces.map((piece) =>
        piece === what ? piece : this.#output.paint("yellow", piece),
      );
      return { text: painted.join(", ") + (index < lines.length - 1 ? "," : "") };
    });
  }

  /** A code for each reason; its sentence beside it where that fits, else below. */
  #reasons(fate, columns) {
    const reasons = fate.fate === "skipped" ? [fate] : fate.violations;
    return reasons.flatMap(({ code, field, message }) => {
      const color = fate.fate === "skipped" ? "dim" : "red";
      const sentence = visible(field ? `${field}: ${message}` : message);
      const isBeside = widthOf(code) + 2 + widthOf(sentence) <= columns.what;
      if (isBeside) return [{ text: `${this.#output.paint(color, code)}  ${sentence}` }];
      const below = wrap(sentence, this.#output.width - INDENT.length);
      return [
        { text: this.#output.paint(color, code) },
        ...below.map((text) => ({ text: this.#output.paint("dim", text), isBelow: true })),
      ];
    });
  }
}

/** For each value of a block its fates, the names of its events, and the line where it begins. */
function* answers(mapper, block) {
  if (block.isTooLong)
    return yield { fates: [TOO_LONG], names: [null], line: block.places[0].line };
  const all = parsed(mapper.planNdjson(block.bytes));
  for (const { bytes, place } of valuesOf(block)) {
    const fates = all.next().value;
    const names = namesOf(bytes);
    const areKnown = names.length === fates.length;
    yield {
      fates,
      names: areKnown ? names : fates.map(() => null),
      line: place.isAlone ? undefined : place.line,
    };
  }
}
