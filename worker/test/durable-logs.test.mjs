// The log of durable delivery: one line for each request and wave, without personal data and
// secrets.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { ADMIN, QUICK, events, startDurableHarness, until } from "./durable.mjs";
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
const harness = await startDurableHarness({ after }, OPTIONS);
beforeEach(async () => {
  await harness.drained();
  harness.kochava.reset();
});

/** Returns the lines of what `act` does, once no message is in flight. */
async function linesOf(act) {
  await linesUntilNow(harness);
  await act();
  await harness.drained();
  return linesUntilNow(harness);
}

/** workerd writes lines in order: all are there once the line of one more request is. */
async function linesUntilNow({ send, lines }) {
  await send("/amplitude", { method: "PUT" });
  await until(
    () => lines.some((line) => line.includes('"route":"wrong-method"')),
    "the line of the marker request should be logged",
  );
  return lines.splice(0).slice(0, -1);
}

const parsed = (lines, route) =>
  lines.map((line) => JSON.parse(line)).filter((line) => line.route === route);

test("a wave of messages is one line with what became of them, and all counts", async () => {
  const [good, bad, late] = events(3);
  harness.kochava.script([
    { match: { event_name: bad.event_type }, body: { success: "0" } },
    { match: { event_name: late.event_type }, status: 500 },
  ]);
  const lines = await linesOf(() =>
    harness.post([good, bad, late, { ...good, event_type: "Opened" }]),
  );
  const [ingest] = parsed(lines, "amplitude");
  assert.deepEqual(
    [ingest.status, ingest.queued, ingest.skipped, ingest.codes],
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

test("requests of the operator are logged with their route alone", async () => {
  const lines = await linesOf(async () => {
    await harness.admin("GET", "/rejects?event=canary");
    await harness.admin("GET", "/rejects/canary");
    await harness.admin("POST", "/rejects/replay?all=1&dry=1");
    await harness.admin("DELETE", "/rejects?event=canary");
    await harness.admin("GET", "/stats");
    await harness.admin("GET", "/rejects", undefined, "canary");
    await (await harness.worker.miniflare.getWorker()).scheduled();
  });
  const actual = lines.map((line) => JSON.parse(line)).map(({ route, status }) => [route, status]);
  assert.deepEqual(actual, [
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

test("no line contains anything from an event or from Kochava, whatever Kochava answers", async () => {
  const answersWithText = [
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
    ...answersWithText,
  ]) {
    const lines = await linesOf(async () => {
      harness.kochava.script([{ ...step, forever: true }]);
      for (const body of bodies()) await harness.post(body);
      await harness.called(1);
      harness.kochava.script([]);
    });
    // a line for each body, and at least one for a wave
    assert.ok(lines.length > bodies().length, `${lines.length} lines`);
    for (const line of lines) assert.doesNotMatch(line, hidden);
  }
});

test("no line contains anything from a message or from the operator, whatever fails", async (t) => {
  const own = await startDurableHarness(t, OPTIONS);
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
  for (const name of ["DB", "QUEUE", "JOURNAL"]) {
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
  // 5 batches and 6 requests, and for each binding 4 bodies, a batch and 4 requests, of which
  // /health is looked at once in 5 s; waves are more
  assert.ok(lines.length >= 5 + 6 + 3 * 9 - 2, `${lines.length} lines`);
  for (const line of lines) {
    assert.doesNotMatch(line, hidden);
    assert.equal(typeof JSON.parse(line).route, "string");
  }
});
