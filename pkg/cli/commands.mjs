// The commands of `kochava-edge`: options, input, output, examples and exit codes.
//
// One table drives the argument parser, `--help`, docs/cli.md (tools/docs-cli.mjs) and the tests
// of the examples. Texts are Markdown without links: `--help` prints them as they are.

import { sources } from "../node.js";

/**
 * @typedef {{ flags: string, description: string, choices?: string[], max?: number, isHidden?: boolean }} OptionDefinition
 *   `max`: the value is a whole number from 0 to this
 * @typedef {{ command: string, effect: string, exitCode: number }} Example
 *   The tests run it with files made of samples/ and expect `exitCode`.
 * @typedef {{ name: "plan" | "explain" | "propose" | "check" | "deliver" | "rules" | "completion", argument?: { name: string, description: string }, summary: string, description: string, options: OptionDefinition[], input: string, table: string, fields: [name: string, meaning: string][], examples: Example[], usesSettings: boolean }} CommandDefinition
 */

const OUTPUT_OPTION = {
  flags: "-o, --output <format>",
  description: "output format",
  choices: ["table", "ndjson"],
};
const SOURCE_OPTION = {
  flags: "--source <name>",
  description: "sender of the events; without it each event's shape shows it",
  choices: sources.map(({ name }) => name),
};
const SETTINGS_OPTION = {
  flags: "-s, --settings <file>",
  description: "settings: a .json file, a wrangler.toml or a wrangler.jsonc",
};
const SYNC_OPTION = {
  flags: "--sync <name>",
  description:
    "the sync of a wrangler.toml, `default` for that of `SETTINGS`; without it every sync, one after the other",
};

const THREADS_OPTION = {
  flags: "-t, --threads <number>",
  description:
    "threads that plan, 0 or 1 for none; default: one for each processor, at most 8, if the input is large",
  max: 64,
};

const LOCATE_OPTION = {
  flags: "-l, --locate",
  description: "add `file`, `line` and, of an event, `event` to each line of NDJSON",
};
const BLANK_OPTION = {
  flags: "--keep-blank",
  description: "give a blank line of NDJSON a fate, too: skipped, `blank-line`",
};
const SUMMARY_OPTION = {
  flags: "--summary",
  description: "print only the counts: as a table, or as one line of JSON",
};

/** The shells that `completion` knows. */
export const SHELLS = ["bash", "zsh", "fish"];

const EVENTS =
  "A JSON document, several documents in a row, an array, NDJSON (one value per line), any of them as gzip, or a ZIP archive of such files, such as Amplitude's export (a file, not a pipe). Lines may end with `\\n`, `\\r\\n` or `\\r`, also mixed within one file: JSON has no raw `\\r` in a text, and where exports of several systems are joined each ends a line. UTF-16, CSV, Brotli and other formats are named and not read. Arrays and NDJSON are streamed: a file of 2 GB takes about 90 MB of memory, 20 MB more for each thread, up to 40 MB more for a table, 80 MB as an array or gzip, and 130 MB for `--locate`. One line, document or element may have 64 MB. An empty input is refused with `empty-body`. `-` is standard input.";
const BODIES =
  "A single document in a file is one body, checked byte for byte as it would be sent. A list is one body too, which Kochava rejects; spaces, line ends and a byte order mark count. Only the final line end that editors add (`\\n` or `\\r\\n`) is removed. NDJSON holds one body per line, and blank lines are ignored; several documents in a row are one body each. All of them may be gzip. `-` is standard input.";

export const PROGRAM = {
  name: "kochava-edge",
  description:
    "Shows what would be sent to Kochava's server-to-server API, checks request bodies, and sends what was planned. Only `deliver` uses the network; everything else is computed on this machine. Every event gets one fate: ready (with its exact requests), skipped (by your settings) or refused (it breaks a rule of Kochava).",
};

