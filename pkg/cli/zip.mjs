// The files of a ZIP archive, read one after the other without unpacking it (PKWARE, APPNOTE.TXT).
//
// The list of files is at the end of an archive, so that it is read from a file only, not from a
// pipe. Numbers are little-endian.

import { Readable, pipeline } from "node:stream";
import * as zlib from "node:zlib";

const END = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const LOCATOR_64 = 0x07064b50;
const LOCATOR_64_BYTES = 20;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const LISTED = 0x02014b50;
const LISTED_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const NONE_32 = 0xffffffff;
const NONE_16 = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const CHUNK_BYTES = 1 << 18;
/** `Readable.from` would read 16 chunks ahead. */
const ONE_AHEAD = { highWaterMark: 1 };
/** Of the list of files: hundreds of thousands of them. */
const LIST_BYTES_MAX = 100_000_000;

/** Why an archive cannot be read. */
export class ZipFault extends Error {}

/** Whether bytes begin as an archive: with a file, without any, or in several parts (4.3.7, 4.3.16). */
export function isZip(bytes) {
  return ["504b0304", "504b0506", "504b0708"].includes(
    Buffer.from(bytes).subarray(0, 4).toString("hex"),
  );
}

/**
 * The files of an archive, without folders and what systems add to them.
 *
 * @param {import("node:fs/promises").FileHandle} file
 * @param {(count: number) => void} onRead gets the number of bytes read
 * @returns {Promise<{ name: string, chunks: () => AsyncGenerator<Uint8Array> }[]>}
 * @throws {ZipFault}
 */
export async function zipFiles(file, onRead) {
  const list = await listOf(file);
  const files = [];
  for (let at = 0; at < list.length; ) {
    if (at + LISTED_BYTES > list.length || list.readUInt32LE(at) !== LISTED) throw corrupt();
    const [name, extra, comment] = [28, 30, 32].map((field) => list.readUInt16LE(at + field));
    const end = at + LISTED_BYTES + name + extra;
    const entry = {
      name: list.toString("utf8", at + LISTED_BYTES, at + LISTED_BYTES + name),
      isEncrypted: (list.readUInt16LE(at + 8) & 1) === 1,
      method: list.readUInt16LE(at + 10),
      crc: list.readUInt32LE(at + 16),
      packed: list.readUInt32LE(at + 20),
      size: list.readUInt32LE(at + 24),
      start: list.readUInt32LE(at + 42),
    };
    readExtra64(entry, list.subarray(end - extra, end));
    if (isWanted(entry.name))
      files.push({ name: entry.name, chunks: () => contentOf(file, entry, onRead) });
    at = end + comment;
  }
  return files;
}

function isWanted(name) {
  return !/(?:^__MACOSX\/|\/$|(?:^|\/)\.[^/]*$)/.test(name);
}

/** The list of files, by the record at the end (4.3.16), or by the larger one before it (4.3.14). */
async function listOf(file) {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + COMMENT_BYTES_MAX + LOCATOR_64_BYTES);
  const tail = await bytesAt(file, size - tailBytes, tailBytes);
  const at = endIn(tail);
  let [count, length, start] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  if (count === NONE_16 || length === NONE_32 || start === NONE_32) {
    const locator = at - LOCATOR_64_BYTES;
    if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR_64) throw corrupt();
    const end64 = await bytesAt(file, number64(tail, locator + 8), END_64_BYTES);
    if (end64.readUInt32LE(0) !== END_64) throw corrupt();
    [length, start] = [number64(end64, 40), number64(end64, 48)];
  }
  if (length > LIST_BYTES_MAX) throw corrupt();
  return bytesAt(file, start, length);
}

/**
 * Where the record at the end begins. Its comment may hold anything, this signature too, but ends the
 * file, unless something was appended.
 */
function endIn(tail) {
  let last = -1;
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END) continue;
    if (at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
    if (last < 0) last = at;
  }
  if (last < 0) throw corrupt();
  return last;
}

/** Sizes and the start of a file beyond 4 GB (4.5.3): those of the fields that have no room. */
function readExtra64(entry, extra) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    for (const name of ["size", "packed", "start"]) {
      if (entry[name] !== NONE_32) continue;
      if (field + 8 > extra.length) throw corrupt();
      entry[name] = number64(extra, field);
      field += 8;
    }
  }
}

/** @throws {ZipFault} */
async function* contentOf(file, entry, onRead) {
  if (entry.isEncrypted) throw new ZipFault("is encrypted in the ZIP archive");
  if (entry.method !== STORED && entry.method !== DEFLATED)
    throw new ZipFault("is compressed in the ZIP archive by a method that cannot be read");
  const header = await bytesAt(file, entry.start, LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL) throw corrupt();
  const start = entry.start + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = chunksAt(file, start, entry.packed, onRead);
  let [size, crc] = [0, 0];
  try {
    for await (const chunk of entry.method === STORED ? packed : inflated(packed)) {
      size += chunk.length;
      // older Node has no `crc32`
      crc = zlib.crc32?.(chunk, crc) ?? entry.crc;
      yield chunk;
    }
  } catch (error) {
    throw error.code?.startsWith("Z_") ? corrupt() : error;
  }
  if (size !== entry.size || (size > 0 && crc !== entry.crc)) throw corrupt();
}

function inflated(chunks) {
  // no error handler: errors of every stage come out of the last one
  return pipeline(
    Readable.from(chunks, ONE_AHEAD),
    zlib.createInflateRaw({ chunkSize: CHUNK_BYTES }),
    () => {},
  );
}

async function* chunksAt(file, start, length, onRead) {
  for (let at = start, end = start + length; at < end; at += CHUNK_BYTES) {
    const chunk = await bytesAt(file, at, Math.min(CHUNK_BYTES, end - at));
    onRead(chunk.length);
    yield chunk;
  }
}

async function bytesAt(file, start, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  let count = 0;
  while (count < length) {
    const { bytesRead } = await file.read(bytes, count, length - count, start + count);
    if (bytesRead === 0) throw corrupt();
    count += bytesRead;
  }
  return bytes;
}

function number64(bytes, at) {
  const number = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(number)) throw corrupt();
  return number;
}

function corrupt() {
  return new ZipFault("ZIP archive is truncated or corrupt");
}
