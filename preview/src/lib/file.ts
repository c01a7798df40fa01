// What does a file say that somebody chose or dropped?

import { through } from "./link";

/** More than that makes no good page; `planNdjson` takes it in Node. */
const FILE_BYTES_MAX = 20_000_000;

type FileText = { text: string; isLines: boolean } | { fault: string };

export async function readFile(file: File): Promise<FileText> {
  if (file.size > FILE_BYTES_MAX) return { fault: `${file.name} is larger than 20 MB.` };
  let bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await through(bytes, new DecompressionStream("gzip"), FILE_BYTES_MAX);
    } catch (error) {
      return {
        fault:
          error instanceof RangeError
            ? `${file.name} unpacks to more than 20 MB.`
            : `${file.name} cannot be unpacked.`,
      };
    }
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "") return { fault: `${file.name} is empty.` };
    return { text, isLines: /\.(ndjson|jsonl)(\.gz)?$/i.test(file.name) };
  } catch {
    return { fault: `${file.name} is not a text in UTF-8.` };
  }
}
