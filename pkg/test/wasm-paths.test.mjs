// Code that is vectorized in WebAssembly, against independent results: hashes, shapes, names and
// numbers at every length and position where a vector could end.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { Mapper } from "kochava-edge";

const SETTINGS = {
  app_guid: "koexample",
  mapping: {
    kochava_device_id: "user_properties.kd",
    origination_ip: "ip_address",
    idfv: "user_properties.idfv",
  },
};

const EVENT = {
  event_type: "Level Up",
  platform: "iOS",
  os_version: "13.1",
  ip_address: "203.0.113.9",
  user_properties: { kd: "KI-1", idfv: "11111111-2222-4333-8444-555555555555" },
};

const mapper = new Mapper(SETTINGS);

test("every request of a signed batch has the token that Node computes for its body", () => {
  // body lengths around the block size of SHA-1, key and secret lengths around that of SHA-256
  const events = Array.from({ length: 135 }, (_, number) => ({
    ...EVENT,
    event_type: "n".repeat(1 + ((number * 37) % 150)),
    ip_address: number % 17 === 16 ? "10.0.0.1" : EVENT.ip_address,
  }));
  const lines = new TextEncoder().encode(events.map((event) => JSON.stringify(event)).join("\n"));
  for (const [keyLength, secretLength] of [
    [1, 1],
    [20, 22],
    [64, 64],
    [65, 23],
    [200, 151],
  ]) {
    const [key, secret] = ["k".repeat(keyLength), "s".repeat(secretLength)];
    const fates = new TextDecoder()
      .decode(
        new Mapper({ ...SETTINGS, authentication: { api_key: key, secret } }).planNdjson(lines),
      )
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(fates.filter(({ fate }) => fate === "ready").length, 128);
    for (const { headers, body } of fates.flatMap(({ requests = [] }) => requests)) {
      const token = createHmac("sha256", key)
        .update(secret + createHash("sha1").update(body).digest("hex"))
        .digest("hex");
      assert.equal(headers["Kochava-Auth-Token"], token);
      assert.equal(headers["Kochava-Api-Key"], key);
    }
  }
});

test("an identifier of the wrong shape is reported wherever it differs", () => {
  const odd = (idfv) =>
    mapper
      .plan({ ...EVENT, user_properties: { ...EVENT.user_properties, idfv } })
      .fates[0].warnings.some(({ code }) => code === "identifier-shape");
  // RFC 9562, section 4: hexadecimal digits in either case, and four hyphens
  const id = "3F0C7A52-e1d9-4b6f-8A01-9bcdefABCDE0";
  assert.equal(odd(id), false);
  for (let at = 0; at < id.length; at += 1) {
    for (const other of ["g", "G", "@", "`", "/", ":", "é", id[at] === "-" ? "0" : "-"]) {
      assert.equal(odd(id.slice(0, at) + other + id.slice(at + 1)), true, `${other} at ${at}`);
    }
  }
  for (const length of [1, 15, 16, 32, 35])
    assert.equal(odd(id.slice(0, length)), true, `${length} characters`);
  assert.equal(odd(`${id}0`), true);
});

test("a name that differs from a standard event only in case and punctuation is reported", () => {
  const near = (event_type) =>
    mapper
      .plan({ ...EVENT, event_type })
      .fates[0].warnings.some(({ code }) => code === "event-name-near-standard");
  // Kochava Measurement for Flutter, list of standard events
  const standard = [
    [
      "Achievement",
      "Add to Cart",
      "Add to Wish List",
      "Checkout Start",
      "Level Complete",
      "Purchase",
      "Rating",
      "Registration Complete",
      "Search",
      "Tutorial Complete",
    ],
    [
      "View",
      "Ad View",
      "Ad Click",
      "Push Received",
      "Push Opened",
      "Consent Granted",
      "_Deeplink",
      "Start Trial",
      "Subscribe",
    ],
  ].flat();
  for (const name of standard) {
    assert.equal(near(name), false, name);
    for (const other of [
      name.toLowerCase(),
      name.toUpperCase(),
      `${name}!`,
      ` ${name}`,
      name.replaceAll(" ", "_").toLowerCase(),
      [...name].join("-"),
    ]) {
      assert.equal(near(other), other !== name, other);
    }
    for (const other of [
      `${name}s`,
      `x${name}`,
      name.slice(0, -1),
      name.replace(/[aeiou]/, "é"),
      `${name} 2`,
    ])
      assert.equal(near(other), false, other);
  }
});

test("a number is sent as PHP writes it", () => {
  const properties = new Mapper({ ...SETTINGS, events: { properties: ["n"] } });
  const sent = (number) =>
    /"n":(.*?)\}/.exec(
      properties.plan(
        JSON.stringify({ ...EVENT, event_properties: { n: "N" } }).replace('"N"', number),
      ).fates[0].requests[0].body,
    )[1];
  const digits = "1234567891234567891";
  for (let length = 1; length <= digits.length; length += 1) {
    const whole = digits.slice(0, length);
    assert.deepEqual([sent(whole), sent(`-${whole}`)], [whole, `-${whole}`]);
    // 15 digits are what a float of 64 bits keeps (DBL_DIG)
    for (let dot = 1; dot < Math.min(length, 15); dot += 1) {
      const fraction = `${digits.slice(0, dot)}.${digits.slice(dot, Math.min(length, 15))}`;
      assert.deepEqual([sent(fraction), sent(`-${fraction}`)], [fraction, `-${fraction}`]);
    }
  }
  // PHP: json_encode(json_decode(…)) with serialize_precision -1
  const others = {
    "1.50": "1.5",
    "2.0": "2",
    "1e3": "1000",
    0.00001: "1.0e-5",
    "12345678901234567890": '"12345678901234567890"',
    "1.1234567890123456789": "1.1234567890123457",
  };
  for (const [number, spelled] of Object.entries(others))
    assert.equal(sent(number), spelled, number);
});
