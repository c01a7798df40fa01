// Large batches, addresses beyond 2 GB, and failures of the WebAssembly.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The WebAssembly of the package under test, whose memory the tests grow. */
let instance;
/** The highest address of the numbers and the text of an answer of `plan` so far. */
let highestAddress = 0;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...made) {
    super(...made);
    instance = this;
  }

  /** The exports, with the addresses of answers noted. */
  get exports() {
    const exports = super.exports;
    return {
      ...exports,
      mapper_plan(...words) {
        const answer = exports.mapper_plan(...words);
        const header = new Uint32Array(exports.memory.buffer, answer[0] >>> 0, 3);
        highestAddress = Math.max(highestAddress, header[0], header[2]);
        return answer;
      },
    };
  }
};
const { Mapper, SettingsError, UnreadableError, check } = await import("kochava-edge");
WebAssembly.Instance = Instance;

const SETTINGS = {
  app_guid: "koexample",
  mapping: {
    kochava_device_id: "user_properties.kd",
    origination_ip: "ip_address",
    idfv: "user_properties.idfv",
  },
};
const EVENT = '{"event_type":"Level Up","ip_address":"203.0.113.9","user_properties":{"kd":"K1"}}';
const mapper = new Mapper(SETTINGS);

/** index.d.ts, `Mapper.plan`. */
const ELEMENTS_MAX = 250_000;

/** A batch as bytes, without a text of the same length. */
function batchOf(event, count) {
  const bytes = Buffer.alloc(count * (event.length + 1) + 1, `${event},`);
  bytes.copyWithin(1, 0, bytes.length - 1);
  bytes[0] = 0x5b;
  bytes[bytes.length - 1] = 0x5d;
  return bytes;
}

test("answers beyond 2 GB of memory are read as those below", () => {
  const plans = (each) => ({
    plan: each.plan(EVENT),
    batch: each.plan(batchOf(EVENT, 500)),
    explain: each.explain(EVENT),
    lines: Buffer.from(each.planNdjson(Buffer.from(`${EVENT}\n${EVENT}\n`))).toString(),
    check: check({ action: "event", kochava_app_id: 5 }),
  });
  const below = plans(mapper);
  const pages = 2 ** 15 + 1;
  instance.exports.memory.grow(pages);
  assert.ok(instance.exports.memory.buffer.byteLength > 2 ** 31);
  // larger than what is free below, since this is the first large batch: its memory is new
  const large = batchOf(EVENT, 20_000);
  const { fates } = mapper.plan(large);
  assert.equal(fates.length, 20_000);
  assert.deepEqual(fates.at(-1), below.plan.fates[0]);
  assert.deepEqual(plans(mapper), below);
  assert.deepEqual(plans(new Mapper(SETTINGS)), below);
  assert.throws(() => new Mapper({ ...SETTINGS, enabled: "yes" }), SettingsError);
  assert.throws(() => mapper.plan('{"a":'), { code: "invalid-json", offset: 5 });
  assert.ok(highestAddress > 2 ** 31, "an answer was beyond 2 GB");
});

test("a batch of 82 MB with a million elements is refused with a code", () => {
  const batch = batchOf(EVENT, 1_000_000);
  assert.ok(batch.length > 82_000_000);
  for (const method of ["plan", "explain"])
    assert.throws(
      () => mapper[method](batch),
      (error) => error instanceof UnreadableError && error.code === "batch-too-large",
    );
});

test("a batch may have as many elements as the limit and no more", () => {
  const { fates } = mapper.plan(batchOf("1", ELEMENTS_MAX));
  assert.deepEqual(
    [fates.length, fates.at(-1).violations[0].code],
    [ELEMENTS_MAX, "not-an-object"],
  );
  assert.throws(() => mapper.plan(batchOf("1", ELEMENTS_MAX + 1)), { code: "batch-too-large" });
});

test("a million lines are planned one by one", () => {
  const lines = Buffer.alloc(2_000_000, "1\n");
  const out = mapper.planNdjson(lines);
  let count = 0;
  for (let at = out.indexOf(10); at !== -1; at = out.indexOf(10, at + 1)) count += 1;
  assert.equal(count, 1_000_000);
});

test("memory that does not suffice and a panic are told as what they are", async () => {
  // the memory is full but for some MB: a large answer does not fit, and the call that failed keeps
  // the mapper's buffers borrowed, so that the next one panics
  const script = `
    let instance;
    const { Instance } = WebAssembly;
    WebAssembly.Instance = class extends Instance {
      constructor(...made) { super(...made); instance = this; }
    };
    const { Mapper } = await import("kochava-edge");
    const mapper = new Mapper(${JSON.stringify(SETTINGS)});
    const batch = (count) => Buffer.from("[" + "1,".repeat(count - 1) + "1]");
    mapper.plan(batch(20_000));
    const { memory } = instance.exports;
    memory.grow(2 ** 16 - memory.buffer.byteLength / 2 ** 16);
    const told = [batch(${ELEMENTS_MAX}), batch(1)].map((input) => {
      try { return mapper.plan(input).fates.length; }
      catch ({ name, code, message, cause }) { return [name, code, message, cause.constructor.name]; }
    });
    console.log(JSON.stringify(told));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", script],
    { cwd: fileURLToPath(new URL(".", import.meta.url)) },
  );
  const [full, panicked] = JSON.parse(stdout);
  assert.deepEqual(full, [
    "InputError",
    "out-of-bounds",
    "there is not enough memory for the input",
    "RuntimeError",
  ]);
  assert.deepEqual(panicked.with(2, ""), ["InternalError", "panic", "", "RuntimeError"]);
  assert.match(panicked[2], /^kochava-edge panicked at [^ ]+\.rs:\d+:\d+; please report it$/);
});
