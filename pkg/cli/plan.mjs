// `plan`: the fate of each event, as NDJSON or as a table.

import { Bulk } from "../bulk.js";
import { api } from "../node-api.js";
import { valuesOf } from "./blocks.mjs";
import { escapeControls } from "./escape.mjs";
import { BLANK, TOO_LONG, parsed } from "./fates.mjs";
import { fill, widthOf, wrap } from "./layout.mjs";
import { planBlocksOf } from "./plan-blocks.mjs";
import { planLines } from "./plan-lines.mjs";
import { namesFor } from "./scan.mjs";
import { FateSummary, formatted } from "./summary.mjs";
import { columnsOf, fileWidthOf, heading, indent, lead, summaryLines } from "./table.mjs";

/** Before a sentence that is on a line below its row. */
const SENTENCE_INDENT = "     ";

/** Prints the mapper's lines with one fate on each. Large inputs are planned on threads. */
export class PlanNdjson {
  accepts = "events";
  summary = new FateSummary();
  #mapper;
  #context;
  #pool;
  #output;
  #wanted;

  constructor({ mapper, context, pool, output, wanted }) {
    this.#mapper = mapper;
    this.#context = context;
    this.#pool = pool;
    this.#output = output;
    this.#wanted = wanted;
  }

  /** @param {import("./blocks.mjs").Opened} input */
  async writeInput(input, _label, name) {
    const { isLocated, keepsBlank, isSummary } = this.#wanted;
    const blocks = planBlocksOf(input, {
      file: isLocated ? name : undefined,
      keepsBlank,
      isSummary,
    });
    const planOver = (block) => api.planOver(this.#mapper, block, this.#context);
    const bulk = new Bulk(blocks, (block) => planLines(planOver, block), this.#pool);
    for (let answer; (answer = await bulk.next()) !== undefined; ) {
      this.summary.merge(answer);
      await this.#output.writeJson(answer.bytes);
      blocks.recycle?.(answer.bytes);
    }
  }

  async end() {}
}

/** Prints a row for each event for people. */
export class PlanTable {
  accepts = "events";
  summary = new FateSummary();
  #mapper;
  #context;
  #output;
  #fileWidth;

  constructor({ mapper, context, output, labels }) {
    this.#mapper = mapper;
    this.#context = context;
    this.#output = output;
    this.#fileWidth = fileWidthOf(labels);
  }

  async write(block, label) {
    const lines =
      this.summary.total === 0
        ? heading(this.#output, columnsOf(this.#output.width, this.#fileWidth, 1))
        : [];
    for (const { fates, names, line } of results(this.#mapper, this.#context, block)) {
      for (const [index, fate] of fates.entries()) {
        this.summary.add(fate);
        const event = {
          number: this.summary.total,
          label,
          line,
          name: names[index],
          fate: fate.fate,
        };
        for (const text of this.#row(fate, event)) lines.push(text);
      }
    }
    await this.#output.print(lines);
  }

  async end() {
    const lines =
      this.summary.total === 0 ? ["No events found."] : summaryLines(this.#output, this.summary);
    await this.#output.print(lines);
  }

  #row(fate, event) {
    const columns = columnsOf(this.#output.width, this.#fileWidth, event.number);
    const before = lead(this.#output, columns, event);
    const cells = fate.fate === "ready" ? this.#ready(fate, columns) : this.#reasons(fate, columns);
    return cells.map(({ text, isBelow }, index) => {
      if (index === 0) return before + text;
      return (isBelow ? SENTENCE_INDENT : indent(columns)) + text;
    });
  }

  #ready({ requests, warnings }, columns) {
    const bytes = requests.reduce((sum, { body }) => sum + body.length, 0);
    const calls = `${requests.map(({ kind }) => kind).join("+")} ${formatted(bytes)} B`;
    const lines = fill([calls, ...warnings.map(({ code }) => code)], columns.details);
    return lines.map((pieces, index) => {
      const painted = pieces.map((piece) =>
        piece === calls ? piece : this.#output.paint("yellow", piece),
      );
      return { text: painted.join(", ") + (index < lines.length - 1 ? "," : "") };
    });
  }

  /** The code of each reason, with its sentence beside it if that fits, else below. */
  #reasons(fate, columns) {
    const reasons = fate.fate === "skipped" ? [fate] : fate.violations;
    return reasons.flatMap(({ code, field, message }) => {
      const color = fate.fate === "skipped" ? "dim" : "red";
      const sentence = escapeControls(field ? `${field}: ${message}` : message);
      const isBeside = widthOf(code) + 2 + widthOf(sentence) <= columns.details;
      if (isBeside) return [{ text: `${this.#output.paint(color, code)}  ${sentence}` }];
      const below = wrap(sentence, this.#output.width - SENTENCE_INDENT.length);
      return [
        { text: this.#output.paint(color, code) },
        ...below.map((text) => ({ text: this.#output.paint("dim", text), isBelow: true })),
      ];
    });
  }
}

/** For each value of a block its fates, the names of its events and the line where it begins. */
function* results(mapper, context, block) {
  if (block.isTooLong)
    return yield { fates: [TOO_LONG], names: [null], line: block.places[0].line };
  const fatesOfLines = parsed(mapper.planNdjson(block.bytes, context));
  for (const { bytes, place } of valuesOf(block)) {
    const planned = fatesOfLines.next().value;
    const fates = place.isBlank ? [BLANK] : planned;
    yield {
      fates,
      names: namesFor(bytes, fates),
      line: place.isAlone ? undefined : place.line,
    };
  }
}
