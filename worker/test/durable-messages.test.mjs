// What does the Worker make of the messages of its queue, by whom and how often they may have come?

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { QUICK, events, namesOf, startDurableHouse } from "./durable.mjs";

const house = await startDurableHouse({ after });
beforeEach(async () => {
  await house.fail({});
  await house.drained();
  house.kochava.reset();
  await house.admin("DELETE", "/rejects?all=1");
});

const OK = { outcome: "ok" };
let names = 0;

/** A message of version 1: short enough to be written by hand. */
function bare(event, id = `by hand ${(names += 1)}`) {
  return JSON.stringify({ v: 1, id, received: Date.now(), event });
}

const one = async (id) => (await house.admin("GET", `/rejects/${id}`)).json;

test("a message of version 1, put into the queue by hand, is delivered, as text or as JSON", async () => {
  const [first, second] = events(2);
  await house.put(bare(first));
  await house.put(JSON.parse(bare(second)), "json");
  await house.drained();
  assert.deepEqual(
    namesOf(house.kochava.calls).sort(),
    [first.event_type, second.event_type].sort(),
  );
  assert.deepEqual(await house.rejects(), []);
});

test("a message that comes twice is sent once, one copy after the other or both at once", async () => {
  const [event] = events(1);
  const text = bare(event);
  assert.deepEqual(await house.batch([text, text]), {
    ...OK,
    acked: [true, false],
    waits: [undefined, 1],
  });
  assert.deepEqual(await house.batch([text], { attempts: 2 }), {
    ...OK,
    acked: [true],
    waits: [undefined],
  });
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type]);
});

test("what nobody can read becomes a reject with its bytes, and holds nothing else up", async () => {
  const [event] = events(1);
  const poison = [
    "hello",
    "{",
    '{"v":0}',
    '{"v":2}',
    '{"v":1,"id":"x"}',
    "[]",
    '{"v":2,"id":"00","sent":1,"events":[]}',
    "Zoë \u0000 'quotes'; --",
    "",
  ];
  const { outcome, acked } = await house.batch([...poison, bare(event)]);
  assert.deepEqual([outcome, acked], ["ok", Array(poison.length + 1).fill(true)]);
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type]);
  const rejects = await house.rejects();
  assert.deepEqual([...new Set(rejects.map(({ code }) => code))], ["message-unreadable"]);
  const kept = await Promise.all(rejects.map(async ({ id }) => (await one(id)).event));
  const texts = kept.map((text) => (typeof text === "string" ? text : JSON.stringify(text)));
  assert.deepEqual(texts.sort(), [...poison].sort());
});

test("a message that is no text is read as its JSON", async () => {
  const { acked } = await house.batch([17, { a: [1] }, null, true, ["x"]]);
  assert.deepEqual(acked, Array(5).fill(true));
  assert.equal((await house.rejects()).length, 5);
});

test("an event in a message that is no event becomes a reject, not a crash", async () => {
  const { outcome, acked } = await house.batch([
    '{"v":1,"id":"odd","received":5,"event":{"a":17}}',
    '{"v":1,"id":"old","received":-9e15,"event":{}}',
  ]);
  assert.deepEqual([outcome, acked], ["ok", [true, true]]);
  assert.equal(house.kochava.calls.length, 0);
});

test("a message of a newer release waits until that release is back", async () => {
  const [event] = events(1);
  const newer = JSON.stringify({ v: 3, id: "0", events: [] });
  assert.deepEqual(await house.batch([newer, bare(event)]), {
    ...OK,
    acked: [false, true],
    waits: [1_800, undefined],
  });
  assert.deepEqual([await house.rejects(), namesOf(house.kochava.calls)], [[], [event.event_type]]);
});

test("a message that waits too long goes into the queue anew, before the platform deletes it or takes it for dead", async (t) => {
  const own = await startDurableHouse(t);
  const newer = JSON.stringify({ v: 3, id: "0", events: [] });
  // half an hour each time; Workers Free keeps a message for 24 hours (Cloudflare, Queues limits), and it is renewed after 20
  assert.deepEqual((await own.batch([newer], { attempts: 39 })).acked, [false]);
  assert.deepEqual(await own.batch([newer], { attempts: 40 }), {
    ...OK,
    acked: [true],
    waits: [undefined],
  });
  assert.equal((await own.witness()).sent, 1);
});

