// How do arrow keys move through a list that Tab enters once?

/** For a list's `onKeyDown`: moves the focus between its `[data-rove]` elements. */
export function rove(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const stops = [...list.querySelectorAll<HTMLElement>("[data-rove]")].filter(
    (stop) => stop.offsetParent !== null,
  );
  const now = stops.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: stops.length - 1 }[event.key];
  if (next === undefined || now < 0) return;
  event.preventDefault();
  stops[Math.max(0, Math.min(next, stops.length - 1))]?.focus();
}
