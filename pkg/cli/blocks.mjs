// Splits an input into blocks of lines with one value each.
//
// NDJSON is split at its lines, anything else at its values. A block holds the values that one
// chunk completed, so that rows appear while the input arrives.

import { Bodies } from "./bodies.mjs";
import { Elements } from "./elements.mjs";
import { withNewlines } from "./line-ends.mjs";
import { Lines } from "./lines.mjs";
import { otherFormat } from "./recognize.mjs";
import { BOM, LF, isSpace, isWhole } from "./scan.mjs";
import { InputFault } from "./source.mjs";

/**
 * Where a value is in the input.
 * @typedef {{ line: number, offset: number, isElement?: boolean, isCut?: boolean, isAlone?: boolean, isBlank?: boolean }} Place
 *   `isElement`: of an array; `isCut`: the input ended inside it; `isAlone`: the first document,
 *   which may be the whole input; `isBlank`: a line of NDJSON without a value
 */

/**
 * Values, one per line.
 * @typedef {{ bytes: Uint8Array, ends: number[], places: Place[], isTooLong: boolean }} Block
 *   `isTooLong`: stands for one value that was too long, without its bytes
 */

/** How far an input is read to recognize NDJSON. */
const SNIFFED_BYTES_MAX = 1_000_000;
const BUFFER_BYTES = 2_000_000;
const OPENING = Uint8Array.of(0x5b);
const CLOSING = Uint8Array.of(0x5d);
const LINE_END = Uint8Array.of(LF);

/**
 * An input whose form is known.
 * @typedef {{ isNdjson: boolean, mark: Uint8Array, chunks: AsyncGenerator<Uint8Array> }} Opened
 *   `mark`: its byte order mark, if any, which `chunks` do not have
 */

/**
 * Reads as far as is needed to recognize NDJSON. A carriage return alone, which may end a line, becomes
 * a newline; in bodies only if they are lines.
 *
 * @param {import("./source.mjs").Input} input
 * @param {"events" | "bodies"} accepts bodies are checked whatever they are
 * @returns {Promise<Opened>}
 * @throws {InputFault} if the input is no text with JSON
 */
export async function opened({ name, isNdjson, chunks }, accepts) {
  const isOfEvents = accepts === "events";
  const iterator = isOfEvents ? withNewlines(chunks) : chunks;
  const head = await sniff(iterator);
  const fault = isOfEvents ? otherFormat(head.chunks[0] ?? [], name) : undefined;
  if (fault !== undefined) {
    await iterator.return();
    throw new InputFault(fault);
  }
  const areLines = isNdjson || head.isNdjson;
  const all = joined(head.chunks, iterator);
  return {
    isNdjson: areLines,
    mark: head.mark,
    chunks: areLines && !isOfEvents ? withNewlines(all) : all,
  };
}

/** Closes the input even if only its start was read. */
async function* joined(chunks, iterator) {
  try {
    yield* chunks;
    yield* iterator;
  } finally {
    await iterator.return();
  }
}

/**
 * @param {Opened} input
 * @param {"events" | "bodies"} accepts a list holds events, but is itself one body
 * @param {boolean} keepsBlank whether a blank line of NDJSON is a value
 * @returns {AsyncGenerator<Block>} each valid until the next is requested
 */
export async function* blocksOf({ isNdjson, mark, chunks }, accepts, keepsBlank = false) {
  const blocks = new Blocks();
  const add = (value, place) => blocks.add(value, place);
  const splitter = isNdjson
    ? new Lines(add, mark.length, keepsBlank)
    : splitterOf(accepts, add, mark);
  for await (const chunk of chunks) {
    splitter.push(chunk);
    yield* blocks.drain();
  }
  splitter.end();
  yield* blocks.drain();
}

function splitterOf(kind, add, mark) {
  return kind === "bodies" ? new Bodies(add, mark) : new Elements(add, mark.length);
}

/** The values of a block with their places, without line ends. */
export function* valuesOf({ bytes, ends, places }) {
  let start = 0;
  for (let index = 0; index < places.length; index += 1) {
    yield { bytes: bytes.subarray(start, ends[index] - 1), place: places[index] };
    start = ends[index];
  }
}

class Blocks {
  #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  #ends = [];
  #places = [];
  #done = [];

  add(value, place) {
    if (value === null) {
      this.#finish();
      this.#done.push({ bytes: new Uint8Array(0), ends: [], places: [place], isTooLong: true });
      // the block before it still uses the old buffer
      this.#buffer = new Uint8Array(BUFFER_BYTES);
      return;
    }
    // in brackets again: to the mapper an object in an array is an event, and one outside may be a
    // wrapper of many
    const isWrapped = place.isElement;
    if (isWrapped) this.#write(OPENING);
    this.#write(value);
    if (isWrapped && !place.isCut) this.#write(CLOSING);
    this.#write(LINE_END);
    this.#ends.push(this.#length);
    this.#places.push(isWrapped ? { ...place, offset: place.offset - 1 } : place);
  }

  *drain() {
    this.#finish();
    yield* this.#done;
    this.#done = [];
    if (this.#buffer.length > 2 * BUFFER_BYTES) this.#buffer = new Uint8Array(BUFFER_BYTES);
  }

  #finish() {
    if (this.#places.length === 0) return;
    this.#done.push({
      bytes: this.#buffer.subarray(0, this.#length),
      ends: this.#ends,
      places: this.#places,
      isTooLong: false,
    });
    this.#length = 0;
    this.#ends = [];
    this.#places = [];
  }

  #write(bytes) {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}

/**
 * Reads until NDJSON can be recognized: a first line that is one whole value, and more after it.
 */
async function sniff(iterator) {
  const chunks = [];
  let read = 0;
  let start = -1;
  let end = -1;
  let isMore = false;
  while (!isMore && (end !== -1 || read < SNIFFED_BYTES_MAX)) {
    const { value: chunk, done } = await iterator.next();
    if (done) break;
    let at = 0;
    if (start === -1) {
      at = contentOf(chunk, 0);
      if (at < chunk.length) start = read + at;
    }
    if (start !== -1 && end === -1) {
      const newline = chunk.indexOf(LF, at);
      if (newline !== -1) end = read + newline;
      at = newline + 1;
    }
    isMore = end !== -1 && contentOf(chunk, at) < chunk.length;
    // valid until the next is requested
    chunks.push(Buffer.from(chunk));
    read += chunk.length;
  }
  const isNdjson = isMore && isWhole(Buffer.concat(chunks).subarray(start, end));
  return { isNdjson, ...withoutBom(chunks) };
}

/** The place of the first byte that is neither space nor part of a byte order mark. */
function contentOf(chunk, from) {
  let at = from;
  while (at < chunk.length && (isSpace(chunk[at]) || BOM.includes(chunk[at]))) at += 1;
  return at;
}

function withoutBom(chunks) {
  const first = Buffer.concat(chunks.slice(0, 3));
  const hasBom = BOM.every((byte, at) => first[at] === byte);
  return hasBom
    ? { chunks: [first.subarray(3), ...chunks.slice(3)], mark: first.subarray(0, 3) }
    : { chunks, mark: first.subarray(0, 0) };
}
