// The stand-in: recording, log lines, answers by script, control API and command line.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { fileURLToPath } from "node:url";
import {
  HEADERS,
  HEADERS_WITHOUT_UA,
  canonical,
  event,
  identity,
  install,
} from "../fixtures/valid-requests.mjs";
import { IDENTITY, TRACK } from "../check.mjs";
import { ScriptError } from "../script.mjs";
import { startKochava } from "../server.mjs";
import { tokenFor } from "../signature.mjs";

const SERVER = fileURLToPath(new URL("../server.mjs", import.meta.url));
const KEYS = { apiKey: "test-api-key", secret: "test-secret" };

async function started(t, options) {
  const kochava = await startKochava(options);
  t.after(() => kochava.close());
  return kochava;
}

function post(kochava, path = TRACK, bodyText = canonical(event()), headers = HEADERS, rest = {}) {
  return fetch(kochava.url + path, {
    method: "POST",
    headers,
    body: bodyText,
    redirect: "manual",
    ...rest,
  });
}

const control = async (kochava, method, path, body) => {
  const answer = await fetch(`${kochava.url}/_sim/${path}`, { method, body });
  return { status: answer.status, body: await answer.json() };
};

test("both endpoints answer success", async (t) => {
  const kochava = await started(t);
  for (const [path, body] of [
    [TRACK, event()],
    [IDENTITY, identity()],
  ]) {
    const answer = await post(kochava, path, canonical(body));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(await answer.text(), '{"success":"1"}');
  }
});

test("other paths and methods are 404, and recorded", async (t) => {
  const kochava = await started(t);
  assert.equal((await post(kochava, "/track/json/")).status, 404);
  assert.equal((await fetch(kochava.url + TRACK)).status, 404);
  assert.deepEqual(
    kochava.calls.map((call) => [call.method, call.path, call.answer.status]),
    [
      ["POST", "/track/json/", 404],
      ["GET", TRACK, 404],
    ],
  );
});

test("a call is recorded completely", async (t) => {
  const kochava = await started(t);
  const bodyText = canonical(install());
  await post(kochava, TRACK, bodyText, HEADERS_WITHOUT_UA);
  const [call] = kochava.calls;
  assert.deepEqual(Object.keys(call), [
    "at",
    "method",
    "path",
    "headers",
    "bodyText",
    "body",
    "findings",
    "signature",
    "answer",
  ]);
  assert.equal(call.bodyText, bodyText);
  assert.deepEqual(call.body, install());
  assert.equal(call.headers["user-agent"], "Unknown");
  assert.deepEqual(call.findings, []);
  assert.equal(call.signature.state, "unchecked");
  assert.deepEqual(
    [call.answer.status, call.answer.bodyText, call.answer.ending],
    [200, '{"success":"1"}', "whole"],
  );
});

test("errors are recorded and answered with success, unless strict", async (t) => {
  const body = event();
  delete body.data.origination_ip;
  body.data.os_version = "17";
  for (const [strict, expected] of [
    [false, { success: "1" }],
    [true, { success: "0", error: "key-missing, token-missing" }],
  ]) {
    const kochava = await started(t, { strict, ...KEYS });
    const answer = await post(kochava, TRACK, canonical(body), {
      ...HEADERS,
      "kochava-api-key": KEYS.apiKey,
    });
    assert.deepEqual([answer.status, await answer.json()], [200, expected]);
    assert.deepEqual(kochava.calls[0].findings.map((one) => one.code).sort(), [
      "key-missing",
      "key-unknown",
    ]);
    assert.equal(kochava.calls[0].signature.code, "token-missing");
  }
});

test("a valid signature is recognized", async (t) => {
  const kochava = await started(t, { ...KEYS, strict: true });
  const bodyText = canonical(event());
  const answer = await post(kochava, TRACK, bodyText, {
    ...HEADERS,
    "Kochava-Api-Key": KEYS.apiKey,
    "Kochava-Auth-Token": tokenFor({ ...KEYS, bodyText }),
  });
  assert.equal((await answer.json()).success, "1");
  assert.equal(kochava.calls[0].signature.state, "valid");
});

test("one credential without the other is rejected at the start", async () => {
  await assert.rejects(startKochava({ apiKey: "x" }), /together or not at all/);
});

test("steps are used in order, and the last one forever", async (t) => {
  const kochava = await started(t, {
    script: [
      { status: 503 },
      { status: 429, retryAfter: 2 },
      { body: { success: "0" }, forever: true },
    ],
  });
  const answers = [];
  for (let sent = 0; sent < 4; sent += 1) answers.push(await post(kochava));
  assert.deepEqual(
    answers.map((one) => one.status),
    [503, 429, 200, 200],
  );
  assert.equal(answers[1].headers.get("retry-after"), "2");
  assert.deepEqual(await answers[0].json(), { success: "0", error: "scripted 503" });
  assert.deepEqual(await answers[3].json(), { success: "0" });
  assert.equal(kochava.stepsLeft, 1);
});

