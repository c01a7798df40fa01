// `plan`: the fate of each event, as NDJSON or as a table.

import { Bulk } from "../bulk.js";
import { api } from "../node-api.js";
import { planBlocksOf } from "./plan-blocks.mjs";
import { planLines } from "./plan-lines.mjs";
import { PlanRows } from "./plan-rows.mjs";
import { FateSummary } from "./summary.mjs";
import { columnsOf, fileWidthOf, heading, summaryLines } from "./table.mjs";

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
    const planOver = (block, form) => api.planOver(this.#mapper, block, this.#context, form);
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
  #rows;
  #fileWidth;
  #keepsBlank;

  constructor({ output, labels, wanted, ...planning }) {
    this.#planner = new BlockPlanner(planning);
    this.#output = output;
    this.#fileWidth = fileWidthOf(labels);
    this.#keepsBlank = wanted.keepsBlank;
  }

  /** @param {import("./blocks.mjs").Opened} input */
  async writeInput(input, label) {
    const wanted = { keepsBlank: this.#keepsBlank, areRows: true };
    let linesBefore = 0;
    for await (const answer of this.#planner.answers(input, wanted)) {
      this.summary.merge(answer);
      if (answer.bytes.length > 0) {
        if (this.#rows === undefined) await this.#begin();
        for (const text of this.#rows.texts(answer, label, linesBefore))
          await this.#output.write(text);
      }
      linesBefore += answer.lineCount;
    }
  }

  async #begin() {
    this.#rows = new PlanRows(this.#output, this.#fileWidth);
    await this.#output.print(
      heading(this.#output, columnsOf(this.#output.width, this.#fileWidth, 1)),
    );
  }

  async end() {
    const lines =
      this.summary.total === 0 ? ["No events found."] : summaryLines(this.#output, this.summary);
    await this.#output.print(lines);
  }
}
