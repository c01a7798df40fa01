// Hands an event over from the console to the preview, which the console opens in a new tab.
//
// A tab that is opened by another starts with a copy of its session storage. Nothing of the event
// stands in a link, and nothing is kept: the console removes its copy at once, the preview when it
// reads it.

const KEY = "kochava-edge:event";

/** Opens the preview at `link` with this event. */
export function openWithEvent(link: string, event: string): void {
  sessionStorage.setItem(KEY, event);
  open(link, "_blank");
  sessionStorage.removeItem(KEY);
}

/** Returns the event that this tab was opened with, once; null if there is none. */
export function takeEvent(): string | null {
  const event = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return event;
}
