// Where something is typed while it changes the work: keys into one place are one step of undo.

import { batch } from "@preact/signals";

let place: string | null = null;
let isUndo = false;

/**
 * Makes a change that is typed into a place: no step of its own if the last one was typed there.
 * `takesBack`: the place's own undo takes back what was typed.
 */
export function typing(into: string, change: () => void, takesBack = false): void {
  place = into;
  isUndo = takesBack;
  batch(change);
  place = null;
  isUndo = false;
}

/** The place that is being typed into; null outside of `typing`. */
export const typedPlace = (): string | null => place;

/** Whether the change takes back what was typed there. */
export const isTakenBack = (): boolean => isUndo;
