// Messages of the queue: versions, duplicates, unreadable ones, failures of stores, and the
// dead-letter queue.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { QUICK, events, namesOf, startDurableHarness } from "./durable.mjs";

const harness = await startDurableHarness({ after });
beforeEach(async () => {
  await harness.fail({});
  await harness.drained();
  harness.kochava.reset();
  await harness.admin("DELETE", "/rejects?all=1");
});

const OK = { outcome: "ok" };
let names = 0;

/** Makes a message of version 1, which holds one event. */
function messageOf(event, id = `message ${(names += 1)}`) {
  return JSON.stringify({ v: 1, id, received: Date.now(), event });
}

const one = async (id) => (await harness.admin("GET", `/rejects/${id}`)).json;

test("a message of version 1 is delivered, as text or as JSON", async () => {
  const [first, second] = events(2);
  await harness.put(messageOf(first));
  await harness.put(JSON.parse(messageOf(second)), "json");
  await harness.drained();
  assert.deepEqual(
    namesOf(harness.kochava.calls).sort(),
    [first.event_type, second.event_type].sort(),
  );
  assert.deepEqual(await harness.rejects(), []);
});

test("a message that is delivered twice is sent once, in one batch or in two", async () => {
  const [event] = events(1);
  const text = messageOf(event);
  assert.deepEqual(await harness.batch([text, text]), {
    ...OK,
    acked: [true, false],
    waits: [undefined, 15],
  });
  assert.deepEqual(await harness.batch([text], { attempts: 2 }), {
    ...OK,
    acked: [true],
    waits: [undefined],
  });
  assert.deepEqual(namesOf(harness.kochava.calls), [event.event_type]);
});

test("an unreadable message becomes a reject with its bytes, and does not delay others", async () => {
  const [event] = events(1);
  const unreadable = [
    "hello",
    "{",
    '{"v":0}',
    '{"v":2}',
    '{"v":3}',
    '{"v":1,"id":"x"}',
    "[]",
    '{"v":2,"id":"00","sent":1,"events":[]}',
    '{"v":3,"id":"00","sent":1,"events":[]}',
    "Zoë \u0000 'quotes'; --",
    "",
  ];
  const { outcome, acked } = await harness.batch([...unreadable, messageOf(event)]);
  assert.deepEqual([outcome, acked], ["ok", Array(unreadable.length + 1).fill(true)]);
  assert.deepEqual(namesOf(harness.kochava.calls), [event.event_type]);
  const rejects = await harness.rejects();
  assert.deepEqual([...new Set(rejects.map(({ code }) => code))], ["message-unreadable"]);
  const stored = await Promise.all(rejects.map(async ({ id }) => (await one(id)).event));
  const texts = stored.map((text) => (typeof text === "string" ? text : JSON.stringify(text)));
  assert.deepEqual(texts.sort(), [...unreadable].sort());
});

test("a message that is not text is read as its JSON", async () => {
  const { acked } = await harness.batch([17, { a: [1] }, null, true, ["x"]]);
  assert.deepEqual(acked, Array(5).fill(true));
  assert.equal((await harness.rejects()).length, 5);
});

test("a message with an invalid event becomes a reject", async () => {
  const { outcome, acked } = await harness.batch([
    '{"v":1,"id":"odd","received":5,"event":{"a":17}}',
    '{"v":1,"id":"old","received":-9e15,"event":{}}',
  ]);
  assert.deepEqual([outcome, acked], ["ok", [true, true]]);
  assert.equal(harness.kochava.calls.length, 0);
});

test("a message of a newer version is retried until that release is deployed again", async () => {
  const [event] = events(1);
  const newer = JSON.stringify({ v: 6, id: "0", events: [] });
  assert.deepEqual(await harness.batch([newer, messageOf(event)]), {
    ...OK,
    acked: [false, true],
    waits: [1_800, undefined],
  });
  assert.deepEqual(
    [await harness.rejects(), namesOf(harness.kochava.calls)],
    [[], [event.event_type]],
  );
});

test("a message that waits too long is requeued before the platform deletes it or moves it to the dead-letter queue", async (t) => {
  const own = await startDurableHarness(t);
  const newer = JSON.stringify({ v: 6, id: "0", events: [] });
  // attempts are half an hour apart; Workers Free keeps a message for 24 hours (Cloudflare, Queues
  // limits), and it is requeued after 20
  assert.deepEqual((await own.batch([newer], { attempts: 39 })).acked, [false]);
  assert.deepEqual(await own.batch([newer], { attempts: 40 }), {
    ...OK,
    acked: [true],
    waits: [undefined],
  });
  assert.equal((await own.counters()).sent, 1);
});

test("a dead letter becomes a reject with its event, and can be replayed", async () => {
  const [event] = events(1);
  const { acked } = await harness.batch([messageOf(event), "dead and unreadable"], {
    queue: "kochava-edge-dead",
  });
  assert.deepEqual([acked, harness.kochava.calls.length], [[true, true], 0]);
  const rejects = await harness.rejects();
  assert.deepEqual(rejects.map(({ code }) => code).sort(), ["dead-letter", "message-unreadable"]);
  // it was not planned, so that nobody knows its name
  const { id, event: name } = rejects.find(({ code }) => code === "dead-letter");
  assert.deepEqual([name, (await one(id)).event], [null, event]);
  const answer = await harness.admin("POST", "/rejects/replay", { ids: [id] });
  assert.deepEqual(answer.json.results, { queued: 1 }, answer.text);
  await harness.drained();
  assert.deepEqual(namesOf(harness.kochava.calls), [event.event_type]);
});

