// Cloudflare Access in front of the operator's routes: its header is verified.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { startDurableHarness, until } from "./durable.mjs";
import { startServer } from "./support.mjs";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Returns a token of Access (RFC 7515, RS256). */
function tokenOf({ privateKey, kid = "key-1", claims, alg = "RS256" }) {
  const signed = `${encode({ alg, kid, typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

test("Access lets operators in, by a token of the team for this application alone", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };
  const team = await startServer(t, ({ request, response }) => {
    assert.equal(request.url, "/cdn-cgi/access/certs");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  const own = await startDurableHarness(t, {
    bindings: { ACCESS_AUD: "the-tag", ACCESS_TEAM: team.url, ADMIN_TOKEN: null },
  });
  const now = Math.floor(Date.now() / 1_000);
  const claims = { aud: ["the-tag"], iss: team.url, exp: now + 600, nbf: now - 10, email: "a@b.c" };
  const ask = async (token, { method = "GET", path = "/stats", headers = {} } = {}) => {
    const assertion = token === undefined ? {} : { "cf-access-jwt-assertion": token };
    return (await own.send(path, { method, headers: { ...assertion, ...headers } })).status;
  };
  const good = tokenOf({ privateKey, claims });
  assert.equal(await ask(good), 200);
  assert.equal(await ask(good), 200);
  assert.equal(team.seen.length, 1, "the keys are read once");
  const [head, body, signature] = good.split(".");
  for (const [name, token] of [
    ["none", undefined],
    ["empty", ""],
    ["another key", tokenOf({ privateKey: other.privateKey, claims })],
    ["an unknown key", tokenOf({ privateKey, kid: "key-2", claims })],
    ["another application", tokenOf({ privateKey, claims: { ...claims, aud: ["other"] } })],
    [
      "another team",
      tokenOf({ privateKey, claims: { ...claims, iss: "https://x.cloudflareaccess.com" } }),
    ],
    ["expired", tokenOf({ privateKey, claims: { ...claims, exp: now - 1 } })],
    ["not yet", tokenOf({ privateKey, claims: { ...claims, nbf: now + 60 } })],
    ["no algorithm", tokenOf({ privateKey, alg: "none", claims })],
    ["changed", [head, encode({ ...claims, exp: now + 6_000 }), signature].join(".")],
    ["cut", [head, body].join(".")],
  ])
    assert.equal(await ask(token), 404, name);
  // a page elsewhere cannot use the cookie of Access to change anything
  const change = { method: "DELETE", path: "/rejects?all=1&dry=1" };
  for (const site of ["cross-site", "same-site", "none"])
    assert.equal(
      await ask(good, { ...change, headers: { "sec-fetch-site": site, "content-length": "0" } }),
      404,
      site,
    );
  const same = { ...change, headers: { "sec-fetch-site": "same-origin", "content-length": "0" } };
  assert.equal(await ask(good, same), 200);
});

test("while the keys of Access cannot be read nobody is let in, and they are asked for once in ten seconds", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };
  let isDown = true;
  const team = await startServer(t, ({ response }) => {
    response.statusCode = isDown ? 503 : 200;
    response.end(isDown ? "upstream error" : JSON.stringify({ keys: [jwk] }));
  });
  const own = await startDurableHarness(t, {
    // a second is ten
    bindings: {
      ACCESS_AUD: "the-tag",
      ACCESS_TEAM: team.url,
      ADMIN_TOKEN: null,
      CLOCK_RATE: 10,
    },
  });
  const started = Date.now();
  const now = Math.floor(started / 1_000);
  const claims = { aud: ["the-tag"], iss: team.url, exp: now + 60_000, nbf: now - 10 };
  const good = tokenOf({ privateKey, claims });
  const ask = async () =>
    (await own.send("/stats", { headers: { "cf-access-jwt-assertion": good } })).status;
  for (let count = 0; count < 20; count += 1) assert.equal(await ask(), 404);
  // one a second, and one that began it
  const most = 1 + Math.ceil((Date.now() - started) / 1_000);
  assert.ok(team.seen.length >= 1 && team.seen.length <= most, `${team.seen.length} of ${most}`);
  assert.ok(most < 20, "the test is too slow to tell");
  isDown = false;
  await until(async () => (await ask()) === 200, "the keys should be asked for again");
});

test("without ACCESS_AUD the header means nothing, and half of the two is a fault", async (t) => {
  const own = await startDurableHarness(t);
  const headers = { "cf-access-jwt-assertion": "a.b.c" };
  assert.equal((await own.send("/stats", { headers })).status, 404);
  const half = await startDurableHarness(t, { bindings: { ACCESS_AUD: "the-tag" } });
  assert.deepEqual(
    (await half.health()).faults.map(({ path, code }) => [path, code]),
    [["ACCESS_TEAM", "missing"]],
  );
});
