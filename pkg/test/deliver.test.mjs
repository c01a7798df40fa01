// `deliver` against the stand-in for Kochava.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { InputError, Mapper, deliver } from "kochava-edge";
import { startKochava } from "../../sim/server.mjs";

const SETTINGS = {
  app_guid: "koexample",
  authentication: { api_key: "key-1", secret: "a-secret-of-22-letters" },
  users: { send: true, from: "both" },
  mapping: { kochava_device_id: "kd", origination_ip: "ip_address", idfv: "idfv" },
};

/** Requests of events, each followed by an identity. */
function requestsOf(...names) {
  const mapper = new Mapper(SETTINGS);
  const event = {
    platform: "iOS",
    os_version: "13.1",
    ip_address: "203.0.113.9",
    kd: "KI-1",
    idfv: "11111111-2222-4333-8444-555555555555",
    user_id: "u-1",
  };
  return names.flatMap((event_type) => mapper.plan({ ...event, event_type }).fates[0].requests);
}

async function kochavaOf(t, ...script) {
  const kochava = await startKochava({ apiKey: "key-1", secret: "a-secret-of-22-letters", script });
  t.after(() => kochava.close());
  /** The platform's fetch, to the stand-in instead of to Kochava. */
  const fetch = (url, init) => globalThis.fetch(kochava.url + new URL(url).pathname, init);
  return { ...kochava, calls: kochava.calls, fetch };
}

const delivered = { outcome: "delivered", attempts: 1, status: 200, retryAfterMs: null };
const outcomes = (deliveries) => deliveries.map(({ outcome }) => outcome);

test("an event and its identity arrive in that order, signed and valid", async (t) => {
  const kochava = await kochavaOf(t);
  const requests = requestsOf("Level Up");
  assert.deepEqual(await deliver(requests, { fetch: kochava.fetch }), [delivered, delivered]);
  assert.deepEqual(
    kochava.calls.map(({ path }) => path),
    ["/track/json", "/v1/cpi/identityLink.php"],
  );
  for (const [index, call] of kochava.calls.entries()) {
    assert.equal(call.bodyText, requests[index].body);
    assert.equal(call.signature.state, "valid");
    assert.deepEqual(
      call.findings.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.equal(call.headers["content-type"], "application/json");
  }
});

test("an install arrives before everything else, an identity behind it, and a user last", async (t) => {
  const kochava = await kochavaOf(t);
  const mapper = new Mapper({ ...SETTINGS, installs: { send: true } });
  const device = { platform: "iOS", os_version: "13.1", ip_address: "203.0.113.9" };
  const ids = { kd: "KI-1", idfv: "11111111-2222-4333-8444-555555555555", user_id: "u-1" };
  const named = (event_type) => ({ ...device, ...ids, event_type });
  const { fates } = mapper.plan([
    named("$identify"),
    { ...named("Level Up"), user_id: null },
    named("[Amplitude] Application Installed"),
  ]);
  const requests = fates.flatMap((fate) => fate.requests);
  assert.deepEqual(
    requests.map(({ kind }) => kind),
    ["identity", "event", "install", "identity"],
  );
  const kinds = (calls) =>
    calls.map(({ path, body }) => (path.endsWith("Link.php") ? "identity" : body.action));
  assert.deepEqual(
    await deliver(requests, { fetch: kochava.fetch }),
    requests.map(() => delivered),
  );
  assert.deepEqual(kinds(kochava.calls), ["install", "identity", "event", "identity"]);
  for (const { findings, signature } of kochava.calls) {
    assert.equal(signature.state, "valid");
    assert.deepEqual(
      findings.filter(({ severity }) => severity === "error"),
      [],
    );
  }
});

test("a temporary failure is retried, and a 429 is reported with its Retry-After", async (t) => {
  const kochava = await kochavaOf(t, { status: 503 }, { reset: true });
  const [event] = await deliver(requestsOf("Level Up").slice(0, 1), { fetch: kochava.fetch });
  assert.deepEqual(event, { ...delivered, attempts: 3 });

  const limited = await kochavaOf(t, { status: 429, retryAfter: 7, forever: true });
  const [first, second] = await deliver(requestsOf("Level Up"), { fetch: limited.fetch });
  assert.deepEqual(first, {
    outcome: "unavailable",
    attempts: 1,
    status: 429,
    retryAfterMs: 7_000,
  });
  assert.deepEqual(second, { outcome: "held", attempts: 0, status: null, retryAfterMs: null });
});

test("an attempt ends at the timeout of the policy, and retries at its number of attempts", async (t) => {
  const kochava = await kochavaOf(t, { silence: true, forever: true });
  const policy = { attempts: 2, timeout_ms: 100, budget_ms: 1_000 };
  const [event] = await deliver(requestsOf("Level Up").slice(0, 1), {
    fetch: kochava.fetch,
    policy,
  });
  assert.deepEqual(event, {
    outcome: "unavailable",
    attempts: 2,
    status: null,
    retryAfterMs: null,
  });
  assert.equal(kochava.calls.length, 2);
});

test("an unreadable answer with status 200 is unconfirmed", async (t) => {
  const kochava = await kochavaOf(t, { empty: true }, { hugeBytes: 100_000 });
  assert.deepEqual(outcomes(await deliver(requestsOf("Level Up"), { fetch: kochava.fetch })), [
    "unconfirmed",
    "unconfirmed",
  ]);
});

test("a rejected event holds back its own identity only", async (t) => {
  const kochava = await kochavaOf(t, {
    match: { event_name: "Bad" },
    body: { success: "0" },
    forever: true,
  });
  const deliveries = await deliver(requestsOf("Good", "Bad", "Fine"), { fetch: kochava.fetch });
  assert.deepEqual(outcomes(deliveries), [
    "delivered",
    "delivered",
    "rejected",
    "held",
    "delivered",
    "delivered",
  ]);
  assert.deepEqual(deliveries[2], {
    outcome: "rejected",
    attempts: 1,
    status: 200,
    retryAfterMs: null,
  });
});

for (const step of [{ status: 401 }, { status: 404 }, { redirect: "http://127.0.0.1:9/stolen" }]) {
  test(`five answers ${JSON.stringify(step)} without an acceptance pause: no more requests of that kind are sent`, async (t) => {
    const kochava = await kochavaOf(t, { ...step, forever: true });
    const names = Array.from({ length: 30 }, (_, number) => `Level ${number}`);
    const deliveries = await deliver(requestsOf(...names), { fetch: kochava.fetch });
    assert.deepEqual(new Set(outcomes(deliveries)), new Set(["paused", "held"]));
    const { length } = kochava.calls;
    assert.ok(length >= 5 && length < 5 + 6, `${length} calls: five, and those in flight`);
    const unsent = deliveries.filter(({ outcome, attempts }) => outcome === "paused" && !attempts);
    assert.deepEqual(new Set(unsent.map(({ status }) => status)), new Set([null]));
    assert.equal(unsent.length, names.length - length);
  });
}

test("at most six requests are in flight at once, and outcomes keep the order of the requests", async () => {
  let [now, most] = [0, 0];
  const fetch = async (_, { body }) => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 5 * Math.random()));
    now -= 1;
    return new Response(JSON.stringify({ success: body.includes("Bad") ? "0" : "1" }));
  };
  const names = Array.from({ length: 40 }, (_, number) => (number % 3 ? "Good" : "Bad"));
  const deliveries = await deliver(requestsOf(...names), { fetch });
  assert.equal(most, 6);
  assert.deepEqual(
    outcomes(deliveries),
    names.flatMap((name) => (name === "Bad" ? ["rejected", "held"] : ["delivered", "delivered"])),
  );
});

