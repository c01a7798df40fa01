// Moves the focus through a list with the arrow keys, so that Tab stops at the list only once
// (roving tabindex).

/** For a list's `onKeyDown`: moves the focus between its `[data-roving]` elements. */
export function moveFocus(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const stops = [...list.querySelectorAll<HTMLElement>("[data-roving]")].filter(
    (stop) => stop.offsetParent !== null,
  );
  const now = stops.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: stops.length - 1 }[event.key];
  if (next === undefined || now < 0) return;
  event.preventDefault();
  stops[Math.max(0, Math.min(next, stops.length - 1))]?.focus();
}
