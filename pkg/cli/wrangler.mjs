// Which settings does a wrangler.toml hold?
//
// Joined as the Worker joins its variables: `SETTINGS`, then `SETTINGS_MAPPING` and so on over it. Secrets are not in the file, so calls are
// planned unsigned.

import { parse } from "smol-toml";

/** The top-level keys that may be variables of their own. */
const PARTS = [
  "app_guid",
  "test_app_guid",
  "test",
  "enabled",
  "events",
  "users",
  "mapping",
  "wire",
  "delivery",
];
const PREFIX = "SETTINGS_";
/** Cloudflare, Workers limits, "5 KB each"; KB read as 1,000 bytes. */
const VARIABLE_BYTES_MAX = 5_000;

/**
 * @param {string} toml
 * @returns {{ document: object, faults: import("../index.d.ts").SettingsFault[] } | null} `null` if it holds no settings
 */
export function settingsOf(toml) {
  const variables = parse(toml).vars ?? {};
  const names = Object.keys(variables).filter(
    (name) => name === "SETTINGS" || name.startsWith(PREFIX),
  );
  if (names.length === 0) return null;
  const faults = [];
  const document = {};
  if (names.includes("SETTINGS")) Object.assign(document, whole(variables, faults));
  for (const key of PARTS) {
    const name = PREFIX + key.toUpperCase();
    const value = names.includes(name) ? variable(variables, name, faults) : undefined;
    if (value !== undefined) document[key] = value;
  }
  for (const name of names) {
    const isUnknown =
      name !== "SETTINGS" && !PARTS.includes(name.slice(PREFIX.length).toLowerCase());
    if (isUnknown)
      faults.push({ path: name, code: "unknown-key", message: "names no part of the settings" });
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

function whole(variables, faults) {
  const value = variable(variables, "SETTINGS", faults);
  if (value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value)))
    return value;
  faults.push({ path: "SETTINGS", code: "wrong-type", message: "must be an object" });
  return undefined;
}

/** A table, or the JSON text that the dashboard would hold. */
function variable(variables, name, faults) {
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
    // a part may be a bare text: an App GUID
    if (name.endsWith("APP_GUID")) return value;
    faults.push({ path: name, code: "wrong-type", message: "is not JSON" });
    return undefined;
  }
}
