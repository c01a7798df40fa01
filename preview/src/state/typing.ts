// Where something is typed while it changes the work: keys into one place are one step of undo.

import { batch } from "@preact/signals";

let place: string | null = null;

/** Makes a change that is typed into a place: no step of its own if the last one was typed there. */
export function typing(into: string, change: () => void): void {
  place = into;
  batch(change);
  place = null;
}

/** The place that is being typed into; null outside of `typing`. */
export const typedPlace = (): string | null => place;
