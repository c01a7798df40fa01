// Test harness: the built Worker in workerd and the stand-in for Kochava, each on a port of its
// own.
//
// `post` sends to POST /amplitude with the ingest token; `calls` are those that the stand-in
// received; `linesOf(act)` returns the log lines of what `act` does. This harness has no queue, so
// the Worker delivers before it answers; durable.mjs has one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { Agent, createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { startKochava } from "../../sim/server.mjs";
import { startWorker } from "../../tools/start-worker.mjs";

export const TOKEN = "the-ingest-token";

export const SETTINGS = {
  app_guid: "kotest-android-a1b2c3",
  events: { properties: ["level"], select: [{ names: ["Level *", "Purchase"] }] },
  mapping: {
    kochava_device_id: "user_properties.kochava_device_id",
    origination_ip: "ip_address",
    adid: "user_properties.adid",
    device_ua: "user_properties.user_agent",
  },
};

/** Makes an event that is ready under SETTINGS, without warnings. */
export function event(over = {}) {
  return {
    event_type: "Level Complete",
    event_time: "2026-01-12 09:14:07.412000",
    user_id: "u-48213",
    platform: "Android",
    ip_address: "203.0.113.24",
    version_name: "5.2.0",
    event_properties: { level: 12 },
    user_properties: {
      kochava_device_id: "KA-9F3C2A7715D84E06",
      adid: "38400000-8cf0-41bd-b23e-10b96e40000d",
      user_agent: "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8)",
    },
    ...over,
  };
}

/** Makes events named Level 0, Level 1 and so on. */
export const levels = (count) =>
  Array.from({ length: count }, (_, number) => event({ event_type: `Level ${number}` }));

/**
 * Starts a harness that is stopped at the end of `t`, a test context or `{ after }` of node:test.
 * `settings: null` uses those of wrangler.toml.
 */
export async function startHarness(
  t,
  { settings = {}, bindings = {}, kochava: options = {}, rates } = {},
) {
  const lines = [];
  const kochava = await startKochava(options);
  t.after(() => kochava.close());
  const all = {
    INGEST_TOKEN: TOKEN,
    KOCHAVA_URL: kochava.url,
    ...(settings && { SETTINGS: { ...SETTINGS, ...settings } }),
    ...bindings,
  };
  const worker = await startWorker({
    bindings: all,
    durable: false,
    rates,
    onLog: (line) => lines.push(line),
  });
  t.after(() => worker.stop());
  const send = (path, options) => sendRequest(worker.url + path, options);
  const withToken = ({ token = TOKEN, headers, ...rest }) => ({
    method: "POST",
    ...rest,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
  });
  return {
    url: worker.url,
    kochava,
    calls: kochava.calls,
    lines,
    send,
    post: (body, options = {}) => send("/amplitude", withToken({ body, ...options })),
    preview: (body, options = {}) => send("/preview", withToken({ body, ...options })),
    async linesOf(act) {
      await linesUntilNow(lines, send, all.INGEST_TOKEN);
      await act();
      return linesUntilNow(lines, send, all.INGEST_TOKEN);
    },
  };
}

/**
 * Removes and returns the log lines so far. workerd writes lines in order, so all are there once
 * the line of one more request is.
 */
async function linesUntilNow(lines, send, token) {
  marks += 1;
  const mark = `"received":${MARK + marks}`;
  const { status } = await send("/preview", {
    method: "POST",
    headers: { "x-api-key": token },
    body: Array(MARK + marks).fill(0),
  });
  assert.equal(status, 200);
  const deadline = Date.now() + 5_000;
  while (!lines.at(-1)?.includes(mark)) {
    assert.ok(
      Date.now() < deadline,
      `no log line of the marker request; there are ${JSON.stringify(lines)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return lines.splice(0).slice(0, -1);
}

const MARK = 1_000;
let marks = 0;

/**
 * Sends one request on a connection of its own → { status, headers, text, json }. A null header is
 * not sent; an iterator is sent in chunks, without Content-Length.
 */
export async function sendRequest(url, { method = "GET", headers = {}, body } = {}) {
  // keep-alive, since an answer before the end of the body is lost if the connection closes at once
  const agent = new Agent({ keepAlive: true });
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null));
  try {
    return await new Promise((resolve, reject) => {
      const request = httpRequest(url, {
        method,
        headers: sent,
        agent,
        signal: AbortSignal.timeout(20_000),
      });
      request.on("error", reject);
      request.on("response", (response) => readAnswer(response).then(resolve, reject));
      if (typeof body?.next === "function") Readable.from(body).pipe(request);
      else request.end(bytesOf(body));
    });
  } finally {
    agent.destroy();
  }
}

/** A body that never ends: an answer can depend only on the chunks so far. */
export async function* endless(chunks) {
  yield* chunks;
  await new Promise(() => {});
}

function bytesOf(body) {
  return body === undefined || typeof body === "string" || body instanceof Uint8Array
    ? body
    : JSON.stringify(body);
}

async function readAnswer(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = (
    response.headers["content-encoding"] === "gzip" && bytes.length > 0 ? gunzipSync(bytes) : bytes
  ).toString();
  const isJson = /json/.test(response.headers["content-type"]) && text !== "";
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** Sends exact bytes, which an HTTP client might correct → { status, head, text }. */
export async function raw(url, bytes) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
  socket.end(bytes);
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  const answer = Buffer.concat(chunks).toString("latin1");
  const [head, ...rest] = answer.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    head,
    text: rest.join("\r\n\r\n"),
  };
}

/**
 * Starts a server instead of the stand-in → { url, seen, close }; `seen` are the bodies that it
 * received.
 */
export async function startServer(t, handle) {
  const seen = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    seen.push(body);
    handle({ request, response, body });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  t.after(close);
  return { url: `http://127.0.0.1:${server.address().port}`, seen, close };
}

/** Asserts an error reply: JSON with a code and a message. */
export function assertError(answer, status, code) {
  assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], answer.text);
  assert.ok(answer.json.error.message.length > 0);
  assert.match(answer.headers["content-type"], /^application\/json/);
}

/** Asserts the counts of a reply; those that are not in `counts` must be 0. */
export function assertCounts(answer, status, counts) {
  const all = {
    received: 0,
    delivered: 0,
    queued: 0,
    skipped: 0,
    refused: 0,
    unconfirmed: 0,
    ...counts,
  };
  const { refusals, error, ...actual } = answer.json;
  assert.deepEqual([answer.status, actual], [status, all], answer.text);
  const { received, ...fates } = actual;
  assert.equal(
    Object.values(fates).reduce((sum, count) => sum + count),
    received,
    "every event is counted once",
  );
  assert.ok(Array.isArray(refusals));
  assert.equal(error === undefined, status === 200);
}

/** Asserts that Retry-After is a whole number of seconds. */
export function assertRetryAfter(answer) {
  assert.match(answer.headers["retry-after"] ?? "none", /^[1-9][0-9]*$/);
}

const SAMPLES = fileURLToPath(new URL("../../samples/", import.meta.url));

/** Reads samples/*.json → [{ name, body }], with bodies as bytes. */
export async function samples() {
  const names = (await readdir(SAMPLES)).filter((name) => /^\d\d-.*\.json$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, body: await readFile(SAMPLES + name) })));
}

export const sampleSettings = async () =>
  JSON.parse(await readFile(`${SAMPLES}settings/sneaker-shop.json`, "utf8"));
