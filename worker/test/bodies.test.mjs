// Bodies: gzip, limits, depth, and connections that break off.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, beforeEach, test } from "node:test";
import { brotliCompressSync, crc32, deflateSync, gzipSync } from "node:zlib";
import { TOKEN, assertCounts, assertError, endless, event, raw, startHarness } from "./support.mjs";

const harness = await startHarness({ after });
beforeEach(() => harness.kochava.reset());

const BYTES_MAX = 5_000_000;
const GZIP = { "content-encoding": "gzip" };
const DELIVERED = { received: 1, delivered: 1 };
const good = JSON.stringify(event());

/**
 * An event of exactly `bytes` bytes: white space between tokens is valid JSON (RFC 8259, section
 * 2).
 */
const padded = (bytes) => good.replace("{", `{${" ".repeat(bytes - good.length)}`);

function* chunksOf(body, size = 64_000) {
  for (let at = 0; at < body.length; at += size) yield Buffer.from(body.slice(at, at + size));
}

test("a gzipped body is decompressed", async () => {
  for (const encoding of ["gzip", "GZIP", "x-gzip", " gzip "]) {
    assertCounts(
      await harness.post(gzipSync(good), { headers: { "content-encoding": encoding } }),
      200,
      DELIVERED,
    );
  }
  assertCounts(
    await harness.post(good, { headers: { "content-encoding": "identity" } }),
    200,
    DELIVERED,
  );
  const plan = await harness.preview(gzipSync(good), { headers: GZIP });
  assert.equal(plan.json.fates[0].fate, "ready");
});

test("a gzipped body may have several members", async () => {
  const [left, right] = [good.slice(0, 100), good.slice(100)];
  const members = Buffer.concat([gzipSync(left), gzipSync(""), gzipSync(right, { level: 0 })]);
  assertCounts(await harness.post(members, { headers: GZIP }), 200, DELIVERED);
});

/**
 * Adds all optional header fields (RFC 1952, section 2.3); the last is a checksum of the header.
 */
function withFields(packed, spoiled = 0) {
  const header = Buffer.concat([
    packed.subarray(0, 10),
    Buffer.from([3, 0, 1, 0, 2]),
    Buffer.from("a name\0a comment\0"),
  ]);
  header[3] = 0x1f;
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE((crc32(header) & 0xffff) ^ spoiled);
  return Buffer.concat([header, checksum, packed.subarray(10)]);
}

test("a gzip header may have optional fields, if they are complete and valid", async () => {
  const packed = gzipSync(good);
  assertCounts(await harness.post(withFields(packed), { headers: GZIP }), 200, DELIVERED);
  const reserved = Buffer.from(packed);
  reserved[3] = 0x20;
  for (const body of [
    withFields(packed, 1),
    withFields(packed).subarray(0, 14),
    withFields(packed).subarray(0, 20),
    reserved,
  ]) {
    assertError(await harness.post(body, { headers: GZIP }), 400, "gzip-unreadable");
  }
  assert.equal(harness.calls.length, 1);
});

test("a gzipped body that is corrupt is refused, and nothing of it is sent", async () => {
  const whole = gzipSync(JSON.stringify([event(), event()]));
  const flipped = Buffer.from(whole);
  flipped[flipped.length - 6] ^= 1;
  const broken = [
    Buffer.from(good),
    whole.subarray(0, whole.length - 1),
    whole.subarray(0, whole.length / 2),
    whole.subarray(0, 5),
    flipped,
    Buffer.concat([whole, whole.subarray(0, 20)]),
    deflateSync(good),
    randomBytes(1_000),
  ];
  for (const body of broken)
    assertError(await harness.post(body, { headers: GZIP }), 400, "gzip-unreadable");
  assert.equal(harness.calls.length, 0);
});

test("a gzipped body is decompressed only once", async () => {
  assertError(await harness.post(gzipSync(gzipSync(good)), { headers: GZIP }), 400, "invalid-utf8");
  assertError(await harness.post(gzipSync(good)), 400, "invalid-utf8");
});

