// JSON with comments and trailing commas, as wrangler and editors read it.

/** A string, a comment, or a comma before a closing bracket with space and comments between. */
const TOKENS =
  /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*[\]}])/g;

/** The text as JSON of the same length: places in it stay the same. */
export function jsonOfJsonc(text) {
  return text.replace(TOKENS, (token) =>
    token.startsWith('"') ? token : token.replace(/[^\n]/g, " "),
  );
}
