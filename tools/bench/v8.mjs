// What does V8 itself need for the same bytes? Decode, split, parse, print, encode: no mapping, no
// check.

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function throughV8(bytes) {
  const lines = decoder.decode(bytes).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return encoder.encode(lines.map((line) => JSON.stringify(JSON.parse(line))).join("\n"));
}
