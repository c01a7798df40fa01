// `explain`: where each field of the requests comes from, as NDJSON or as a table.

import { LINE_FORMS } from "../line-forms.js";
import { UnreadableError } from "../node.js";
import { api } from "../node-api.js";
import { adviceLines } from "./advice-lines.mjs";
import { valuesOf } from "./blocks.mjs";
import { escapeControls } from "./escape.mjs";
import { fieldTable } from "./field-table.mjs";
import { BLANK, TOO_LONG, eachBrief } from "./fates.mjs";
import { cut, widthOf, wrap } from "./layout.mjs";
import { FateSummary, formatted } from "./summary.mjs";
import { GAP, colorOf, located, shownName, summaryLines } from "./table.mjs";

/**
 * Prints a line of JSON for each explained fate. Places count from the start of the decompressed
 * input.
 */
export class ExplainNdjson {
  accepts = "events";
  summary = new FateSummary();
  #mapper;
  #context;
  #output;
  #isLocated;

  constructor({ mapper, context, output, wanted }) {
    this.#mapper = mapper;
    this.#context = context;
    this.#output = output;
    this.#isLocated = wanted.isLocated;
  }

  async write(block, _label, file) {
    for (const { fates, names, place } of results(this.#mapper, this.#context, block)) {
      for (const fate of fates) this.summary.add(fate);
      const lines = fates.map((fate, index) => {
        const located = this.#isLocated ? { file, line: place.line, event: names[index] } : {};
        return `${JSON.stringify({ ...located, ...fate })}\n`;
      });
      await this.#output.writeJson(Buffer.from(lines.join("")));
    }
  }

  async end() {}
}

/** Prints a table of fields for each event. */
export class ExplainTable {
  accepts = "events";
  summary = new FateSummary();
  #mapper;
  #context;
  #output;

  constructor({ mapper, context, output }) {
    this.#mapper = mapper;
    this.#context = context;
    this.#output = output;
  }

  async write(block, label) {
    for (const { fates, names, line } of results(this.#mapper, this.#context, block)) {
      for (const [index, fate] of fates.entries()) {
        this.summary.add(fate);
        await this.#output.print([
          ...this.#header(fate, located(label, line), names[index]),
          ...fieldTable(this.#output, fate),
          "",
        ]);
      }
    }
  }

  async end() {
    const lines =
      this.summary.total === 0
        ? ["No events found."]
        : summaryLines(this.#output, this.summary).slice(1);
    await this.#output.print(lines);
  }

  #header(fate, location, name) {
    const { width } = this.#output;
    const number = `${formatted(this.summary.total)}${GAP}`;
    const verdict = `${GAP}${fate.fate}`;
    const title = cut(shownName(name), Math.floor(width / 3));
    const free = width - number.length - verdict.length - widthOf(title) - GAP.length;
    return [
      this.#output.paint("bold", `${number}${title}`) +
        GAP +
        cut(location, free) +
        this.#output.paint(colorOf(fate.fate), verdict),
      ...this.#reasons(fate),
    ];
  }

  #reasons(fate) {
    const reasons =
      fate.fate === "ready" ? fate.warnings : fate.fate === "skipped" ? [fate] : fate.violations;
    const color = fate.fate === "ready" ? "yellow" : colorOf(fate.fate);
    return reasons.flatMap(({ code, field, message, advice }) => {
      const sentence = escapeControls(`${code}: ${field ? `${field}: ` : ""}${message}`);
      const [first, ...rest] = wrap(sentence, this.#output.width - 3);
      const help = adviceLines(advice).flatMap((line) =>
        wrap(escapeControls(line), this.#output.width - 6),
      );
      return [
        `   ${this.#output.paint(color, code)}${first.slice(code.length)}`,
        ...rest.map((line) => `   ${line}`),
        ...help.map((line) => this.#output.paint("dim", `      ${line}`)),
      ];
    });
  }
}

/**
 * For each value of a block its explained fates, the names of its events and the line where it
 * begins.
 */
function* results(mapper, context, block) {
  if (block.isTooLong) {
    const [{ offset, line }] = block.places;
    const fate = { ...TOO_LONG, at: [offset, offset], fields: [] };
    return yield { fates: [fate], names: [null], line, place: block.places[0] };
  }
  for (const { bytes, place } of valuesOf(block)) {
    const fates = place.isBlank
      ? [{ ...BLANK, at: [0, bytes.length], fields: [] }]
      : explained(mapper, context, bytes);
    for (const fate of fates) moveSpans(fate, place.offset);
    yield {
      fates,
      names: namesOf(mapper, context, bytes, fates.length),
      line: place.isAlone ? undefined : place.line,
      place,
    };
  }
}

/** The names of the events of a value that has so many. */
function namesOf(mapper, context, bytes, count) {
  const names = [];
  // the answer is written over the bytes
  const { bytes: lines } = api.planOver(
    mapper,
    { bytes: bytes.slice() },
    context,
    LINE_FORMS.brief,
  );
  eachBrief(lines, (_, name) => names.push(JSON.parse(name)));
  return names.length === count ? names : Array(count).fill(null);
}

function explained(mapper, context, bytes) {
  try {
    return mapper.explain(bytes, context).fates;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const { code, message } = error;
    const violations = [{ code, field: "", origin: null, message }];
    return [{ fate: "refused", violations, at: [0, bytes.length], fields: [] }];
  }
}

/** Makes spans count from the start of the input instead of the value. */
function moveSpans({ at, fields }, offset) {
  for (const span of [at, ...fields.flatMap(({ tried }) => tried.map((lookup) => lookup.at))]) {
    if (span === null) continue;
    span[0] += offset;
    span[1] += offset;
  }
}