test("other content encodings are refused", async () => {
  for (const [encoding, body] of [
    ["br", brotliCompressSync(good)],
    ["deflate", deflateSync(good)],
    ["gzip, gzip", gzipSync(gzipSync(good))],
    ["nonsense", good],
  ]) {
    const answer = await harness.post(body, { headers: { "content-encoding": encoding } });
    assertError(answer, 415, "unsupported-encoding");
    // RFC 9110, section 15.5.16: the answer names the accepted encodings
    assert.equal(answer.headers["accept-encoding"], "gzip");
  }
  assert.equal(harness.calls.length, 0);
});

test("a body of exactly the maximum size is accepted", async () => {
  const body = padded(BYTES_MAX);
  assert.equal(Buffer.byteLength(body), BYTES_MAX);
  assertCounts(await harness.post(body), 200, DELIVERED);
  assertCounts(await harness.post(chunksOf(body)), 200, DELIVERED);
  assertCounts(await harness.post(gzipSync(body, { level: 1 }), { headers: GZIP }), 200, DELIVERED);
});

test("a body of one byte more is refused: by its Content-Length, in chunks, and gzipped", async () => {
  const body = padded(BYTES_MAX + 1);
  for (const length of [BYTES_MAX + 1, 2 ** 32, 2 ** 53]) {
    assertError(
      await harness.post(endless(["{"]), { headers: { "content-length": String(length) } }),
      413,
      "body-too-large",
    );
  }
  assertError(await harness.post(endless(chunksOf(body))), 413, "body-too-large");
  assertError(
    await harness.post(gzipSync(body, { level: 1 }), { headers: GZIP }),
    413,
    "body-too-large",
  );
  assertError(
    await harness.post(endless(chunksOf(gzipSync(randomBytes(BYTES_MAX), { level: 0 }))), {
      headers: GZIP,
    }),
    413,
    "body-too-large",
  );
  assert.equal(harness.calls.length, 0);
});

