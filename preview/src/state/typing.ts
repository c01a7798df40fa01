// Where something is typed while it changes the work: keys into one place are one step of undo.

import { batch } from "@preact/signals";

export interface Typing {
  place: string;
  /** The change is an undo of the place's own, which takes back what was typed there. */
  isUndo: boolean;
}

let current: Typing | null = null;

/** Makes a change that is typed into a place: no step of its own if the last one was typed there. */
export function typing(place: string, change: () => void, isUndo = false): void {
  current = { place, isUndo };
  batch(change);
  current = null;
}

/** What is being typed; null outside of `typing`. */
export const typingNow = (): Typing | null => current;
