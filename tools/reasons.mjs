// The codes of docs/reasons.md with what the page says about each, for the command line.
//
//   node tools/reasons.mjs            prints them as JSON

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PAGE = new URL("../docs/reasons.md", import.meta.url);
/** What a column of a table is called here. Tables with other columns hold no codes. */
const COLUMNS = {
  code: "code",
  severity: "severity",
  source: "source",
  how: "how",
  "who can mend it": "by",
  "who can change it": "by",
  why: "sentence",
  "what the rule says": "sentence",
  "what happened": "sentence",
  "what is wrong": "sentence",
};
/** The tables of a section are of one kind. That of `REMEDIES` tells more of codes of other sections. */
const KINDS = {
  Refused: "refused",
  Skipped: "skipped",
  "Not delivered": "undelivered",
  Warnings: "warning",
  "Only from `check`": "check",
  "Unreadable bodies": "unreadable",
  "Only on the command line": "unreadable",
  "Faults of settings": "settings",
};
const REMEDIES = "Fix a refused event";
const SEVERITIES = { refused: "refuse", skipped: "skip", warning: "warn", unreadable: "refuse" };
const ORDER = ["code", "kind", "severity", "sentence", "by", "how", "source"];

/**
 * @typedef {{ code: string, kind: string, severity: "refuse" | "warn" | "skip" | null, sentence: string,
 *   by: string | null, how: string | null, source: string | null }} Reason `by`: who can change it
 */

/** @returns {Reason[]} in the order of the page; some codes have several kinds */
export function readReasons() {
  const sections = readFileSync(PAGE, "utf8").split(/^## /m).slice(1);
  const named = new Map(sections.map((section) => [/.*/.exec(section)[0], section]));
  const remedies = new Map(rowsOf(named.get(REMEDIES)).map((row) => [row.code, row]));
  return Object.entries(KINDS).flatMap(([title, kind]) =>
    rowsOf(named.get(title)).map((row) => reasonOf(kind, { ...row, ...remedies.get(row.code) })),
  );
}

function reasonOf(kind, row) {
  const given = { kind, severity: SEVERITIES[kind], ...row };
  return Object.fromEntries(ORDER.map((key) => [key, given[key] ?? null]));
}

/** The rows of all tables of a section. */
function rowsOf(section) {
  let columns = [];
  return section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .flatMap((line) => {
      const cells = line.slice(2, -2).split(" | ").map(plain);
      if (cells[0] === "code") columns = cells.map((cell) => COLUMNS[cell]);
      if (cells[0] === "code" || cells[0] === "---") return [];
      return [Object.fromEntries(cells.map((cell, place) => [columns[place], cell]))];
    });
}

/** A cell without anchors and links, and a code without its backticks. */
function plain(cell, place) {
  const text = cell.replace(/<a [^>]*><\/a>/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return place === 0 ? text.replaceAll("`", "") : text;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(readReasons(), null, 1));
