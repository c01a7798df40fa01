// What does `--help` teach?

const INPUT = `Input: a JSON document, documents one after the other, an array, NDJSON
(one value a line), or any of them as gzip. An array and NDJSON of any length
take little memory. "-" is standard input.`;

const BODIES = `Input: what stands alone in a file is one body, judged byte for byte as it would
be sent. A list is one body too, and none that Kochava takes; spaces, line ends
and a byte order mark count. Only the one line end that editors put behind a
text (\\n or \\r\\n) is taken off. NDJSON holds one body a line, blank lines are
passed over; documents one after the other are one body each. Any of them may be
gzip. "-" is standard input.`;

const OUTPUT = `Output: a table, or NDJSON with one line an event. Without --output it is NDJSON
where standard input is read and the answer goes to a file or a pipe.`;

const SETTINGS = `Settings: from --settings FILE, else from ./wrangler.toml, else ./settings.json.
Of a wrangler.toml the tables [vars.SETTINGS], [vars.SETTINGS_MAPPING] and so on
are read, joined as the Worker joins them. Secrets are not in it: the calls are
shown unsigned.`;

const EXIT_CODES = `Exit codes:
  0    every event is ready or skipped; every body keeps the guide
  1    an event was refused, a body breaks the guide, or a line is not readable
  2    wrong usage, faulty settings, or a file that cannot be read
  130  stopped with Ctrl-C`;

export const HELP = {
  program: {
    description: `Maps analytics events to Kochava's server-to-server calls, on your machine:
nothing is sent. Every event gets one fate: ready (these exact requests),
skipped (your settings do not want it) or refused (it breaks a rule of Kochava).`,
    after: `
Examples:
  kochava-edge plan samples/*.json
      what would become of these events
  zcat events.ndjson.gz | kochava-edge plan - > fates.ndjson
      the same for a large export, one line of JSON an event
  kochava-edge explain event.json
      where each field of the calls came from, and what was tried before
  kochava-edge check body.json
      does this Kochava body, anybody's, keep Kochava's guide?

${INPUT}

${SETTINGS}

${EXIT_CODES}

"kochava-edge plan --help" says more about a command.`,
  },
  plan: {
    summary: "what becomes of each event",
    description: `What becomes of each event: the calls that Kochava would get, or why there are
none. Nothing is sent.`,
    after: `
Examples:
  kochava-edge plan samples/*.json
  kochava-edge plan --settings wrangler.toml event.json
  zcat events.ndjson.gz | kochava-edge plan - > fates.ndjson
  kochava-edge plan -o ndjson events.json | jq -r '.requests[]?.body'

A row of the table has the number of the event, its file and line, its name, its
fate, and: the calls with their size and what weakens them (ready), or the code
of the reason, the field and a sentence (skipped, refused).

A line of NDJSON is one of
  {"fate":"ready","requests":[{kind,method,url,headers,body}],"warnings":[…]}
  {"fate":"skipped","code":…,"message":…}
  {"fate":"refused","violations":[{code,field,origin,message}]}

${INPUT}

${OUTPUT}

${SETTINGS}

${EXIT_CODES}`,
  },
  check: {
    summary: "does each Kochava body keep the guide",
    description: `Does each Kochava body, anybody's, keep Kochava's guide? Knows installs, events
and updates (/track/json) and identities (identityLink.php). No settings are
needed.`,
    after: `
Examples:
  kochava-edge check body.json
  kochava-edge plan -o ndjson events.json | jq -r '.requests[]?.body' \\
    | kochava-edge check -
  kochava-edge check -o ndjson bodies.ndjson | jq 'select(.violations != [])'

A line of NDJSON is
  {"kind":…,"violations":[{code,pointer,message}],"warnings":[…]}

${BODIES}

${OUTPUT}

${EXIT_CODES}`,
  },
  explain: {
    summary: "where each field of the calls came from",
    description: `The plan, and for every field of every call its value, where it came from, and
which paths were tried before. Nothing is sent.`,
    after: `
Examples:
  kochava-edge explain event.json
  kochava-edge explain -o ndjson events.ndjson \\
    | jq -c '.fields[] | select(.field == "data.origination_ip")'

A line of NDJSON is a line of "plan" with two more members: "at", where the
event lies in the input (bytes from its beginning, unpacked), and "fields".

${INPUT}

${OUTPUT}

${SETTINGS}

${EXIT_CODES}`,
  },
};
