// How do the settings stand in wrangler.toml?

import { stringify } from "smol-toml";
import { isObject, type Json, type JsonObject } from "./json";

/** Cloudflare Workers, Limits: a variable holds 5 KB. */
const VAR_BYTES_MAX = 5_000;

/** The lines for `wrangler.toml`. Credentials are never among them: the Worker takes them from its secrets. */
export function asWranglerToml(settings: JsonObject): string {
  const { authentication, $schema: _, test_app_guid, ...rest } = settings;
  // null says what leaving it out says
  const kept = test_app_guid == null ? rest : { ...rest, test_app_guid };
  const vars = bytesOf(kept) > VAR_BYTES_MAX ? parts(kept) : { SETTINGS: kept };
  const spelled = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [
      name,
      hasNull(value) ? JSON.stringify(value) : value,
    ]),
  );
  const hint = authentication === undefined ? "" : SECRETS;
  return `${hint}${stringify({ vars: spelled }).trimEnd()}\n`;
}

const SECRETS = `# The credentials are secrets, never in this file:
#   npx wrangler secret put KOCHAVA_API_KEY
#   npx wrangler secret put KOCHAVA_SECRET
`;

/** The Worker puts SETTINGS_MAPPING, SETTINGS_EVENTS and so on over SETTINGS. */
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
