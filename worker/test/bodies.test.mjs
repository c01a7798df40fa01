// Which bytes does the Worker take?

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, beforeEach, test } from "node:test";
import { brotliCompressSync, crc32, deflateSync, gzipSync } from "node:zlib";
import { TOKEN, assertCounts, assertError, begun, event, startHouse } from "./support.mjs";

const house = await startHouse({ after });
beforeEach(() => house.kochava.reset());

const BYTES_MAX = 5_000_000;
const GZIP = { "content-encoding": "gzip" };
const DELIVERED = { received: 1, delivered: 1 };
const good = JSON.stringify(event());

/** A whole event of so many bytes: white space between tokens is JSON, too (RFC 8259, section 2). */
const padded = (bytes) => good.replace("{", `{${" ".repeat(bytes - good.length)}`);

function* chunksOf(body, size = 64_000) {
  for (let at = 0; at < body.length; at += size) yield Buffer.from(body.slice(at, at + size));
}

test("a packed body is unpacked", async () => {
  for (const encoding of ["gzip", "GZIP", "x-gzip", " gzip "]) {
    assertCounts(
      await house.post(gzipSync(good), { headers: { "content-encoding": encoding } }),
      200,
      DELIVERED,
    );
  }
  assertCounts(
    await house.post(good, { headers: { "content-encoding": "identity" } }),
    200,
    DELIVERED,
  );
  const plan = await house.preview(gzipSync(good), { headers: GZIP });
  assert.equal(plan.json.fates[0].fate, "ready");
});

test("a packed body may have several members", async () => {
  const [left, right] = [good.slice(0, 100), good.slice(100)];
  const members = Buffer.concat([gzipSync(left), gzipSync(""), gzipSync(right, { level: 0 })]);
  assertCounts(await house.post(members, { headers: GZIP }), 200, DELIVERED);
});

/** With the fields that a gzip header may have (RFC 1952, section 2.3), a checksum of it last. */
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

test("a packed body may say more of itself, if that is whole", async () => {
  const packed = gzipSync(good);
  assertCounts(await house.post(withFields(packed), { headers: GZIP }), 200, DELIVERED);
  const reserved = Buffer.from(packed);
  reserved[3] = 0x20;
  for (const body of [
    withFields(packed, 1),
    withFields(packed).subarray(0, 14),
    withFields(packed).subarray(0, 20),
    reserved,
  ]) {
    assertError(await house.post(body, { headers: GZIP }), 400, "gzip-unreadable");
  }
  assert.equal(house.calls.length, 1);
});

test("a packed body that is broken is told so, and nothing of it is sent", async () => {
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
    assertError(await house.post(body, { headers: GZIP }), 400, "gzip-unreadable");
  assert.equal(house.calls.length, 0);
});

test("a packed body is unpacked once", async () => {
  assertError(await house.post(gzipSync(gzipSync(good)), { headers: GZIP }), 400, "invalid-utf8");
  assertError(await house.post(gzipSync(good)), 400, "invalid-utf8");
});

test("any other packing is refused", async () => {
  for (const [encoding, body] of [
    ["br", brotliCompressSync(good)],
    ["deflate", deflateSync(good)],
    ["gzip, gzip", gzipSync(gzipSync(good))],
    ["nonsense", good],
  ]) {
    const answer = await house.post(body, { headers: { "content-encoding": encoding } });
    assertError(answer, 415, "unsupported-encoding");
    // RFC 9110, section 15.5.16: says which packing would have been taken
    assert.equal(answer.headers["accept-encoding"], "gzip");
  }
  assert.equal(house.calls.length, 0);
});

test("a body of exactly the most bytes is taken", async () => {
  const body = padded(BYTES_MAX);
  assert.equal(Buffer.byteLength(body), BYTES_MAX);
  assertCounts(await house.post(body), 200, DELIVERED);
  assertCounts(await house.post(chunksOf(body)), 200, DELIVERED);
  assertCounts(await house.post(gzipSync(body, { level: 1 }), { headers: GZIP }), 200, DELIVERED);
});

