// Delivery without a queue: retries, Retry-After, rejections and unconfirmed answers.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  assertCounts,
  assertError,
  assertRetryAfter,
  event,
  levels,
  startHarness,
  startServer,
} from "./support.mjs";

const POLICY = { attempts: 3, budget_ms: 5_000, timeout_ms: 1_000 };
const harness = await startHarness({ after }, { settings: { delivery: POLICY } });
beforeEach(() => harness.kochava.reset());

const one = () => harness.post(event());
const forever = (step) => harness.kochava.script([{ ...step, forever: true }]);
const DELIVERED = { received: 1, delivered: 1 };
const PENDING = { received: 1, pending: 1 };
const REFUSED = { received: 1, refused: 1 };
const UNCONFIRMED = { received: 1, unconfirmed: 1 };

/** Asserts a 503 with counts, code and Retry-After. */
function assertLater(answer, counts, code = "kochava-unavailable") {
  assertCounts(answer, 503, counts);
  assertError(answer, 503, code);
  assertRetryAfter(answer);
}

test("temporary errors are retried with the same bytes", async () => {
  const errors = [
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    { status: 599 },
    { status: 408 },
    { status: 425 },
    { status: 429 },
    { reset: true },
    { silence: true },
  ];
  for (const error of errors) {
    harness.kochava.reset();
    harness.kochava.script([error]);
    assertCounts(await one(), 200, DELIVERED);
    const [first, second, ...more] = harness.calls;
    assert.deepEqual(
      [second.path, second.bodyText, more.length],
      [first.path, first.bodyText, 0],
      JSON.stringify(error),
    );
  }
});

test("different errors in a row are retried within the attempts", async () => {
  harness.kochava.script([{ reset: true }, { status: 503 }]);
  assertCounts(await one(), 200, DELIVERED);
  assert.equal(harness.calls.length, POLICY.attempts);
});

test("after the attempts of the settings an event stays pending at its sender", async () => {
  for (const step of [{ status: 500 }, { reset: true }]) {
    harness.calls.length = 0;
    forever(step);
    assertLater(await one(), PENDING);
    assert.equal(harness.calls.length, POLICY.attempts);
  }
});

test("Retry-After in seconds is respected within the budget", async () => {
  harness.kochava.script([
    { status: 429, retryAfter: 0 },
    { status: 429, retryAfter: 1 },
  ]);
  assertCounts(await one(), 200, DELIVERED);
  const [, second, third] = harness.calls.map((call) => Date.parse(call.at));
  assert.ok(third - second >= 990, `waited ${third - second} ms`);
});

test("Retry-After as a date is respected within the budget", async () => {
  const past = new Date(Date.now() - 60_000).toUTCString();
  const soon = new Date(Math.ceil((Date.now() + 500) / 1_000) * 1_000);
  harness.kochava.script([
    { status: 429, retryAfter: past },
    { status: 503, retryAfter: soon.toUTCString() },
  ]);
  assertCounts(await one(), 200, DELIVERED);
  assert.equal(harness.calls.length, 3);
  const third = Date.parse(harness.calls[2].at);
  assert.ok(
    third >= soon - 10 && third < Number(soon) + 2_500,
    `came ${third - soon} ms after the date`,
  );
});

test("a Retry-After beyond the budget is passed to the sender at once", async () => {
  const started = Date.now();
  harness.kochava.script([{ status: 429, retryAfter: 120 }]);
  const seconds = await one();
  assertLater(seconds, PENDING);
  assert.equal(seconds.headers["retry-after"], "120");

  harness.kochava.script([
    { status: 503, retryAfter: new Date(Date.now() + 90_000).toUTCString() },
  ]);
  const date = await one();
  assertLater(date, PENDING);
  const wait = Number(date.headers["retry-after"]);
  assert.ok(wait >= 85 && wait <= 90, `Retry-After is ${wait} s`);
  assert.equal(harness.calls.length, 2);
  assert.ok(Date.now() - started < POLICY.budget_ms);
});

