// Settings in the variables of a wrangler.toml, wrangler.jsonc or wrangler.json.
//
// They are joined as the Worker joins them: `SETTINGS`, then `SETTINGS_MAPPING` and so on over it; for
// the sync `us` `SYNC_US`, then `SYNC_US_MAPPING` and so on.
// Secrets are not in the file, so requests are planned unsigned.

import { readFileSync } from "node:fs";

/** From pkg/cli and from bin alike. */
const SCHEMA = new URL("../settings.schema.json", import.meta.url);
const WHOLE = "SETTINGS";
const SYNC = "SYNC_";
/** Cloudflare, Workers limits, "5 KB each"; KB read as 1,000 bytes. */
const VARIABLE_BYTES_MAX = 5_000;

/**
 * Every sync of a configuration, the one without a name first.
 *
 * @param {{ vars?: object }} config wrangler's, as it was parsed
 * @returns {{ sync: string | null, variable: string, document?: object, faults: import("../index.d.ts").SettingsFault[] }[]}
 *   `sync` is `null` for that of `SETTINGS`; no `document`: the variable
 *   names no sync; empty if the configuration holds no settings
 */
export function syncsOf({ vars: variables }) {
  if (typeof variables !== "object" || variables === null) return [];
  const names = Object.keys(variables);
  const keys = settingsKeys();
  const unnamed = names.filter((name) => name === WHOLE || name.startsWith(`${WHOLE}_`));
  const syncs = [];
  if (unnamed.length > 0) {
    const found = documentOf(variables, WHOLE, keys);
    found.faults.push(...unknownNames(unnamed, keys));
    syncs.push({ sync: null, variable: WHOLE, ...found });
  }
  for (const name of names.filter((name) => name.toUpperCase().startsWith(SYNC))) {
    const { sync, fault } = nameOf(name, keys);
    if (fault) syncs.push({ sync: name, variable: name, faults: [fault] });
    else if (!syncs.some((known) => known.sync === sync)) {
      const variable = SYNC + sync.toUpperCase();
      syncs.push({ sync, variable, ...documentOf(variables, variable, keys) });
    }
  }
  return syncs;
}

/**
 * The variable that holds the whole settings of a sync.
 *
 * @param {string | undefined} sync the value of `--sync`
 */
export function wholeVariableOf(sync) {
  return sync === undefined || sync === "default" ? WHOLE : SYNC + sync.toUpperCase();
}

/** The settings in a variable and in those of its parts. */
function documentOf(variables, whole, keys) {
  const faults = [];
  const document = {};
  if (Object.hasOwn(variables, whole)) Object.assign(document, wholeOf(variables, whole, faults));
  for (const key of keys) {
    const name = variableOf(whole, key);
    const value = Object.hasOwn(variables, name) ? valueOf(variables, name, faults) : undefined;
    if (value !== undefined) document[key] = value;
  }
  if (Object.hasOwn(document, "authentication")) {
    delete document.authentication;
    faults.push({
      path: "authentication",
      code: "secret-in-settings",
      message: "does not belong here: set the secrets KOCHAVA_API_KEY and KOCHAVA_SECRET",
    });
  }
  return { document, faults };
}

/** The sync that a variable is of: `us` for `SYNC_US` and for `SYNC_US_MAPPING`. */
function nameOf(variable, keys) {
  const upper = variable.toUpperCase();
  const fault = (message) => ({ fault: { path: variable, code: "unknown-key", message } });
  if (!/^[A-Z0-9_]+$/.test(upper))
    return fault("the name of a sync has letters, digits and `_` only");
  if (upper !== variable) return fault(`is not a variable of a sync; did you mean \`${upper}\`?`);
  const name = upper.slice(SYNC.length);
  if (keys.some((key) => key.toUpperCase() === name))
    return fault("a sync cannot be called like a setting");
  const ends = keys.map((key) => `_${key.toUpperCase()}`).sort((a, b) => b.length - a.length);
  const end = ends.find((end) => name.endsWith(end) && name.length > end.length) ?? "";
  const sync = name.slice(0, name.length - end.length).toLowerCase();
  if (sync === "") return fault("the name of a sync is missing: SYNC_US is that of `us`");
  if (sync === "default")
    return fault("no sync can be called `default`, as the one of SETTINGS is");
  return { sync };
}

/** The top-level keys of the settings that may be variables of their own: all but the secrets. */
function settingsKeys() {
  const { properties } = JSON.parse(readFileSync(SCHEMA, "utf8"));
  return Object.keys(properties).filter((key) => key !== "$schema" && key !== "authentication");
}

function variableOf(whole, key) {
  return `${whole}_${key.toUpperCase()}`;
}

/**
 * Faults for variables that the Worker does not read, with the right spelling of one in the wrong
 * case.
 */
function unknownNames(names, keys) {
  const known = keys.map((key) => variableOf(WHOLE, key));
  const unknown = names.filter((name) => name !== WHOLE && !known.includes(name));
  return unknown.map((name) => {
    const upper = name.toUpperCase();
    const hint = known.includes(upper) ? `; did you mean \`${upper}\`?` : "";
    return {
      path: name,
      code: "unknown-key",
      message: `is not a variable of the settings${hint}`,
    };
  });
}

function wholeOf(variables, whole, faults) {
  const value = valueOf(variables, whole, faults);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (value === undefined || isObject) return value;
  faults.push({ path: whole, code: "wrong-type", message: "must be an object" });
  return undefined;
}

/** The value of a variable: a table of the file, or JSON text as the dashboard holds it. */
function valueOf(variables, name, faults) {
  const value = variables[name];
  const json = typeof value === "string" ? value : JSON.stringify(value);
  if (Buffer.byteLength(json) > VARIABLE_BYTES_MAX) {
    const message =
      "is larger than the 5 KB that a variable may hold: split it into SETTINGS_MAPPING, SETTINGS_EVENTS and so on";
    faults.push({ path: name, code: "too-large", message });
  }
  try {
    return JSON.parse(json);
  } catch {
    // an App GUID may be written without quotes
    if (name.endsWith("APP_GUID")) return value;
    faults.push({ path: name, code: "wrong-type", message: "is not JSON" });
    return undefined;
  }
}