test("a body of one byte more is too large, announced, in chunks or packed", async () => {
  const body = padded(BYTES_MAX + 1);
  for (const length of [BYTES_MAX + 1, 2 ** 32, 2 ** 53]) {
    assertError(
      await house.post(begun(["{"]), { headers: { "content-length": String(length) } }),
      413,
      "body-too-large",
    );
  }
  assertError(await house.post(begun(chunksOf(body))), 413, "body-too-large");
  assertError(
    await house.post(gzipSync(body, { level: 1 }), { headers: GZIP }),
    413,
    "body-too-large",
  );
  assertError(
    await house.post(begun(chunksOf(gzipSync(randomBytes(BYTES_MAX), { level: 0 }))), {
      headers: GZIP,
    }),
    413,
    "body-too-large",
  );
  assert.equal(house.calls.length, 0);
});

test("a gzip bomb is refused quickly, as often as it comes, and the Worker goes on", async () => {
  // 4 GB of zeros and of blanks in less than the most bytes
  for (const filling of ["\0", " "]) {
    const bomb = Buffer.concat(Array(400).fill(gzipSync(Buffer.alloc(10_000_000, filling))));
    assert.ok(bomb.length < BYTES_MAX);
    const started = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => house.post(bomb, { headers: GZIP })),
    );
    for (const answer of answers) assertError(answer, 413, "body-too-large");
    assert.ok(Date.now() - started < 5_000, "unpacking all would take much longer");
  }
  assertCounts(await house.post(good), 200, DELIVERED);
});

test("a body of nothing but depth ends in an answer", async () => {
  assertCounts(await house.post("[".repeat(2_500_000) + "]".repeat(2_500_000)), 200, {
    received: 1,
    refused: 1,
  });
  assertError(await house.post("[".repeat(BYTES_MAX)), 400, "invalid-json");
  assertCounts(await house.post(`${'{"a":'.repeat(800_000)}1${"}".repeat(800_000)}`), 200, {
    received: 1,
    refused: 1,
  });
  assertCounts(await house.post(good), 200, DELIVERED);
});

test("a batch of 2,000 elements is taken, and a larger one refused whole, however small they are", async () => {
  // Amplitude, HTTP V2 API: at most 2,000 events a request
  const nothings = (count) => `[${good}${",7".repeat(count - 1)}]`;
  assertCounts(await house.post(nothings(2_000)), 200, {
    received: 2_000,
    delivered: 1,
    refused: 1_999,
  });
  house.kochava.reset();
  for (const body of [
    nothings(2_001),
    nothings(2_000_000),
    `{"events":${nothings(1_500)},"users":${nothings(1_500)}}`,
  ]) {
    for (const post of [house.post, house.preview])
      assertError(await post(body), 413, "batch-too-large");
  }
  assert.equal(house.calls.length, 0);
});

test("a byte order mark and trailing commas do no harm", async () => {
  assertCounts(await house.post(`\u{feff}${good}`), 200, DELIVERED);
  assertCounts(await house.post(`[${good}, ${good} , ]`), 200, { received: 2, delivered: 2 });
  assertCounts(
    await house.post(`\u{feff} {"events": [ ${good.replaceAll("}", " , } ")}, ],}`),
    200,
    DELIVERED,
  );
  assertCounts(
    await house.post(
      await readFile(
        new URL("../../samples/04-android-with-trailing-commas.json", import.meta.url),
      ),
    ),
    200,
    { received: 1, skipped: 1 },
  );
  assert.equal(new Set(house.calls.map((call) => call.bodyText)).size, 1, "they all say the same");
});

test("a body that breaks off harms nobody else", async () => {
  const { hostname, port } = new URL(house.url);
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
  assertCounts(await house.post(event({ event_type: "Level 2" })), 200, DELIVERED);
  assert.deepEqual(
    house.calls.map((call) => call.body.data.event_name),
    ["Level 2"],
  );
});
