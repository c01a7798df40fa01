// The icons of the page, drawn in the colour of the surrounding text.

import type { JSX } from "preact";

const PATHS = {
  ready: "M4.5 10.5l3.5 3.5 7.5-8",
  refused: "M5.5 5.5l9 9m0-9l-9 9",
  skipped: "M6 4.5v11m8-11v11",
  warning: "M10 3l8 14H2zM10 8.5v3.5m0 2.4v.1",
  copy: "M7 7V4.5h8.5V13H13M4.5 7H13v8.5H4.5z",
  link: "M8.5 11.5l3-3M9 6l1.8-1.8a3.2 3.2 0 0 1 4.6 4.6L13.6 10.6M11 14l-1.8 1.8a3.2 3.2 0 0 1-4.6-4.6L6.4 9.4",
  open: "M3.5 15.5v-11h4.5l2 2.5h6.5v8.5z",
  add: "M10 4.5v11M4.5 10h11",
  remove: "M5.5 5.5l9 9m0-9l-9 9",
  up: "M10 15.5v-11m-4.5 4.5L10 4.5l4.5 4.5",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  undo: "M8 4.5L4 8.5l4 4M4 8.5h7.5a4 4 0 0 1 0 8H8",
  redo: "M12 4.5l4 4-4 4M16 8.5H8.5a4 4 0 0 0 0 8H12",
  arrow: "M4 10h12m-4.5-4.5L16 10l-4.5 4.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
