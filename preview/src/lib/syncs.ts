// The syncs of a deployment: reads them from JSON or TOML, and names their variables.
//
// In: a settings object, the variables of a wrangler.toml, a whole wrangler.toml or wrangler.json,
// or the reply of `GET /settings`. Out: the syncs, or what is wrong and where.

import { parse, TomlError } from "smol-toml";
import { isObject, syntaxErrorOffset, type Json, type JsonObject } from "../../../ui/lib/json";
import { namesBelow } from "./schema";

/** The whole settings of one sync; the sync without a name is that of `[vars.SETTINGS]`. */
export interface Sync {
  name: string | null;
  value: JsonObject;
}

export type ReadSyncs = { syncs: Sync[] } | { fault: string; offset: number };

/** Names of syncs, as the Worker reads them from its variables. */
export const SYNC_NAME = /^[a-z0-9_]+$/;

/** Whether a text is TOML rather than JSON, by its first character that is no white space. */
export const looksLikeToml = (text: string): boolean =>
  /^[\s\ufeff]*(#|\[\[?[\w"]|[\w"]+[\w."-]*\s*=)/.test(text);

export function readSyncs(text: string): ReadSyncs {
  return looksLikeToml(text) ? readToml(text) : readJson(text);
}

function readJson(text: string): ReadSyncs {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value)
      ? ofDocument(value)
      : { fault: "The settings must be a JSON object.", offset: 0 };
  } catch {
    return { fault: "This is not valid JSON.", offset: syntaxErrorOffset(text) };
  }
}

function readToml(text: string): ReadSyncs {
  try {
    // dates and tables without a prototype become plain values
    return ofDocument(JSON.parse(JSON.stringify(parse(text))) as JsonObject);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const before = text.split("\n").slice(0, error.line - 1);
    const offset = before.reduce((length, line) => length + line.length + 1, error.column - 1);
    return { fault: "This is not valid TOML.", offset: Math.min(offset, text.length) };
  }
}

function ofDocument(document: JsonObject): ReadSyncs {
  const { vars, syncs } = document;
  if (Array.isArray(syncs)) return { syncs: syncs.flatMap(ofReply) };
  if (isObject(vars)) return ofVars(vars);
  if (Object.keys(document).some(isVariable)) return ofVars(document);
  const isConfiguration = ["main", "compatibility_date", "env"].some((key) => key in document);
  return isConfiguration ? NO_SETTINGS : { syncs: [{ name: null, value: document }] };
}

/** A sync of the reply of `GET /settings`. */
function ofReply(value: Json): Sync[] {
  if (!isObject(value) || !isObject(value["document"])) return [];
  const name = value["sync"];
  return [{ name: typeof name === "string" ? name : null, value: value["document"] }];
}

const NO_SETTINGS: ReadSyncs = {
  fault: "This has no `[vars.SETTINGS]` and no `[vars.SYNC_…]`.",
  offset: 0,
};

const isVariable = (name: string) => /^(SETTINGS|SYNC)(_|$)/.test(name);

/** The variables of a Worker; one for each top-level key replaces what the whole one has there. */
function ofVars(vars: JsonObject): ReadSyncs {
  const found = new Map<string | null, JsonObject>();
  // the whole ones first, in the order in which they stand
  const parts = Object.entries(vars).flatMap(([variable, value]) => partOf(variable, value));
  for (const { name, key, value } of parts.sort(
    (a, b) => Number(a.key !== null) - Number(b.key !== null),
  )) {
    const sync = found.get(name) ?? {};
    if (key !== null) found.set(name, { ...sync, [key]: value });
    else if (isObject(value)) found.set(name, { ...sync, ...value });
  }
  const syncs = [...found].map(([name, value]) => ({ name, value }));
  return syncs.length === 0 ? NO_SETTINGS : { syncs };
}

function partOf(
  variable: string,
  value: Json,
): { name: string | null; key: string | null; value: Json }[] {
  const [, kind, rest = ""] = /^(SETTINGS|SYNC)(?:_(.+))?$/.exec(variable) ?? [];
  if (kind === undefined) return [];
  const text = rest.toLowerCase();
  const read = readVariable(value);
  if (kind === "SETTINGS") return [{ name: null, key: text === "" ? null : text, value: read }];
  // the longest: `SYNC_US_TEST_APP_GUID` is of the sync `us`
  const [key = null] = namesBelow([])
    .filter((name) => text.endsWith(`_${name}`))
    .sort((a, b) => b.length - a.length);
  const name = key === null ? text : text.slice(0, -key.length - 1);
  return name === "" ? [] : [{ name, key, value: read }];
}

/** A variable that has a null is JSON text, since TOML has none. */
function readVariable(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}