/** @type {CommandDefinition[]} */
export const COMMANDS = [
  {
    name: "plan",
    summary: "show the requests for each event, or why there are none",
    description:
      "Shows the requests that Kochava would get for each event, or the reason why there are none. Nothing is sent.",
    options: [
      SETTINGS_OPTION,
      SYNC_OPTION,
      SOURCE_OPTION,
      OUTPUT_OPTION,
      LOCATE_OPTION,
      BLANK_OPTION,
      SUMMARY_OPTION,
      THREADS_OPTION,
    ],
    usesSettings: true,
    input: EVENTS,
    table:
      "A row has the number of the event, its file and line, its name, its fate and details: the requests with their size and the codes of warnings (ready), or a code, the field and a sentence (skipped, refused). The counts follow at the end.",
    fields: [
      ["fate", "`ready`, `skipped` or `refused`"],
      ["requests", "of a ready event: a list of `kind`, `method`, `url`, `headers`, `body`"],
      ["warnings", "of a ready event: a list of `code`, `field`, `origin`, `message`"],
      ["code, message", "of a skipped event: the reason"],
      ["violations", "of a refused event: a list of `code`, `field`, `origin`, `message`"],
    ],
    examples: [
      {
        command: "kochava-edge plan -o table events/*.json",
        effect: "a table with the fate of each event, as on a terminal",
        exitCode: 1,
      },
      {
        command: "kochava-edge plan --settings wrangler.toml event.json",
        effect: "the same under the settings of a Worker",
        exitCode: 0,
      },
      {
        command: "zcat events.ndjson.gz | kochava-edge plan - > fates.ndjson",
        effect: "a large export, one line of JSON per event",
        exitCode: 1,
      },
      {
        command: "kochava-edge plan export.zip | jq .fate",
        effect: "an export of Amplitude as it was downloaded",
        exitCode: 0,
      },
      {
        command: "kochava-edge plan --summary events.ndjson",
        effect: "how many events are ready, skipped and refused, and why",
        exitCode: 1,
      },
      {
        command: "kochava-edge plan -o ndjson event.json | jq -r '.requests[]?.body'",
        effect: "only the request bodies",
        exitCode: 0,
      },
    ],
  },
  {
    name: "explain",
    summary: "show where each field of the requests comes from",
    description:
      "Shows for every field of every request its value, where the value came from, and which paths were looked up before. Nothing is sent.",
    options: [
      SETTINGS_OPTION,
      SYNC_OPTION,
      SOURCE_OPTION,
      OUTPUT_OPTION,
      LOCATE_OPTION,
      BLANK_OPTION,
      SUMMARY_OPTION,
    ],
    usesSettings: true,
    input: EVENTS,
    table:
      "For each event the reasons not to send it, with the setting that decides and what would help; then a table of fields with value and source: the path in the event, the setting, or Kochava's guide. Fields that were looked up and are not sent follow.",
    fields: [
      ["…", "the fields of `plan`"],
      ["at", "where the event is in the input: start and end in bytes, after decompression"],
      [
        "fields",
        "a list of `request`, `field`, `value`, `origin` and `tried` (the paths looked up: `path`, `answer`, `code`, `at`)",
      ],
      [
        "advice",
        "of a skipped event, and in each warning and violation: the `setting` that decides it, `candidates` (paths of the event that look right), and `patch`, the change that has the event sent",
      ],
    ],
    examples: [
      {
        command: "kochava-edge explain event.json",
        effect: "a table of fields",
        exitCode: 0,
      },
      {
        command:
          "kochava-edge explain -o ndjson events.ndjson | jq -c '.fields[] | select(.field == \"data.origination_ip\")'",
        effect: "the source of one field, for every event",
        exitCode: 0,
      },
    ],
  },
  {
    name: "propose",
    summary: "propose settings for events",
    description:
      "Proposes settings for events: for each key of the mapping the path in these events that looks right by its name and by its value. What the sender documents is preferred, and where nothing fits nothing is proposed. The App GUID is `koexample` until you put your own there. Nothing is sent.",
    options: [
      {
        flags: "-s, --settings <file>",
        description: "settings to keep and to add paths to; without it the proposal is whole",
      },
      {
        flags: "--sync <name>",
        description: "the sync of a wrangler.toml in `--settings`, where it has several",
      },
      SOURCE_OPTION,
      { flags: "--toml", description: "print the variables of a wrangler.toml instead of JSON" },
    ],
    usesSettings: false,
    input: EVENTS,
    table:
      "None: the settings go to standard output, and to standard error a line for each key with its path and the reason.",
    fields: [],
    examples: [
      {
        command: "kochava-edge propose event.json > settings.json",
        effect: "settings to begin with",
        exitCode: 0,
      },
      {
        command: "kochava-edge propose --toml events.ndjson",
        effect: "the same for a wrangler.toml",
        exitCode: 0,
      },
    ],
  },
  {
    name: "check",
    summary: "check Kochava request bodies against Kochava's guide",
    description:
      "Checks Kochava request bodies against Kochava's guide, whoever wrote them. Knows installs, events and updates (`/track/json`) and identities (`identityLink.php`). Needs no settings.",
    // `--settings` is accepted, so that scripts can pass every command the same options
    options: [{ ...SETTINGS_OPTION, isHidden: true }, OUTPUT_OPTION, LOCATE_OPTION, SUMMARY_OPTION],
    usesSettings: false,
    input: BODIES,
    table:
      "For each body its kind and its findings: code, JSON Pointer and sentence. The counts follow at the end.",
    fields: [
      [
        "kind",
        "`install`, `event`, `update`, `identity`, or `null` for what is no JSON object, or a request instead of its body",
      ],
      [
        "violations",
        "a list of `code`, `pointer`, `message`: what the guide forbids; where a value has the wrong JSON type, also `found` and `expected`",
      ],
      ["warnings", "a list of the same: what weakens attribution"],
    ],
    examples: [
      {
        command: "kochava-edge check body.json",
        effect: "the findings for one body",
        exitCode: 0,
      },
      {
        command:
          "kochava-edge plan -o ndjson events.ndjson | jq -r '.requests[]?.body' | kochava-edge check -",
        effect: "the bodies of a plan",
        exitCode: 0,
      },
      {
        command: "kochava-edge check -o ndjson bodies.ndjson | jq 'select(.violations != [])'",
        effect: "only the bodies with violations",
        exitCode: 0,
      },
    ],
  },
  {
    name: "deliver",
    summary: "send the requests of a plan to Kochava",
    description:
      "Sends the requests of `plan -o ndjson` to Kochava, at most six at a time, with retries, backoff and `Retry-After`. Of the events read together, installs go before all others and identities of users last; an identity is sent only after its event was accepted. One bad event stops no other; the calls of one kind and one app stop after five events that Kochava refused, limited or did not answer with none accepted in between, or after twenty rejections with the same answer or twenty unreadable answers in a row. Needs no settings: the requests are sent as they are in the plan, with its signatures.",
    options: [
      { ...SETTINGS_OPTION, isHidden: true },
      OUTPUT_OPTION,
      SUMMARY_OPTION,
      { flags: "--attempts <number>", description: "attempts per request: 1 to 10, default 3" },
      {
        flags: "--budget-ms <number>",
        description: "time for an event with its identities: 100 to 30000, default 3000",
      },
      {
        flags: "--timeout-ms <number>",
        description: "time per attempt: 100 to 30000, default 2000",
      },
    ],
    usesSettings: false,
    input:
      "Lines of `plan -o ndjson` or `explain -o ndjson`, or of `deliver -o ndjson`: then requests that Kochava accepted before are not sent again. Skipped and refused events are passed on. `-` is standard input.",
    table:
      "A row has the number of the event, its file and line, and for each request its kind, its outcome and the HTTP status. The counts follow at the end.",
    fields: [
      ["…", "the fields of the input"],
      [
        "deliveries",
        "of a ready event, for each request: `outcome` (`delivered`, `unconfirmed`, `rejected`, `paused`, `unavailable`, `held`), `attempts`, `status`, `retryAfterMs`",
      ],
    ],
    examples: [
      {
        command: "kochava-edge plan -o ndjson event.json | kochava-edge deliver -o ndjson -",
        effect: "send one event",
        exitCode: 0,
      },
      {
        command: "kochava-edge deliver -o ndjson planned.ndjson > sent.ndjson",
        effect: "send a plan, and keep what became of it",
        exitCode: 0,
      },
      {
        command: "kochava-edge deliver -o ndjson sent.ndjson > sent-again.ndjson",
        effect: "send again what was not accepted",
        exitCode: 0,
      },
    ],
  },
  {
    name: "rules",
    summary: "explain codes",
    description:
      "Prints what a code means, who can change it and how, and the document that it comes from: of rules that an event or a body breaks, of reasons to skip an event, of events that were not delivered, of unreadable inputs and of faults in settings.",
    options: [OUTPUT_OPTION],
    usesSettings: false,
    argument: { name: "[CODE...]", description: "codes; nothing: all of them, by kind" },
    input:
      "Codes as the other commands, the Worker and `SettingsError` tell them, such as `origination-ip-missing` and `not-selected`. A code of several kinds is printed for each.",
    table:
      "For each code its severity, a sentence, who can change it, how, and the source. Without a code the sentences of all, by kind.",
    fields: [
      ["code", "the stable code"],
      [
        "kind",
        "`refused`, `skipped`, `undelivered`, `warning`, `check`, `unreadable` or `settings`",
      ],
      ["severity", "`refuse`, `warn`, `skip`, or `null` where the kind has none"],
      ["sentence", "what is wrong"],
      ["by, how", "who can change it, and how; `null` where nothing is known"],
      ["source", "the document that a rule comes from, or `null`"],
    ],
    examples: [
      {
        command: "kochava-edge rules origination-ip-missing",
        effect: "one code",
        exitCode: 0,
      },
      {
        command: "kochava-edge rules not-selected wrong-type",
        effect: "why an event is skipped, and a code of two kinds",
        exitCode: 0,
      },
    ],
  },
  {
    name: "completion",
    summary: "print a script that completes words in a shell",
    description:
      "Prints a script for the shell that completes commands, options, their values and codes.",
    options: [],
    usesSettings: false,
    argument: { name: "<SHELL>", description: `the shell: ${SHELLS.join(", ")}` },
    input: "The name of a shell.",
    table: "None: the output is a script.",
    fields: [],
    examples: [
      {
        command: "kochava-edge completion bash > kochava-edge.bash",
        effect: "to be sourced in ~/.bashrc",
        exitCode: 0,
      },
      {
        command: "kochava-edge completion fish > kochava-edge.fish",
        effect: "for ~/.config/fish/completions",
        exitCode: 0,
      },
    ],
  },
];

