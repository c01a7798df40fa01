// How many of what?

const KINDS = ["refused", "skipped", "warning"];

/** Counts fates and their reasons. There are as many reasons as codes, however long the input. */
export class Tally {
  fates = { ready: 0, skipped: 0, refused: 0 };
  #reasons = new Map();

  /** @param {import("../index.d.ts").Fate} fate */
  add(fate) {
    this.fates[fate.fate] += 1;
    if (fate.fate === "ready") this.#reason("warning", fate.warnings);
    else if (fate.fate === "skipped") this.#reason("skipped", [fate]);
    else this.#reason("refused", fate.violations);
  }

  get total() {
    return this.fates.ready + this.fates.skipped + this.fates.refused;
  }

  get exitCode() {
    return this.fates.refused > 0 ? 1 : 0;
  }

  /** In one line: `3 events: 1 ready, 1 skipped, 1 refused`. */
  get sentence() {
    const { ready, skipped, refused } = this.fates;
    return `${counted(this.total, "event")}: ${numbered(ready)} ready, ${numbered(skipped)} skipped, ${numbered(refused)} refused`;
  }

  /** `[kind, count, code]`, the gravest kind first, then the most frequent. */
  get reasons() {
    const rows = [...this.#reasons].map(([key, count]) => [...key.split(" "), count]);
    rows.sort(
      (one, other) =>
        KINDS.indexOf(one[0]) - KINDS.indexOf(other[0]) ||
        other[2] - one[2] ||
        (one[1] < other[1] ? -1 : 1),
    );
    return rows.map(([kind, code, count]) => [kind, count, code]);
  }

  #reason(kind, list) {
    for (const { code } of list) {
      const key = `${kind} ${code}`;
      this.#reasons.set(key, (this.#reasons.get(key) ?? 0) + 1);
    }
  }
}

/** `1 event`, `2,000 events`. */
export function counted(count, noun) {
  if (count === 1) return `1 ${noun}`;
  return `${numbered(count)} ${noun.endsWith("y") ? `${noun.slice(0, -1)}ie` : noun}s`;
}

export function numbered(count) {
  return count.toLocaleString("en-US");
}
