// How does a link carry settings?
//
// In the fragment, which browsers do not send to a server: `#s=` and the settings as JSON, deflated, in base64url. Never credentials, never
// the event.

import { isObject, type JsonObject } from "./json";

const MARK = "#s=";
/** A link is a few KB; one that unpacks to more is no link of ours. */
const BYTES_MAX = 1_000_000;

export async function fragmentOf(settings: JsonObject): Promise<string> {
  const { authentication: _, ...rest } = settings;
  const packed = await through(
    new TextEncoder().encode(JSON.stringify(rest)),
    new CompressionStream("deflate-raw"),
  );
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return MARK + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const hasSettings = (fragment: string): boolean => fragment.startsWith(MARK);

/** The settings that a fragment carries; null for anything else. */
export async function settingsOf(fragment: string): Promise<JsonObject | null> {
  try {
    const text = fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/");
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const json = await through(packed, new DecompressionStream("deflate-raw"));
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    if (!isObject(value)) return null;
    const { authentication: _, ...rest } = value;
    return rest;
  } catch {
    return null;
  }
}

/** What comes out of a stream, up to `max` bytes. */
export async function through(
  bytes: BufferSource,
  stream: CompressionStream | DecompressionStream,
  max = BYTES_MAX,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: BlobPart[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.byteLength;
    if (length > max) {
      await reader.cancel();
      throw new RangeError("too large");
    }
    chunks.push(step.value as BlobPart);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
