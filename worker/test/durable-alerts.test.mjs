// Alerts: one message when something begins, one when it ends; a receiver that fails is asked again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { QUICK, events, startDurableHarness, until } from "./durable.mjs";
import { startServer } from "./support.mjs";

/** Starts a receiver of messages; `receiver.status` is what it answers. */
async function startReceiver(t) {
  const receiver = { status: 200 };
  const server = await startServer(t, ({ response }) => {
    response.statusCode = receiver.status;
    response.end("ok");
  });
  return Object.assign(receiver, server);
}

/** Runs the check of the alerts, as the cron does every minute. */
async function check(harness) {
  const worker = await harness.worker.miniflare.getWorker();
  assert.equal((await worker.scheduled({ cron: "* * * * *" })).outcome, "ok");
}

const alertsOf = async (harness) => (await harness.admin("GET", "/alerts")).json;

/** A Worker that alerts what waits for a minute, which lasts a second, to a receiver that fails. */
async function startWithFailingReceiver(t) {
  const receiver = await startReceiver(t);
  receiver.status = 500;
  const own = await startDurableHarness(t, {
    settings: {
      delivery: { ...QUICK, steps_s: Array(30).fill(1) },
      alerts: { waiting_minutes: 1 },
    },
    bindings: { ALERT_URL: `${receiver.url}/hook`, CLOCK_RATE: 60 },
  });
  return { receiver, own };
}

test("an alert is told once when it begins and once when it ends, and again while it cannot be sent", async (t) => {
  const { receiver, own } = await startWithFailingReceiver(t);
  await check(own);
  assert.deepEqual(receiver.seen, []);
  await own.stopKochava();
  await own.post(events(3));
  await until(async () => {
    const { waiting } = await own.stats();
    return waiting.reduce((sum, { events: count }) => sum + count, 0) === 3;
  }, "the consumer should have seen all three");
  await until(async () => {
    await check(own);
    return receiver.seen.length > 0;
  }, "events should have waited for a minute");
  const failed = await alertsOf(own);
  assert.equal(failed.url_set, true);
  assert.ok(Date.parse(failed.checked) > 0);
  const [alert] = failed.alerts;
  assert.deepEqual(
    [alert.code, alert.sync, alert.error, alert.sent],
    ["waiting", null, "http-500", null],
  );
  assert.match(alert.text, /^3 events wait, the oldest for \d+ min/);

  const tries = receiver.seen.length;
  receiver.status = 200;
  await check(own);
  assert.equal(receiver.seen.length, tries + 1);
  const [body] = receiver.seen.slice(-1);
  assert.deepEqual(JSON.parse(body), { text: `kochava-edge: ${alert.text}` });
  const [sent] = (await alertsOf(own)).alerts;
  assert.ok(sent.sent !== null && sent.error === null);
  await check(own);
  await check(own);
  assert.equal(receiver.seen.length, tries + 1, "none in between");

  await own.startKochava();
  await own.drained();
  await check(own);
  assert.equal(receiver.seen.length, tries + 2);
  assert.match(
    JSON.parse(receiver.seen.at(-1)).text,
    /^kochava-edge: over after \d+ min: 3 events wait/,
  );
  assert.deepEqual((await alertsOf(own)).alerts, []);
  await check(own);
  assert.equal(receiver.seen.length, tries + 2);
  for (const text of receiver.seen)
    for (const personal of ["device-", "insert-", "KA-", "203.0.113"])
      assert.ok(!text.includes(personal), text);
});

test("what began and ended while the receiver failed is told by one message", async (t) => {
  const { receiver, own } = await startWithFailingReceiver(t);
  await own.stopKochava();
  await own.post(events(2));
  await until(async () => {
    await check(own);
    return receiver.seen.length > 0;
  }, "events should have waited for a minute");
  const [{ since }] = (await alertsOf(own)).alerts;
  await own.startKochava();
  await own.drained();
  await check(own);
  const [over] = (await alertsOf(own)).alerts;
  assert.deepEqual([over.since, over.sent, over.error], [since, null, "http-500"]);
  const tries = receiver.seen.length;
  receiver.status = 200;
  await check(own);
  assert.equal(receiver.seen.length, tries + 1);
  const minute = (time) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
  assert.deepEqual(JSON.parse(receiver.seen.at(-1)), {
    text: `kochava-edge: began ${minute(over.since)}, ended ${minute(over.until)}: ${over.text}`,
  });
  assert.deepEqual((await alertsOf(own)).alerts, []);
  await check(own);
  assert.equal(receiver.seen.length, tries + 1);
});

test("without an address nothing is sent, and what would be is shown", async (t) => {
  const own = await startDurableHarness(t);
  await own.post(events(20, { ip_address: null }));
  await own.drained();
  await check(own);
  const { alerts, url_set: isSet } = await alertsOf(own);
  assert.equal(isSet, false);
  assert.deepEqual(
    alerts.map(({ code, sent, error }) => [code, sent, error]),
    [["rejects", null, null]],
  );
});

test("an address without https is a fault", async (t) => {
  const own = await startDurableHarness(t, {
    bindings: { ALERT_URL: "http://hooks.example.com/x" },
  });
  const faults = (await own.health()).faults.map(({ path, code }) => [path, code]);
  assert.deepEqual(faults, [["ALERT_URL", "invalid"]]);
  assert.ok(!JSON.stringify(await own.health()).includes("hooks.example.com"));
});
