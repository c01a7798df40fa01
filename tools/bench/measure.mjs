// Compares subjects with a baseline in the same run.
//
// The speed of the machine changes over time, so all of them take turns: each round measures each of
// them once, one directly after the other. A round gives one ratio for each subject, and the median
// of the ratios is the result; the quartiles say how far they lie apart.

/** An even number: each of two subjects is first as often as the other. */
const ROUNDS = 12;

/** Returns the value below which the share of the values lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export const median = (values) => quantile(values, 0.5);

/**
 * Measures in turns → an array of rounds, each `{ [name]: figure }`.
 *
 * `subjects` are `{ [name]: measure }`; `measure(round)` returns one figure, or a promise of it. The
 * order changes from round to round, so that none is always the one after the same other. The first
 * `warm` rounds, with negative numbers, do not count.
 */
export async function takeTurns(subjects, { rounds = ROUNDS, warm = 0 } = {}) {
  const names = Object.keys(subjects);
  const results = [];
  for (let round = -warm; round < rounds; round += 1) {
    const figures = {};
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + warm) % names.length];
      figures[name] = await subjects[name](round);
    }
    if (round >= 0) results.push(figures);
  }
  return results;
}

/**
 * Sums rounds up → `{ value, baseline, ratio, quartiles, before }`.
 *
 * `ratioOf` returns the ratio of a round from its figures `{ subject, baseline, before }`. With
 * another build in the rounds, `before` is the median of the subject's cost over that build's.
 */
export function summarize(rounds, ratioOf) {
  const ratios = rounds.map(ratioOf);
  return {
    value: median(rounds.map(({ subject }) => subject)),
    baseline: median(rounds.map(({ baseline }) => baseline)),
    ratio: median(ratios),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    before:
      rounds[0].before === undefined
        ? null
        : median(rounds.map(({ subject, before }) => subject / before)),
  };
}
