// Where does a text stop being JSON?
//
// V8 says it for most faults. Where it quotes the text instead of telling the place, the place is found by asking about its beginnings. Nothing of
// a message is shown: what it quotes may be a secret.

const QUOTING = /^Unexpected token /;

/** @returns {number | undefined} where reading stopped, in UTF-16 units; `undefined` where nobody says */
export function offsetOfFault(text) {
  const message = faultOf(text);
  // at the end alone: elsewhere the text itself could say so
  const told = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  if (told !== undefined) return Number(told);
  if (message === "Unexpected end of JSON input") return text.length;
  return QUOTING.test(message)
    ? shortest(text, (start) => QUOTING.test(faultOf(start))) - 1
    : undefined;
}

function faultOf(text) {
  try {
    JSON.parse(text);
    return "";
  } catch ({ message }) {
    return message;
  }
}

/** The length of the shortest beginning that is so, where every longer one is so too. */
function shortest(text, isSo) {
  let [below, length] = [0, text.length];
  while (length - below > 1) {
    const middle = (below + length) >> 1;
    if (isSo(text.slice(0, middle))) length = middle;
    else below = middle;
  }
  return length;
}
