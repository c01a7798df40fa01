// `plan`: the fate of each event, as NDJSON or as a table.

import { Bulk } from "../bulk.js";
import { api } from "../node-api.js";
import { escapeControls } from "./escape.mjs";
import { fill, widthOf, wrap } from "./layout.mjs";
import { planBlocksOf } from "./plan-blocks.mjs";
import { planLines } from "./plan-lines.mjs";
import { LF } from "./scan.mjs";
import { FateSummary, formatted } from "./summary.mjs";
import { columnsOf, fileWidthOf, heading, indent, lead, summaryLines } from "./table.mjs";

/** Before a sentence that is on a line below its row. */
const SENTENCE_INDENT = "     ";

/** Plans the blocks of inputs, in order. Large inputs are planned on threads. */
class BlockPlanner {
  #mapper;
  #context;
  #pool;

  constructor({ mapper, context, pool }) {
    this.#mapper = mapper;
    this.#context = context;
    this.#pool = pool;
  }

  /**
   * @param {import("./blocks.mjs").Opened} input
   * @param {import("./plan-lines.mjs").Wanted} wanted
   * @returns {AsyncGenerator<ReturnType<typeof planLines>>} each valid until the next is requested
   */
  async *answers(input, wanted) {
    const blocks = planBlocksOf(input, wanted);
    const planOver = (block) => api.planOver(this.#mapper, block, this.#context);
    const bulk = new Bulk(blocks, (block) => planLines(planOver, block), this.#pool);
    for (let answer; (answer = await bulk.next()) !== undefined; ) {
      yield answer;
      blocks.recycle?.(answer.bytes);
    }
  }
}

/** Prints the mapper's lines with one fate on each. */
export class PlanNdjson {
  accepts = "events";
  summary = new FateSummary();
  #planner;
  #output;
  #wanted;

  constructor({ output, wanted, ...planning }) {
    this.#planner = new BlockPlanner(planning);
    this.#output = output;
    this.#wanted = wanted;
  }

  /** @param {import("./blocks.mjs").Opened} input */
  async writeInput(input, _label, name) {
    const { isLocated, keepsBlank, isSummary } = this.#wanted;
    const wanted = { file: isLocated ? name : undefined, keepsBlank, isSummary };
    for await (const answer of this.#planner.answers(input, wanted)) {
      this.summary.merge(answer);
      await this.#output.writeJson(answer.bytes);
    }
  }

  async end() {}
}

/** Prints a row for each event for people. */
export class PlanTable {
  accepts = "events";
  summary = new FateSummary();
  #planner;
  #output;
  #fileWidth;
  #keepsBlank;
  #number = 0;

  constructor({ output, labels, wanted, ...planning }) {
    this.#planner = new BlockPlanner(planning);
    this.#output = output;
    this.#fileWidth = fileWidthOf(labels);
    this.#keepsBlank = wanted.keepsBlank;
  }

  /** @param {import("./blocks.mjs").Opened} input */
  async writeInput(input, label) {
    const wanted = { keepsBlank: this.#keepsBlank, isBrief: true };
    for await (const answer of this.#planner.answers(input, wanted)) {
      this.summary.merge(answer);
      const lines =
        this.#number === 0
          ? heading(this.#output, columnsOf(this.#output.width, this.#fileWidth, 1))
          : [];
      for (const brief of briefsOf(answer.bytes))
        for (const text of this.#row(brief, label)) lines.push(text);
      await this.#output.print(lines);
    }
  }

  async end() {
    const lines =
      this.summary.total === 0 ? ["No events found."] : summaryLines(this.#output, this.summary);
    await this.#output.print(lines);
  }

  /** @param {import("./plan-lines.mjs").Brief} brief */
  #row(brief, label) {
    const { fate, line, event: name } = brief;
    const number = (this.#number += 1);
    const columns = columnsOf(this.#output.width, this.#fileWidth, number);
    const before = lead(this.#output, columns, { number, label, line, name, fate });
    const cells = fate === "ready" ? this.#ready(brief, columns) : this.#reasons(brief, columns);
    return cells.map(({ text, isBelow }, index) => {
      if (index === 0) return before + text;
      return (isBelow ? SENTENCE_INDENT : indent(columns)) + text;
    });
  }

  #ready({ kinds, bytes, warnings }, columns) {
    const calls = `${kinds.join("+")} ${formatted(bytes)} B`;
    const lines = fill([calls, ...warnings], columns.details);
    return lines.map((pieces, index) => {
      const painted = pieces.map((piece) =>
        piece === calls ? piece : this.#output.paint("yellow", piece),
      );
      return { text: painted.join(", ") + (index < lines.length - 1 ? "," : "") };
    });
  }

  /** The code of each reason, with its sentence beside it if that fits, else below. */
  #reasons({ fate, reasons }, columns) {
    return reasons.flatMap(({ code, field, message }) => {
      const color = fate === "skipped" ? "dim" : "red";
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

/** What a row shows of each event. */
function* briefsOf(bytes) {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 0, end; from < lines.length; from = end + 1) {
    end = lines.indexOf(LF, from);
    yield JSON.parse(lines.toString("utf8", from, end));
  }
}
