// What an input is that holds no JSON, by its first bytes, in one sentence.

const JSON_START = /^[\s\ufeff]*(?:[[{"\d-]|true|false|null)/;
/** How much of an input is looked at. */
const LOOKED_AT_BYTES = 4_096;
/** Of random bytes a tenth are control characters, of text hardly any. */
const CONTROLS_SHARE_MAX = 0.04;
const CONTROLS_MAX = 3;

/**
 * @param {Uint8Array} bytes from the start of the input
 * @param {string} name of the file
 * @returns {string | undefined} what the input is and what to do; `undefined` if it may be JSON
 */
export function otherFormat(bytes, name) {
  const start = Buffer.from(bytes).subarray(0, LOOKED_AT_BYTES);
  if (isUtf16(start))
    return "is UTF-16 text, which cannot be read; convert it first (iconv -f UTF-16 -t UTF-8)";
  const text = start.toString("latin1");
  if (/\.br$/i.test(name) && (isBinary(text) || !JSON_START.test(text)))
    return "is compressed with Brotli, which cannot be read; decompress it first (gzip can be read)";
  if (isBinary(text))
    return "is binary data, which cannot be read (JSON, NDJSON, gzip and ZIP can)";
  if (isCsv(start.toString()))
    return "is CSV, which cannot be read; convert it first to NDJSON, one JSON object per line";
  return undefined;
}

/** A byte order mark of UTF-16 (Unicode, 23.8), or a bracket with a zero byte beside it. */
function isUtf16(bytes) {
  return ["fffe", "feff", "7b00", "007b", "5b00", "005b"].includes(
    bytes.subarray(0, 2).toString("hex"),
  );
}

function isBinary(text) {
  const controls = text.match(/[\0-\x08\x0e-\x1a\x1c-\x1f]/g) ?? [];
  return (
    text.includes("\0") ||
    controls.length > Math.max(CONTROLS_MAX, CONTROLS_SHARE_MAX * text.length)
  );
}

/** A first line with at least two columns, none of which begins like JSON's objects and arrays. */
function isCsv(text) {
  const [line] = text.replace(/^\ufeff/, "").split(/[\r\n]/, 1);
  const separator = /[,;\t]/.exec(withoutQuoted(line))?.[0];
  if (separator === undefined || /[[{]/.test(line)) return false;
  return withoutQuoted(line)
    .split(separator)
    .every((column) => /^[^"]*$/.test(column));
}

/** A line without its quoted texts, in which a separator is part of the text. */
function withoutQuoted(line) {
  return line.replace(/"(?:[^"]|"")*"/g, "");
}
