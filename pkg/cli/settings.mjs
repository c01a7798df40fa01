// Loads the settings of `plan` and `explain` from a JSON file or from wrangler's configuration.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "smol-toml";
import { InputError, Mapper, SettingsError } from "../node.js";
import { escapeControls } from "./escape.mjs";
import { jsonErrorOffset } from "./json-error-offset.mjs";
import { jsonOfJsonc } from "./jsonc.mjs";
import { syncsOf } from "./wrangler.mjs";

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
 * @param {string | undefined} sync the value of `--sync`
 * @returns {{ sync: string | null, mapper: Mapper, document: object, from: string }[]} one for each
 *   sync; `document`: the settings as read
 * @throws {SettingsFaults}
 */
export function loadMappers(file, sync) {
  const found = file === undefined ? readDefault() : readNamed(file);
  if (found === null) throw new SettingsFaults([MISSING]);
  const loaded = chosenSyncs(found, sync).map((one) => mapperOf(one.name, one));
  const lines = loaded.flatMap(({ lines }) => lines);
  if (lines.length > 0) throw new SettingsFaults(lines);
  return loaded;
}

function chosenSyncs({ name, syncs }, sync) {
  const chosen = syncs.filter((one) => sync === undefined || sync === shownSync(one.sync));
  if (chosen.length > 0) return chosen.map((one) => ({ ...one, name }));
  const names = syncs.map((one) => shownSync(one.sync)).join(", ");
  throw fault(name, `has no sync of this name; its syncs: ${names}`);
}

/** The name of a sync in `--sync`. */
export const shownSync = (sync) => sync ?? "default";

/** A mapper, or the lines of its faults. */
function mapperOf(name, { sync, variable, document, faults, from }) {
  let all = faults;
  let mapper;
  try {
    if (document) mapper = new Mapper(document);
  } catch (error) {
    if (error instanceof InputError) throw fault(name, error.message);
    if (!(error instanceof SettingsError)) throw error;
    all = [...faults, ...error.faults.map((fault) => within(sync, variable, fault))];
  }
  return { sync, mapper, document, from, lines: all.map((fault) => faultLine(name, fault)) };
}

/**
 * The settings of one sync in a file, whatever they lack.
 *
 * @param {string} file the value of `--settings`
 * @param {string | undefined} sync the value of `--sync`
 * @throws {SettingsFaults} if the file has none, or those of several syncs
 */
export function readSettings(file, sync) {
  const [found, ...others] = chosenSyncs(readNamed(file), sync);
  if (others.length > 0) throw fault(file, "has several syncs; name one with --sync NAME");
  const { name, document, faults } = found;
  if (faults.length > 0) throw new SettingsFaults(faults.map((fault) => faultLine(name, fault)));
  return document;
}

/** The fault of a setting of a sync, with the path that the Worker gives it: `SYNC_US.mapping.idfa`. */
function within(sync, variable, { path, ...fault }) {
  if (sync === null) return { path, ...fault };
  return { path: path === "" ? variable : `${variable}.${path}`, ...fault };
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
  if (/\.toml$/i.test(name)) return ofWrangler(name, parsedToml(name, text), (path) => `[${path}]`);
  const json = parsedJson(name, text);
  return isOfWrangler(name, json)
    ? ofWrangler(name, json, (path) => path)
    : { name, syncs: [{ sync: null, document: json, faults: [], from: name }] };
}

/** Settings have neither `vars` nor `compatibility_date`. */
function isOfWrangler(name, json) {
  if (/^wrangler\.jsonc?$/i.test(basename(name))) return true;
  return Object.hasOwn(Object(json), "vars") || Object.hasOwn(Object(json), "compatibility_date");
}

function ofWrangler(name, config, spelled) {
  const syncs = syncsOf(Object(config)).map((sync) => ({
    ...sync,
    from: `${name}, ${spelled(`vars.${sync.variable}`)}`,
  }));
  return syncs.length === 0 ? null : { name, syncs };
}

function parsedToml(name, toml) {
  try {
    return parse(toml);
  } catch (error) {
    if (error.line === undefined) throw error;
    const place = position(error.line, error.column);
    const path = pathOfLargeInteger(toml);
    if (path === undefined) throw fault(name, `not valid TOML${place}`);
    const bounds = `from -${Number.MAX_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;
    throw fault(name, `${path}: an integer must be ${bounds}${place}`);
  }
}

/**
 * The path of the first integer that no double holds exactly; `undefined` if the text has none or is
 * not TOML.
 */
function pathOfLargeInteger(toml) {
  try {
    return pathOfBigInt(parse(toml, { integersAsBigInt: "asNeeded" }));
  } catch {
    return undefined;
  }
}

function pathOfBigInt(value, path = "") {
  if (typeof value === "bigint") return path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const before = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const found = pathOfBigInt(inner, before);
    if (found !== undefined) return found;
  }
  return undefined;
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