test("the sender gets the longest Retry-After of Kochava, at most 24 hours", async () => {
  harness.kochava.script([
    { match: { event_name: "Level 0" }, status: 429, retryAfter: 60 },
    { match: { event_name: "Level 1" }, status: 429, retryAfter: 200 },
  ]);
  const longest = await harness.post(levels(3));
  assertLater(longest, { received: 3, delivered: 1, pending: 2 });
  assert.equal(longest.headers["retry-after"], "200");
  harness.kochava.script([{ status: 429, retryAfter: "99999999999999999999999" }]);
  const capped = await one();
  assertLater(capped, PENDING);
  assert.ok(Number(capped.headers["retry-after"]) <= 24 * 3_600);
});

test("an unreadable Retry-After is ignored", async () => {
  for (const retryAfter of ["soon", "-1", "1.5", "Xxx, 99 Foo 2026 99:99:99 GMT"]) {
    harness.calls.length = 0;
    harness.kochava.script([{ status: 429, retryAfter }]);
    assertCounts(await one(), 200, DELIVERED);
    assert.equal(harness.calls.length, 2);
  }
});

test("calls that never answer end within the budget, however many events wait", async (t) => {
  const hasty = await startHarness(t, {
    settings: { delivery: { attempts: 3, budget_ms: 900, timeout_ms: 250 } },
  });
  await hasty.preview(event());
  for (const batch of [levels(1), levels(40)]) {
    hasty.kochava.reset();
    hasty.kochava.script([{ silence: true, forever: true }]);
    const started = Date.now();
    assertLater(await hasty.post(batch), { received: batch.length, pending: batch.length });
    const took = Date.now() - started;
    assert.ok(took >= 500 && took < 900 + 2_000, `took ${took} ms`);
    assert.ok(hasty.calls.length >= 2, "a timeout is retried");
  }
});

test("an answer without success is a rejection, even with HTTP 200", async () => {
  for (const success of ["0", 0, false, "false"]) {
    harness.calls.length = 0;
    harness.kochava.script([{ body: { success, error: "whatever" } }]);
    const answer = await one();
    assertCounts(answer, 200, REFUSED);
    const [{ index, code, field }] = answer.json.refusals;
    assert.deepEqual([index, code, field], [0, "kochava-rejected", ""]);
    assert.equal(harness.calls.length, 1, "it is not tried again");
  }
});

test("an answer with success is a confirmation, in each spelling", async () => {
  for (const success of ["1", 1, true, "true"]) {
    harness.kochava.script([{ body: { success } }]);
    assertCounts(await one(), 200, DELIVERED);
  }
  harness.kochava.script([{ status: 202, body: { success: "1" } }]);
  assertCounts(await one(), 200, DELIVERED);
});

test("any other 4xx is a rejection", async () => {
  for (const status of [400, 402, 405, 409, 410, 413, 415, 422, 451]) {
    harness.calls.length = 0;
    harness.kochava.script([{ status }]);
    const answer = await one();
    assertCounts(answer, 200, REFUSED);
    assert.equal(answer.json.refusals[0].code, "kochava-rejected");
    assert.equal(harness.calls.length, 1);
  }
});

// docs/delivery.md, "Without a queue": after five that fail with none accepted in between the rest is
// not tried; five more may be on their way then
const STOPPED_CALLS_MAX = 10;

test("401, 403 and 404 of every event pause delivery: events stay pending, and no more calls are made", async () => {
  for (const status of [401, 403, 404]) {
    harness.calls.length = 0;
    forever({ status, delayMs: 20 });
    assertLater(await harness.post(levels(50)), { received: 50, pending: 50 }, "kochava-paused");
    const { length } = harness.calls;
    assert.ok(length >= 5 && length <= STOPPED_CALLS_MAX, `${length} calls`);
  }
});

test("after a long Retry-After of every event the rest of the batch stays pending", async () => {
  forever({ status: 429, retryAfter: 120, delayMs: 20 });
  const answer = await harness.post(levels(50));
  assertLater(answer, { received: 50, pending: 50 });
  assert.equal(answer.headers["retry-after"], "120");
  const { length } = harness.calls;
  assert.ok(length >= 5 && length <= STOPPED_CALLS_MAX, `${length} calls`);
});

test("events that alone are refused or limited stop no other", async () => {
  for (const [step, code] of [
    [{ status: 403 }, "kochava-paused"],
    [{ status: 404 }, "kochava-paused"],
    [{ status: 429, retryAfter: 120 }, "kochava-unavailable"],
    [{ status: 503, retryAfter: 120 }, "kochava-unavailable"],
  ]) {
    harness.kochava.reset();
    harness.kochava.script([{ match: { event_name: "Level 0" }, ...step, forever: true }]);
    assertLater(await harness.post(levels(30)), { received: 30, delivered: 29, pending: 1 }, code);
    assert.equal(harness.calls.length, 30, "what is not worth a retry is not retried");
  }
});

