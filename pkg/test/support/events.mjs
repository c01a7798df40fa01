// Generated events with values that hosts could treat differently. The same seed gives the same
// events.

/** Lines of events, some of them broken. */
export function eventLines(count, seed = 20_26) {
  const random = randomFrom(seed);
  const lines = Array.from({ length: count }, () =>
    random.one(50) ? random.of(BROKEN) : eventLine(random),
  );
  return `${lines.join("\n")}\n`;
}

const BROKEN = [
  "",
  "{",
  "[]",
  "17",
  '"text"',
  "{}",
  '[{"event_type":"a"},{"event_type":"b"}]',
  '{"event_type":"a",}',
  '{"event_type":"\\x"}',
  "\t \r",
];
const NAMES = [
  "Purchase",
  "Level Complete",
  "Level complete",
  "Größe gewählt",
  "購入",
  "a/b",
  "🚀",
  "\\ud83d",
  " ",
  "$identify",
  "Sandbox Purchase",
];
const TEXTS = [
  "",
  "plain",
  'with \\"quotes\\"',
  "line\\nbreak",
  "tab\\t",
  "ä",
  "日本",
  "👩‍👩‍👧",
  "\\ud800",
  "\\udc00\\ud800",
  "\\u0000",
  "a\\/b",
  "</script>",
  "\\u2028",
];
const NUMBERS = [
  "0",
  "-0",
  "1.0",
  "1e2",
  "1E-7",
  "0.1",
  "19.90",
  "9007199254740993",
  "9223372036854775807",
  "18446744073709551615",
  "1e999",
  "123456789012345678901234567890",
  "-1.5e-320",
];
const IPS = [
  "203.0.113.9",
  "2001:db8::9",
  "10.0.0.1",
  "::1",
  "not an address",
  "::ffff:203.0.113.7",
  "",
];
const IDS = [
  "A1B2C3D4-0000-4000-8000-0123456789AB",
  "00000000-0000-0000-0000-000000000000",
  " 11111111-2222-4333-8444-555555555555 ",
  "null",
  "3f0c7a52e1d94b6f",
  "",
];
const TIMES = [
  '"2026-01-12 09:07:27.123456"',
  "1768209247000",
  '"1768209247"',
  '"tomorrow"',
  "null",
  '"2026-01-12T09:07:27+02:00"',
];
const PROPERTIES = ["price", "item", "name", "source", "level", "0", "ev_source", "größe"];
const PLATFORMS = ["iOS", "Android", "ios", "Web", "Roku", "tvOS", "Commodore"];

function eventLine(random) {
  const users = [
    ["kochava_device_id", text(random.of(["KI-1", "KI-9F3C", "", "KÄ"]))],
    ...["idfa", "idfv", "adid", "android_id"].map((name) => [name, text(random.of(IDS))]),
    ["att_status", random.of(["3", '"denied"', "true", "false", '"perhaps"', "null"])],
    ["user_agent", text(random.of(["Mozilla/5.0 (iPhone; CPU)", "", "ÜA/1", "a%20b"]))],
    ["plan", value(random, 0)],
  ];
  const members = [
    ["event_type", text(random.of(NAMES))],
    ["platform", text(random.of(PLATFORMS))],
    ["os_version", random.of(['"17.0"', '"13.1"', "9", '"iOS 18"'])],
    ["device_model", text(random.of(["iPhone16,1", "SM-G991B", "ä"]))],
    ["ip_address", text(random.one(12) ? random.of(IPS) : IPS[0])],
    ["event_time", random.of(TIMES)],
    ["user_id", random.of(['"u-1"', "17", "null", '"ü/1"'])],
    [
      "event_properties",
      object(random, random.one(4) ? [...PROPERTIES, "currency", "revenue"] : PROPERTIES, 1),
    ],
    [
      "user_properties",
      `{${users
        .filter(() => !random.one(6))
        .map(member)
        .join(",")}}`,
    ],
  ];
  return `{${members
    .filter(() => !random.one(60))
    .map(member)
    .join(",")}}`;
}

function object(random, names, depth) {
  return `{${names
    .filter(() => random.one(2))
    .map((name) => member([name, value(random, depth)]))
    .join(",")}}`;
}

function value(random, depth) {
  switch (random.below(depth > 3 ? 4 : 6)) {
    case 0:
      return text(random.of(TEXTS));
    case 1:
      return random.of(NUMBERS);
    case 2:
      return random.of(["true", "false", "null"]);
    case 3:
      return text(random.of(["USD", "eur", "€", "9.99"]));
    case 4:
      return object(random, ["a", "b.c", "ä", ""], depth + 1);
    default:
      return `[${Array.from({ length: random.below(4) }, () => value(random, depth + 1)).join(",")}]`;
  }
}

function member([name, json]) {
  return `"${name}":${json}`;
}

function text(raw) {
  return `"${raw}"`;
}

/** Xorshift (Marsaglia, "Xorshift RNGs", 32 bits), which gives the same numbers in every host. */
function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (end) => Math.floor((next() / 2 ** 32) * end);
  return { below, one: (outOf) => below(outOf) === 0, of: (list) => list[below(list.length)] };
}
