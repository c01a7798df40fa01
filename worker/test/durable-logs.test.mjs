// What does the log say of what goes through the queue, and what never?

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { ADMIN, QUICK, events, startDurableHouse, until } from "./durable.mjs";
import { TOKEN } from "./support.mjs";

const KEYS = { apiKey: "canary-api-key", secret: "canary-secret" };
const OPTIONS = {
  settings: {
    users: { send: true, from: "both" },
    events: { properties: "*", select: [{ names: ["Level *"] }] },
    delivery: { ...QUICK, steps_s: [1], timeout_ms: 400 },
  },
  bindings: { KOCHAVA_API_KEY: KEYS.apiKey, KOCHAVA_SECRET: KEYS.secret },
  kochava: KEYS,
};
const house = await startDurableHouse({ after }, OPTIONS);
beforeEach(async () => {
  await house.drained();
  house.kochava.reset();
});

/** The lines of what `act` does, once nothing is under way. */
async function linesOf(act) {
  await linesUntilNow(house);
  await act();
  await house.drained();
  return linesUntilNow(house);
}

/** workerd writes lines in order: they are all there once the line of one more request is. */
async function linesUntilNow({ send, lines }) {
  await send("/amplitude", { method: "PUT" });
  await until(
    () => lines.some((line) => line.includes('"route":"wrong-method"')),
    "the line of the mark was to come",
  );
  return lines.splice(0).slice(0, -1);
}

const parsed = (lines, route) =>
  lines.map((line) => JSON.parse(line)).filter((line) => line.route === route);

test("a wave of messages is one line: what became of them, and how often each thing was counted", async () => {
  const [good, bad, late] = events(3);
  house.kochava.script([
    { match: { event_name: bad.event_type }, body: { success: "0" } },
    { match: { event_name: late.event_type }, status: 500 },
  ]);
  const lines = await linesOf(() =>
    house.post([good, bad, late, { ...good, event_type: "Opened" }]),
  );
  const [taken] = parsed(lines, "amplitude");
  assert.deepEqual(
    [taken.status, taken.queued, taken.skipped, taken.codes],
    [200, 3, 1, { "not-selected": 1 }],
  );
  const [first, second, ...none] = parsed(lines, "queue");
  assert.deepEqual(
    [
      first.messages,
      first.acked,
      first.retried,
      first.requeued,
      first.attempts,
      first.delivered,
      first.discarded,
      first.skipped,
    ],
    [1, 1, 0, 1, 4, 1, 1, 1],
  );
  assert.equal(first["code:kochava-rejected"], 1);
  assert.deepEqual([second.messages, second.acked, second["after-retry"], none], [1, 1, 1, []]);
});

test("what the operator does is told by its route alone", async () => {
  const lines = await linesOf(async () => {
    await house.admin("GET", "/rejects?event=canary");
    await house.admin("GET", "/rejects/canary");
    await house.admin("POST", "/rejects/replay?all=1&dry=1");
    await house.admin("DELETE", "/rejects?reason=canary");
    await house.admin("GET", "/stats");
    await house.admin("GET", "/rejects", undefined, "canary");
    await (await house.worker.miniflare.getWorker()).scheduled();
  });
  const told = lines.map((line) => JSON.parse(line)).map(({ route, status }) => [route, status]);
  assert.deepEqual(told, [
    ["rejects", 200],
    ["reject", 404],
    ["replay", 200],
    ["delete", 200],
    ["stats", 200],
    ["rejects", 404],
    ["sweep", undefined],
  ]);
});

const personal = {
  user_id: "canary-user",
  device_id: "canary-device",
  ip_address: "203.0.113.177",
  event_type: "Level canary",
  user_properties: {
    kochava_device_id: "canary-kochava",
    adid: "4A7E57ED-CA4A-41C0-B23E-10B96E40000D",
    user_agent: "canary-agent",
  },
  event_properties: { "canary-key": "canary-value", Zoë: "Zoë" },
};
const hidden = new RegExp(
  `canary|203\\.0\\.113|10\\.0\\.0\\.7|4A7E57ED|Zo|Level|insert-|device-|${TOKEN}|${ADMIN}|kotest|//|[0-9a-f]{32}`,
  "i",
);
const bodies = () => [
  events(1, personal),
  [
    ...events(1, personal),
    ...events(1, { ...personal, ip_address: "10.0.0.7" }),
    ...events(1, { ...personal, event_type: "canary" }),
  ],
  events(1, { ...personal, event_properties: { story: `canary${"x".repeat(130_000)}` } }),
  [
    {
      user_id: "canary",
      device_id: "canary",
      platform: "Android",
      user_properties: personal.user_properties,
    },
  ],
];

test("nothing that a stranger chose is in any line, whatever Kochava does", async () => {
  const said = [
    { status: 400, body: "canary" },
    { status: 401, body: "canary" },
    { status: 429, retryAfter: 1, body: "canary" },
    { body: { success: "0", error: "canary" } },
  ];
  for (const step of [
    {},
    { reset: true },
    { silence: true },
    { garbage: true },
    { status: 500, body: "canary" },
    ...said,
  ]) {
    const lines = await linesOf(async () => {
      house.kochava.script([{ ...step, forever: true }]);
      for (const body of bodies()) await house.post(body);
      await house.called(1);
      house.kochava.script([]);
    });
    assert.ok(lines.length > 0);
    for (const line of lines) assert.doesNotMatch(line, hidden);
  }
});

test("nor whatever is in the queue, what the stores do, and what an operator asks", async (t) => {
  const own = await startDurableHouse(t, OPTIONS);
  for (const text of [
    "canary",
    '{"v":1,"id":"canary","received":1,"event":{"canary":"canary"}}',
    '{"v":2,"canary":1}',
    '{"v":9,"canary":1}',
  ])
    await own.batch([text]);
  await own.batch(
    ["canary", JSON.stringify({ v: 1, id: "canary", received: 1, event: personal })],
    { queue: "kochava-edge-dead" },
  );
  for (const name of ["DB", "QUEUE", "DEDUPE", "JOURNAL", "BREAKER"]) {
    await own.fail({ [name]: { times: -1 } });
    for (const body of bodies()) await own.post(body);
    await own.batch(["canary 2"]);
    await own.admin("GET", "/rejects?event=canary");
    await own.admin("POST", "/rejects/replay", { filter: { event: "canary" } });
    await own.admin("GET", "/stats");
    await own.send("/health");
    await own.fail({});
  }
  for (const path of ["/rejects", "/rejects/replay", "/stats"])
    await own.admin("POST", `${path}?canary=canary`, "canary", "canary");
  for (const body of ["canary", '{"canary":1}', '{"ids":["canary"]}'])
    await own.admin("POST", "/rejects/replay", body);
  const lines = await linesUntilNow(own);
  assert.ok(lines.length > 50, `${lines.length} lines`);
  for (const line of lines) {
    assert.doesNotMatch(line, hidden);
    assert.equal(typeof JSON.parse(line).route, "string");
  }
});
