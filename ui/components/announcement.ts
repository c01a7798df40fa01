// What screen readers read out next. Each page shows it in a live region.

import { signal } from "@preact/signals";

export const announcement = signal("");
