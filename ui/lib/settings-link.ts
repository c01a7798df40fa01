// Writes settings into the fragment of a link and reads them back.
//
// The fragment, which browsers do not send to a server, is `#s=` and the settings as deflated JSON
// in base64url. It never contains credentials or the event.

import { isObject, type JsonObject } from "./json";
import { readThrough } from "./streams";

const PREFIX = "#s=";
/** Settings are a few KB; a fragment that unpacks to more is not one of ours. */
const BYTES_MAX = 1_000_000;

export async function fragmentOf(settings: JsonObject): Promise<string> {
  const { authentication: _, ...rest } = settings;
  const packed = await readThrough(
    new TextEncoder().encode(JSON.stringify(rest)),
    new CompressionStream("deflate-raw"),
    BYTES_MAX,
  );
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return PREFIX + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const hasSettings = (fragment: string): boolean => fragment.startsWith(PREFIX);

/** Reads the settings of a fragment; null if it has none that can be read. */
export async function settingsOf(fragment: string): Promise<JsonObject | null> {
  try {
    const text = fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const json = await readThrough(packed, new DecompressionStream("deflate-raw"), BYTES_MAX);
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    if (!isObject(value)) return null;
    const { authentication: _, ...rest } = value;
    return rest;
  } catch {
    return null;
  }
}
