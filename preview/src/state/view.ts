// State of the page as a whole: mode, panel and messages.

import { signal } from "@preact/signals";

export const mode = signal<"plan" | "check">("plan");
/** The visible panel on a narrow screen. */
export const tab = signal<"event" | "settings" | "result">("event");
/** Shown at the top until it is closed. */
export const notice = signal<string | null>(null);
/** What was just done, shown with a button that undoes it; null if nothing. */
export const toast = signal<string | null>(null);
