// The text of `--help`, made of the table in commands.mjs.

import process from "node:process";
import { COMMANDS, EXIT_CODES, OUTPUT, SAMPLES, SETTINGS } from "./commands.mjs";
import { wrap } from "./layout.mjs";

/** A narrower terminal gets shorter lines. */
export const HELP_WIDTH = Math.min(80, Math.max(40, process.stdout.columns ?? 80));

const INDENT = "  ";

/** What follows the options in the help of the program. */
export function programHelp() {
  const examples = COMMANDS.flatMap(({ examples: [first] }) => exampleLines(first));
  return sections([
    ["Examples:", ...examples],
    paragraph("Settings", SETTINGS),
    exitCodes(),
    paragraph("Samples", SAMPLES),
    ["`kochava-edge plan --help` describes the command `plan`."],
  ]);
}

/**
 * What follows the options in the help of a command.
 *
 * @param {import("./commands.mjs").CommandDefinition} command
 */
export function commandHelp({ examples, fields, table, input, usesSettings }) {
  return sections([
    ["Examples:", ...examples.flatMap(exampleLines)],
    paragraph("Input", input),
    ...(fields.length > 0 ? [paragraph("Output", OUTPUT), paragraph("Table", table)] : []),
    ...(fields.length > 0 ? [["Fields of a line of NDJSON:", ...definitions(fields)]] : []),
    ...(usesSettings ? [paragraph("Settings", SETTINGS)] : []),
    exitCodes(),
  ]);
}

/** Text in lines that fit a terminal. */
export function paragraphLines(text) {
  return wrap(text, HELP_WIDTH).join("\n");
}

function sections(blocks) {
  return `\n${blocks.map((lines) => lines.join("\n")).join("\n\n")}`;
}

function paragraph(title, text) {
  return wrap(`${title}: ${text}`, HELP_WIDTH);
}

function exitCodes() {
  return ["Exit codes:", ...definitions(EXIT_CODES)];
}

/** Terms and their meanings in two columns. */
function definitions(rows) {
  const width = Math.max(...rows.map(([term]) => String(term).length));
  const indent = INDENT + " ".repeat(width) + INDENT;
  return rows.flatMap(([term, meaning]) => {
    const [first, ...rest] = wrap(meaning, HELP_WIDTH - indent.length);
    return [
      `${INDENT}${String(term).padEnd(width)}${INDENT}${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
}

function exampleLines({ command, effect }) {
  const indent = INDENT.repeat(3);
  const lines = wrap(effect, HELP_WIDTH - indent.length).map((line) => indent + line);
  return [...commandLines(command), ...lines];
}

/** A command; one that is too long for a line continues before each `|`. */
function commandLines(command) {
  if (INDENT.length + command.length <= HELP_WIDTH) return [INDENT + command];
  const [first, ...rest] = command.split(/(?=\| (?:jq|kochava-edge) )/);
  return [first, ...rest].map(
    (part, index) => INDENT + (index > 0 ? INDENT : "") + part + (index < rest.length ? "\\" : ""),
  );
}
