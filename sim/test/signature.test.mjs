// The signature check: accepts what Kochava's page describes, and nothing else.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { checkSignature, tokenFor } from "../signature.mjs";

const KEYS = { apiKey: "test-api-key", secret: "test-secret" };

const VECTORS = [
  [
    '{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"","data":{"event_name":"Purchase","usertime":1700000000}}',
    "ec09bd52682f08d8c49045f01d35cef77a885b41",
    "65a06fccbe80745a61b2414cfd55cbacc5c90f8b05d22cc210cf3ef6bfdd2f8b",
  ],
  [
    '{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"kd-1","data":{"device_ua":"Mozilla\\/5.0 (iPhone)","event_name":"Purchase"}}',
    "9264f6cd1435ec59107280446418dfaad6b4612f",
    "55ba222ef33134f16b3b8b4cdae4068243ec89f8925add1510d27cccb9121ced",
  ],
  [
    '{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"kd-1","data":{"event_name":"Caf\\u00e9 \\ud83d\\ude00","event_data":{"sum":19.9}}}',
    "b91d9e4e190438d3ca1bfca5b385228cf901c5e0",
    "e05b720f8f2c627fc8a317c5ee2786593a596bb33a24745fd7e03a6ac3a698da",
  ],
];

VECTORS.forEach(([bodyText, hash, token], index) => {
  test(`vector ${index + 1}`, () => {
    assert.equal(createHash("sha1").update(bodyText).digest("hex"), hash);
    assert.equal(tokenFor({ ...KEYS, bodyText }), token);
    assert.equal(stateOf(bodyText, headers(token)), "valid valid");
  });
});

const [BODY, , TOKEN] = VECTORS[1];

for (const [sentence, bodyText, sent, expected] of [
  ["without the key's header", BODY, { "kochava-auth-token": TOKEN }, "invalid api-key-missing"],
  ["without the token's header", BODY, { "kochava-api-key": KEYS.apiKey }, "invalid token-missing"],
  [
    "with another key",
    BODY,
    { "kochava-api-key": "other", "kochava-auth-token": TOKEN },
    "invalid api-key-wrong",
  ],
  [
    "with the token of another body",
    `${BODY} `.replace("Purchase", "purchase"),
    headers(TOKEN),
    "invalid token-wrong",
  ],
  ["with an upper-case token", BODY, headers(TOKEN.toUpperCase()), "invalid token-wrong"],
  [
    "with header names in upper case",
    BODY,
    { "KOCHAVA-API-KEY": KEYS.apiKey, "KOCHAVA-AUTH-TOKEN": TOKEN },
    "valid valid",
  ],
  [
    "with a body that PHP re-encodes to the signed bytes",
    BODY.replace("\\/", "/"),
    headers(TOKEN),
    "valid valid",
  ],
]) {
  test(sentence, () => assert.equal(stateOf(bodyText, sent), expected));
}

for (const bodyText of [
  '{"a":"x/y"}',
  '{"a":"é"}',
  '{"a":1.0}',
  '{"a": 1}',
  '{"a":{}}',
  '{"a":1,"a":2}',
  '{"a":"\\u00E9"}',
  "not JSON",
  '{"a":1e999}',
]) {
  test(`signed as sent, but PHP would hash other bytes: ${bodyText}`, () => {
    assert.equal(
      stateOf(bodyText, headers(tokenFor({ ...KEYS, bodyText }))),
      "invalid body-not-canonical",
    );
  });
}

test("without credentials the signature is not checked", () => {
  assert.equal(checkSignature({ headers: {}, bodyText: BODY }).state, "unchecked");
});

function headers(token) {
  return { "kochava-api-key": KEYS.apiKey, "kochava-auth-token": token };
}

function stateOf(bodyText, sent) {
  const { state, code } = checkSignature({ ...KEYS, headers: sent, bodyText });
  return `${state} ${code}`;
}
