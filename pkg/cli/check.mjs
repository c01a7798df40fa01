// Does each Kochava body keep the guide?

import { check } from "../node.js";
import { valuesOf } from "./blocks.mjs";
import { TOO_LONG } from "./fates.mjs";
import { cut, wrap } from "./layout.mjs";
import { placed, summary } from "./table.mjs";
import { counted, numbered } from "./tally.mjs";
import { visible } from "./visible.mjs";

const [{ code, message }] = TOO_LONG.violations;
const TOO_LONG_BODY = { kind: null, violations: [{ code, pointer: "", message }], warnings: [] };

/** One `Checked` a line, as the package gives it. */
export class CheckNdjson {
  takes = "bodies";
  tally = new CheckTally();
  #output;

  constructor({ output }) {
    this.#output = output;
  }

  async take(block) {
    const lines = [];
    for (const { checked } of answers(block)) {
      this.tally.add(checked);
      lines.push(Buffer.from(`${JSON.stringify(checked)}\n`));
    }
    await this.#output.writeJson(Buffer.concat(lines));
  }

  async end() {}
}

/** For each body its findings. */
export class CheckTable {
  takes = "bodies";
  tally = new CheckTally();
  #output;

  constructor({ output }) {
    this.#output = output;
  }

  async take(block, label) {
    const lines = [];
    for (const { checked, line } of answers(block)) {
      this.tally.add(checked);
      for (const text of this.#block(checked, placed(label, line))) lines.push(text);
    }
    await this.#output.print(lines);
  }

  async end() {
    const { sentence, reasons, total } = this.tally;
    await this.#output.print(
      total === 0 ? ["There are no bodies."] : summary(this.#output, sentence, reasons),
    );
  }

  #block({ kind, violations, warnings }, where) {
    const paint = this.#output.paint.bind(this.#output);
    const color = violations.length > 0 ? "red" : warnings.length > 0 ? "yellow" : "green";
    const before = `${numbered(this.tally.total)}  `;
    const counts = [
      ...(violations.length > 0 ? [counted(violations.length, "violation")] : []),
      ...(warnings.length > 0 ? [counted(warnings.length, "warning")] : []),
    ];
    const verdict = `  ${kind ?? "unreadable"}  ${counts.join(", ") || "keeps the guide"}`;
    const file = cut(where, this.#output.width - before.length - verdict.length);
    const findings = [
      ...violations.map((finding) => this.#finding(finding, "red")),
      ...warnings.map((finding) => this.#finding(finding, "yellow")),
    ];
    return [before + file + paint(color, verdict), ...findings.flat()];
  }

  #finding({ code, pointer, message }, color) {
    const width = this.#output.width;
    const [first, ...rest] = wrap(
      `${code}  ${pointer === "" ? "(the whole body)" : visible(pointer)}`,
      width - 5,
    );
    const sentence = wrap(visible(message), width - 5).map(
      (line) => `     ${this.#output.paint("dim", line)}`,
    );
    return [
      `   ${this.#output.paint(color, code)}${first.slice(code.length)}`,
      ...rest.map((line) => `     ${line}`),
      ...sentence,
    ];
  }
}

class CheckTally {
  total = 0;
  #bad = 0;
  #codes = new Map();

  add({ violations, warnings }) {
    this.total += 1;
    if (violations.length > 0) this.#bad += 1;
    for (const { code } of violations) this.#count(`violation ${code}`);
    for (const { code } of warnings) this.#count(`warning ${code}`);
  }

  get exitCode() {
    return this.#bad > 0 ? 1 : 0;
  }

  get sentence() {
    return `${counted(this.total, "body")}: ${numbered(this.total - this.#bad)} without violations, ${numbered(this.#bad)} with`;
  }

  get reasons() {
    const rows = [...this.#codes].map(([key, count]) => [
      key.split(" ")[0],
      count,
      key.split(" ")[1],
    ]);
    return rows.sort((one, other) =>
      one[0] < other[0]
        ? -1
        : one[0] > other[0]
          ? 1
          : other[1] - one[1] || (one[2] < other[2] ? -1 : 1),
    );
  }

  #count(key) {
    this.#codes.set(key, (this.#codes.get(key) ?? 0) + 1);
  }
}

/** For each value of a block what was found, and the line where it begins. */
function* answers(block) {
  if (block.isTooLong) return yield { checked: TOO_LONG_BODY, line: block.places[0].line };
  for (const { bytes, place } of valuesOf(block))
    yield { checked: check(bytes), line: place.isAlone ? undefined : place.line };
}
