// Text cut, padded and wrapped to the columns of a terminal.
//
// Widths are those of a terminal: a Chinese character has width two, a combining mark none.

import stringWidth from "string-width";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function widthOf(text) {
  // the usual case, and much faster
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** The text, cut and with an ellipsis if it is too wide. */
export function cut(text, width) {
  if (widthOf(text) <= width) return text;
  return `${startOf(text, width - 1)}…`;
}

export function pad(text, width) {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text, width) {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/**
 * The text in lines, broken at spaces; a word wider than a line is broken after a dot or an
 * underscore, or anywhere.
 */
export function wrap(text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (widthOf(line) > width) {
      const part = breakOf(line, width);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return [...lines, line];
}

/** The pieces in lines, unbroken, with room for `, ` between two of them. */
export function fill(pieces, width) {
  const lines = [[]];
  let used = 0;
  for (const piece of pieces) {
    const more = widthOf(piece) + (used > 0 ? 2 : 0);
    // 1 for the comma at the end of the line
    if (used > 0 && used + more + 1 > width) {
      lines.push([piece]);
      used = widthOf(piece);
    } else {
      lines.at(-1).push(piece);
      used += more;
    }
  }
  return lines;
}

function breakOf(word, width) {
  const longest = startOf(word, width) || word.slice(0, 1);
  const atSeparator = /^.*[._]/su.exec(longest)?.[0] ?? "";
  return atSeparator.length > longest.length / 3 ? atSeparator : longest;
}

function startOf(text, width) {
  if (PRINTABLE_ASCII.test(text)) return text.slice(0, width);
  let start = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    start += segment;
  }
  return start;
}
