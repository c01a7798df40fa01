// `planNdjsonStream`, as index.d.ts documents it: the bytes of `planNdjson` in order, a bounded
// amount in flight, and threads that end.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Mapper } from "kochava-edge";
import { LineBlocks } from "../line-blocks.js";
import { Pool } from "../pool.js";
import { eventLines } from "./support/events.mjs";

const SETTINGS = {
  app_guid: "koexample",
  events: { properties: "*" },
  mapping: { kochava_device_id: "kd", origination_ip: "ip_address", idfv: "idfv" },
};
const mapper = new Mapper(SETTINGS);
const encode = (text) => new TextEncoder().encode(text);
const ready =
  '{"event_type":"Größe 🚀","kd":"K1","ip_address":"203.0.113.9","idfv":"11111111-2222-4333-8444-555555555555"}';

/** Every thread that is started, in order. */
const threads = [];
process.on("worker", (worker) => threads.push(worker));

/** Waits until every thread that was started has exited. */
async function assertAllEnded() {
  for (const thread of threads) if (thread.threadId !== -1) await once(thread, "exit");
}

async function bytesOf(stream) {
  return Buffer.from(await new Response(stream).arrayBuffer());
}

function* chunksOf(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Chunks without an end; counts how many were taken, and whether they were ended. */
function endless(chunk) {
  const source = { taken: 0, isEnded: false };
  source.chunks = (async function* () {
    try {
      for (;;) {
        source.taken += 1;
        yield chunk;
      }
    } finally {
      source.isEnded = true;
    }
  })();
  return source;
}

/** What lines may be: events, batches, none, blank ones, both line ends, and no UTF-8. */
const LINES = Buffer.concat([
  encode(`${ready}\r\n\r\n \n[${ready},${ready}]\n{"events":[]}\n`),
  Buffer.from([0x7b, 0xff, 0xfe, 0x0a, 0xc3, 0x0a]),
  encode(`{"event_type":"日本語 👟"}\n\ufeff${ready}\n{"a":\n17\n${ready}`),
]);

test("chunks of any size give the bytes of planNdjson, in place and on threads", async () => {
  const expected = Buffer.from(mapper.planNdjson(LINES));
  assert.ok(expected.includes("ready") && expected.includes("invalid-utf8"));
  for (let size = 1; size <= LINES.length; size += size < 20 ? 1 : 37) {
    const stream = mapper.planNdjsonStream(chunksOf(LINES, size), { threads: 0 });
    assert.deepEqual(await bytesOf(stream), expected, `chunks of ${size}`);
  }
  for (const size of [1, 7, LINES.length]) {
    const stream = mapper.planNdjsonStream(chunksOf(LINES, size), { threads: 2 });
    assert.deepEqual(await bytesOf(stream), expected, `chunks of ${size} on threads`);
  }
});

test("an input of many blocks gives the bytes of planNdjson, whatever its chunks", async () => {
  const lines = encode(eventLines(20_000));
  assert.ok(lines.length > 8_000_000, "long enough for threads by default");
  const expected = Buffer.from(mapper.planNdjson(lines));
  for (const options of [{ threads: 1 }, { threads: 2 }, { threads: 3 }, {}, undefined]) {
    const started = threads.length;
    for (const size of [60_001, 1 << 20, lines.length]) {
      const stream = mapper.planNdjsonStream(chunksOf(lines, size), options);
      assert.ok((await bytesOf(stream)).equals(expected), `${JSON.stringify(options)}, ${size}`);
    }
    if (options?.threads > 1) assert.equal(threads.length - started, 3 * options.threads);
    if (options?.threads === 1) assert.equal(threads.length, started);
  }
});

test("lines that are longer than a block, and work of unequal length, keep their order", async () => {
  const long = (megabytes) =>
    `{"event_type":"${"x".repeat(megabytes * 1e6)}","ip_address":"203.0.113.9"}\n`;
  const list = `[${Array(2_000).fill(ready).join()}]\n`;
  const lines = encode(
    `${long(3)}17\n${list.repeat(20)}${"{\n".repeat(200_000)}${long(2)}${list.repeat(5)}${long(1)}`,
  );
  const expected = Buffer.from(mapper.planNdjson(lines));
  for (const options of [{ threads: 0 }, { threads: 2 }]) {
    const stream = mapper.planNdjsonStream(chunksOf(lines, 300_000), options);
    assert.ok((await bytesOf(stream)).equals(expected), JSON.stringify(options));
  }
});

test("the source may be a web stream, a stream of Node or an iterable; an empty one gives nothing", async () => {
  const lines = encode(`${ready}\n{\n`);
  const expected = Buffer.from(mapper.planNdjson(lines));
  for (const source of [
    new Response(lines).body,
    new Blob([lines]).stream(),
    Readable.from([lines]),
    [lines],
    [lines.subarray(0, 5), new Uint8Array(0), Buffer.from(lines.subarray(5))],
    chunksOf(lines, 9),
  ])
    assert.deepEqual(await bytesOf(mapper.planNdjsonStream(source)), expected);
  for (const empty of [[], [new Uint8Array(0)]])
    assert.equal((await bytesOf(mapper.planNdjsonStream(empty, { threads: 2 }))).length, 0);
});

test("chunks are copied: the source may use its buffer again", async () => {
  const buffer = new Uint8Array(64 * 1024);
  const text = `${ready}\n`.repeat(30_000);
  const lines = encode(text);
  const reused = function* () {
    for (const chunk of chunksOf(lines, buffer.length)) {
      buffer.fill(0x20);
      buffer.set(chunk);
      yield buffer.subarray(0, chunk.length);
    }
  };
  const stream = mapper.planNdjsonStream(reused(), { threads: 2 });
  assert.ok((await bytesOf(stream)).equals(Buffer.from(mapper.planNdjson(lines))));
});

test("nothing is read before it is asked for, and only a bounded amount ahead", async () => {
  const block = encode(`${ready}\n`.repeat(10_000)).subarray(0, 1 << 20);
  for (const [count, ahead] of [
    [0, 3],
    [2, 10],
  ]) {
    const source = endless(block);
    const reader = mapper.planNdjsonStream(source.chunks, { threads: count }).getReader();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(source.taken, 0);
    let before = 0;
    for (let read = 1; read <= 60; read += 1) {
      await reader.read();
      // time for whatever would be read without being asked for
      if (read % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(
        source.taken >= before && source.taken <= read + ahead,
        `${source.taken} of ${read}`,
      );
      before = source.taken;
    }
    await reader.cancel();
  }
});

test("lines that have arrived are planned although the source goes on", async () => {
  for (const count of [0, 2]) {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const reader = mapper.planNdjsonStream(readable, { threads: count }).getReader();
    for (const text of [`{\n${ready}\n{"ev`, `ent_type":"a"}\n`]) {
      const write = writer.write(encode(text));
      const { value } = await reader.read();
      await write;
      const whole = text.startsWith("{\n") ? `{\n${ready}\n` : '{"event_type":"a"}\n';
      assert.deepEqual(Buffer.from(value), Buffer.from(mapper.planNdjson(encode(whole))));
    }
    await reader.cancel();
  }
});

test("leaving the loop ends the source and the threads", async () => {
  const source = endless(encode(`${ready}\n`.repeat(1_000)));
  const started = threads.length;
  for await (const chunk of mapper.planNdjsonStream(source.chunks, { threads: 2 })) {
    assert.ok(chunk.length > 0);
    break;
  }
  await assertAllEnded();
  assert.equal(threads.length - started, 2);
  assert.equal(source.isEnded, true);
});

test("a source that is waited for is ended, too", async () => {
  let isCancelled = false;
  const silent = new ReadableStream({ cancel: () => void (isCancelled = true) });
  const reader = mapper.planNdjsonStream(silent).getReader();
  const read = reader.read();
  await reader.cancel();
  assert.deepEqual(await read, { value: undefined, done: true });
  assert.equal(isCancelled, true);
  const node = new Readable({ read() {} });
  const ofNode = mapper.planNdjsonStream(node).getReader();
  ofNode.read();
  await ofNode.cancel();
  assert.equal(node.destroyed, true);
});

test("an aborted signal errors the stream with its reason and ends source and threads", async () => {
  const reason = new Error("enough");
  for (const count of [0, 2]) {
    const controller = new AbortController();
    const source = endless(encode(`${ready}\n`.repeat(1_000)));
    const { signal } = controller;
    const reader = mapper.planNdjsonStream(source.chunks, { threads: count, signal }).getReader();
    await reader.read();
    controller.abort(reason);
    await assert.rejects(reader.read(), (error) => error === reason);
    await assertAllEnded();
    assert.equal(source.isEnded, true);
  }
  const source = endless(encode(ready));
  const before = mapper.planNdjsonStream(source.chunks, { signal: AbortSignal.abort(reason) });
  await assert.rejects(before.getReader().read(), (error) => error === reason);
  assert.equal(source.taken, 0);
});

test("an error of the source errors the stream after what was read before, once", async () => {
  const failure = new RangeError("the disk is gone");
  for (const count of [0, 2]) {
    const failing = async function* () {
      yield encode(`${ready}\n`.repeat(30_000));
      throw failure;
    };
    const reader = mapper.planNdjsonStream(failing(), { threads: count }).getReader();
    let chunks = 0;
    const read = async () => {
      for (;;) {
        await reader.read();
        chunks += 1;
      }
    };
    await assert.rejects(read(), (error) => error === failure);
    assert.ok(chunks >= 2, `${chunks} chunks`);
    await assertAllEnded();
  }
});

test("a chunk that is no Uint8Array errors the stream and ends its source", async () => {
  for (const wrong of ["{}", new ArrayBuffer(2), null]) {
    const source = endless(wrong);
    await assert.rejects(bytesOf(mapper.planNdjsonStream(source.chunks)), {
      name: "InputError",
      code: "wrong-type",
    });
    assert.equal(source.isEnded, true);
  }
});

test("a thread that dies errors the stream once and ends the source", async () => {
  const source = endless(encode(`${ready}\n`.repeat(10_000)));
  const started = threads.length;
  const reader = mapper.planNdjsonStream(source.chunks, { threads: 2 }).getReader();
  while (threads.length < started + 2) await reader.read();
  const two = threads.slice(started);
  const working = new Set();
  for (const thread of two)
    thread.on("message", ({ answer }) => answer !== undefined && working.add(thread));
  while (working.size < 2) await reader.read();
  const reads = async () => {
    for (;;) {
      for (const thread of two) thread.terminate();
      await reader.read();
    }
  };
  await assert.rejects(reads(), { name: "InternalError", code: "thread-ended" });
  await assertAllEnded();
  assert.equal(source.isEnded, true);
  await assert.rejects(reader.read(), { code: "thread-ended" });
});

test("threads that cannot start are not missed", async () => {
  const end = (worker) => worker.terminate();
  process.on("worker", end);
  try {
    const lines = encode(eventLines(5_000));
    const stream = mapper.planNdjsonStream(chunksOf(lines, 10_000), { threads: 2 });
    assert.ok((await bytesOf(stream)).equals(Buffer.from(mapper.planNdjson(lines))));
    await assertAllEnded();
  } finally {
    process.off("worker", end);
  }
});

test("an error within a thread is told as it is in place", async () => {
  for (const [name, code] of [
    ["InputError", "out-of-bounds"],
    ["InternalError", "panic"],
  ]) {
    let listener;
    const start = (given) => {
      listener = given;
      const post = () => listener.onMessage({ error: { name, code, message: "it is" } });
      return { post, ref() {}, unref() {}, end() {} };
    };
    const pool = new Pool(start, 1, 0);
    pool.expect(1);
    listener.onMessage({ isReady: true });
    await assert.rejects(pool.plan({ bytes: new Uint8Array(1) }), { name, code, message: "it is" });
  }
});

test("the mapper may be freed and the context changed before the stream ends", async () => {
  const lines = encode(
    `${ready.replace("{", '{"event_time":"2026-01-12 09:07:27",')}\n`.repeat(20_000),
  );
  const receivedAt = new Date("2020-01-01");
  const expected = Buffer.from(mapper.planNdjson(lines, { receivedAt }));
  assert.ok(!expected.equals(Buffer.from(mapper.planNdjson(lines))), "the arrival matters");
  for (const count of [0, 2]) {
    const own = new Mapper(SETTINGS);
    const options = { threads: count, receivedAt: new Date(receivedAt) };
    const stream = own.planNdjsonStream(chunksOf(lines, 100_000), options);
    options.receivedAt.setTime(0);
    own.free();
    assert.ok((await bytesOf(stream)).equals(expected));
  }
});

test("wrong arguments throw at once, with a code", () => {
  const source = [encode(ready)];
  for (const [lines, options, code] of [
    [encode(ready), {}, "wrong-type"],
    ["{}", {}, "wrong-type"],
    [undefined, {}, "wrong-type"],
    [new Response("{}"), {}, "wrong-type"],
    [source, 17, "wrong-type"],
    [source, { threads: "2" }, "wrong-type"],
    [source, { threads: -1 }, "out-of-bounds"],
    [source, { threads: 1.5 }, "out-of-bounds"],
    [source, { threads: 65 }, "out-of-bounds"],
    [source, { signal: {} }, "wrong-type"],
    [source, { receivedAt: "now" }, "wrong-type"],
  ])
    assert.throws(() => mapper.planNdjsonStream(lines, options), { name: "InputError", code });
  const locked = new Response("{}").body;
  locked.getReader();
  assert.throws(() => mapper.planNdjsonStream(locked), { name: "InputError", code: "wrong-type" });
  const freed = new Mapper(SETTINGS);
  freed.free();
  assert.throws(() => freed.planNdjsonStream(source), { code: "freed" });
  const { planNdjsonStream } = mapper;
  assert.throws(() => planNdjsonStream(source), { code: "wrong-type" });
});

test("a line that is too long is told, wherever it ends", async () => {
  const max = 3_000_000;
  const line = (length) => `${"x".repeat(length)}\n`;
  const text = `1\n${line(max)}${line(max + 1)}2\n${line(2 * max)}3\n${"y".repeat(max + 1)}`;
  for (const size of [100_000, max, max + 1, text.length]) {
    const iterator = chunksOf(encode(text), size);
    const source = { next: async () => iterator.next() };
    const blocks = new LineBlocks(source, max, () => ({ bytes: encode("!") }));
    let found = "";
    for (let block; (block = await blocks.next()) !== undefined; )
      found += Buffer.from(block.bytes).toString();
    assert.equal(found.replace(line(max), "max\n"), "1\nmax\n!2\n!3\n!", `chunks of ${size}`);
  }
});

test("a stream that nobody reads on does not keep the process alive", async () => {
  const script = `
    import { Mapper } from "kochava-edge";
    const mapper = new Mapper(${JSON.stringify(SETTINGS)});
    const lines = new TextEncoder().encode(${JSON.stringify(`${ready}\n`)}.repeat(10_000));
    const endless = function* () { for (;;) yield lines; };
    let isOnline = false;
    process.on("worker", (worker) => worker.on("online", () => (isOnline = true)));
    const reader = mapper.planNdjsonStream(endless(), { threads: 2 }).getReader();
    while (!isOnline) await reader.read();
    for (let more = 0; more < 20; more += 1) await reader.read();
    console.log("left");`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", script],
    { cwd: fileURLToPath(new URL(".", import.meta.url)), timeout: 30_000 },
  );
  assert.equal(stdout, "left\n");
});