export const OUTPUT =
  "A table for people, or NDJSON with one line per event or body for programs. Without `--output` it is a table on a terminal and NDJSON in a file or a pipe. Colors: on a terminal unless `NO_COLOR` is set, or where `FORCE_COLOR` asks for them.";

export const SAMPLES =
  "Events and settings for a first look are in the package: `cd node_modules/kochava-edge/samples`, then `npx kochava-edge plan --settings settings/sneaker-shop.json *.json`.";

export const SETTINGS =
  "From `--settings FILE`, else from `./wrangler.toml`, `./wrangler.jsonc` or `./wrangler.json`, else from `./settings.json`. In wrangler's files the variables `SETTINGS`, `SETTINGS_MAPPING` and so on are joined as the Worker joins them; `SYNC_US`, `SYNC_US_MAPPING` and so on are those of the sync `us`. With several syncs the events are planned for each, and each line of NDJSON begins with `sync`, `null` for that of `SETTINGS`. Secrets are not in that file, so requests are shown unsigned.";

/** @type {[code: number, meaning: string][]} */
export const EXIT_CODES = [
  [0, "every event is ready or skipped; every body follows the guide; every request was accepted"],
  [
    1,
    "an event was refused, a body breaks the guide, a request was not accepted, or a line is unreadable",
  ],
  [2, "wrong usage, invalid settings, or a file that cannot be read"],
  [130, "stopped with Ctrl-C"],
];
