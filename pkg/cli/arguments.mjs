// What is asked for?

import { Argument, Command, CommanderError, Option } from "commander";
import { version } from "../node.js";
import { HELP } from "./help.mjs";
import { wrap } from "./layout.mjs";
import { visible } from "./visible.mjs";

/** A terminal is at least so wide. */
const WIDTH = 80;

/**
 * @param {string[]} words behind the program's name
 * @returns {{ exitCode: number } | Parameters<import("./run.mjs").run>[0]} `exitCode`: everything is said already
 */
export function read(words) {
  let asked;
  const program = programOf((found) => (asked = found));
  try {
    program.parse(words, { from: "user" });
    return asked;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // help that was asked for is no failure; help for want of a command is
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
}

function programOf(take) {
  const program = quiet(new Command("kochava-edge"));
  program.description(HELP.program.description).usage("plan|check|explain [options] [FILE...]");
  program
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "teach a command");
  program.addHelpText("after", HELP.program.after);
  for (const name of ["plan", "check", "explain"]) {
    const command = quiet(program.command(name));
    command
      .summary(HELP[name].summary)
      .description(HELP[name].description)
      .usage("[options] [FILE...]");
    command.addArgument(
      new Argument("[FILE...]", "JSON or NDJSON, also as .gz; - or nothing: standard input"),
    );
    const settings = new Option("-s, --settings <file>", "settings: .json, or a wrangler.toml");
    command.addOption(name === "check" ? settings.hideHelp() : settings);
    command.addOption(
      new Option("-o, --output <format>", "what comes out").choices(["table", "ndjson"]),
    );
    command.addHelpText("after", HELP[name].after);
    command.action((files, options) =>
      take({ command: name, files, settings: options.settings, format: options.output }),
    );
  }
  return program;
}

/** Errors in our own manner, and as exceptions. */
function quiet(command) {
  command
    .exitOverride()
    .helpOption("-h, --help", "teach this")
    .showHelpAfterError("(--help teaches)");
  command.configureHelp({ helpWidth: WIDTH });
  return command.configureOutput({ outputError: (text, write) => write(told(text)) });
}

function told(text) {
  const sentences = text
    .trimEnd()
    .replace(/^error: /, "kochava-edge: ")
    .replace(". Allowed choices", ".\nAllowed choices")
    .split("\n");
  return `${sentences.flatMap((sentence) => wrap(visible(sentence), WIDTH)).join("\n")}\n`;
}
