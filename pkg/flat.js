// How are the answers read that lie in the wasm's memory?
//
// pkg/src/flat.rs writes them, in the same order. The memory may move with the next call: everything is copied out of it here.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where pkg/src/flat.rs says that there is nothing. */
const NONE = -1;
/** From here on a number stands for a word. */
const KNOWN = 2 ** 30;
/** What came of asking a path. */
const ANSWERS = ["taken", "nothing", "unusable", "unusable"];
const [TAKEN, WRONG_TYPE] = [0, 2];
/** Where a value came from. */
const [OF_PATHS, OF_SETTING] = [0, 1];

/** Reads what pkg/src/flat.rs wrote at this address. */
export function fatesOf({ buffer }, address, words) {
  const head = new Int32Array(buffer, address, 3);
  const count = head[1];
  const reader = new FlatReader(buffer, new Int32Array(buffer, head[0], count), head[2], words);
  const fates = [];
  while (reader.at < count) fates.push(reader.fate());
  return fates;
}

/** The same of fates that are explained; `words` are those that were told by number before, `wordOf` tells one. */
export function explainedOf(memory, address, words, wordOf) {
  const count = new Int32Array(memory.buffer, address, 5)[4];
  // before anything is read: asking may move the memory
  while (words.length < count) words.push(wordOf(words.length));
  return fatesOf(memory, address, words);
}

/** A copy of the lines that were written at this address. */
export function linesOf({ buffer }, address) {
  const [, , textAt, length] = new Uint32Array(buffer, address, 4);
  return new Uint8Array(buffer.slice(textAt, textAt + length));
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

  /** By far the most of an answer: read with variables of its own, each list as long as it must be. */
  explanations(requests) {
    const { numbers, text, words } = this;
    let { at, cut } = this;
    const fields = [];
    for (let left = numbers[at++]; left > 0; left -= 1) {
      const request = numbers[at++];
      const value = request === NONE ? null : requests[request].body.slice(numbers[at++], numbers[at++]);
      const name = numbers[at++];
      const field = name < KNOWN ? text.slice(cut, (cut += name)) : words[name - KNOWN];
      const kind = numbers[at++];
      const setting = kind === OF_SETTING ? words[numbers[at++] - KNOWN] : null;
      let tried = null;
      let paths = null;
      for (let more = numbers[at++]; more > 0; more -= 1) {
        const asked = numbers[at++];
        const path = asked < KNOWN ? text.slice(cut, (cut += asked)) : words[asked - KNOWN];
        const answer = numbers[at++];
        const code = answer > WRONG_TYPE ? words[numbers[at++] - KNOWN] : null;
        const start = numbers[at++];
        const question = { path, answer: ANSWERS[answer], code, at: start === NONE ? null : [start, numbers[at++]] };
        if (tried === null) tried = [question];
        else tried.push(question);
        if (answer !== TAKEN || kind !== OF_PATHS) continue;
        if (paths === null) paths = [path];
        else paths.push(path);
      }
      const origin = kind === OF_PATHS ? { kind: "paths", paths } : kind === OF_SETTING ? { kind: "setting", setting } : { kind: "guide" };
      fields.push({ request: request === NONE ? null : request, field, value, origin, tried: tried ?? [] });
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
