// Finds App GUIDs of this repository's examples in a configuration.
//
// Kochava answers success for an App GUID that it does not know and drops the event, so a
// deployment with an example's App GUID would lose every event without an error.

import { readFileSync, readdirSync } from "node:fs";

const samples = new URL("../samples/settings/", import.meta.url);
/** The beginning of the App GUIDs in wrangler.toml, the README and the documentation. */
const PREFIX = "koexample";

/**
 * Returns the path and the value of every example's App GUID in the variables of wrangler.toml.
 *
 * @param {Record<string, unknown>} vars
 * @returns {{ path: string, guid: string }[]}
 */
export function exampleGuids(vars) {
  const known = sampleGuids();
  return strings(vars)
    .filter(({ text }) => text.startsWith(PREFIX) || known.has(text))
    .map(({ path, text }) => ({ path, guid: text }));
}

/** The App GUIDs in samples/settings. */
function sampleGuids() {
  const guids = readdirSync(samples)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(new URL(name, samples), "utf8")))
    .flatMap(({ app_guid, test_app_guid }) => strings({ app_guid, test_app_guid }));
  return new Set(guids.map(({ text }) => text));
}

/** Every string below a value, with its path; also in JSON text, which a variable with a null is. */
function strings(value, path = "") {
  if (typeof value === "string") {
    const read = jsonOf(value);
    return read === null ? [{ path, text: value }] : strings(read, path);
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, member]) =>
    strings(member, path ? `${path}.${key}` : key),
  );
}

/** The object of a JSON text; null if it is none. */
function jsonOf(text) {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