test("the cap holds whatever Content-Length claims beside chunked transfer", async () => {
  const { hostname } = new URL(harness.url);
  const send = (length, body) => {
    const chunks = Array.from(chunksOf(body)).map((chunk) =>
      Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
    );
    const head = `POST /amplitude HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    return raw(
      harness.url,
      Buffer.concat([Buffer.from(head), ...chunks, Buffer.from("0\r\n\r\n")]),
    );
  };
  for (const length of [0, 10, BYTES_MAX]) {
    const { status, text } = await send(length, padded(BYTES_MAX + 1));
    assert.deepEqual([status, JSON.parse(text).error?.code], [413, "body-too-large"], text);
  }
  assert.equal(harness.calls.length, 0);
  // RFC 9112, section 6.3: Transfer-Encoding overrides Content-Length
  assert.equal((await send(10, good)).status, 200);
  assert.equal(harness.calls.length, 1);
});

/** A gzip body with these bytes of deflate blocks in front of the event. */
function withBlocks(blocks, times) {
  const packed = gzipSync(good);
  const repeated = Buffer.alloc(blocks.length * times, Buffer.from(blocks));
  return Buffer.concat([packed.subarray(0, 10), repeated, packed.subarray(10)]);
}

test("a gzip body of empty blocks or members is refused by the work that it makes", async () => {
  // RFC 1951, sections 3.2.4 and 3.2.6: an empty stored block; four empty blocks with fixed codes
  const stored = [0, 0, 0, 0xff, 0xff];
  const fixed = [0b0000_0010, 0b0000_1000, 0b0010_0000, 0b1000_0000, 0];
  assertCounts(await harness.post(withBlocks(stored, 19_000), { headers: GZIP }), 200, DELIVERED);
  const empty = gzipSync("");
  const whitespace = gzipSync(" ".repeat(4_900_000));
  const costly = [
    withBlocks(stored, 900_000),
    withBlocks(fixed, 900_000),
    Buffer.alloc(empty.length * 200_000, empty),
    // as much output as input
    Buffer.concat([whitespace, withBlocks(fixed, 900_000)]),
  ];
  for (const body of costly) {
    assert.ok(body.length < BYTES_MAX);
    const started = Date.now();
    const answers = await Promise.all([1, 2, 3].map(() => harness.post(body, { headers: GZIP })));
    for (const answer of answers) assertError(answer, 413, "gzip-too-costly");
    assert.ok(Date.now() - started < 3_000, "all of its blocks would take much longer");
  }
});

test("gzip bombs are refused quickly, and the Worker keeps working", async () => {
  // 4 GB of zeros or spaces, gzipped to less than the maximum size
  for (const filling of ["\0", " "]) {
    const bomb = Buffer.concat(Array(400).fill(gzipSync(Buffer.alloc(10_000_000, filling))));
    assert.ok(bomb.length < BYTES_MAX);
    const started = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => harness.post(bomb, { headers: GZIP })),
    );
    for (const answer of answers) assertError(answer, 413, "body-too-large");
    assert.ok(Date.now() - started < 5_000, "decompressing everything would take much longer");
  }
  assertCounts(await harness.post(good), 200, DELIVERED);
});

test("a body of nothing but nesting gets an answer", async () => {
  assertCounts(await harness.post("[".repeat(2_500_000) + "]".repeat(2_500_000)), 200, {
    received: 1,
    refused: 1,
  });
  assertError(await harness.post("[".repeat(BYTES_MAX)), 400, "invalid-json");
  assertCounts(await harness.post(`${'{"a":'.repeat(800_000)}1${"}".repeat(800_000)}`), 200, {
    received: 1,
    refused: 1,
  });
  assertCounts(await harness.post(good), 200, DELIVERED);
});

test("a batch of 2,000 elements is accepted, and a larger one refused as a whole, however small", async () => {
  // Amplitude, HTTP V2 API: at most 2,000 events per request
  const batchOf = (count) => `[${good}${",7".repeat(count - 1)}]`;
  assertCounts(await harness.post(batchOf(2_000)), 200, {
    received: 2_000,
    delivered: 1,
    refused: 1_999,
  });
  harness.kochava.reset();
  for (const body of [
    batchOf(2_001),
    batchOf(2_000_000),
    `{"events":${batchOf(1_500)},"users":${batchOf(1_500)}}`,
  ]) {
    for (const post of [harness.post, harness.preview])
      assertError(await post(body), 413, "batch-too-large");
  }
  assert.equal(harness.calls.length, 0);
});

test("a byte order mark and trailing commas are accepted", async () => {
  assertCounts(await harness.post(`\u{feff}${good}`), 200, DELIVERED);
  assertCounts(await harness.post(`[${good}, ${good} , ]`), 200, { received: 2, delivered: 2 });
  assertCounts(
    await harness.post(`\u{feff} {"events": [ ${good.replaceAll("}", " , } ")}, ],}`),
    200,
    DELIVERED,
  );
  assertCounts(
    await harness.post(
      await readFile(
        new URL("../../samples/04-android-with-trailing-commas.json", import.meta.url),
      ),
    ),
    200,
    { received: 1, skipped: 1 },
  );
  assert.equal(
    new Set(harness.calls.map((call) => call.bodyText)).size,
    1,
    "all are the same event",
  );
});

test("a connection that is reset within the body does not affect other requests", async () => {
  const { hostname, port } = new URL(harness.url);
  const head = `POST /amplitude HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
  for (const rest of [
    `Content-Length: 5000\r\n\r\n${good}`,
    `Transfer-Encoding: chunked\r\n\r\n${good.length.toString(16)}\r\n${good}\r\n`,
  ]) {
    await new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(head + rest, () => socket.resetAndDestroy()),
      );
      socket.on("close", resolve).on("error", reject);
    });
  }
  assertCounts(await harness.post(event({ event_type: "Level 2" })), 200, DELIVERED);
  assert.deepEqual(
    harness.calls.map((call) => call.body.data.event_name),
    ["Level 2"],
  );
});
