// How is text shown, whatever characters are in it?

/**
 * Control characters, those that turn the direction of text, line separators and halves of surrogate pairs: on a terminal they would act instead of
 * being seen (Unicode, general categories Cc, Zl, Zp and Cs; UAX #9, section 2).
 */
const ACTING = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** What `JSON.stringify` leaves of the control characters. */
const LEFT_BY_JSON = /[\u007f-\u009f]/g;

/** Such characters as JSON escapes them. */
export function visible(text) {
  return text.replace(ACTING, escaped);
}

/** The same JSON text without control characters. */
export function visibleJson(text) {
  return text.replace(LEFT_BY_JSON, escaped);
}

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
