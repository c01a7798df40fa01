// How is a file read, or standard input, packed or not?

import { createReadStream, fstatSync, statSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

const CHUNK_BYTES = 1 << 20;

/** Why an input cannot be read, as a sentence. */
export class InputFault extends Error {}

/** @param {string} path `-` is standard input */
export function nameOf(path) {
  return path === "-" ? "stdin" : path;
}

export function isNamedNdjson(path) {
  return /\.(ndjson|jsonl)(\.gz)?$/i.test(basename(path));
}

/** How many bytes there are to read; 0 where nobody knows. */
export function bytesOf(path) {
  try {
    const stat = path === "-" ? fstatSync(0) : statSync(path);
    return stat.isFile() ? stat.size : 0;
  } catch {
    return 0;
  }
}

/**
 * The bytes of an input, unpacked if it is gzip.
 *
 * @param {(count: number) => void} onRead is told how many bytes were read, packed as they are
 */
export async function* chunksOf(path, onRead) {
  try {
    yield* unpacked(
      counted(
        path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES }),
        onRead,
      ),
    );
  } catch (error) {
    throw new InputFault(sentenceOf(error), { cause: error });
  }
}

async function* counted(stream, onRead) {
  for await (const chunk of stream) {
    onRead(chunk.length);
    yield chunk;
  }
}

/** Gzip is known by its first two bytes (RFC 1952, section 2.3.1), whatever the name says. */
async function* unpacked(chunks) {
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done) break;
    head = head.length === 0 ? value : Buffer.concat([head, value]);
  }
  const whole = concatenated(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* whole;
  // what goes wrong comes out of the last stream too
  yield* pipeline(Readable.from(whole), createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
}

async function* concatenated(head, chunks) {
  if (head.length > 0) yield head;
  yield* chunks;
}

function sentenceOf({ code }) {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a directory";
  if (code === "EACCES" || code === "EPERM") return "it may not be read";
  if (code === "Z_BUF_ERROR") return "its gzip data ends early";
  if (code?.startsWith("Z_")) return "its gzip data is damaged";
  return `reading failed (${code ?? "unknown"})`;
}
