// Under which settings is planned?

import { readFileSync } from "node:fs";
import { InputError, Mapper, SettingsError } from "../node.js";
import { offsetOfFault } from "./broken.mjs";
import { visible } from "./visible.mjs";
import { settingsOf } from "./wrangler.mjs";

/** Where settings are looked for, in this order, when none are named. */
const USUAL = ["wrangler.toml", "settings.json"];

const MISSING = `There are no settings: neither ./wrangler.toml (with [vars.SETTINGS]) nor
./settings.json is here. Name a file with --settings FILE. The least that works,
as settings.json:

  {
    "app_guid": "YOUR-KOCHAVA-APP-GUID",
    "mapping": {
      "kochava_device_id": "user_properties.kochava_device_id",
      "origination_ip": "ip_address",
      "idfv": "user_properties.idfv",
      "adid": "user_properties.adid"
    }
  }`;

/** Settings that cannot be used, as lines to show. */
export class SettingsFaults extends Error {
  constructor(lines) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/**
 * @param {string | undefined} file as asked for
 * @returns {{ mapper: Mapper, from: string }}
 * @throws {SettingsFaults}
 */
export function mapperOf(file) {
  const found = file === undefined ? usual() : readOrFail(file);
  if (found === null) throw new SettingsFaults([MISSING]);
  const { name, document, faults, from } = found;
  const all = [...faults];
  try {
    const mapper = new Mapper(document);
    if (all.length === 0) return { mapper, from };
  } catch (error) {
    if (error instanceof InputError)
      throw new SettingsFaults([`${visible(name)}: ${error.message}`]);
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) all.push(fault);
  }
  throw new SettingsFaults(
    all.map(({ path, message }) => visible(`${name}: ${path === "" ? "" : `${path}: `}${message}`)),
  );
}

function usual() {
  for (const name of USUAL) {
    const found = read(name);
    if (found !== null && found !== "absent") return found;
  }
  return null;
}

function readOrFail(file) {
  const found = read(file);
  if (found === "absent") throw new SettingsFaults([`${visible(file)}: there is no such file`]);
  if (found === null) throw new SettingsFaults([`${visible(file)}: it has no [vars.SETTINGS]`]);
  return found;
}

/** What a file holds; `null` if it holds no settings. */
function read(name) {
  let text;
  try {
    text = readFileSync(name, "utf8").replace(/^\ufeff/, "");
  } catch ({ code }) {
    if (code === "ENOENT") return "absent";
    throw new SettingsFaults([`${visible(name)}: it cannot be read (${code})`]);
  }
  return /\.toml$/i.test(name) ? readToml(name, text) : readJson(name, text);
}

function readToml(name, toml) {
  try {
    const found = settingsOf(toml);
    return found && { name, ...found, from: `${name}, [vars.SETTINGS]` };
  } catch ({ line, column }) {
    throw new SettingsFaults([`${visible(name)}: it is not TOML${placed(line, column)}`]);
  }
}

function readJson(name, json) {
  try {
    return { name, document: JSON.parse(json), faults: [], from: name };
  } catch {
    const offset = offsetOfFault(json);
    const before = offset === undefined ? [] : json.slice(0, offset).split("\n");
    throw new SettingsFaults([
      `${visible(name)}: it is not JSON${placed(before.length || undefined, (before.at(-1)?.length ?? 0) + 1)}`,
    ]);
  }
}

function placed(line, column) {
  return line === undefined ? "" : ` (line ${line}, column ${column})`;
}
