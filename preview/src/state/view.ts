// Which part of the page is looked at?

import { signal } from "@preact/signals";

export const mode = signal<"plan" | "check">("plan");
/** On a narrow screen one panel at a time. */
export const tab = signal<"event" | "settings" | "result">("event");
/** Said by screen readers. */
export const announcement = signal("");
/** Told at the top until it is closed. */
export const notice = signal<string | null>(null);
