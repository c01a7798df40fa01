// Escapes for characters that a terminal would act on instead of showing.

/**
 * Control characters, direction marks, line separators and surrogates (Unicode, general categories
 * Cc, Zl, Zp and Cs; UAX #9, section 2).
 */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** The control characters that `JSON.stringify` does not escape. */
const CONTROLS_IN_JSON = /[\u007f-\u009f]/g;

/** The text with such characters as JSON escapes. */
export function escapeControls(text) {
  return text.replace(CONTROLS, escape);
}

/** The same JSON value without control characters. */
export function escapeControlsInJson(text) {
  return text.replace(CONTROLS_IN_JSON, escape);
}

function escape(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
