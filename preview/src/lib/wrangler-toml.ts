// Writes settings as the `[vars]` of wrangler.toml.

import { stringify } from "smol-toml";
import { isObject, type Json, type JsonObject } from "../../../ui/lib/json";
import { at, withAt } from "./setting-path";

/** Cloudflare Workers, Limits: a variable holds 5 KB. */
const VAR_BYTES_MAX = 5_000;

/**
 * Returns the lines for `wrangler.toml`, without credentials: the Worker reads those from its
 * secrets.
 */
export function asWranglerToml(settings: JsonObject): string {
  const { authentication, $schema: _, ...rest } = settings;
  const kept = NULL_IS_NONE.reduce(
    (all, keys) => (at(all, keys) === null ? withAt(all, keys, undefined) : all),
    rest as JsonObject,
  );
  const vars = bytesOf(kept) > VAR_BYTES_MAX ? parts(kept) : { SETTINGS: kept };
  const writable = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [
      name,
      hasNull(value) ? JSON.stringify(value) : value,
    ]),
  );
  const hint = authentication === undefined ? "" : SECRETS;
  return `${hint}${stringify({ vars: writable }).trimEnd()}\n`;
}

/** Settings in which null means the same as leaving them out; TOML has no null. */
const NULL_IS_NONE = [["test_app_guid"], ["events", "preset"]];

const SECRETS = `# The credentials are secrets, never in this file:
#   npx wrangler secret put KOCHAVA_API_KEY
#   npx wrangler secret put KOCHAVA_SECRET
`;

/**
 * Splits the settings by top-level key: the Worker merges SETTINGS_MAPPING, SETTINGS_EVENTS and so
 * on over SETTINGS.
 */
function parts(settings: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`SETTINGS_${key.toUpperCase()}`, value]),
  );
}

/** TOML has no null; the Worker reads such a variable from its JSON text. */
function hasNull(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasNull);
  return isObject(value) ? Object.values(value).some(hasNull) : value === null;
}

const bytesOf = (value: Json) => new TextEncoder().encode(JSON.stringify(value)).length;
