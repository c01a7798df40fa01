// How are the answers read that lie in the wasm's memory?
//
// pkg/src/flat.rs writes them, in the same order. The memory may move with the next call: everything is copied out of it here.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where pkg/src/flat.rs says that there is nothing. */
const NONE = -1;
/** From here on a number stands for a word. */
const KNOWN = 2 ** 30;
/** What came of asking a path; a word is the code of what is wrong with the value. */
const TAKEN = 0;
const ANSWERS = ["taken", "nothing", "unusable"];
/** Where a value came from; a word is a setting. */
const OF_PATHS = 0;

/** Reads what pkg/src/flat.rs wrote at this address. */
export function fatesOf({ buffer }, address) {
  return read(buffer, headOf(buffer, address));
}

/** The same of fates that are explained; `words` are those that this planner told before. */
export function explainedOf(memory, address, words, planner) {
  let head = headOf(memory.buffer, address);
  if (words.length < head[4]) {
    // before anything is read: asking may move the memory
    for (const count = head[4]; words.length < count; ) words.push(planner.word(words.length));
    head = headOf(memory.buffer, address);
  }
  return read(memory.buffer, head, words);
}

function headOf(buffer, address) {
  return new Int32Array(buffer, address, 5);
}

function read(buffer, head, words) {
  const count = head[1];
  const reader = new FlatReader(buffer, new Int32Array(buffer, head[0], count), head[2], words);
  const fates = [];
  while (reader.at < count) fates.push(reader.fate());
  return fates;
}

/** A copy of the lines that were written at this address. */
export function linesOf({ buffer }, address) {
  const [, , textAt, length] = new Uint32Array(buffer, address, 4);
  // copied by its constructor, into memory that is not zeroed first
  return new Uint8Array(new Uint8Array(buffer, textAt, length));
}

class FlatReader {
  constructor(buffer, numbers, textAt, words) {
    this.buffer = buffer;
    this.numbers = numbers;
    this.at = 0;
    this.textAt = textAt;
    this.words = words;
    this.text = "";
    this.cut = 0;
  }

  fate() {
    const length = this.next();
    this.text = decoder.decode(new Uint8Array(this.buffer, this.textAt, length));
    this.textAt += length;
    this.cut = 0;
    const fate = this.outcome(this.next());
    if (this.words) {
      fate.at = this.place();
      fate.fields = this.explanations(fate.requests);
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
      requests.push({
        kind: this.word(),
        method: this.word(),
        url: this.word(),
        headers: this.headers(),
        body: this.word(),
      });
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
    for (let left = this.next(); left > 0; left -= 1)
      violations.push({
        code: this.word(),
        field: this.word(),
        origin: this.optional(),
        message: this.word(),
      });
    return violations;
  }

  /** By far the most of an answer: read with variables of its own, each list as long as it must be. */
  explanations(requests) {
    const { numbers, text, words } = this;
    let { at, cut } = this;
    const fields = new Array(numbers[at++]);
    for (let place = 0; place < fields.length; place += 1, at += 6) {
      const request = numbers[at];
      const name = numbers[at + 1];
      const field = name < KNOWN ? text.slice(cut, (cut += name)) : words[name - KNOWN];
      const value =
        request === NONE ? null : requests[request].body.slice(numbers[at + 2], numbers[at + 3]);
      const from = numbers[at + 4];
      const tried = new Array(numbers[at + 5]);
      let paths = null;
      for (let number = 0; number < tried.length; number += 1, at += 4) {
        const asked = numbers[at + 6];
        const path = asked < KNOWN ? text.slice(cut, (cut += asked)) : words[asked - KNOWN];
        const answer = numbers[at + 7];
        const isWrong = answer >= KNOWN;
        const start = numbers[at + 8];
        const found = start === NONE ? null : [start, numbers[at + 9]];
        tried[number] = {
          path,
          answer: isWrong ? "unusable" : ANSWERS[answer],
          code: isWrong ? words[answer - KNOWN] : null,
          at: found,
        };
        if (answer !== TAKEN || from !== OF_PATHS) continue;
        if (paths === null) paths = [path];
        else paths.push(path);
      }
      const origin =
        from === OF_PATHS
          ? { kind: "paths", paths }
          : from >= KNOWN
            ? { kind: "setting", setting: words[from - KNOWN] }
            : { kind: "guide" };
      fields[place] = { request: request === NONE ? null : request, field, value, origin, tried };
    }
    this.at = at;
    this.cut = cut;
    return fields;
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
