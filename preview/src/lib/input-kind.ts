// Says what a text or a file is that is no JSON.

/** What it looks like, and what to do with it, as sentences. */
export interface InputKind {
  title: string;
  advice: string;
}

const TO_JSON = "Events are read from JSON, or from NDJSON with one event on each line.";

const KINDS: readonly (readonly [test: (text: string) => boolean, kind: InputKind])[] = [
  [
    (text) => /[\u0000-\u0008\u000e-\u001f]/.test(text.slice(0, 1_000)),
    { title: "This is binary data", advice: `It is not text. ${TO_JSON}` },
  ],
  [
    (text) => /^\s*<(!doctype html|html|head|body)\b/i.test(text),
    {
      title: "This is an HTML page",
      advice: `It may be an error page or a login page in place of an export. ${TO_JSON}`,
    },
  ],
  [(text) => /^\s*<[?a-z]/i.test(text), { title: "This is XML", advice: TO_JSON }],
  [
    (text) => /^\s*curl\s/.test(text),
    {
      title: "This is a curl command",
      advice: "Paste what stands after `--data`, without its quotes.",
    },
  ],
  [
    (text) => /^\s*(e|event|events|identification|api_key)=[^=\n]*(%7B|%5B|&|$)/i.test(text),
    {
      title: "This is an encoded form",
      advice:
        "Amplitude's older SDKs post their events so. The Worker reads it; here, paste the JSON that it contains.",
    },
  ],
  [
    (text) => /^\s*[[{]\s*('|[A-Za-z_$][\w$]*\s*:)/.test(text),
    {
      title: "This is not quite JSON",
      advice:
        'JSON has double quotes (`"`) around every key and every text. Print the value with `JSON.stringify` or `json.dumps`.',
    },
  ],
  [
    isCsv,
    {
      title: "This is CSV",
      advice: `Export the events as JSON, or convert each row into an object. ${TO_JSON}`,
    },
  ],
];

/** Returns what a text is that cannot be read as JSON; null if nothing tells. */
export function kindOfText(text: string): InputKind | null {
  return KINDS.find(([is]) => is(text))?.[1] ?? null;
}

/** Whether the first two lines have the same number of commas, semicolons or tabs. */
function isCsv(text: string): boolean {
  const [first = "", second = ""] = text
    .slice(0, 20_000)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  if (/^\s*[[{]/.test(first)) return false;
  return [",", ";", "\t"].some((mark) => {
    const fields = first.split(mark).length;
    return fields > 1 && unquoted(second).split(mark).length === unquoted(first).split(mark).length;
  });
}

const unquoted = (line: string) => line.replace(/"(?:[^"]|"")*"/g, "");

/** First bytes of files that are often chosen by mistake. */
const MAGIC: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], "a PNG image"],
  [[0xff, 0xd8, 0xff], "a JPEG image"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet file"],
  [[0x4f, 0x62, 0x6a, 0x01], "an Avro file"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed by Zstandard"],
  [[0x42, 0x5a, 0x68], "compressed by bzip2"],
];

/** Returns what a file is by its first bytes; null if nothing tells. */
export function kindOfBytes(bytes: Uint8Array): string | null {
  return MAGIC.find(([magic]) => magic.every((byte, at) => bytes[at] === byte))?.[1] ?? null;
}
