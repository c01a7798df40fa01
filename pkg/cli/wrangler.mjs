// Settings in the variables of a wrangler.toml, wrangler.jsonc or wrangler.json.
//
// They are joined as the Worker joins them: `SETTINGS`, then `SETTINGS_MAPPING` and so on over it.
// Secrets are not in the file, so requests are planned unsigned.

import { readFileSync } from "node:fs";

/** From pkg/cli and from bin alike. */
const SCHEMA = new URL("../settings.schema.json", import.meta.url);
const PREFIX = "SETTINGS_";
/** Cloudflare, Workers limits, "5 KB each"; KB read as 1,000 bytes. */
const VARIABLE_BYTES_MAX = 5_000;

/**
 * @param {{ vars?: object }} config wrangler's, as it was parsed
 * @returns {{ document: object, faults: import("../index.d.ts").SettingsFault[] } | null} `null` if
 *   it holds no settings
 */
export function settingsOf({ vars: variables }) {
  if (typeof variables !== "object" || variables === null) return null;
  const names = Object.keys(variables).filter(
    (name) => name === "SETTINGS" || name.startsWith(PREFIX),
  );
  if (names.length === 0) return null;
  const faults = [];
  const document = {};
  if (names.includes("SETTINGS")) Object.assign(document, wholeOf(variables, faults));
  const keys = settingsKeys();
  for (const key of keys) {
    const name = variableOf(key);
    const value = names.includes(name) ? valueOf(variables, name, faults) : undefined;
    if (value !== undefined) document[key] = value;
  }
  faults.push(...unknownNames(names, keys.map(variableOf)));
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

/** The top-level keys of the settings that may be variables of their own: all but the secrets. */
function settingsKeys() {
  const { properties } = JSON.parse(readFileSync(SCHEMA, "utf8"));
  return Object.keys(properties).filter((key) => key !== "$schema" && key !== "authentication");
}

function variableOf(key) {
  return PREFIX + key.toUpperCase();
}

/**
 * Faults for variables that the Worker does not read, with the right spelling of one in the wrong
 * case.
 */
function unknownNames(names, known) {
  const unknown = names.filter((name) => name !== "SETTINGS" && !known.includes(name));
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

function wholeOf(variables, faults) {
  const value = valueOf(variables, "SETTINGS", faults);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (value === undefined || isObject) return value;
  faults.push({ path: "SETTINGS", code: "wrong-type", message: "must be an object" });
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
