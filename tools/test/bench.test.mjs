// How the bench sums up and prints.

import assert from "node:assert/strict";
import { test } from "node:test";
import { median, quantile, summarize, takeTurns } from "../bench/measure.mjs";
import { ROWS, verdict } from "../bench/rows.mjs";
import { heading, lineOf } from "../bench/table.mjs";

test("a median lies in the middle, of an even number of values between two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(quantile([0, 10, 20, 30, 40], 0.25), 10);
  assert.equal(quantile([7], 0.75), 7);
});

test("all take turns, each first as often as the other, and warm rounds do not count", async () => {
  const order = [];
  const note = (name) => (round) => {
    order.push(`${name}${round}`);
    return round;
  };
  const rounds = await takeTurns({ a: note("a"), b: note("b") }, { rounds: 2, warm: 1 });
  assert.deepEqual(order, ["a-1", "b-1", "b0", "a0", "a1", "b1"]);
  assert.deepEqual(rounds, [
    { b: 0, a: 0 },
    { a: 1, b: 1 },
  ]);
});

test("the ratio is the median of the rounds' ratios, not the ratio of the medians", () => {
  const rounds = [
    { subject: 2, baseline: 1, before: 4 },
    { subject: 30, baseline: 10, before: 30 },
    { subject: 4, baseline: 1, before: 2 },
  ];
  assert.deepEqual(
    summarize(rounds, ({ subject, baseline }) => subject / baseline),
    { value: 4, baseline: 1, ratio: 3, quartiles: [2.5, 3.5], before: 1 },
  );
});

test("a row keeps its goal, its floor or neither, by its ratio if it has one", () => {
  const speed = { value: 100, floor: 2, goal: 3 };
  assert.equal(verdict({ ...speed, ratio: 3 }), "goal");
  assert.equal(verdict({ ...speed, ratio: 2.9 }), "floor");
  assert.equal(verdict({ ...speed, ratio: 1.9 }), "missed");
  const cost = { value: 0.1, floor: 2, goal: 1.3, most: true };
  assert.equal(verdict({ ...cost, ratio: 1.3 }), "goal");
  assert.equal(verdict({ ...cost, ratio: 2 }), "floor");
  assert.equal(verdict({ ...cost, ratio: 2.1 }), "missed");
  assert.equal(verdict({ value: 65, ratio: null, floor: 64, most: true }), "missed");
  assert.equal(verdict({ value: 0, ratio: null, floor: 0, most: true }), "floor");
  assert.equal(verdict({ value: 20, ratio: null, most: true }), "");
});

test("every line of the table has at most 80 columns, whatever the row", () => {
  assert.ok(heading(false).length <= 80);
  for (const row of ROWS) {
    const figures = { value: 1234.5, unit: "µs/event", baseline: 1234.5, ratio: 12.34 };
    const line = lineOf({ ...row, ...figures, quartiles: [10.51, 14.89] });
    assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
  }
});

test("columns stand below their titles", () => {
  const row = { name: "ingest-1", floor: 2, goal: 1.3, most: true, unit: "µs/event" };
  const figures = { value: 306.2, baseline: 155.4, ratio: 2.034, quartiles: [1.731, 2.168] };
  assert.equal(
    lineOf({ ...row, ...figures, before: 0.988 }),
    "ingest-1              306 µs/event      155   2.03  1.73–2.17   ≤ 2 ≤ 1.3 missed     0.99",
  );
  assert.equal(
    heading(true),
    "row                          value baseline  ratio  quartiles floor  goal        ÷ before",
  );
});
