// The tee: requests of Amplitude's SDKs go on to Amplitude, and its answer comes back.
//
// Source: Amplitude, Proxy Analytics SDK requests: the whole body goes on, and status and body come
// back unchanged.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { createServer } from "node:http";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { assertRetryAfter, startHarness } from "./support.mjs";
import { startDurableHarness } from "./durable.mjs";
import {
  CHROME,
  DEVICE_IP,
  FORM,
  KEY,
  SDK_SETTINGS,
  amplitudeEvent,
  form,
  sdkClient,
  segmentCall,
} from "./sdk.mjs";

/** A stand-in for Amplitude: records each request, answers what `answer` says. */
async function startAmplitude(t) {
  const amplitude = { requests: [], answer: INGESTED };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    amplitude.requests.push({ method, url, headers, body: Buffer.concat(chunks) });
    const { status = 200, headers: own = {}, body = "", hang, reset } = amplitude.answer;
    if (hang) return;
    if (reset) return void response.destroy();
    response.writeHead(status, { "content-type": "application/json", ...own });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  amplitude.url = `http://127.0.0.1:${server.address().port}`;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return amplitude;
}

const INGESTED = {
  body: '{"code":200,"server_upload_time":1768209248000,"payload_size_bytes":321,"events_ingested":77}',
};

const amplitude = await startAmplitude({ after });
const harness = await startHarness(
  { after },
  { settings: SDK_SETTINGS, bindings: { SDK_KEYS: KEY, TEE_AMPLITUDE: amplitude.url } },
);
const sdk = sdkClient(harness);
beforeEach(() => {
  harness.kochava.reset();
  amplitude.requests.length = 0;
  amplitude.answer = INGESTED;
});

const request = (...events) => JSON.stringify({ api_key: KEY, events });

test("the body goes on byte for byte, and Amplitude's own answer comes back", async () => {
  // white space and escapes that no other program would write alike
  const body = `{ "api_key" : "${KEY}",\n"events":[${JSON.stringify(amplitudeEvent())}] ,"\\u0061":1.0}`;
  const answer = await sdk("/2/httpapi?x=1&y=%20", body, {
    "accept-language": "de",
    origin: "https://shop.example.com",
    cookie: "session=secret",
    authorization: "Bearer of-the-app",
  });
  assert.deepEqual([answer.status, answer.text], [200, INGESTED.body]);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.equal(harness.calls.length, 1);
  const [{ method, url, headers, body: forwarded }] = amplitude.requests;
  assert.deepEqual([method, url], ["POST", "/2/httpapi?x=1&y=%20"]);
  assert.equal(forwarded.toString(), body);
  assert.deepEqual(
    ["content-type", "user-agent", "accept-language", "origin", "x-forwarded-for"].map(
      (name) => headers[name],
    ),
    ["application/json", CHROME, "de", "https://shop.example.com", DEVICE_IP],
  );
  // of the Worker's own domain
  assert.deepEqual([headers.cookie, headers.authorization], [undefined, undefined]);
});

test("a compressed body and a form go on as they are", async () => {
  const packed = gzipSync(request(amplitudeEvent()));
  await sdk("/batch", packed, { "content-encoding": "gzip" });
  const fields = form({ client: KEY, e: JSON.stringify([amplitudeEvent()]), v: "2" });
  amplitude.answer = { body: "success", headers: { "content-type": "text/html" } };
  const answer = await sdk("/", fields, FORM);
  assert.deepEqual([answer.text, answer.headers["content-type"]], ["success", "text/html"]);
  const [first, second] = amplitude.requests;
  assert.deepEqual(
    [first.url, first.headers["content-encoding"], first.body.equals(packed)],
    ["/batch", "gzip", true],
  );
  assert.deepEqual(
    [second.url, second.headers["content-type"], second.body.toString()],
    ["/", FORM["content-type"], fields],
  );
  assert.equal(harness.calls.length, 2);
});

test("413, 429 and errors of Amplitude's are passed on", async () => {
  const answers = [
    { status: 413, body: '{"code":413,"error":"Payload too large"}' },
    {
      status: 429,
      headers: { "retry-after": "30" },
      body: '{"code":429,"error":"Too many requests for some devices and users","throttled_events":[0]}',
    },
    { status: 400, body: '{"code":400,"error":"Invalid API key: of-the-app"}' },
    { status: 500, body: "" },
  ];
  for (const expected of answers) {
    amplitude.answer = expected;
    const answer = await sdk("/2/httpapi", request(amplitudeEvent()));
    assert.deepEqual([answer.status, answer.text], [expected.status, expected.body]);
    assert.equal(answer.headers["retry-after"], expected.headers?.["retry-after"]);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
  }
});

