// Reads the answers of the wasm out of its memory. Twin of pkg/src/transfer.rs, whose module
// documentation has the format.
//
// Everything is copied: the next call may move or overwrite the memory.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A missing text or range. */
const NONE = -1;
/** A number from here on stands for an interned name. */
const INTERNED = 2 ** 30;
/** The answers of a lookup; an interned name is the code of the rule that the value breaks. */
const ANSWERS = ["taken", "nothing", "unusable"];
const FOUND = 0;
/** An origin: the paths of the lookups with answer `taken`. An interned name is a setting. */
const ORIGIN_PATHS = 0;

/**
 * What is the same in all requests, and sent as a number.
 * @typedef {{ method: string, kinds: string[], headerNames: string[] }} RequestParts
 */

/**
 * The fates written at an address.
 *
 * @param {RequestParts} parts
 */
export function fatesOf({ buffer }, address, parts) {
  return read(buffer, headerOf(buffer, address), parts);
}

/**
 * The explained fates written at an address.
 *
 * @param {string[]} names known from earlier calls of this mapper; new ones are added
 */
export function explainedOf(memory, address, parts, names, mapper) {
  let header = headerOf(memory.buffer, address);
  if (names.length < header[4]) {
    for (const count = header[4]; names.length < count; )
      names.push(mapper.internedName(names.length));
    // the calls may have moved the memory
    header = headerOf(memory.buffer, address);
  }
  return read(memory.buffer, header, parts, names);
}

/**
 * A copy of the lines written at an address.
 *
 * @param {ArrayBuffer} [target] where it goes if it fits
 */
export function linesOf({ buffer }, address, target) {
  const [, , textAt, length] = headerOf(buffer, address);
  const lines = new Uint8Array(buffer, textAt, length);
  // copied by the constructor: faster than `set`, which needs zeroed memory first
  if (target === undefined || target.byteLength < length) return new Uint8Array(lines);
  const copy = new Uint8Array(target, 0, length);
  copy.set(lines);
  return copy;
}

/** Unsigned: an address lies beyond 2 GB once the memory has grown so far. */
function headerOf(buffer, address) {
  return new Uint32Array(buffer, address >>> 0, 5);
}

function read(buffer, header, parts, names) {
  const count = header[1];
  const numbers = new Int32Array(buffer, header[0], count);
  const reader = new TransferReader(buffer, numbers, header[2], parts, names);
  const fates = [];
  while (reader.at < count) fates.push(reader.fate());
  return fates;
}

/** Puts the advice about an event, a list as JSON, where it belongs: one for each reason. */
function advise(fate, advice) {
  if (advice === null) return;
  const list = JSON.parse(advice);
  if (fate.fate === "skipped") fate.advice = list[0];
  else
    for (const [index, reason] of (fate.warnings ?? fate.violations).entries())
      reason.advice = list[index];
}

class TransferReader {
  /** @param {string[]} [names] given if the fates are explained */
  constructor(buffer, numbers, textAt, parts, names) {
    this.buffer = buffer;
    this.numbers = numbers;
    this.at = 0;
    this.textAt = textAt;
    this.parts = parts;
    this.names = names;
    this.text = "";
    this.cut = 0;
  }

  fate() {
    const length = this.next();
    this.text = decoder.decode(new Uint8Array(this.buffer, this.textAt, length));
    this.textAt += length;
    this.cut = 0;
    const fate = this.outcome(this.next());
    if (this.names) {
      fate.at = [this.next(), this.next()];
      fate.fields = this.explanations(fate.requests);
      advise(fate, this.optionalString());
    }
    return fate;
  }

  outcome(tag) {
    if (tag === 0) return { fate: "ready", requests: this.requests(), warnings: this.violations() };
    if (tag === 1) return { fate: "skipped", code: this.string(), message: this.string() };
    return { fate: "refused", violations: this.violations() };
  }

  requests() {
    const { method, kinds } = this.parts;
    const requests = [];
    for (let left = this.next(); left > 0; left -= 1) {
      requests.push({
        kind: kinds[this.next()],
        method,
        url: this.string(),
        headers: this.headers(),
        body: this.string(),
      });
    }
    return requests;
  }

  headers() {
    const { headerNames } = this.parts;
    const headers = {};
    for (let left = this.next(); left > 0; left -= 1)
      headers[headerNames[this.next()]] = this.string();
    return headers;
  }

  violations() {
    const violations = [];
    for (let left = this.next(); left > 0; left -= 1)
      violations.push({
        code: this.string(),
        field: this.string(),
        origin: this.optionalString(),
        message: this.string(),
      });
    return violations;
  }

  /** By far the largest part of an answer, so it is read in one loop over local variables. */
  explanations(requests) {
    const { numbers, text, names } = this;
    let { at, cut } = this;
    const fields = new Array(numbers[at++]);
    for (let place = 0; place < fields.length; place += 1, at += 6) {
      const request = numbers[at];
      const name = numbers[at + 1];
      const field = name < INTERNED ? text.slice(cut, (cut += name)) : names[name - INTERNED];
      const value =
        request === NONE ? null : requests[request].body.slice(numbers[at + 2], numbers[at + 3]);
      const from = numbers[at + 4];
      const tried = new Array(numbers[at + 5]);
      let paths = null;
      for (let index = 0; index < tried.length; index += 1, at += 4) {
        const pathName = numbers[at + 6];
        const path =
          pathName < INTERNED ? text.slice(cut, (cut += pathName)) : names[pathName - INTERNED];
        const answer = numbers[at + 7];
        const isWrong = answer >= INTERNED;
        const start = numbers[at + 8];
        const found = start === NONE ? null : [start, numbers[at + 9]];
        tried[index] = {
          path,
          answer: isWrong ? "unusable" : ANSWERS[answer],
          code: isWrong ? names[answer - INTERNED] : null,
          at: found,
        };
        if (answer !== FOUND || from !== ORIGIN_PATHS) continue;
        if (paths === null) paths = [path];
        else paths.push(path);
      }
      const origin =
        from === ORIGIN_PATHS
          ? { kind: "paths", paths }
          : from >= INTERNED
            ? { kind: "setting", setting: names[from - INTERNED] }
            : { kind: "guide" };
      fields[place] = { request: request === NONE ? null : request, field, value, origin, tried };
    }
    this.at = at;
    this.cut = cut;
    return fields;
  }

  optionalString() {
    if (this.numbers[this.at] !== NONE) return this.string();
    this.at += 1;
    return null;
  }

  string() {
    const start = this.cut;
    this.cut += this.next();
    return this.text.slice(start, this.cut);
  }

  next() {
    return this.numbers[this.at++];
  }
}
