// `completion`: scripts that complete commands, options and their values in a shell.
//
// They are made of the table in commands.mjs. Files are completed by the shell itself.

import process from "node:process";
import { COMMANDS, PROGRAM, SHELLS } from "./commands.mjs";
import { REASONS } from "./reasons.mjs";

const NAME = PROGRAM.name;
const FUNCTION = `_${NAME.replace("-", "_")}`;
const HELP = { long: "--help", short: "-h", description: "print this help" };
const SCRIPTS = { bash, zsh, fish };

/** @returns {Promise<number>} the exit code */
export async function printCompletion(shell, output) {
  if (!SHELLS.includes(shell)) {
    process.stderr.write(`kochava-edge: name a shell: ${SHELLS.join(", ")}\n`);
    return 2;
  }
  await output.write(SCRIPTS[shell]());
  return 0;
}

/**
 * The options of a command.
 *
 * @param {import("./commands.mjs").CommandDefinition} command
 */
function optionsOf({ options }) {
  const own = options
    .filter(({ isHidden }) => !isHidden)
    .map(({ flags, description, choices }) => ({
      long: /--[\w-]+/.exec(flags)[0],
      short: /^-\w/.exec(flags)?.[0],
      description,
      choices,
      takesFile: flags.includes("<file>"),
      takesValue: flags.includes("<"),
    }));
  return [...own, HELP];
}

/** What a command is completed with; `null` for files. */
function wordsOf({ name }) {
  if (name === "rules") return [...new Set(REASONS.map(({ code }) => code))];
  return name === "completion" ? SHELLS : null;
}

function bash() {
  const words = (list) => `COMPREPLY=($(compgen -W "${list.join(" ")}" -- "$word"))`;
  const files = 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))';
  const names = ({ long, short }) => (short ? [short, long] : [long]);
  const values = new Map(
    COMMANDS.flatMap(optionsOf)
      .filter(({ choices, takesValue }) => choices || takesValue)
      .map((option) => [option.long, option]),
  );
  const after = [...values.values()].map((option) => {
    const { choices, takesFile } = option;
    const reply = choices ? words(choices) : takesFile ? files : "COMPREPLY=()";
    return `    ${names(option).join("|")}) ${reply}; return ;;`;
  });
  const cases = COMMANDS.map((command) => {
    const own = wordsOf(command);
    return `    ${command.name})
      if [[ $word == -* ]]; then ${words(optionsOf(command).flatMap(names))}
      else ${own ? words(own) : files}; fi ;;`;
  });
  const commands = [...COMMANDS.map(({ name }) => name), "help", "--help", "--version"];
  return `# bash completion of ${NAME}: eval "$(${NAME} completion bash)"
${FUNCTION}() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then ${words(commands)}; return; fi
  case \${COMP_WORDS[COMP_CWORD-1]} in
${after.join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
}
complete -F ${FUNCTION} ${NAME}
`;
}

function zsh() {
  const text = (words) => words.replace(/[[\]:\\]/g, "\\$&").replace(/'/g, "'\\''");
  const cases = COMMANDS.map((command) => {
    const own = wordsOf(command);
    const specs = optionsOf(command).map((option) => {
      const { long, short, description, choices, takesFile, takesValue } = option;
      const names = short ? `'(${short} ${long})'{${short},${long}}` : long;
      const list = choices ? `(${choices.join(" ")})` : takesFile ? "_files" : " ";
      return `${names}'[${text(description)}]${takesValue ? `:value:${list}` : ""}'`;
    });
    const rest = own ? `'*:word:(${own.join(" ")})'` : "'*:file:_files'";
    return `    ${command.name}) _arguments \\\n      ${[...specs, rest].join(" \\\n      ")} ;;`;
  });
  const commands = COMMANDS.map(({ name, summary }) => `'${name}:${text(summary)}'`);
  return `#compdef ${NAME}
# zsh completion of ${NAME}: source <(${NAME} completion zsh)
${FUNCTION}() {
  local -a commands=(${commands.join(" ")})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local name=\${words[2]}
  shift words
  (( CURRENT -= 1 ))
  case $name in
${cases.join("\n")}
  esac
}
compdef ${FUNCTION} ${NAME}
`;
}

function fish() {
  const text = (words) => `'${words.replace(/['\\]/g, "\\$&")}'`;
  const lines = COMMANDS.flatMap((command) => {
    const { name, summary } = command;
    const within = `complete -c ${NAME} -n '__fish_seen_subcommand_from ${name}'`;
    const own = wordsOf(command);
    return [
      `complete -c ${NAME} -n __fish_use_subcommand -f -a ${name} -d ${text(summary)}`,
      ...optionsOf(command).map(({ long, short, description, choices, takesFile, takesValue }) => {
        const value = choices ? ` -x -a ${text(choices.join(" "))}` : takesValue ? " -x" : "";
        const names = `-l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}`;
        return `${within} ${names}${takesFile ? " -r -F" : value} -d ${text(description)}`;
      }),
      ...(own ? [`${within} -f -a ${text(own.join(" "))}`] : []),
    ];
  });
  return `# fish completion of ${NAME}: ${NAME} completion fish | source\n${lines.join("\n")}\n`;
}
