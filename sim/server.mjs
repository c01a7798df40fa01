// The HTTP server of the stand-in for Kochava.
//
// Every request is checked, its signature verified, recorded, logged in one line, and answered by
// the script; without a step for it with success, as Kochava answers almost everything.

import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { answerOf, sendAnswer } from "./answer.mjs";
import { main } from "./cli.mjs";
import { CONTROL_PREFIX, control } from "./control.mjs";
import { IDENTITY, TRACK, checkRequest } from "./check.mjs";
import { logLine } from "./log-line.mjs";
import { newScript } from "./script.mjs";
import { checkSignature } from "./signature.mjs";

/**
 * Starts a stand-in on its own port: `await startKochava()` → { url, calls, stepsLeft,
 * script(steps), reset(), close() }.
 *
 * `apiKey` and `secret` (both or neither) turn the signature check on; `strict` answers `success:
 * "0"` to errors; `agreed` lists what was agreed upon with Kochava (check.mjs); `print` gets one
 * log line per request.
 */
export async function startKochava({
  port = 0,
  host = "127.0.0.1",
  apiKey,
  secret,
  script: steps = [],
  strict = false,
  agreed = {},
  print = () => {},
} = {}) {
  if ((apiKey === undefined) !== (secret === undefined))
    throw new TypeError("apiKey and secret must be set together or not at all");
  const state = {
    apiKey,
    secret,
    strict,
    agreed,
    print,
    calls: [],
    script: newScript(steps),
    timers: new Set(),
  };
  const server = createServer((request, response) => serve(request, response, state, kochava));
  const kochava = {
    calls: state.calls,
    get stepsLeft() {
      return state.script.length;
    },
    script: (next) => state.script.load(next),
    reset() {
      state.calls.length = 0;
      state.script.load([]);
    },
    async close() {
      state.timers.forEach(clearTimeout);
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  server.listen(port, host);
  await once(server, "listening");
  kochava.url = `http://${host.includes(":") ? `[${host}]` : host}:${server.address().port}`;
  return kochava;
}

async function serve(request, response, state, kochava) {
  const received = await receive(request);
  if (!received) return void response.writeHead(413, { connection: "close" }).end();
  if (received.path.startsWith(CONTROL_PREFIX)) {
    const { status, body } = control(received, kochava);
    return void response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(body));
  }
  const call = record(received, state);
  const { answer, delayMs } = decide(call, state);
  call.answer = recordedAnswer(answer);
  state.calls.push(call);
  state.print(logLine(call));
  afterDelay(delayMs, state.timers, () => sendAnswer(answer, request, response));
}

/** Reads a request; undefined if its body exceeds the limit or its sender has disconnected. */
async function receive(request) {
  const chunks = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const path = request.url.split("?", 1)[0];
  return {
    at: new Date().toISOString(),
    method: request.method,
    path,
    headers: { ...request.headers },
    bodyText: Buffer.concat(chunks).toString("utf8"),
  };
}

function record(received, { apiKey, secret, agreed }) {
  const findings = received.method === "POST" ? checkRequest({ ...received, agreed }) : [];
  return {
    ...received,
    body: parsed(received.bodyText),
    findings,
    signature: checkSignature({ ...received, apiKey, secret }),
  };
}

function decide(call, { script, strict }) {
  if (call.method !== "POST" || ![TRACK, IDENTITY].includes(call.path)) {
    return { answer: answerOf({ status: 404, empty: true }), delayMs: 0 };
  }
  const step = script.next(call);
  return {
    answer: answerOf(step, strict ? strictBody(call) : SUCCESS),
    delayMs: step.delayMs ?? 0,
  };
}

/**
 * Lists the errors in the answer, unlike Kochava: even a dropped event is answered with success
 * (RevenueCat, Kochava).
 */
function strictBody({ findings, signature }) {
  const errors = findings.filter((one) => one.severity === "error").map((one) => one.code);
  if (signature.state === "invalid") errors.push(signature.code);
  return errors.length === 0 ? SUCCESS : { success: "0", error: [...new Set(errors)].join(", ") };
}

function recordedAnswer({ status, headers, body, ending }) {
  if (status === undefined) return { ending };
  return {
    ending,
    status,
    headers,
    bodyText: body.subarray(0, RECORDED_BYTES_MAX).toString("utf8"),
  };
}

function afterDelay(delayMs, timers, act) {
  if (delayMs === 0) return void act();
  const timer = setTimeout(() => {
    timers.delete(timer);
    act();
  }, delayMs);
  timers.add(timer);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const SUCCESS = { success: "1" };
const BODY_BYTES_MAX = 16_000_000;
const RECORDED_BYTES_MAX = 1_000;

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href)
  await main(process.argv.slice(2), startKochava);
