// A synthetic event goes through queue, consumer and journal to the app for tests, and its outcome is
// told; it enters no number.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStats, startDurableHarness, until } from "./durable.mjs";
import { assertError } from "./support.mjs";

const send = (own, body, query = "") => own.admin("POST", `/test-event${query}`, body);

const outcomeOf = async (own, id, more = "") => {
  const answer = await own.admin("GET", `/test-event?id=${id}${more}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

/** Waits for this outcome of an event. */
const ended = (own, id, outcome, more) =>
  until(async () => {
    const told = await outcomeOf(own, id, more);
    return told.outcome === outcome && told;
  }, `the event should be told as ${outcome}`);

test("a synthetic event is planned, queued, sent to the test app, and Kochava's answer is shown", async (t) => {
  const own = await startDurableHarness(t, { settings: { test_app_guid: "kotest-only" } });
  const { status, json } = await send(own);
  assert.equal(status, 202);
  assert.equal(json.fate, "ready");
  assert.deepEqual([json.sync, json.source], [null, "amplitude"]);
  assert.equal(json.event.ip_address, "192.0.2.1");
  const told = await ended(own, json.id, "delivered");
  const [call] = own.kochava.calls;
  assert.equal(own.kochava.calls.length, 1);
  assert.equal(call.body.kochava_app_id, "kotest-only");
  assert.equal(call.body.data.event_name, json.event.event_type);
  assert.equal(call.bodyText, json.requests[0].body);
  assert.deepEqual(
    call.findings.filter(({ severity }) => severity === "error"),
    [],
  );
  const [answer] = told.answers;
  assert.deepEqual(told.code, null);
  assert.deepEqual([answer.kind, answer.status, answer.body], ["event", 200, call.answer.bodyText]);
  assert.ok(Date.parse(answer.at) >= Date.parse(json.received_at));
  // it is seen where outcomes are seen, and counted nowhere
  const stats = await own.stats();
  assertStats(stats, {});
  assert.deepEqual([stats.attempts, stats.waiting, stats.reasons], [0, [], {}]);
  const coverage = (await own.admin("GET", "/stats/coverage")).json;
  assert.deepEqual(coverage.rows, []);
  const live = (await own.admin("GET", "/live")).json.outcomes;
  assert.deepEqual(
    live.map(({ event, outcome }) => [event, outcome]),
    [[json.event.event_type, "delivered"]],
  );
});

test("what Kochava says against it is told, and neither stored as a reject nor counted", async (t) => {
  const own = await startDurableHarness(t, { settings: { test_app_guid: "kotest-only" } });
  own.kochava.script([{ status: 400, body: '{"success":"0","error":"no such app"}' }]);
  const { json } = await send(own, { event_name: "Level Mine" });
  const told = await ended(own, json.id, "rejected");
  assert.deepEqual(
    [told.code, told.answers[0].status, told.answers[0].body],
    ["kochava-rejected", 400, '{"success":"0","error":"no such app"}'],
  );
  assert.equal(own.kochava.calls[0].body.data.event_name, "Level Mine");
  await own.drained();
  assert.deepEqual(await own.rejects(), []);
  assertStats(await own.stats(), {});
});

test("while Kochava refuses the key it waits and says so, and it is sent when that is over", async (t) => {
  const own = await startDurableHarness(t, { settings: { test_app_guid: "kotest-only" } });
  own.kochava.script([{ status: 403 }, { reset: true }]);
  const { json } = await send(own);
  const told = await ended(own, json.id, "delivered");
  const statuses = told.answers.map(({ status }) => status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [403, 200]);
  await own.drained();
  assertStats(await own.stats(), {});
});

test("what the settings do not send is told with the reason, and nothing is queued", async (t) => {
  const own = await startDurableHarness(t, {
    settings: {
      test_app_guid: "kotest-only",
      events: { select: [{ names: ["Level *"] }] },
    },
  });
  const before = (await own.counters()).sent;
  const { status, json } = await send(own, undefined, "?event_name=Song%20Played");
  assert.equal(status, 200);
  assert.deepEqual([json.id, json.fate, json.code], [null, "skipped", "not-selected"]);
  assert.equal((await own.counters()).sent, before);
  // by default it has a name that is sent
  const chosen = await send(own);
  assert.deepEqual([chosen.status, chosen.json.event.event_type], [202, "Level Kochava Edge Test"]);
  await ended(own, chosen.json.id, "delivered");
});

test("each sync has its own", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { test_app_guid: "kotest-default" },
    bindings: {
      SYNC_US: {
        sources: ["segment"],
        app_guid: "kous",
        test_app_guid: "kotest-us",
        mapping: {},
        events: { select: [{ names: ["Order Completed"] }] },
      },
      SYNC_EU: { sources: ["segment"], app_guid: "koeu", mapping: {} },
    },
  });
  const [first, us] = [await send(own), await send(own, { sync: "us" })];
  assert.deepEqual([first.json.source, us.json.source], ["amplitude", "segment"]);
  assert.equal(us.json.event.event, "Order Completed");
  await ended(own, first.json.id, "delivered");
  const told = await ended(own, us.json.id, "delivered", "&sync=us");
  assert.equal(told.sync, "us");
  assert.deepEqual(own.kochava.calls.map(({ body }) => body.kochava_app_id).sort(), [
    "kotest-default",
    "kotest-us",
  ]);
  // another sync does not know it
  assert.equal((await outcomeOf(own, us.json.id)).outcome, "queued");
  assertError(await send(own, { sync: "eu" }), 409, "no-test-app");
});

test("where the queue does not take it nobody is told that it is there", async (t) => {
  const own = await startDurableHarness(t, { settings: { test_app_guid: "kotest-only" } });
  await own.fail({ QUEUE: { times: 1 } });
  assertError(await send(own), 503, "store-unavailable");
  assert.equal(own.kochava.calls.length, 0);
});

test("without an app for tests nothing is sent, and an id must be one", async (t) => {
  const own = await startDurableHarness(t);
  assertError(await send(own), 409, "no-test-app");
  assertError(await own.admin("GET", "/test-event"), 400, "bad-query");
  assertError(await own.admin("GET", "/test-event?id=x"), 400, "bad-query");
  const unknown = await outcomeOf(own, "0".repeat(32));
  assert.deepEqual(
    [unknown.outcome, unknown.code, unknown.at, unknown.answers],
    ["queued", null, null, []],
  );
  assert.equal(own.kochava.calls.length, 0);
});

test("an outcome is forgotten after an hour", async (t) => {
  const own = await startDurableHarness(t, {
    settings: { test_app_guid: "kotest-only" },
    bindings: { CLOCK_RATE: 300 },
  });
  const { json } = await send(own);
  await ended(own, json.id, "delivered");
  // it is answered like one that is unknown
  const told = await ended(own, json.id, "queued");
  assert.deepEqual([told.at, told.answers], [null, []]);
  assert.equal(own.kochava.calls.length, 1);
});

test("the outcomes of the last hundred are kept", async (t) => {
  const own = await startDurableHarness(t, { settings: { test_app_guid: "kotest-only" } });
  const first = (await send(own)).json.id;
  await ended(own, first, "delivered");
  const ids = [];
  for (let number = 0; number < 101; number += 1) ids.push((await send(own)).json.id);
  await own.drained();
  assert.equal(own.kochava.calls.length, 102);
  const outcomes = [];
  for (const id of [first, ...ids]) outcomes.push((await outcomeOf(own, id)).outcome);
  assert.equal(outcomes[0], "queued");
  assert.equal(outcomes.filter((outcome) => outcome === "delivered").length, 100);
});
