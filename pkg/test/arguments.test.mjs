// Whatever a caller passes, what is thrown has a code: a getter, a trap of a proxy or a length that
// lies is an argument like any other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mapper, check, deliver, detect, propose } from "../node.js";

const SETTINGS = {
  app_guid: "koexample",
  mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" },
};
const mapper = new Mapper(SETTINGS);
const REQUEST = {
  kind: "event",
  method: "POST",
  url: "https://control.kochava.com/track/json",
  headers: {},
  body: "{}",
};

const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const throwing = (thrown) =>
  Object.defineProperty({}, "event_type", {
    enumerable: true,
    get() {
      throw thrown;
    },
  });
const withLength = (descriptor) => Object.defineProperty(new Uint8Array(4), "length", descriptor);
const detached = () => {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};
const outOfBounds = () => {
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const bytes = new Uint8Array(buffer, 8);
  buffer.resize(4);
  return bytes;
};
const circular = {};
circular.self = circular;
const handler = new Proxy(
  {},
  {
    get() {
      throw new Error("trap");
    },
  },
);

const VALUES = {
  undefined: undefined,
  null: null,
  "a boolean": true,
  "a number": 5,
  NaN: NaN,
  infinity: Infinity,
  "a big integer": 1n,
  "a symbol": Symbol("a"),
  "a function": () => 1,
  "an empty text": "",
  "a lone surrogate": "\ud800",
  "a boxed text": new String("{}"),
  "a map": new Map([[1, 2]]),
  "a set": new Set([1]),
  "a date": new Date(0),
  "an invalid date": new Date(NaN),
  "a prototype of dates": Object.create(Date.prototype),
  "an error": new Error("a"),
  "a promise": Promise.resolve({}),
  "a getter that throws an error": throwing(new Error("boom")),
  "a getter that throws a symbol": throwing(Symbol("boom")),
  "a getter that throws nothing": throwing(null),
  "a circle": circular,
  "a toJSON without a value": { toJSON() {} },
  "a big integer within": { event_type: 1n },
  "no prototype": Object.assign(Object.create(null), { event_type: "a" }),
  "a frozen object": Object.freeze({ event_type: "a" }),
  "a proxy whose traps throw": new Proxy({}, handler),
  "a revoked proxy": revoked({}),
  "a revoked list": revoked([]),
  "a revoked function": revoked(() => 1),
  "a proxy of bytes": new Proxy(new Uint8Array(4), {}),
  "an object that says it is bytes": { [Symbol.toStringTag]: "Uint8Array", length: 3 },
  "a buffer": new ArrayBuffer(4),
  "a shared buffer": new SharedArrayBuffer(4),
  "shared bytes": new Uint8Array(new SharedArrayBuffer(4)),
  "a view of data": new DataView(new ArrayBuffer(4)),
  "detached bytes": detached(),
  "bytes out of bounds": outOfBounds(),
  "bytes whose length throws": withLength({
    get() {
      throw new Error("length");
    },
  }),
  "bytes whose length is a big integer": withLength({ value: 4n }),
  "bytes whose length is too large": withLength({ value: 1e9 }),
  "a part of bytes": new TextEncoder().encode('xx{"event_type":"a"}yy').subarray(2, 20),
  "a list with a getter that throws": [throwing(new Error("boom"))],
  "a list with holes": [, ,],
  "a generator": (function* () {})(),
  "a request": new Request("http://localhost"),
};

const drained = async (stream) => {
  for await (const chunk of stream) assert.ok(chunk.length > 0);
};
const CALLS = {
  "new Mapper": (value) => new Mapper(value),
  "a setting": (value) => new Mapper({ ...SETTINGS, app_guid: value }),
  "a part of the settings": (value) => new Mapper({ ...SETTINGS, mapping: value }),
  plan: (value) => mapper.plan(value),
  explain: (value) => mapper.explain(value),
  planNdjson: (value) => mapper.planNdjson(value),
  check,
  detect,
  propose,
  "settings of propose": (value) => propose("{}", undefined, value),
  "a context": (value) => mapper.plan("{}", value),
  "a context of no lines": (value) => mapper.planNdjson(new Uint8Array(0), value),
  receivedAt: (value) => mapper.plan("{}", { receivedAt: value }),
  source: (value) => mapper.plan("{}", { source: value }),
  connectionIp: (value) => mapper.plan("{}", { connectionIp: value }),
  userAgent: (value) => mapper.plan("{}", { userAgent: value }),
  "this of plan": (value) => mapper.plan.call(value, "{}"),
  "this of free": (value) => mapper.free.call(value),
  planNdjsonStream: (value) => drained(mapper.planNdjsonStream(value)),
  "a chunk": (value) => drained(mapper.planNdjsonStream([value])),
  "options of planNdjsonStream": (value) => drained(mapper.planNdjsonStream([], value)),
  threads: (value) => drained(mapper.planNdjsonStream([], { threads: value })),
  "signal of planNdjsonStream": (value) => drained(mapper.planNdjsonStream([], { signal: value })),
  deliver: (value) => deliver(value),
  "a request of deliver": (value) => deliver([value]),
  "options of deliver": (value) => deliver([], value),
  fetch: (value) => deliver([], { fetch: value }),
  policy: (value) => deliver([], { policy: value }),
  "signal of deliver": (value) => deliver([], { signal: value }),
  "headers of deliver": (value) => deliver([{ ...REQUEST, headers: value, body: null }]),
  "url of deliver": (value) => deliver([{ ...REQUEST, url: value, body: null }]),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: what is thrown has a code`, async () => {
    let refused = 0;
    for (const [what, value] of Object.entries(VALUES)) {
      const thrown = await outcomeOf(call, value);
      if (thrown === undefined) continue;
      refused += 1;
      assert.match(String(thrown.error?.code), /^[a-z-]+$/, `${what}: ${String(thrown.error)}`);
      assert.notEqual(thrown.error.code, "panic", what);
    }
    // options and contexts, of which every member may be absent, may be any object
    assert.ok(refused >= 13, `${refused} of ${Object.keys(VALUES).length}`);
  });
}

async function outcomeOf(call, value) {
  try {
    await call(value);
    return undefined;
  } catch (error) {
    return { error };
  }
}

test("bytes of a part of a buffer, of a subclass and of a buffer that grows are read", () => {
  class Bytes extends Uint8Array {}
  const text = '{"event_type":"a"}';
  const bytes = new TextEncoder().encode(text);
  const growing = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: 100 }));
  growing.set(bytes);
  const expected = mapper.plan(text);
  for (const input of [Buffer.from(`xx${text}`).subarray(2), Bytes.from(bytes), growing])
    assert.deepEqual(mapper.plan(input), expected);
});
