// Authentication of senders: ingest tokens, their rotation, and what is refused.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import {
  assertCounts,
  assertError,
  assertRetryAfter,
  endless,
  event,
  startHarness,
} from "./support.mjs";

const NEW = "the:next/token+=";
const OLD = "the-present-token";

const harness = await startHarness(
  { after },
  { bindings: { INGEST_TOKEN: OLD, INGEST_TOKEN_NEXT: NEW } },
);
beforeEach(() => harness.kochava.reset());

const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

function send(headers, { path = "/amplitude", body = event(), at = harness } = {}) {
  return at.send(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

test("the token is accepted as Bearer, alone, as the password of Basic, and as X-Api-Key", async () => {
  for (const token of [OLD, NEW]) {
    const accepted = [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      // the only header of some senders
      { authorization: token },
      { authorization: basic("amplitude", token) },
      { authorization: basic("", token) },
      { "x-api-key": token },
      { "x-api-key": token, authorization: "Bearer of bad news" },
    ];
    for (const headers of accepted) {
      assertCounts(await send(headers), 200, { received: 1, delivered: 1 });
      assert.equal((await send(headers, { path: "/preview" })).status, 200);
    }
  }
});

test("without the token every request is refused, and nothing is sent", async () => {
  const refused = [
    {},
    { authorization: "Bearer wrong" },
    { authorization: "Bearer" },
    { authorization: "Bearer " },
    { authorization: `${OLD} x` },
    { authorization: `Token ${OLD}` },
    { authorization: `Bearer ${OLD}x` },
    { authorization: `Bearer ${OLD.slice(0, -1)}` },
    { authorization: `Bearer ${OLD.toUpperCase()}` },
    { authorization: `Bearer ${OLD},${NEW}` },
    { authorization: basic(OLD, "wrong") },
    { authorization: basic(OLD, "") },
    { authorization: `Basic ${Buffer.from(OLD).toString("base64")}` },
    { authorization: `Basic ${OLD}` },
    { authorization: "Basic ////" },
    { "x-api-key": "" },
    { "x-api-key": "wrong" },
    { cookie: `INGEST_TOKEN=${OLD}` },
  ];
  for (const headers of refused) {
    for (const path of ["/amplitude", "/preview"]) {
      const answer = await send(headers, { path });
      assertError(answer, 401, "unauthorized");
      // RFC 9110, section 15.5.2
      assert.match(answer.headers["www-authenticate"] ?? "none", /^Bearer/);
    }
  }
  assertError(
    await send({}, { path: `/amplitude?token=${OLD}&api_key=${OLD}` }),
    401,
    "unauthorized",
  );
  assert.equal(harness.calls.length, 0);
});

test("a request without the token is refused before its body is read", async () => {
  const headers = { authorization: "Bearer wrong" };
  for (const body of ['{"broken', "", Buffer.from([0xff])])
    assertError(await send(headers, { body }), 401, "unauthorized");
  assertError(await send({ ...headers, "content-type": "text/plain" }), 401, "unauthorized");
  assertError(await send({ ...headers, "content-encoding": "br" }), 401, "unauthorized");
  assertError(
    await send({ ...headers, "content-encoding": "gzip" }, { body: "no gzip" }),
    401,
    "unauthorized",
  );
  assertError(
    await send({ ...headers, "content-length": "10000000" }, { body: endless(["{"]) }),
    401,
    "unauthorized",
  );
  assertError(await send(headers, { body: endless(["{"]) }), 401, "unauthorized");
});

test("after a rotation the previous token is refused", async (t) => {
  const rotated = await startHarness(t, { bindings: { INGEST_TOKEN: NEW } });
  assertCounts(await send({ authorization: `Bearer ${NEW}` }, { at: rotated }), 200, {
    received: 1,
    delivered: 1,
  });
  assertError(await send({ authorization: `Bearer ${OLD}` }, { at: rotated }), 401, "unauthorized");
});

test("without INGEST_TOKEN every request is refused, and the error names the secret to set", async (t) => {
  for (const bindings of [
    { INGEST_TOKEN: null },
    { INGEST_TOKEN: "" },
    { INGEST_TOKEN: " \n" },
    { INGEST_TOKEN: null, INGEST_TOKEN_NEXT: NEW },
  ]) {
    const closed = await startHarness(t, { bindings });
    const attempts = [
      `Bearer ${NEW}`,
      "Bearer ",
      "Bearer null",
      "Bearer undefined",
      basic("", ""),
      basic("", " \n"),
    ].map((authorization) => ({ authorization }));
    for (const headers of [{}, { "x-api-key": "" }, ...attempts]) {
      for (const path of ["/amplitude", "/preview"]) {
        const answer = await send(headers, { path, at: closed });
        assertError(answer, 503, "no-token-set");
        assert.match(answer.json.error.message, /INGEST_TOKEN/);
        assertRetryAfter(answer);
      }
    }
    assert.equal(closed.calls.length, 0);
  }
});

test("a token that was set with a newline is accepted without it", async (t) => {
  const piped = await startHarness(t, { bindings: { INGEST_TOKEN: `${OLD}\n` } });
  assertCounts(await send({ authorization: `Bearer ${OLD}` }, { at: piped }), 200, {
    received: 1,
    delivered: 1,
  });
});

test("an empty next token is never accepted", async (t) => {
  const unrotated = await startHarness(t, {
    bindings: { INGEST_TOKEN: OLD, INGEST_TOKEN_NEXT: "" },
  });
  for (const headers of [
    { "x-api-key": "" },
    { authorization: "Bearer " },
    { authorization: basic("", "") },
  ]) {
    assertError(await send(headers, { at: unrotated }), 401, "unauthorized");
  }
  assertCounts(await send({ "x-api-key": OLD }, { at: unrotated }), 200, {
    received: 1,
    delivered: 1,
  });
});

test("no token is in the log or in an answer", async () => {
  const answers = [];
  const lines = await harness.linesOf(async () => {
    for (const headers of [
      { authorization: `Bearer ${OLD}` },
      { authorization: basic("u", NEW) },
      { "x-api-key": "canary7f3a" },
      { authorization: "Bearer canary7f3a" },
    ]) {
      for (const path of ["/amplitude", "/preview", "/health", `/${OLD}`])
        answers.push(await send(headers, { path }));
    }
  });
  assert.equal(lines.length, answers.length);
  for (const text of [...lines, ...answers.map((answer) => JSON.stringify(answer))]) {
    for (const secret of [OLD, NEW, basic("u", NEW).slice(6), "canary7f3a"])
      assert.ok(!text.includes(secret), text);
  }
});

test("the page and /health need no token", async () => {
  assert.equal((await harness.send("/health")).status, 200);
  assert.equal((await harness.send("/")).status, 200);
});
