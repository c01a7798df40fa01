// Writes syncs as the `[vars]` of wrangler.toml.

import { stringify } from "smol-toml";
import { isObject, type Json, type JsonObject } from "../../../ui/lib/json";
import { examplesIn } from "./example-guids";
import { at, withAt } from "./setting-path";
import type { Sync } from "./syncs";

/** Cloudflare Workers, Limits: a variable holds 5 KB. */
const VAR_BYTES_MAX = 5_000;

/**
 * Returns the lines for `wrangler.toml`, without credentials: the Worker reads those from its
 * secrets.
 */
export function asWranglerToml(syncs: readonly Sync[]): string {
  const vars = Object.assign({}, ...syncs.map(variablesOf)) as JsonObject;
  const writable = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [
      name,
      hasNull(value) ? JSON.stringify(value) : value,
    ]),
  );
  const hints = [...syncs.flatMap(secretsOf), ...examplesHint(syncs)].map((line) => `# ${line}\n`);
  return `${hints.join("")}${stringify({ vars: writable }).trimEnd()}\n`;
}

/** Settings in which null means the same as leaving them out; TOML has no null. */
const NULL_IS_NONE = [["test_app_guid"], ["events", "preset"]];

/**
 * The variable of a sync, or one for each top-level key if it is too large: the Worker merges
 * SETTINGS_MAPPING, SETTINGS_EVENTS and so on over SETTINGS.
 */
function variablesOf({ name, value }: Sync): JsonObject {
  const { authentication: _, $schema: __, ...rest } = value;
  const kept = NULL_IS_NONE.reduce(
    (all, keys) => (at(all, keys) === null ? withAt(all, keys, undefined) : all),
    rest as JsonObject,
  );
  const variable = variableOf(name);
  if (bytesOf(kept) <= VAR_BYTES_MAX) return { [variable]: kept };
  return Object.fromEntries(
    Object.entries(kept).map(([key, part]) => [`${variable}_${key.toUpperCase()}`, part]),
  );
}

/** The name of the variable that has the settings of a sync. */
export const variableOf = (name: string | null): string =>
  name === null ? "SETTINGS" : `SYNC_${name.toUpperCase()}`;

function secretsOf({ name, value }: Sync): string[] {
  if (value["authentication"] === undefined) return [];
  const suffix = name === null ? "" : `_${name.toUpperCase()}`;
  return [
    "The credentials are secrets, never in this file:",
    `  npx wrangler secret put KOCHAVA_API_KEY${suffix}`,
    `  npx wrangler secret put KOCHAVA_SECRET${suffix}`,
  ];
}

function examplesHint(syncs: readonly Sync[]): string[] {
  const guids = [...new Set(syncs.flatMap(({ value }) => examplesIn(value)))];
  if (guids.length === 0) return [];
  return [
    `Put the App GUIDs of your own apps in place of the examples' (${guids.join(", ")}):`,
    "  `make deploy` refuses them, since Kochava drops every event for them.",
  ];
}

/** TOML has no null; the Worker reads such a variable from its JSON text. */
function hasNull(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasNull);
  return isObject(value) ? Object.values(value).some(hasNull) : value === null;
}

const bytesOf = (value: Json) => new TextEncoder().encode(JSON.stringify(value)).length;
