// `rules`: what a code means, and the document that the rule comes from.

import process from "node:process";
import { rules } from "../node.js";
import { escapeControls } from "./escape.mjs";
import { BLANK, TOO_LONG } from "./fates.mjs";
import { wrap } from "./layout.mjs";

const COLORS = { refuse: "red", warn: "yellow", skip: "dim" };
/** Codes that only the command line has. */
const OWN = [
  [BLANK.code, "skip", BLANK.message],
  [TOO_LONG.violations[0].code, "refuse", TOO_LONG.violations[0].message],
].map(([code, severity, sentence]) => ({ code, severity, sentence, source: "kochava-edge" }));

/**
 * @param {string[]} codes nothing: all
 * @param {import("./output.mjs").Output} output
 * @param {"table" | "ndjson"} [format]
 * @returns {Promise<number>} the exit code
 */
export async function printRules(codes, output, format) {
  const known = [...rules, ...OWN];
  const unknown = codes.filter((code) => known.every((rule) => rule.code !== code));
  for (const code of unknown) process.stderr.write(`${unknownText(code, known)}\n`);
  if (unknown.length > 0) return 2;
  const found =
    codes.length === 0 ? known : codes.map((code) => known.find((rule) => rule.code === code));
  if ((format ?? (output.isTerminal ? "table" : "ndjson")) === "ndjson")
    await output.writeJson(Buffer.from(found.map((rule) => `${JSON.stringify(rule)}\n`).join("")));
  else for (const rule of found) await output.print(linesOf(rule, output));
  return 0;
}

function linesOf({ code, severity, sentence, source }, output) {
  const width = output.width - 3;
  return [
    `${output.paint("bold", code)}  ${output.paint(COLORS[severity], severity)}`,
    ...wrap(sentence, width).map((line) => `   ${line}`),
    ...wrap(source, width).map((line) => `   ${output.paint("dim", line)}`),
    "",
  ];
}

/** With the codes that have the most words in common. */
function unknownText(code, known) {
  const words = code.toLowerCase().split(/[^a-z0-9]+/);
  const shared = (rule) => rule.code.split("-").filter((word) => words.includes(word)).length;
  const most = Math.max(...known.map(shared));
  const near = most === 0 ? [] : known.filter((rule) => shared(rule) === most).slice(0, 3);
  const hint =
    near.length === 0 ? "" : ` (did you mean ${near.map((rule) => rule.code).join(", ")}?)`;
  return `kochava-edge: there is no rule \`${escapeControls(code)}\`${hint}`;
}
