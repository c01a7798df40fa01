// `check`: findings for each Kochava body, as NDJSON or as a table.

import { check } from "../node.js";
import { valuesOf } from "./blocks.mjs";
import { escapeControls } from "./escape.mjs";
import { TOO_LONG } from "./fates.mjs";
import { cut, wrap } from "./layout.mjs";
import { CheckSummary, counted, formatted } from "./summary.mjs";
import { located, summaryLines } from "./table.mjs";

const [{ code, message }] = TOO_LONG.violations;
const TOO_LONG_BODY = { kind: null, violations: [{ code, pointer: "", message }], warnings: [] };

/** Prints a line of JSON for each body: the package's `Checked`. */
export class CheckNdjson {
  accepts = "bodies";
  summary = new CheckSummary();
  #output;
  #isLocated;

  constructor({ output, wanted }) {
    this.#output = output;
    this.#isLocated = wanted.isLocated;
  }

  async write(block, _label, file) {
    const lines = [];
    for (const { checked, place } of results(block)) {
      this.summary.add(checked);
      const located = this.#isLocated ? { file, line: place.line } : {};
      lines.push(Buffer.from(`${JSON.stringify({ ...located, ...checked })}\n`));
    }
    await this.#output.writeJson(Buffer.concat(lines));
  }

  async end() {}
}

/** Prints the findings of each body for people. */
export class CheckTable {
  accepts = "bodies";
  summary = new CheckSummary();
  #output;

  constructor({ output }) {
    this.#output = output;
  }

  async write(block, label) {
    const lines = [];
    for (const { checked, line } of results(block)) {
      this.summary.add(checked);
      for (const text of this.#body(checked, located(label, line))) lines.push(text);
    }
    await this.#output.print(lines);
  }

  async end() {
    const lines =
      this.summary.total === 0 ? ["No bodies found."] : summaryLines(this.#output, this.summary);
    await this.#output.print(lines);
  }

  #body({ kind, violations, warnings }, location) {
    const color = violations.length > 0 ? "red" : warnings.length > 0 ? "yellow" : "green";
    const number = `${formatted(this.summary.total)}  `;
    const counts = [
      ...(violations.length > 0 ? [counted(violations.length, "violation")] : []),
      ...(warnings.length > 0 ? [counted(warnings.length, "warning")] : []),
    ];
    const verdict = `  ${kind ?? "unreadable"}  ${counts.join(", ") || "follows the guide"}`;
    const file = cut(location, this.#output.width - number.length - verdict.length);
    const findings = [
      ...violations.map((finding) => this.#finding(finding, "red")),
      ...warnings.map((finding) => this.#finding(finding, "yellow")),
    ];
    return [number + file + this.#output.paint(color, verdict), ...findings.flat()];
  }

  #finding({ code, pointer, message }, color) {
    const width = this.#output.width - 5;
    const place = pointer === "" ? "(the whole body)" : escapeControls(pointer);
    const [first, ...rest] = wrap(`${code}  ${place}`, width);
    const sentence = wrap(escapeControls(message), width);
    return [
      `   ${this.#output.paint(color, code)}${first.slice(code.length)}`,
      ...rest.map((line) => `     ${line}`),
      ...sentence.map((line) => `     ${this.#output.paint("dim", line)}`),
    ];
  }
}

/** For each value of a block the package's answer and the line where the value begins. */
function* results(block) {
  const [first] = block.places;
  if (block.isTooLong) return yield { checked: TOO_LONG_BODY, line: first.line, place: first };
  for (const { bytes, place } of valuesOf(block))
    yield { checked: check(bytes), line: place.isAlone ? undefined : place.line, place };
}
