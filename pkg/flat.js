// How are the answers read that lie in the wasm's memory?
//
// pkg/src/flat.rs writes them, in the same order. The memory may move with the next call: everything is copied out of it here.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where pkg/src/flat.rs says that there is nothing. */
const NONE = 0xffffffff;
const ANSWERS = ["taken", "unusable", "nothing"];

/** Reads what pkg/src/flat.rs wrote at this address. */
export function fatesOf({ buffer }, address, isExplained = false) {
  const [numbersAt, count, textAt] = new Uint32Array(buffer, address, 3);
  const numbers = new Uint32Array(buffer, numbersAt, count);
  const reader = new FlatReader(numbers, new Uint8Array(buffer), textAt);
  const fates = [];
  while (reader.at < count) fates.push(reader.fate(isExplained));
  return fates;
}

/** A copy of the lines that were written at this address. */
export function linesOf({ buffer }, address) {
  const [, , textAt, length] = new Uint32Array(buffer, address, 4);
  return new Uint8Array(buffer.slice(textAt, textAt + length));
}

class FlatReader {
  constructor(numbers, bytes, textAt) {
    this.numbers = numbers;
    this.at = 0;
    this.bytes = bytes;
    this.textAt = textAt;
    this.text = "";
    this.cut = 0;
  }

  fate(isExplained) {
    const length = this.next();
    this.text = decoder.decode(this.bytes.subarray(this.textAt, this.textAt + length));
    this.textAt += length;
    this.cut = 0;
    const fate = this.outcome(this.next());
    if (isExplained) {
      fate.at = this.place();
      fate.fields = this.explanations();
    }
    return fate;
  }

  outcome(tag) {
    if (tag === 0) return { fate: "ready", requests: this.requests(), warnings: this.violations() };
    if (tag === 1) return { fate: "skipped", code: this.word(), message: this.word() };
    return { fate: "refused", violations: this.violations() };
  }

  requests() {
    const requests = [];
    for (let left = this.next(); left > 0; left -= 1) {
      requests.push({ kind: this.word(), method: this.word(), url: this.word(), headers: this.headers(), body: this.word() });
    }
    return requests;
  }

  headers() {
    const headers = {};
    for (let left = this.next(); left > 0; left -= 1) headers[this.word()] = this.word();
    return headers;
  }

  violations() {
    const violations = [];
    for (let left = this.next(); left > 0; left -= 1) violations.push({ code: this.word(), field: this.word(), origin: this.optional(), message: this.word() });
    return violations;
  }

  explanations() {
    const fields = [];
    for (let left = this.next(); left > 0; left -= 1) {
      const request = this.next();
      fields.push({ request: request === NONE ? null : request, field: this.word(), value: this.optional(), origin: this.origin(), tried: this.questions() });
    }
    return fields;
  }

  origin() {
    const tag = this.next();
    if (tag === 1) return { kind: "setting", setting: this.word() };
    if (tag === 2) return { kind: "guide" };
    const paths = [];
    for (let left = this.next(); left > 0; left -= 1) paths.push(this.word());
    return { kind: "paths", paths };
  }

  questions() {
    const tried = [];
    for (let left = this.next(); left > 0; left -= 1) tried.push({ path: this.word(), answer: ANSWERS[this.next()], code: this.optional(), at: this.place() });
    return tried;
  }

  place() {
    const start = this.next();
    return start === NONE ? null : [start, this.next()];
  }

  optional() {
    if (this.numbers[this.at] !== NONE) return this.word();
    this.at += 1;
    return null;
  }

  word() {
    const start = this.cut;
    this.cut += this.next();
    return this.text.slice(start, this.cut);
  }

  next() {
    return this.numbers[this.at++];
  }
}
