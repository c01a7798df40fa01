// Baseline: what V8 itself needs for the same bytes, without mapping and checks: decode, split,
// parse, print, encode.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function v8RoundTrip(bytes) {
  const lines = decoder.decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return encoder.encode(lines.map((line) => JSON.stringify(JSON.parse(line))).join("\n"));
}