test("after twenty answers without a readable success in a row the rest stays pending", async () => {
  forever({ garbage: true, delayMs: 20 });
  const answer = await harness.post(levels(60));
  const { unconfirmed, pending } = answer.json;
  assertLater(answer, { received: 60, unconfirmed, pending }, "kochava-paused");
  assert.ok(unconfirmed >= 20 && unconfirmed <= 25, answer.text);
  assert.equal(harness.calls.length, unconfirmed);
});

test("a redirect is not followed", async (t) => {
  const elsewhere = await startServer(t, ({ response }) => response.end('{"success":"1"}'));
  for (const status of [301, 302, 303, 307, 308]) {
    harness.kochava.script([{ status, redirect: `${elsewhere.url}/track/json` }]);
    const answer = await one();
    assert.equal(answer.status, 503);
    assertLater(answer, PENDING, "kochava-paused");
  }
  assert.deepEqual(elsewhere.seen, []);
});

test("2xx without a readable answer is unconfirmed and not sent again", async (t) => {
  const steps = [
    { empty: true },
    { garbage: true },
    { hugeBytes: 2_000_000 },
    { truncate: true },
    { status: 204 },
    { body: "OK" },
    { body: "[]" },
    { body: "{}" },
    { body: { success: "maybe" } },
    { body: { success: null } },
    { body: '{"success":"1"' },
    { body: "<html>success</html>", headers: { "content-type": "text/html" } },
  ];
  for (const step of steps) {
    harness.calls.length = 0;
    harness.kochava.script([step]);
    assertCounts(await one(), 200, UNCONFIRMED);
    assert.equal(harness.calls.length, 1, JSON.stringify(step));
  }
  for (const headers of [{}, { "content-length": 15 }]) {
    const stalling = await startServer(t, ({ response }) =>
      response.writeHead(200, headers).write('{"succ'),
    );
    const patient = await startHarness(t, {
      settings: { delivery: POLICY },
      bindings: { KOCHAVA_URL: stalling.url },
    });
    assertCounts(await patient.post(event()), 200, UNCONFIRMED);
    assert.equal(stalling.seen.length, 1);
  }
});

test("a compressed answer is read up to the same length as any other", async (t) => {
  const answers = [
    { success: "1" },
    // compressed it is shorter than what is read
    { success: "1", padding: " ".repeat(1_000_000) },
  ].map((answer) => gzipSync(JSON.stringify(answer)));
  const server = await startServer(t, ({ response }) => {
    const body = answers.shift();
    response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length });
    response.end(body);
  });
  const compressing = await startHarness(t, { bindings: { KOCHAVA_URL: server.url } });
  assertCounts(await compressing.post(event()), 200, DELIVERED);
  assertCounts(await compressing.post(event()), 200, UNCONFIRMED);
});

test("when half of a batch fails, the other half is delivered, and the answer counts the pending events", async () => {
  harness.kochava.script(
    [1, 3, 5, 7].map((number) => ({
      match: { event_name: `Level ${number}` },
      status: 500,
      forever: true,
    })),
  );
  const batch = [
    ...levels(8),
    event({ ip_address: null }),
    event({ event_type: "Settings Opened" }),
  ];
  const answer = await harness.post(batch);
  assertLater(answer, { received: 10, delivered: 4, pending: 4, refused: 1, skipped: 1 });
  assert.deepEqual(
    answer.json.refusals.map(({ index }) => index),
    [8],
  );
  const tries = (number) =>
    harness.calls.filter((call) => call.body.data.event_name === `Level ${number}`).length;
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].map(tries), [1, 3, 1, 3, 1, 3, 1, 3]);
});

test("a refused connection is a temporary error", async (t) => {
  const gone = await startServer(t, () => {});
  gone.close();
  const harness = await startHarness(t, {
    settings: { delivery: POLICY },
    bindings: { KOCHAVA_URL: gone.url },
  });
  assertLater(await harness.post(event()), PENDING);
});
