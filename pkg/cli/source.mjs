// The bytes of files, of standard input and of the files in ZIP archives, decompressed if they are
// gzip.

import { fstatSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ZipFault, isZip, zipFiles } from "./zip.mjs";

const CHUNK_BYTES = 1 << 20;
/** `Readable.from` would read 16 chunks ahead. */
const ONE_AHEAD = { highWaterMark: 1 };

/** Why an input cannot be read. */
export class InputFault extends Error {}

/**
 * What is read as one: a file, standard input, or a file of a ZIP archive.
 * @typedef {{ name: string, within?: string, isNdjson: boolean, chunks: AsyncGenerator<Uint8Array> }}
 *   Input `within`: the name in the archive; `isNdjson`: by its name; `chunks`: decompressed if they
 *   are gzip, each valid until the next is requested
 */

/** @param {string} path `-` is standard input */
export function nameOf(path) {
  return path === "-" ? "stdin" : path;
}

/**
 * The inputs at a path: one, or the files of a ZIP archive.
 *
 * @param {(count: number) => void} onRead gets the number of bytes read, before decompression
 * @returns {AsyncGenerator<Input>}
 * @throws {InputFault} as the chunks of an input
 */
export async function* inputsOf(path, onRead) {
  const archive = path === "-" ? null : await opened(path);
  if (archive === null) {
    yield { name: nameOf(path), isNdjson: isNamedNdjson(path), chunks: chunksOf(path, onRead) };
    return;
  }
  try {
    const files = await zipFiles(archive, onRead);
    if (files.length === 0) throw new ZipFault("is a ZIP archive without files");
    for (const { name, chunks } of files)
      yield {
        name: `${path}/${name}`,
        within: name,
        isNdjson: isNamedNdjson(name),
        chunks: told(decompressed(chunks())),
      };
  } catch (error) {
    throw faultOf(error);
  } finally {
    await archive.close();
  }
}

/** An open ZIP archive; `null` if it is none or cannot be read, which is told when it is read. */
async function opened(path) {
  let file;
  try {
    file = await open(path);
    const start = Buffer.alloc(4);
    const isFile = (await file.stat()).isFile();
    if (isFile && (await file.read(start, 0, 4, 0)).bytesRead === 4 && isZip(start)) return file;
  } catch {
    // as below
  }
  await file?.close();
  return null;
}

function isNamedNdjson(path) {
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

function chunksOf(path, onRead) {
  return told(decompressed(counted(path === "-" ? standardInput() : fileChunks(path), onRead)));
}

/** @throws {InputFault} instead of the error of a file or of the decompression */
async function* told(chunks) {
  try {
    yield* chunks;
  } catch (error) {
    throw faultOf(error);
  }
}

function faultOf(error) {
  if (error instanceof InputFault) return error;
  return new InputFault(messageOf(error), { cause: error });
}

async function* standardInput() {
  // of which Node gives no error, but the end
  if (fstatSync(0).isDirectory()) throw new InputFault("is a directory");
  yield* process.stdin;
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
 * What a file is, by its first bytes and not by its name: Zstandard (RFC 8878, 3.1.1), xz (file
 * format, 2.1.1.1), bzip2 and 7-Zip.
 */
const UNREADABLE = {
  Zstandard: "28b52ffd",
  xz: "fd377a585a00",
  bzip2: "425a68",
  "7-Zip": "377abcaf271c",
};
const ZIP_IN_PIPE =
  "is a ZIP archive in a pipe or in gzip, which cannot be read; name the file of the archive";
const START_BYTES_MAX = 6;

/** Gzip is recognized by its first two bytes (RFC 1952, section 2.3.1). */
async function* decompressed(chunks) {
  const outer = await started(chunks);
  if (outer.start[0] !== 0x1f || outer.start[1] !== 0x8b) return yield* outer.all;
  // no error handler: errors of every stage come out of the last one
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const inner = pipeline(Readable.from(copies(outer.all), ONE_AHEAD), gunzip, () => {});
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
  const fault = startFault(start);
  if (fault !== undefined) {
    await chunks.return();
    throw new InputFault(fault);
  }
  return { start, all: prepended(start, chunks) };
}

function startFault(start) {
  if (isZip(start)) return ZIP_IN_PIPE;
  const hex = start.subarray(0, START_BYTES_MAX).toString("hex");
  const name = Object.keys(UNREADABLE).find((format) => hex.startsWith(UNREADABLE[format]));
  return (
    name &&
    `is compressed with ${name}, which cannot be read; decompress it first (gzip can be read)`
  );
}

/** `Readable.from` reads ahead. */
async function* copies(chunks) {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** Closes the input even if only its start was read. */
async function* prepended(start, chunks) {
  try {
    if (start.length > 0) yield start;
    yield* chunks;
  } finally {
    await chunks.return();
  }
}

function messageOf(error) {
  if (error instanceof ZipFault) return error.message;
  const { code } = error;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a directory";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "Z_BUF_ERROR") return "gzip data is truncated";
  if (code?.startsWith("Z_")) return "gzip data is corrupt";
  return `cannot be read (${code ?? "unknown error"})`;
}
