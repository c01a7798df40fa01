// Why does each field say what it says?

import { UnreadableError } from "../node.js";
import { valuesOf } from "./blocks.mjs";
import { TOO_LONG } from "./fates.mjs";
import { cut, pad, widthOf, wrap } from "./layout.mjs";
import { namesOf } from "./scan.mjs";
import { colorOf, placed, summary, titled } from "./table.mjs";
import { Tally, numbered } from "./tally.mjs";
import { visible } from "./visible.mjs";

const GAP = "  ";
/** The longest code there is has 28 characters: codes are never cut. */
const FROM_WIDTH_MIN = 28;

/** One explained fate a line. Places count from the beginning of the input, unpacked. */
export class ExplainNdjson {
  takes = "events";
  tally = new Tally();
  #mapper;
  #output;

  constructor({ mapper, output }) {
    this.#mapper = mapper;
    this.#output = output;
  }

  async take(block) {
    for (const { fates } of answers(this.#mapper, block)) {
      for (const fate of fates) this.tally.add(fate);
      await this.#output.writeJson(
        Buffer.from(fates.map((fate) => `${JSON.stringify(fate)}\n`).join("")),
      );
    }
  }

  async end() {}
}

/** For each event a table of fields. */
export class ExplainTable {
  takes = "events";
  tally = new Tally();
  #mapper;
  #output;

  constructor({ mapper, output }) {
    this.#mapper = mapper;
    this.#output = output;
  }

  async take(block, label) {
    for (const { fates, names, line } of answers(this.#mapper, block)) {
      for (const [index, fate] of fates.entries()) {
        this.tally.add(fate);
        await this.#output.print([
          ...this.#header(fate, placed(label, line), names[index]),
          ...this.#fields(fate),
          "",
        ]);
      }
    }
  }

  async end() {
    const { sentence, reasons } = this.tally;
    const lines =
      this.tally.total === 0
        ? ["There are no events."]
        : summary(this.#output, sentence, reasons).slice(1);
    await this.#output.print(lines);
  }

  #header(fate, where, name) {
    const { width } = this.#output;
    const before = `${numbered(this.tally.total)}${GAP}`;
    const after = `${GAP}${fate.fate}`;
    const title = cut(titled(name), Math.floor(width / 3));
    const file = cut(where, width - before.length - after.length - widthOf(title) - GAP.length);
    return [
      this.#output.paint("bold", `${before}${title}`) +
        GAP +
        file +
        this.#output.paint(colorOf(fate.fate), after),
      ...this.#reasons(fate),
    ];
  }

  #reasons(fate) {
    const reasons =
      fate.fate === "ready" ? fate.warnings : fate.fate === "skipped" ? [fate] : fate.violations;
    const color = fate.fate === "ready" ? "yellow" : colorOf(fate.fate);
    return reasons.flatMap(({ code, field, message }) => {
      const [first, ...rest] = wrap(
        visible(`${code}: ${field ? `${field}: ` : ""}${message}`),
        this.#output.width - 3,
      );
      return [
        `   ${this.#output.paint(color, code)}${first.slice(code.length)}`,
        ...rest.map((line) => `   ${line}`),
      ];
    });
  }

  #fields({ fields, requests = [] }) {
    const rows = fields.map((explanation) => ({ ...explanation, cells: cellsOf(explanation) }));
    if (rows.length === 0) return [];
    const widths = widthsOf(rows, this.#output.width);
    const groups = [...requests.keys(), null].map((request) => [
      request,
      rows.filter((row) => row.request === request),
    ]);
    return groups.flatMap(([request, group]) => {
      if (group.length === 0) return [];
      if (request === null)
        return [
          "",
          "   not sent",
          ...group.flatMap(({ cells }) => rowOf(cells, withoutValue(widths))),
        ];
      const { kind, method, url } = requests[request];
      const head = this.#output.paint("dim", lined(["field", "value", "from"], widths));
      return [
        "",
        `   ${kind}: ${method} ${url}`,
        head,
        ...group.flatMap(({ cells }) => rowOf(cells, widths)),
      ];
    });
  }
}

function cellsOf({ field, value, origin, tried }) {
  const sources = {
    paths: () => origin.paths.join(" + "),
    setting: () => `setting ${origin.setting}`,
    guide: () => "Kochava's guide",
  };
  const isFound = tried.some(({ answer }) => answer === "taken");
  const source =
    value !== null || origin.kind === "setting"
      ? sources[origin.kind]()
      : isFound
        ? `found at ${pathsOf(tried, "taken")}`
        : "";
  const unusable = tried
    .filter(({ answer }) => answer === "unusable")
    .map(({ path, code }) => `${path}: ${code ?? "of no use"}`);
  const absent = pathsOf(tried, "nothing");
  const from = [source, ...unusable, absent && `absent: ${absent}`].filter(Boolean).join("; ");
  return [field, value ?? "", from].map(visible);
}

function pathsOf(tried, wanted) {
  return tried
    .filter(({ answer }) => answer === wanted)
    .map(({ path }) => path)
    .join(", ");
}

/** @returns the widths of field, value and where it is from */
function widthsOf(rows, width) {
  const widest = (index) =>
    rows.reduce((most, { cells }) => Math.max(most, widthOf(cells[index])), 6);
  const free = width - 3 - 2 * GAP.length;
  const share = Math.max(FROM_WIDTH_MIN, Math.floor(free * 0.38));
  const field = Math.min(widest(0), Math.max(share - 4, 16));
  const value = Math.min(widest(1), free - Math.min(widest(2), share) - field);
  return [field, value, free - field - value];
}

/** The field and where it is from are wrapped, a long value is cut. */
function rowOf([field, value, from], widths) {
  const fieldLines = wrap(field, widths[0]);
  const fromLines = wrap(from, widths[2]);
  const count = Math.max(fieldLines.length, fromLines.length);
  return Array.from({ length: count }, (_, line) =>
    lined(
      [fieldLines[line] ?? "", line === 0 ? cut(value, widths[1]) : "", fromLines[line] ?? ""],
      widths,
    ),
  );
}

/** What is not sent has no value. */
function withoutValue([field, value, from]) {
  return [field, 0, from + value + GAP.length];
}

function lined([field, value, from], widths) {
  const cells =
    widths[1] === 0
      ? [pad(field, widths[0]), from]
      : [pad(field, widths[0]), pad(value, widths[1]), from];
  return `   ${cells.join(GAP)}`;
}

/** For each value of a block its explained fates, the names of its events, and the line where it begins. */
function* answers(mapper, block) {
  if (block.isTooLong) {
    const [{ offset, line }] = block.places;
    return yield {
      fates: [{ ...TOO_LONG, at: [offset, offset], fields: [] }],
      names: [null],
      line,
    };
  }
  for (const { bytes, place } of valuesOf(block)) {
    const fates = explained(mapper, bytes);
    for (const fate of fates) shift(fate, place.offset);
    const names = namesOf(bytes);
    const areKnown = names.length === fates.length;
    yield {
      fates,
      names: areKnown ? names : fates.map(() => null),
      line: place.isAlone ? undefined : place.line,
    };
  }
}

function explained(mapper, bytes) {
  try {
    return mapper.explain(bytes).fates;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const { code, message } = error;
    return [
      {
        fate: "refused",
        violations: [{ code, field: "", origin: null, message }],
        at: [0, bytes.length],
        fields: [],
      },
    ];
  }
}

function shift({ at, fields }, offset) {
  for (const span of [at, ...fields.flatMap(({ tried }) => tried.map((question) => question.at))]) {
    if (span === null) continue;
    span[0] += offset;
    span[1] += offset;
  }
}