test("nothing is sent while the journal does not answer", async () => {
  const [event] = events(1);
  const text = messageOf(event);
  await harness.fail({ JOURNAL: { times: -1 } });
  for (const [attempts, wait] of [
    [1, 20],
    [2, 40],
    [5, 320],
    [59, 3_600],
  ])
    assert.deepEqual(await harness.batch([text], { attempts }), {
      ...OK,
      acked: [false],
      waits: [wait],
    });
  assert.equal(harness.kochava.calls.length, 0);
  await harness.fail({});
  assert.deepEqual((await harness.batch([text], { attempts: 6 })).acked, [true]);
  assert.equal(harness.kochava.calls.length, 1);
});

test("an event that the journal could not record is retried once its claim has lapsed, and may be sent twice", async (t) => {
  const own = await startDurableHarness(t);
  const [event] = events(1);
  const text = messageOf(event);
  await own.fail({ JOURNAL: { after: 1, times: 3 } });
  assert.deepEqual(await own.batch([text]), { ...OK, acked: [false], waits: [20] });
  // docs/delivery.md: claims hold for three minutes, and are lost if their shard restarts
  assert.deepEqual(await own.batch([text], { attempts: 2 }), {
    ...OK,
    acked: [false],
    waits: [15],
  });
  assert.deepEqual(namesOf(own.kochava.calls), [event.event_type]);
  await own.restart();
  assert.deepEqual((await own.batch([text], { attempts: 3 })).acked, [true]);
  assert.deepEqual(namesOf(own.kochava.calls), [event.event_type, event.event_type]);
});

test("one or two failures of the journal cause no second call", async () => {
  const [event] = events(1);
  await harness.fail({ JOURNAL: { after: 1, times: 2 } });
  assert.deepEqual((await harness.batch([messageOf(event)])).acked, [true]);
  assert.deepEqual(namesOf(harness.kochava.calls), [event.event_type]);
});

test("an event whose reject cannot be stored is retried: not sent again, but stored", async () => {
  const [event, other] = events(2);
  const texts = [messageOf(event), messageOf(other)];
  harness.kochava.script([{ match: { event_name: event.event_type }, body: { success: "0" } }]);
  await harness.fail({ DB: { times: 3 } });
  const { acked, waits } = await harness.batch(texts);
  assert.deepEqual(
    [acked, waits],
    [
      [false, true],
      [20, undefined],
    ],
  );
  assert.deepEqual((await harness.batch([texts[0]], { attempts: 2 })).acked, [true]);
  assert.deepEqual(namesOf(harness.kochava.calls).length, 2);
  assert.deepEqual(
    (await harness.rejects()).map((reject) => [reject.event, reject.code]),
    [[event.event_type, "kochava-rejected"]],
  );
});

test("if the rest of a message cannot be requeued, the message is retried", async () => {
  const [event] = events(1);
  const text = messageOf(event);
  harness.kochava.script([{ status: 500 }]);
  await harness.fail({ QUEUE: { times: 1 } });
  assert.deepEqual((await harness.batch([text])).acked, [false]);
  assert.deepEqual((await harness.batch([text], { attempts: 2 })).acked, [true]);
  await harness.drained();
  assert.deepEqual(namesOf(harness.kochava.calls), [event.event_type, event.event_type]);
});

test("with invalid settings every message is retried, unread", async (t) => {
  const own = await startDurableHarness(t, { settings: { app_guid: null } });
  const { acked, waits } = await own.batch([messageOf(events(1)[0]), "unreadable"]);
  assert.deepEqual(
    [acked, waits],
    [
      [false, false],
      [300, 300],
    ],
  );
});

test("a queued event is planned with the current settings", async (t) => {
  const own = await startDurableHarness(t, {
    settings: {
      delivery: QUICK,
      events: { rename: { "Level Old": "Level New" }, select: [{ names: ["Level *"] }] },
    },
  });
  const [renamed, unwanted, bad] = [
    events(1, { event_type: "Level Old" })[0],
    events(1, { event_type: "Opened" })[0],
    events(1, { ip_address: null })[0],
  ];
  await own.batch([messageOf(renamed), messageOf(unwanted), messageOf(bad)]);
  // the selection is made when an event arrives (docs/delivery.md, switches)
  assert.deepEqual(namesOf(own.kochava.calls).sort(), ["Level New", "Opened"]);
  const { skipped, reasons } = await own.stats();
  assert.deepEqual([skipped, reasons], [0, { "origination-ip-missing": 1 }]);
  assert.deepEqual(
    (await own.rejects()).map(({ code }) => code),
    ["origination-ip-missing"],
  );
});

test("a batch larger than a wave is consumed completely", async () => {
  const batch = events(60);
  const { outcome, acked } = await harness.batch(batch.map((event) => messageOf(event)));
  assert.deepEqual([outcome, acked.every(Boolean), acked.length], ["ok", true, 60]);
  assert.equal(new Set(namesOf(harness.kochava.calls)).size, 60);
  assert.equal(harness.kochava.calls.length, 60);
});