test("after the last step the answer is success", async (t) => {
  const kochava = await started(t, { script: [{ status: 500 }] });
  assert.deepEqual([(await post(kochava)).status, (await post(kochava)).status], [500, 200]);
});

test("a step can match a path, text or event", async (t) => {
  const kochava = await started(t, {
    script: [
      { match: { path: IDENTITY }, status: 500 },
      { match: { event_name: "Refund" }, status: 501 },
      { match: { contains: "sku-77" }, status: 502, forever: true },
    ],
  });
  const refund = event();
  refund.data.event_name = "Refund";
  assert.equal((await post(kochava)).status, 502);
  assert.equal((await post(kochava, TRACK, canonical(refund))).status, 501);
  assert.equal((await post(kochava, IDENTITY, canonical(identity()))).status, 500);
  assert.equal((await post(kochava, IDENTITY, canonical(identity()))).status, 200);
  assert.equal(kochava.stepsLeft, 1);
});

test("bodies: empty, garbage, huge, raw text; headers and redirects", async (t) => {
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  const kochava = await started(t, {
    script: [
      { empty: true },
      { garbage: true },
      { hugeBytes: 3_000_000 },
      { body: "<html>", headers: { "Content-Type": "text/html" } },
      { redirect: "http://127.0.0.1:1/x" },
      { status: 503, retryAfter: date },
      { status: 204 },
    ],
  });
  assert.equal(await (await post(kochava)).text(), "");
  await assert.rejects((await post(kochava)).json());
  const huge = await (await post(kochava)).text();
  assert.equal(huge.length, 3_000_000);
  assert.equal(JSON.parse(huge).success, "1");
  const page = await post(kochava);
  assert.deepEqual([page.headers.get("content-type"), await page.text()], ["text/html", "<html>"]);
  const moved = await post(kochava);
  assert.deepEqual([moved.status, moved.headers.get("location")], [307, "http://127.0.0.1:1/x"]);
  assert.equal((await post(kochava)).headers.get("retry-after"), date);
  assert.equal((await post(kochava)).status, 204);
  assert.ok(kochava.calls[2].answer.bodyText.length <= 1_000);
});

test("a delayed answer does not delay the next one", async (t) => {
  const kochava = await started(t, { script: [{ delayMs: 200, status: 500 }, {}] });
  const order = [];
  await Promise.all([
    post(kochava).then((one) => order.push(one.status)),
    post(kochava).then((one) => order.push(one.status)),
  ]);
  assert.deepEqual(order, [200, 500]);
});

test("a reset closes the connection with RST", async (t) => {
  const kochava = await started(t, { script: [{ reset: true }, { reset: true, delayMs: 5 }] });
  for (let sent = 0; sent < 2; sent += 1)
    await assert.rejects(post(kochava), (error) => error.cause.code === "ECONNRESET");
  assert.equal((await post(kochava)).status, 200);
  assert.deepEqual(
    kochava.calls.map((call) => call.answer.ending),
    ["reset", "reset", "whole"],
  );
});

test("a truncated answer ends before its body is complete, even if it is empty", async (t) => {
  const kochava = await started(t, {
    script: [
      { truncate: true },
      { truncate: true, hugeBytes: 500_000 },
      { truncate: true, body: "x" },
    ],
  });
  for (let sent = 0; sent < 3; sent += 1) {
    const answer = await post(kochava);
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text(), TypeError);
  }
});

test("silence lasts until the caller times out", async (t) => {
  const kochava = await started(t, { script: [{ silence: true }] });
  await assert.rejects(
    post(kochava, TRACK, undefined, HEADERS, { signal: AbortSignal.timeout(30) }),
    { name: "TimeoutError" },
  );
  assert.equal(kochava.calls[0].answer.ending, "silence");
  assert.equal((await post(kochava)).status, 200);
});

test("close ends silence and delays", { timeout: 10_000 }, async () => {
  const kochava = await startKochava({ script: [{ silence: true }, { delayMs: 3_600_000 }] });
  const waiting = [post(kochava), post(kochava)].map((one) => assert.rejects(one));
  while (kochava.calls.length < 2) await new Promise(setImmediate);
  await kochava.close();
  await Promise.all(waiting);
});

test("an invalid script is rejected, and the previous one stays", async (t) => {
  const kochava = await started(t, { script: [{ status: 500 }] });
  for (const steps of [
    {},
    [7],
    [{ stauts: 500 }],
    [{ status: "500" }],
    [{ status: 99 }],
    [{ delayMs: -1 }],
    [{ match: { name: "x" } }],
    [{ reset: true, silence: true }],
    [null],
  ]) {
    assert.throws(() => kochava.script(steps), ScriptError);
  }
  assert.equal(kochava.stepsLeft, 1);
  await assert.rejects(startKochava({ script: [{ nonsense: 1 }] }), /unknown key, nonsense/);
});

