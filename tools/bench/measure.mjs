// Compares a subject with a baseline in the same run.
//
// The speed of the machine changes over time, so the baseline is timed directly before each round
// of the subject. Each round gives a ratio, and the median of the ratios is the result.

export const ROUNDS = 11;

export const median = (list) =>
  list.toSorted((one, other) => one - other)[Math.floor(list.length / 2)];

/**
 * Times `baseline` and `subject` in turn → { value, baseline, ratio }, times in ms of one run. Both
 * are warmed up until their code is optimized.
 */
export function compare(baseline, subject, { rounds = ROUNDS, repeat = 1, warm = 60 } = {}) {
  for (let number = 0; number < warm; number += 1) subject();
  for (let number = 0; number < Math.ceil(warm / 4); number += 1) baseline();
  const samples = [];
  for (let round = 0; round < rounds; round += 1) {
    const base = timed(baseline, repeat);
    const time = timed(subject, repeat);
    samples.push({ base, time, ratio: base / time });
  }
  return {
    value: median(samples.map(({ time }) => time)),
    baseline: median(samples.map(({ base }) => base)),
    ratio: median(samples.map(({ ratio }) => ratio)),
  };
}

function timed(work, repeat) {
  const started = performance.now();
  for (let number = 0; number < repeat; number += 1) work();
  return (performance.now() - started) / repeat;
}
