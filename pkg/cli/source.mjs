// The bytes of a file or of standard input, decompressed if they are gzip.

import { createReadStream, fstatSync, statSync } from "node:fs";
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
 * The bytes of an input, decompressed if they are gzip.
 *
 * @param {(count: number) => void} onRead gets the number of bytes read, before decompression
 * @throws {InputFault}
 */
export async function* chunksOf(path, onRead) {
  try {
    const stream =
      path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    yield* decompressed(counted(stream, onRead));
  } catch (error) {
    throw new InputFault(messageOf(error), { cause: error });
  }
}

async function* counted(stream, onRead) {
  for await (const chunk of stream) {
    onRead(chunk.length);
    yield chunk;
  }
}

/** Gzip is recognized by its first two bytes (RFC 1952, section 2.3.1), not by the file's name. */
async function* decompressed(chunks) {
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  const all = prepended(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* all;
  // no error handler: errors of every stage come out of the last one
  yield* pipeline(Readable.from(all), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
}

async function* prepended(head, chunks) {
  if (head.length > 0) yield head;
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
