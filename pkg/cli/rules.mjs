// `rules`: what a code means, who can change it and how, and the document that it comes from.

import process from "node:process";
import { escapeControls } from "./escape.mjs";
import { wrap } from "./layout.mjs";
import { KINDS, REASONS } from "./reasons.mjs";

const COLORS = { refuse: "red", warn: "yellow", skip: "dim" };

/**
 * @param {string[]} codes nothing: all
 * @param {import("./output.mjs").Output} output
 * @param {"table" | "ndjson"} [format]
 * @returns {Promise<number>} the exit code
 */
export async function printRules(codes, output, format) {
  const of = (code) => REASONS.filter((reason) => reason.code === code);
  const unknown = codes.filter((code) => of(code).length === 0);
  for (const code of unknown) process.stderr.write(`${unknownText(code)}\n`);
  if (unknown.length > 0) return 2;
  const found = codes.length === 0 ? REASONS : codes.flatMap(of);
  if ((format ?? (output.isTerminal ? "table" : "ndjson")) === "ndjson")
    await output.writeJson(Buffer.from(found.map((one) => `${JSON.stringify(one)}\n`).join("")));
  else if (codes.length > 0) for (const one of found) await output.print(linesOf(one, output));
  else await printByKind(output);
  return 0;
}

async function printByKind(output) {
  for (const [kind, title] of Object.entries(KINDS)) {
    const ofKind = REASONS.filter((reason) => reason.kind === kind);
    const titles = wrap(title, output.width).map((line) => output.paint("bold", line));
    await output.print([...titles, "", ...ofKind.flatMap((one) => shortLinesOf(one, output)), ""]);
  }
}

function shortLinesOf({ code, severity, sentence }, output) {
  return [
    `   ${output.paint(COLORS[severity] ?? "bold", code)}`,
    ...wrap(sentence, output.width - 6).map((line) => `      ${line}`),
  ];
}

function linesOf({ code, kind, severity, sentence, by, how, source }, output) {
  const width = output.width - 3;
  const indented = (text) => wrap(text, width).map((line) => `   ${line}`);
  const dim = (text) => wrap(text, width).map((line) => `   ${output.paint("dim", line)}`);
  return [
    `${output.paint("bold", code)}  ${output.paint(COLORS[severity] ?? "dim", severity ?? kind)}`,
    ...indented(sentence),
    ...(by === null ? [] : indented(`who can change it: ${by}`)),
    ...(how === null ? [] : indented(`how: ${how}`)),
    ...(source === null ? [] : dim(source)),
    "",
  ];
}

/** With the codes that have the most words in common. */
function unknownText(code) {
  const words = code.toLowerCase().split(/[^a-z0-9]+/);
  const shared = (other) => other.split("-").filter((word) => words.includes(word)).length;
  const codes = [...new Set(REASONS.map((reason) => reason.code))];
  const most = Math.max(...codes.map(shared));
  const near = most === 0 ? [] : codes.filter((other) => shared(other) === most).slice(0, 3);
  const hint = near.length === 0 ? "" : ` (did you mean ${near.join(", ")}?)`;
  return `kochava-edge: there is no code \`${escapeControls(code)}\`${hint}`;
}
