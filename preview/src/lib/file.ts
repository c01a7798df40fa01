// Reads a file that was chosen or dropped: UTF-8, optionally gzipped.

import { readThrough } from "../../../ui/lib/streams";
import { kindOfBytes } from "./input-kind";

/** Larger files make the page slow. The command line has no such limit. */
const FILE_BYTES_MAX = 20_000_000;

type FileText = { text: string; isNdjson: boolean } | { fault: string };

export async function readFile(file: File): Promise<FileText> {
  if (file.size > FILE_BYTES_MAX) return { fault: tooLarge(`${file.name} is larger than 20 MB`) };
  let bytes = new Uint8Array(await file.arrayBuffer());
  if (isZip(bytes))
    return { fault: `${file.name} is a ZIP archive. Unpack it and choose a file in it.` };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await readThrough(bytes, new DecompressionStream("gzip"), FILE_BYTES_MAX);
    } catch (error) {
      return {
        fault:
          error instanceof RangeError
            ? tooLarge(`${file.name} unpacks to more than 20 MB`)
            : `${file.name} is not valid gzip.`,
      };
    }
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") return { fault: `${file.name} is empty.` };
    return { text, isNdjson: /\.(ndjson|jsonl)(\.gz)?$/i.test(file.name) };
  } catch {
    const kind = kindOfBytes(bytes);
    const what = kind === null ? "is not UTF-8 text" : `is ${kind}, not text`;
    return { fault: `${file.name} ${what}. Choose JSON, or NDJSON with one event on each line.` };
  }
}

/** APPNOTE, 4.3.7 and 4.3.16: an archive with files, or an empty one. */
const isZip = ([p, k, one, two]: Uint8Array): boolean =>
  p === 0x50 && k === 0x4b && ((one === 3 && two === 4) || (one === 5 && two === 6));

const tooLarge = (what: string): string =>
  `${what}. Use the command line instead: npx kochava-edge plan FILE`;
