// The bytes of a file or of standard input, decompressed if they are gzip.

import { fstatSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

const CHUNK_BYTES = 1 << 20;

/** Why an input cannot be read. */
export class InputFault extends Error {}

/** @param {string} path `-` is standard input */
export function nameOf(path) {
  return path === "-" ? "stdin" : path;
}

export function isNamedNdjson(path) {
  return /\.(ndjson|jsonl)(\.gz)?$/i.test(basename(path));
}

/** The size of an input; 0 if it is unknown. */
export function bytesOf(path) {
  try {
    const stat = path === "-" ? fstatSync(0) : statSync(path);
    return stat.isFile() ? stat.size : 0;
  } catch {
    return 0;
  }
}

/**
 * The bytes of an input, decompressed if they are gzip, in chunks that are valid until the next is
 * requested.
 *
 * @param {(count: number) => void} onRead gets the number of bytes read, before decompression
 * @throws {InputFault}
 */
export async function* chunksOf(path, onRead) {
  try {
    yield* decompressed(counted(path === "-" ? process.stdin : fileChunks(path), onRead));
  } catch (error) {
    if (error instanceof InputFault) throw error;
    throw new InputFault(messageOf(error), { cause: error });
  }
}

/** The chunks of a file, all in one buffer: garbage of this size costs more than the reading. */
async function* fileChunks(path) {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (let count; (count = (await file.read(buffer)).bytesRead) > 0; )
      yield buffer.subarray(0, count);
  } finally {
    await file.close();
  }
}

async function* counted(stream, onRead) {
  for await (const chunk of stream) {
    onRead(chunk.length);
    yield chunk;
  }
}

/**
 * What a file is, by its first bytes and not by its name: ZIP (APPNOTE, 4.3.7, 4.3.16 and 4.3.13:
 * with files, without any, in several parts), Zstandard (RFC 8878, 3.1.1), xz (file format, 2.1.1.1),
 * bzip2 and 7-Zip.
 */
const UNREADABLE = [
  {
    starts: ["504b0304", "504b0506", "504b0708"],
    fault:
      "is a ZIP archive, which cannot be read; unpack it first (Amplitude's export holds gzip files, which can be read)",
  },
  ...Object.entries({
    Zstandard: "28b52ffd",
    xz: "fd377a585a00",
    bzip2: "425a68",
    "7-Zip": "377abcaf271c",
  }).map(([name, start]) => ({
    starts: [start],
    fault: `is compressed with ${name}, which cannot be read; decompress it first (gzip can be read)`,
  })),
];
const START_BYTES_MAX = 6;

/** Gzip is recognized by its first two bytes (RFC 1952, section 2.3.1). */
async function* decompressed(chunks) {
  const outer = await started(chunks);
  if (outer.start[0] !== 0x1f || outer.start[1] !== 0x8b) return yield* outer.all;
  // no error handler: errors of every stage come out of the last one
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const inner = pipeline(Readable.from(copies(outer.all)), gunzip, () => {});
  yield* (await started(inner[Symbol.asyncIterator]())).all;
}

/**
 * The first bytes of an input, and all of them.
 *
 * @throws {InputFault} if they are of no text
 */
async function started(chunks) {
  let start = Buffer.alloc(0);
  while (start.length < START_BYTES_MAX) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const hex = start.subarray(0, START_BYTES_MAX).toString("hex");
  const found = UNREADABLE.find(({ starts }) => starts.some((bytes) => hex.startsWith(bytes)));
  if (found !== undefined) {
    await chunks.return();
    throw new InputFault(found.fault);
  }
  return { start, all: prepended(start, chunks) };
}

/** `Readable.from` reads ahead. */
async function* copies(chunks) {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* prepended(start, chunks) {
  if (start.length > 0) yield start;
  yield* chunks;
}

function messageOf({ code }) {
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a directory";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "Z_BUF_ERROR") return "gzip data is truncated";
  if (code?.startsWith("Z_")) return "gzip data is corrupt";
  return `cannot be read (${code ?? "unknown error"})`;
}
