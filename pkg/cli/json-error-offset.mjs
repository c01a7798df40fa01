// Finds where a text stops being JSON.
//
// V8 reports the position for most errors. For an unexpected token it quotes the text instead; then
// the position is found by bisection over prefixes. No message is shown: it may quote a secret.

const UNEXPECTED_TOKEN = /^Unexpected token /;

/** @returns {number | undefined} in UTF-16 units; `undefined` if V8 does not report it */
export function jsonErrorOffset(text) {
  const message = errorMessageOf(text);
  // at the end only: a quoted text could contain the same words
  const position = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (message === "Unexpected end of JSON input") return text.length;
  return UNEXPECTED_TOKEN.test(message)
    ? shortestPrefix(text, (prefix) => UNEXPECTED_TOKEN.test(errorMessageOf(prefix))) - 1
    : undefined;
}

function errorMessageOf(text) {
  try {
    JSON.parse(text);
    return "";
  } catch ({ message }) {
    return message;
  }
}

/** The length of the shortest prefix that matches, if every longer one matches too. */
function shortestPrefix(text, matches) {
  let [below, length] = [0, text.length];
  while (length - below > 1) {
    const middle = (below + length) >> 1;
    if (matches(text.slice(0, middle))) length = middle;
    else below = middle;
  }
  return length;
}