test("without an answer of Amplitude's it is 503, and the SDK sends again", async () => {
  const failures = [
    { reset: true },
    { status: 302, headers: { location: "https://example.com/" } },
    { body: " ".repeat(1_000_001) },
  ];
  for (const failure of failures) {
    amplitude.answer = failure;
    const answer = await sdk("/2/httpapi", request(amplitudeEvent()));
    assert.deepEqual(
      [answer.status, answer.json],
      [503, { code: 503, error: "amplitude-unavailable" }],
    );
    assertRetryAfter(answer);
  }
  assert.equal(harness.calls.length, failures.length);
});

test("a silent Amplitude is given up before the SDK gives up", async () => {
  amplitude.answer = { hang: true };
  const started = Date.now();
  const answer = await sdk("/2/httpapi", request(amplitudeEvent()));
  assert.deepEqual([answer.status, answer.json.error], [503, "amplitude-unavailable"]);
  // analytics-node waits 10 s
  assert.ok(Date.now() - started < 9_500);
});

test("nothing goes on that is not safe here, or is not an Amplitude SDK's", async () => {
  await sdk("/2/httpapi", JSON.stringify({ api_key: "wrong", events: [amplitudeEvent()] }));
  await sdk("/2/httpapi", `{"api_key":"${KEY}","events":[`);
  await sdk("/v1/track", { ...segmentCall(), writeKey: KEY });
  harness.kochava.script([{ status: 503, forever: true }]);
  const answer = await sdk("/2/httpapi", request(amplitudeEvent()));
  assert.deepEqual([answer.status, answer.json.error], [503, "kochava-unavailable"]);
  assert.equal(amplitude.requests.length, 0);
});

test("events that the settings leave out, or that break a rule, are safe and go on", async () => {
  const events = [amplitudeEvent({ event_type: "$groupidentify" }), amplitudeEvent({ adid: 7 }), 5];
  const answer = await sdk("/2/httpapi", request(...events));
  assert.equal(answer.text, INGESTED.body);
  assert.equal(amplitude.requests.length, 1);
});

test("no log line says what went on or came back", async () => {
  const canary = amplitudeEvent({ event_type: "Level canary", user_id: "canary-user" });
  const lines = await harness.linesOf(async () => {
    for (const answer of [
      { status: 400, body: '{"canary":1}', headers: { "x-canary": "canary" } },
      { reset: true },
      { status: 301, headers: { location: "https://canary.example.com" } },
    ]) {
      amplitude.answer = answer;
      await sdk("/2/httpapi?canary=canary", request(canary), {
        origin: "https://canary.example.com",
      });
    }
  });
  assert.equal(lines.length, 3);
  for (const line of lines) assert.doesNotMatch(line, /canary|127\.0\.0\.1|203\.0\.113|key-of/);
  assert.deepEqual(
    lines.map((line) => {
      const { route, status, delivered, error } = JSON.parse(line);
      return [route, status, delivered, error];
    }),
    [
      ["amplitude-sdk", 400, 1, undefined],
      ["amplitude-sdk", 503, 1, "amplitude-unavailable"],
      ["amplitude-sdk", 503, 1, "amplitude-unavailable"],
    ],
  );
});

test("what an SDK sends again after Amplitude's failure arrives at Kochava once", async (t) => {
  const durable = await startDurableHarness(t, {
    settings: SDK_SETTINGS,
    bindings: { SDK_KEYS: KEY, TEE_AMPLITUDE: amplitude.url },
  });
  const again = sdkClient(durable);
  const body = request(amplitudeEvent());
  amplitude.answer = { reset: true };
  assert.equal((await again("/2/httpapi", body)).status, 503);
  amplitude.answer = INGESTED;
  assert.equal((await again("/2/httpapi", body)).text, INGESTED.body);
  await durable.drained();
  assert.equal(durable.kochava.calls.length, 1);
  assert.equal(amplitude.requests.length, 2);
  // the queue does not take it: Amplitude gets nothing
  await durable.fail({ QUEUE: { times: 1 } });
  const answer = await again("/2/httpapi", request(amplitudeEvent()));
  assert.deepEqual([answer.status, answer.json.error], [503, "store-unavailable"]);
  assert.equal(amplitude.requests.length, 2);
});