test("the control API", async (t) => {
  const kochava = await started(t);
  assert.deepEqual(await control(kochava, "GET", "health"), {
    status: 200,
    body: { ok: true, calls: 0, stepsLeft: 0 },
  });
  assert.deepEqual(
    await control(kochava, "POST", "script", '[{"status":500},{"status":502,"forever":true}]'),
    { status: 200, body: { ok: true, stepsLeft: 2 } },
  );
  assert.deepEqual([(await post(kochava)).status, (await post(kochava)).status], [500, 502]);
  const recorded = await control(kochava, "GET", "calls");
  assert.deepEqual(recorded.body, JSON.parse(JSON.stringify(kochava.calls)));
  assert.equal(recorded.body.length, 2);
  assert.deepEqual(await control(kochava, "DELETE", "calls"), { status: 200, body: { ok: true } });
  assert.equal(kochava.calls.length, 0);
  assert.deepEqual(await control(kochava, "POST", "script", "["), {
    status: 400,
    body: { error: "the script is not JSON" },
  });
  assert.deepEqual(await control(kochava, "POST", "script", '[{"x":1}]'), {
    status: 400,
    body: { error: "step 0 has an unknown key, x" },
  });
  assert.equal((await control(kochava, "GET", "constructor")).status, 404);
  assert.deepEqual(await control(kochava, "POST", "script", "[]"), {
    status: 200,
    body: { ok: true, stepsLeft: 0 },
  });
});

test("reset clears calls and script", async (t) => {
  const kochava = await started(t, { script: [{ status: 500 }, { status: 500 }] });
  const { calls } = kochava;
  await post(kochava);
  kochava.reset();
  assert.deepEqual([calls.length, kochava.stepsLeft, (await post(kochava)).status], [0, 0, 200]);
  assert.equal(calls.length, 1);
});

test("one log line per request, at most 80 columns, without identifiers", async (t) => {
  const lines = [];
  const kochava = await started(t, {
    print: (line) => lines.push(line),
    script: [{}, {}, { reset: true }, { truncate: true }, {}],
  });
  const odd = event();
  odd.data = {
    ...odd.data,
    event_name: `Level\n\u001b[31m${"x".repeat(40)}`,
    origination_ip: "10.1.2.3",
    usertime: 7,
    currency: "x",
    os_version: "1",
    ["k".repeat(90)]: 1,
  };
  delete odd.data.app_tracking_transparency;
  await post(kochava);
  await post(kochava, IDENTITY, canonical(identity()));
  await post(kochava).catch(() => {});
  await post(kochava);
  await post(kochava, TRACK, canonical(odd));
  await post(kochava, "/some/secret-token-in-a-path");
  await post(kochava, TRACK, canonical(install()), HEADERS_WITHOUT_UA);
  assert.deepEqual(lines.slice(0, 4), [
    "POST /track/json → 200  Purchase",
    "POST /v1/cpi/identityLink.php → 200  identity",
    "POST /track/json → reset  Purchase",
    "POST /track/json → 200 cut short  Purchase",
  ]);
  assert.match(lines[4], /^POST \/track\/json → 200 {2}Level\?\?\[31mx+… {2}! /);
  assert.equal([...lines[4]].length, 80);
  assert.equal(lines[5], "POST (unknown path) → 404  Purchase  ! path-unknown");
  assert.equal(lines[6], "POST /track/json → 200  install");
  assert.doesNotMatch(lines.join("\n"), /A1B2C3D4|203\.0|10\.1|3f0c7a52|secret-token/);
});

test("a body beyond the limit is rejected", async (t) => {
  const kochava = await started(t);
  const answer = await post(kochava, TRACK, "x".repeat(16_000_001)).then(
    (one) => one.status,
    () => "cut",
  );
  assert.ok([413, "cut"].includes(answer));
  assert.equal(kochava.calls.length, 0);
});

test("command line: prints its URL, and ends on SIGTERM", async () => {
  const child = spawn(
    process.execPath,
    [SERVER, "--port", "0", "--api-key", "a", "--secret", "b"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  while (!output.includes("\n")) await once(child.stdout, "data");
  const url = output.match(/http:\S+/)[0];
  await post({ url });
  while (!output.includes("missing")) await once(child.stdout, "data");
  assert.match(output, /POST \/track\/json → 200 {2}Purchase {2}! signature: api-key-missing/);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

for (const [args, status] of [
  [["--help"], 0],
  [["--nonsense"], 2],
  [["--port", "x"], 2],
  [["--api-key", "a"], 2],
  [["--script", "/nonexistent"], 2],
]) {
  test(`command line: ${args.join(" ")} exits with ${status}`, async () => {
    const child = spawn(process.execPath, [SERVER, ...args], { stdio: "ignore" });
    assert.deepEqual(await once(child, "exit"), [status, null]);
  });
}
