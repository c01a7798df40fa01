// The batches of events that the package is measured on: each is a row, against V8's parsing and
// printing of the same bytes. A row for another sender is one entry in sender-events.mjs, and one in
// rows.mjs.

import { linesOf } from "./events.mjs";
import { HARD_SETTINGS, hardLinesOf } from "./hard-events.mjs";
import { SENDER_BATCHES } from "./sender-events.mjs";
import { SHOP_SETTINGS } from "./shop-settings.mjs";

const SIGNED_SETTINGS = {
  ...SHOP_SETTINGS,
  authentication: { api_key: "bench-api-key-0123", secret: "bench-secret-0123456789" },
};

/** `{ row: { lines, settings, source } }`: `lines(count)` returns so many events as NDJSON. */
export const BATCHES = {
  ndjson: { lines: (count) => linesOf(count), settings: SHOP_SETTINGS },
  "ndjson-export": {
    lines: (count) => linesOf(count, { shape: "export" }),
    settings: SHOP_SETTINGS,
  },
  "ndjson-mixed": {
    lines: (count) => linesOf(count, { shape: "export", nonAscii: 0.1 }),
    settings: SHOP_SETTINGS,
  },
  "ndjson-hard": { lines: (count) => hardLinesOf(count), settings: HARD_SETTINGS },
  "ndjson-signed": { lines: (count) => linesOf(count), settings: SIGNED_SETTINGS },
  ...SENDER_BATCHES,
};
