// Loads the settings of `plan` and `explain` from a JSON file or from wrangler's configuration.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "smol-toml";
import { InputError, Mapper, SettingsError } from "../node.js";
import { escapeControls } from "./escape.mjs";
import { jsonErrorOffset } from "./json-error-offset.mjs";
import { jsonOfJsonc } from "./jsonc.mjs";
import { settingsOf } from "./wrangler.mjs";

/** Where settings are looked for, in this order, if no file is named. */
const DEFAULT_FILES = ["wrangler.toml", "wrangler.jsonc", "wrangler.json", "settings.json"];

const MISSING = `No settings found: there is neither ./wrangler.toml, ./wrangler.jsonc or
./wrangler.json with the variable SETTINGS nor ./settings.json. Name a file with
--settings FILE, or create settings.json, at least:

  {
    "app_guid": "YOUR-KOCHAVA-APP-GUID",
    "mapping": {
      "kochava_device_id": "user_properties.kochava_device_id",
      "origination_ip": "ip_address",
      "idfv": "user_properties.idfv",
      "adid": "user_properties.adid"
    }
  }`;

/** Settings that cannot be used, as lines to print. */
export class SettingsFaults extends Error {
  constructor(lines) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/**
 * @param {string | undefined} file the value of `--settings`
 * @returns {{ mapper: Mapper, document: object, from: string }} `document`: the settings as read
 * @throws {SettingsFaults}
 */
export function loadMapper(file) {
  const found = file === undefined ? readDefault() : readNamed(file);
  if (found === null) throw new SettingsFaults([MISSING]);
  const { name, document, from } = found;
  let { faults } = found;
  try {
    const mapper = new Mapper(document);
    if (faults.length === 0) return { mapper, document, from };
  } catch (error) {
    if (error instanceof InputError) throw fault(name, error.message);
    if (!(error instanceof SettingsError)) throw error;
    faults = [...faults, ...error.faults];
  }
  throw new SettingsFaults(faults.map((fault) => faultLine(name, fault)));
}

/**
 * The settings in a file, whatever they lack.
 *
 * @param {string} file the value of `--settings`
 * @throws {SettingsFaults} if the file has none
 */
export function readSettings(file) {
  const { name, document, faults } = readNamed(file);
  if (faults.length > 0) throw new SettingsFaults(faults.map((fault) => faultLine(name, fault)));
  return document;
}

function faultLine(name, { path, message }) {
  return escapeControls(`${name}: ${path === "" ? "" : `${path}: `}${message}`);
}

function readDefault() {
  for (const name of DEFAULT_FILES) {
    const found = read(name);
    if (found !== null && found !== "absent") return found;
  }
  return null;
}

function readNamed(file) {
  const found = read(file);
  if (found === "absent") throw fault(file, "no such file");
  if (found === null) throw fault(file, "has no variable SETTINGS");
  return found;
}

/** The settings in a file; `null` if it has none. */
function read(name) {
  let text;
  try {
    text = readFileSync(name, "utf8").replace(/^\ufeff/, "");
  } catch ({ code }) {
    if (code === "ENOENT") return "absent";
    throw fault(name, `cannot be read (${code})`);
  }
  if (/\.toml$/i.test(name)) return ofWrangler(name, parsedToml(name, text), "[vars.SETTINGS]");
  const json = parsedJson(name, text);
  return isOfWrangler(name, json)
    ? ofWrangler(name, json, "vars.SETTINGS")
    : { name, document: json, faults: [], from: name };
}

/** Settings have neither `vars` nor `compatibility_date`. */
function isOfWrangler(name, json) {
  if (/^wrangler\.jsonc?$/i.test(basename(name))) return true;
  return Object.hasOwn(Object(json), "vars") || Object.hasOwn(Object(json), "compatibility_date");
}

function ofWrangler(name, config, place) {
  const found = settingsOf(Object(config));
  return found && { name, ...found, from: `${name}, ${place}` };
}

function parsedToml(name, toml) {
  try {
    return parse(toml);
  } catch (error) {
    if (error.line === undefined) throw error;
    throw fault(name, `not valid TOML${position(error.line, error.column)}`);
  }
}

/** In wrangler's files and in .jsonc comments and trailing commas are allowed. */
function parsedJson(name, text) {
  const isJsonc = /(?:\.jsonc|^wrangler\.json)$/i.test(basename(name));
  const json = isJsonc ? jsonOfJsonc(text) : text;
  try {
    return JSON.parse(json);
  } catch {
    const offset = jsonErrorOffset(json);
    const before = offset === undefined ? [] : json.slice(0, offset).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw fault(name, `not valid JSON${position(before.length || undefined, column)}`);
  }
}

function position(line, column) {
  return line === undefined ? "" : ` (line ${line}, column ${column})`;
}

function fault(name, message) {
  return new SettingsFaults([`${escapeControls(name)}: ${message}`]);
}