test("an abort signal stops requests in flight and those to come", async (t) => {
  const kochava = await kochavaOf(t, {
    match: { event_name: "Slow" },
    silence: true,
    forever: true,
  });
  const controller = new AbortController();
  const delivering = deliver(requestsOf("Quick", "Slow", "Slow"), {
    fetch: kochava.fetch,
    signal: controller.signal,
    policy: { timeout_ms: 30_000, budget_ms: 30_000 },
  });
  // an event and its identity are answered, two more events wait
  while (kochava.calls.filter(({ answer }) => answer).length < 2 || kochava.calls.length < 4)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  const aborted = Date.now();
  const deliveries = await delivering;
  assert.ok(Date.now() - aborted < 1_000, "deliver does not wait for the timeout");
  assert.deepEqual(outcomes(deliveries), [
    "delivered",
    "delivered",
    "aborted",
    "held",
    "aborted",
    "held",
  ]);
  assert.equal(deliveries[2].attempts, 1, "Kochava may have it");

  const never = await deliver(requestsOf("Quick"), {
    fetch: kochava.fetch,
    signal: AbortSignal.abort(),
  });
  assert.deepEqual(never[0], { outcome: "aborted", attempts: 0, status: null, retryAfterMs: null });
});

test("an abort signal ends the wait between two attempts", async () => {
  const controller = new AbortController();
  const fetch = async () => new Response("", { status: 503, headers: { "Retry-After": "20" } });
  const started = Date.now();
  const delivering = deliver(requestsOf("Level Up"), {
    fetch,
    signal: controller.signal,
    policy: { attempts: 5, budget_ms: 30_000 },
  });
  setTimeout(() => controller.abort(), 50);
  const [event] = await delivering;
  assert.deepEqual([event.outcome, event.attempts], ["aborted", 1]);
  assert.ok(Date.now() - started < 15_000, "Kochava asked for 20 s");
});

