// What happens when a request reaches the stand-in for Kochava's servers?
//
// It is judged, its signature is checked, it is kept, told of in one line, and answered: by the script, else with
// success, as Kochava answers almost everything.

import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { answerOf, sendAnswer } from "./answer.mjs";
import { main } from "./cli.mjs";
import { CONTROL_PREFIX, control } from "./control.mjs";
import { IDENTITY, TRACK, judge } from "./judge.mjs";
import { lineOf } from "./line.mjs";
import { newScript } from "./script.mjs";
import { checkSignature } from "./signature.mjs";

/**
 * Starts a stand-in on its own port: `await startKochava()` → { url, calls, stepsLeft, script(steps), reset(), close() }.
 *
 * `apiKey` and `secret` (both or neither) turn the signature check on; `strict` answers `success: "0"` to what is
 * broken; `told` is what the judge may take as agreed upon; `print` gets one line a request.
 */
export async function startKochava({
  port = 0,
  host = "127.0.0.1",
  apiKey,
  secret,
  script: steps = [],
  strict = false,
  told = {},
  print = () => {},
} = {}) {
  if ((apiKey === undefined) !== (secret === undefined))
    throw new TypeError("apiKey and secret are set together or not at all");
  const house = {
    apiKey,
    secret,
    strict,
    told,
    print,
    calls: [],
    script: newScript(steps),
    timers: new Set(),
  };
  const server = createServer((request, response) => serve(request, response, house, kochava));
  const kochava = {
    calls: house.calls,
    get stepsLeft() {
      return house.script.length;
    },
    script: (next) => house.script.load(next),
    reset() {
      house.calls.length = 0;
      house.script.load([]);
    },
    async close() {
      house.timers.forEach(clearTimeout);
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

async function serve(request, response, house, kochava) {
  const received = await receive(request);
  if (!received) return void response.writeHead(413, { connection: "close" }).end();
  if (received.path.startsWith(CONTROL_PREFIX)) {
    const { status, body } = control(received, kochava);
    return void response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify(body));
  }
  const call = record(received, house);
  const { answer, delayMs } = decide(call, house);
  call.answer = kept(answer);
  house.calls.push(call);
  house.print(lineOf(call));
  later(delayMs, house.timers, () => sendAnswer(answer, request, response));
}

/** Undefined where the body is longer than any that could be of use, or its sender has gone. */
async function receive(request) {
  const chunks = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > KEPT_BYTES_MAX) return undefined;
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

function record(received, { apiKey, secret, told: agreed }) {
  const judgement = received.method === "POST" ? judge({ ...received, told: agreed }) : [];
  return {
    ...received,
    body: parsed(received.bodyText),
    judgement,
    signature: checkSignature({ ...received, apiKey, secret }),
  };
}

function decide(call, { script, strict }) {
  if (call.method !== "POST" || ![TRACK, IDENTITY].includes(call.path)) {
    return { answer: answerOf({ status: 404, empty: true }), delayMs: 0 };
  }
  const step = script.take(call);
  return { answer: answerOf(step, strict ? strictly(call) : SUCCESS), delayMs: step.delayMs ?? 0 };
}

// RevenueCat, Kochava: even a dropped event is answered with success. Being strict is this stand-in's own kindness.
function strictly({ judgement, signature }) {
  const faults = judgement.filter((one) => one.severity === "broken").map((one) => one.code);
  if (signature.state === "bad") faults.push(signature.code);
  return faults.length === 0 ? SUCCESS : { success: "0", error: [...new Set(faults)].join(", ") };
}

function kept({ status, headers, body, ending }) {
  if (status === undefined) return { ending };
  return { ending, status, headers, bodyText: body.subarray(0, TOLD_BYTES_MAX).toString("utf8") };
}

function later(delayMs, timers, act) {
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
const KEPT_BYTES_MAX = 16_000_000;
const TOLD_BYTES_MAX = 1_000;

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href)
  await main(process.argv.slice(2), startKochava);
