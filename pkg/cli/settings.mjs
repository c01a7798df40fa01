// Under which settings is planned?

import { readFileSync } from "node:fs";
import { Mapper, SettingsError } from "../node.js";
import { visible } from "./visible.mjs";
import { settingsOf } from "./wrangler.mjs";

/** Where settings are looked for, in this order, when none are named. */
const USUAL = ["wrangler.toml", "settings.json"];

const MISSING = `There are no settings: neither ./wrangler.toml (with [vars.SETTINGS]) nor ./settings.json is here.
Name a file with --settings FILE. The least that works, as settings.json:

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
  try {
    const mapper = new Mapper(document);
    if (faults.length === 0) return { mapper, from };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw new SettingsFaults([`${visible(name)}: settings must be an object`]);
    faults.push(...error.faults);
  }
  throw new SettingsFaults(faults.map(({ path, message }) => visible(`${name}: ${path === "" ? "" : `${path}: `}${message}`)));
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
  } catch ({ message }) {
    // only the place: the rest of V8's message quotes the file, and that may hold a secret
    const offset = /at position (\d+)/.exec(message)?.[1];
    const before = offset === undefined ? [] : json.slice(0, Number(offset)).split("\n");
    throw new SettingsFaults([`${visible(name)}: it is not JSON${placed(before.length || undefined, (before.at(-1)?.length ?? 0) + 1)}`]);
  }
}

function placed(line, column) {
  return line === undefined ? "" : ` (line ${line}, column ${column})`;
}