test("a fetch that throws, rejects or resolves to nothing is a failed attempt", async () => {
  for (const fetch of [
    () => {
      throw new Error("no network");
    },
    async () => {
      throw new TypeError("fetch failed");
    },
    async () => undefined,
  ]) {
    const [event] = await deliver(requestsOf("Level Up"), {
      fetch,
      policy: { attempts: 2, budget_ms: 1_000, timeout_ms: 100 },
    });
    assert.deepEqual([event.outcome, event.attempts], ["unavailable", 2]);
  }
});

test("an answer whose body was already read is unconfirmed, and a value that is no response is a failed attempt", async () => {
  const policy = { attempts: 2, budget_ms: 1_000, timeout_ms: 100 };
  const outcomeOf = async (answer) => {
    const [event] = await deliver(requestsOf("Level Up").slice(0, 1), {
      fetch: async () => answer(),
      policy,
    });
    return [event.outcome, event.attempts, event.status];
  };
  const read = async () => {
    const response = new Response('{"success":"1"}');
    await response.text();
    return response;
  };
  const locked = () => {
    const response = new Response('{"success":"1"}');
    response.body.getReader();
    return response;
  };
  for (const answer of [
    read,
    locked,
    () => ({ status: 200 }),
    () => ({ status: 200, headers: {}, body: Readable.from(["{}"]) }),
    () => new Response(null, { status: 204 }),
  ]) {
    const [outcome, attempts] = await outcomeOf(answer);
    assert.deepEqual([outcome, attempts], ["unconfirmed", 1], String(answer));
  }
  const throws = () =>
    Object.defineProperty({}, "status", {
      get: () => {
        throw new Error("no status");
      },
    });
  for (const answer of [
    () => null,
    () => "ok",
    () => 5,
    () => ({}),
    throws,
    () => Response.error(),
    () => ({ status: 99_999 }),
    () => ({ status: 103 }),
  ]) {
    assert.deepEqual(await outcomeOf(answer), ["unavailable", 2, null], String(answer));
  }
});

test("every attempt has the headers of the plan, even if fetch changes them", async () => {
  const [request] = requestsOf("Level Up");
  const seen = [];
  const fetch = async (_, init) => {
    seen.push({ ...init.headers });
    init.headers.Foo = "bar";
    return new Response("", { status: 500 });
  };
  await deliver([request], { fetch });
  assert.deepEqual(seen, [request.headers, request.headers, request.headers]);
});

test("an empty list is delivered at once, and any iterable of requests is accepted", async (t) => {
  const kochava = await kochavaOf(t);
  assert.deepEqual(await deliver([]), []);
  assert.deepEqual(
    outcomes(await deliver(new Set(requestsOf("Level Up")), { fetch: kochava.fetch })),
    ["delivered", "delivered"],
  );
});

test("wrong arguments reject with a message, and nothing is sent", async () => {
  const fetch = () => assert.fail("nothing may be sent");
  const requests = requestsOf("Level Up");
  const wrong = [
    [[undefined], "wrong-type", /requests must be a list/],
    [["body"], "wrong-type", /requests must be a list/],
    [[[{}]], "wrong-type", /requests must be requests of a plan/],
    [
      [[...requests, { ...requests[0], body: 17 }]],
      "wrong-type",
      /requests must be requests of a plan/,
    ],
    [[requests, { fetch: "fetch" }], "wrong-type", /fetch must be a function/],
    [[requests, { signal: {} }], "wrong-type", /signal must be an AbortSignal/],
    [
      [requests, { signal: { addEventListener() {} } }],
      "wrong-type",
      /signal must be an AbortSignal/,
    ],
    [[[{ ...requests[0], method: "GET" }]], "wrong-type", /requests must be requests of a plan/],
    [
      [[{ ...requests[0], url: "/track/json" }]],
      "wrong-type",
      /requests must be requests of a plan/,
    ],
    [
      [[{ ...requests[0], headers: { "X\n": "y" } }]],
      "wrong-type",
      /requests must be requests of a plan/,
    ],
    [[requests, { policy: [] }], "wrong-type", /policy must be an object/],
    [[requests, { policy: { attempts: "3" } }], "wrong-type", /policy\.attempts: must be/],
    [[requests, { policy: 3 }], "wrong-type", /policy must be an object/],
    [
      [requests, { policy: { attempts: 0 } }],
      "out-of-bounds",
      /policy\.attempts: must be a whole number from 1 to 10/,
    ],
    [[requests, { policy: { tries: 3 } }], "wrong-type", /policy\.tries: is not a setting/],
  ];
  for (const [[list, options], code, sentence] of wrong) {
    await assert.rejects(deliver(list, { fetch, ...options }), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
      return true;
    });
  }
});
