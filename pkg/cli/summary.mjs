// Counts of fates, findings and their codes, for the end of the output.

/** Counts reasons by kind and code. Takes memory for each code only, however long the input is. */
class ReasonCounts {
  #counts = new Map();

  get entries() {
    return [...this.#counts];
  }

  merge(entries) {
    for (const [key, count] of entries) this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  add(kind, list, count = 1) {
    this.merge(list.map(({ code }) => [`${kind} ${code}`, count]));
  }

  /** `[kind, count, code]`: by kind in the given order, then the most frequent first. */
  rows(kinds) {
    const rows = [...this.#counts].map(([key, count]) => {
      const [kind, code] = key.split(" ");
      return [kind, count, code];
    });
    return rows.sort(
      (one, other) =>
        kinds.indexOf(one[0]) - kinds.indexOf(other[0]) ||
        other[1] - one[1] ||
        (one[2] < other[2] ? -1 : 1),
    );
  }
}

/** The counts of `plan` and `explain`. */
export class FateSummary {
  fates = { ready: 0, skipped: 0, refused: 0 };
  #reasons = new ReasonCounts();

  /**
   * @param {import("../index.d.ts").Fate} fate
   * @param {number} count of events with this fate
   */
  add(fate, count = 1) {
    this.fates[fate.fate] += count;
    if (fate.fate === "ready") this.#reasons.add("warning", fate.warnings, count);
    else if (fate.fate === "skipped") this.#reasons.add("skipped", [fate], count);
    else this.#reasons.add("refused", fate.violations, count);
  }

  /** Adds the counts of a planned block. */
  merge({ counts, reasons = [] }) {
    for (const fate of Object.keys(counts)) this.fates[fate] += counts[fate];
    this.#reasons.merge(reasons);
  }

  get countedReasons() {
    return this.#reasons.entries;
  }

  get counts() {
    return { ...this.fates };
  }

  get total() {
    return this.fates.ready + this.fates.skipped + this.fates.refused;
  }

  get exitCode() {
    return this.fates.refused > 0 ? 1 : 0;
  }

  /** `3 events: 1 ready, 1 skipped, 1 refused` */
  get sentence() {
    const { ready, skipped, refused } = this.fates;
    return `${counted(this.total, "event")}: ${formatted(ready)} ready, ${formatted(skipped)} skipped, ${formatted(refused)} refused`;
  }

  get reasons() {
    return this.#reasons.rows(["refused", "skipped", "warning"]);
  }
}

/** The counts of `check`. */
export class CheckSummary {
  total = 0;
  #invalid = 0;
  #reasons = new ReasonCounts();

  /** @param {import("../index.d.ts").Checked} checked */
  add({ violations, warnings }) {
    this.total += 1;
    if (violations.length > 0) this.#invalid += 1;
    this.#reasons.add("violation", violations);
    this.#reasons.add("warning", warnings);
  }

  get counts() {
    return { valid: this.total - this.#invalid, invalid: this.#invalid };
  }

  get exitCode() {
    return this.#invalid > 0 ? 1 : 0;
  }

  /** `3 bodies: 2 valid, 1 invalid` */
  get sentence() {
    return `${counted(this.total, "body")}: ${formatted(this.total - this.#invalid)} valid, ${formatted(this.#invalid)} invalid`;
  }

  get reasons() {
    return this.#reasons.rows(["violation", "warning"]);
  }
}

/** The counts of `deliver`. */
export class DeliverySummary {
  total = 0;
  #delivered = 0;
  #skipped = 0;
  #reasons = new ReasonCounts();

  /** @param {import("../index.d.ts").Fate & { deliveries?: { outcome: string }[] }} fate */
  add({ fate, deliveries, code, violations }) {
    this.total += 1;
    if (fate === "ready") {
      if (deliveries.every(isAccepted)) this.#delivered += 1;
      this.#reasons.add(
        "request",
        deliveries.map(({ outcome }) => ({ code: outcome })),
      );
    } else if (fate === "skipped") {
      this.#skipped += 1;
      this.#reasons.add("skipped", [{ code }]);
    } else this.#reasons.add("refused", violations);
  }

  get counts() {
    const undelivered = this.total - this.#delivered - this.#skipped;
    return { delivered: this.#delivered, skipped: this.#skipped, undelivered };
  }

  get exitCode() {
    return this.total > this.#delivered + this.#skipped ? 1 : 0;
  }

  /** `3 events: 1 delivered, 1 skipped, 1 not delivered` */
  get sentence() {
    const undelivered = this.total - this.#delivered - this.#skipped;
    return `${counted(this.total, "event")}: ${formatted(this.#delivered)} delivered, ${formatted(this.#skipped)} skipped, ${formatted(undelivered)} not delivered`;
  }

  get reasons() {
    return this.#reasons.rows(["request", "refused", "skipped"]);
  }
}

/** Whether Kochava has the request. */
export function isAccepted({ outcome }) {
  return outcome === "delivered" || outcome === "unconfirmed";
}

/** `1 event`, `2,000 events`, `2 bodies` */
export function counted(count, noun) {
  if (count === 1) return `1 ${noun}`;
  return `${formatted(count)} ${noun.endsWith("y") ? `${noun.slice(0, -1)}ie` : noun}s`;
}

/** `1,234`; much faster than by `Intl`, and every row of a table has two of them. */
export function formatted(count) {
  if (count < 1_000) return String(count);
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
