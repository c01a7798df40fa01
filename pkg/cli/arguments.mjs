// The command line's arguments, read by commander from the table in commands.mjs.

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { version } from "../node.js";
import { COMMANDS, PROGRAM } from "./commands.mjs";
import { escapeControls } from "./escape.mjs";
import { HELP_WIDTH, commandHelp, paragraphLines, programHelp } from "./help.mjs";
import { wrap } from "./layout.mjs";

const FILES = {
  name: "[FILE...]",
  description: "JSON or NDJSON, also as .gz or in a .zip; - or nothing: standard input",
};

/**
 * @param {string[]} words after the program's name
 * @returns {{ exitCode: number } | Parameters<import("./run.mjs").run>[0]} `exitCode`: help, the
 *   version or an error was printed, and there is nothing left to do
 */
export function readArguments(words) {
  let request;
  const program = programOf((found) => (request = found));
  try {
    program.parse(words, { from: "user" });
    return request;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander prints help and fails if the command is missing: that is wrong usage
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
}

function programOf(onRequest) {
  const program = configured(new Command(PROGRAM.name));
  program
    .description(paragraphLines(PROGRAM.description))
    .usage("COMMAND [options] [FILE...]")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", programHelp());
  for (const definition of COMMANDS) addCommand(program, definition, onRequest);
  return program;
}

function addCommand(program, definition, onRequest) {
  const { name, summary, description, options, argument = FILES } = definition;
  const command = configured(program.command(name));
  command
    .summary(summary)
    .description(paragraphLines(description))
    .usage(`[options] ${argument.name}`)
    .addArgument(new Argument(argument.name, argument.description));
  for (const option of options) command.addOption(optionOf(option));
  command.addHelpText("after", commandHelp(definition));
  command.action(
    (
      words,
      { settings, sync, source, output, threads, locate, keepBlank, summary, toml, ...policy },
    ) =>
      onRequest({
        command: name,
        files: [words].flat(),
        settings,
        sync,
        source,
        format: output,
        threads,
        isLocated: locate,
        keepsBlank: keepBlank,
        isSummary: summary,
        isToml: toml,
        policy,
      }),
  );
}

function optionOf({ flags, description, choices, max, isHidden }) {
  const option = new Option(flags, description);
  if (choices) option.choices(choices);
  if (max !== undefined) option.argParser((text) => numberOf(text, max));
  return isHidden ? option.hideHelp() : option;
}

function numberOf(text, max) {
  if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
}

/** Makes commander throw instead of exiting, and wraps and escapes what it prints. */
function configured(command) {
  command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError("(run with --help for usage)");
  command.configureHelp({ helpWidth: HELP_WIDTH, minWidthToWrap: 20 });
  return command.configureOutput({ outputError: (text, write) => write(errorText(text)) });
}

function errorText(text) {
  const sentences = text
    .trimEnd()
    .replace(/^error: /, "kochava-edge: ")
    .replace(". Allowed choices", ".\nAllowed choices")
    .split("\n");
  const lines = sentences.flatMap((sentence) => wrap(escapeControls(sentence), HELP_WIDTH));
  return `${lines.join("\n")}\n`;
}