test("what nobody could take to its end becomes a reject with its event, and can be sent again", async () => {
  const [event] = events(1);
  const { acked } = await house.batch([bare(event), "dead and unreadable"], {
    queue: "kochava-edge-dead",
  });
  assert.deepEqual([acked, house.kochava.calls.length], [[true, true], 0]);
  const rejects = await house.rejects();
  assert.deepEqual(
    rejects.map(({ code }) => code),
    ["dead-letter", "dead-letter"],
  );
  const { id } = rejects.find(({ event: name }) => name === event.event_type);
  const answer = await house.admin("POST", "/rejects/replay", { ids: [id] });
  assert.deepEqual(answer.json.results, { queued: 1 }, answer.text);
  await house.drained();
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type]);
});

test("nothing is sent of which the ledger or the gate cannot be asked", async () => {
  const [event] = events(1);
  const text = bare(event);
  for (const name of ["JOURNAL", "BREAKER"]) {
    await house.fail({ [name]: { times: -1 } });
    for (const [attempts, wait] of [
      [1, 20],
      [2, 40],
      [5, 320],
      [59, 3_600],
    ]) {
      const { acked, waits } = await house.batch([text], { attempts });
      assert.equal(acked[0], false);
      // what waits before a gate that does not answer does not come back all at once
      if (name === "JOURNAL") assert.deepEqual(waits, [wait]);
      else assert.ok(waits[0] >= 20 && waits[0] <= 40, `${waits}`);
    }
  }
  assert.equal(house.kochava.calls.length, 0);
  await house.fail({});
  assert.deepEqual((await house.batch([text], { attempts: 6 })).acked, [true]);
  assert.equal(house.kochava.calls.length, 1);
});

test("what the ledger could not note comes again: rather sent twice than lost", async () => {
  const [event] = events(1);
  const text = bare(event);
  await house.fail({ JOURNAL: { after: 1, times: 3 } });
  assert.deepEqual(await house.batch([text]), { ...OK, acked: [false], waits: [20] });
  assert.deepEqual((await house.batch([text], { attempts: 2 })).acked, [true]);
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type, event.event_type]);
});

test("a ledger that hiccups once or twice costs nobody a second call", async () => {
  const [event] = events(1);
  await house.fail({ JOURNAL: { after: 1, times: 2 } });
  assert.deepEqual((await house.batch([bare(event)])).acked, [true]);
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type]);
});

test("what cannot be stored as a reject comes again, is not sent again, and is stored then", async () => {
  const [event, other] = events(2);
  const texts = [bare(event), bare(other)];
  house.kochava.script([{ match: { event_name: event.event_type }, body: { success: "0" } }]);
  await house.fail({ DB: { times: 3 } });
  const { acked, waits } = await house.batch(texts);
  assert.deepEqual(
    [acked, waits],
    [
      [false, true],
      [20, undefined],
    ],
  );
  assert.deepEqual((await house.batch([texts[0]], { attempts: 2 })).acked, [true]);
  assert.deepEqual(namesOf(house.kochava.calls).length, 2);
  assert.deepEqual(
    (await house.rejects()).map((reject) => [reject.event, reject.code]),
    [[event.event_type, "kochava-rejected"]],
  );
});

test("where the queue does not take what is left to do, the message comes again and that is done", async () => {
  const [event] = events(1);
  const text = bare(event);
  house.kochava.script([{ status: 500 }]);
  await house.fail({ QUEUE: { times: 1 } });
  assert.deepEqual((await house.batch([text])).acked, [false]);
  assert.deepEqual((await house.batch([text], { attempts: 2 })).acked, [true]);
  await house.drained();
  assert.deepEqual(namesOf(house.kochava.calls), [event.event_type, event.event_type]);
});

test("while the settings cannot work every message waits, unread", async (t) => {
  const own = await startDurableHouse(t, { settings: { app_guid: null } });
  const { acked, waits } = await own.batch([bare(events(1)[0]), "unreadable"]);
  assert.deepEqual(
    [acked, waits],
    [
      [false, false],
      [300, 300],
    ],
  );
});

test("an event of the queue follows the settings of today", async (t) => {
  const own = await startDurableHouse(t, {
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
  await own.batch([bare(renamed), bare(unwanted), bare(bad)]);
  assert.deepEqual(namesOf(own.kochava.calls), ["Level New"]);
  const { skipped, reasons } = await own.stats();
  assert.deepEqual([skipped, reasons], [1, { "not-selected": 1, "origination-ip-missing": 1 }]);
  assert.deepEqual(
    (await own.rejects()).map(({ code }) => code),
    ["origination-ip-missing"],
  );
});

test("a batch larger than a wave is worked off to its end", async () => {
  const batch = events(60);
  const { outcome, acked } = await house.batch(batch.map((event) => bare(event)));
  assert.deepEqual([outcome, acked.every(Boolean), acked.length], ["ok", true, 60]);
  assert.equal(new Set(namesOf(house.kochava.calls)).size, 60);
  assert.equal(house.kochava.calls.length, 60);
});
