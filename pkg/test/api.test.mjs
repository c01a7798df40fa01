// The JavaScript API, as index.d.ts documents it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  InputError,
  Mapper,
  SettingsError,
  UnreadableError,
  check,
  rules,
  version,
} from "kochava-edge";

const SETTINGS = {
  app_guid: "koexample",
  mapping: {
    kochava_device_id: ["kd_old", "user_properties.kd"],
    origination_ip: "ip_address",
    idfv: "user_properties.idfv",
    att: "user_properties.att",
  },
};

const EVENT = {
  event_type: "Größe 🚀",
  platform: "iOS",
  os_version: "18.5",
  time: 1767225600000,
  ip_address: "203.0.113.9",
  user_properties: { kd: "KI-1", idfv: "11111111-2222-4333-8444-555555555555", att: false },
};

const mapper = new Mapper(SETTINGS);

test("an object, its JSON text, its bytes and a list of one give the same fate", () => {
  const text = JSON.stringify(EVENT);
  const [fate] = mapper.plan(EVENT).fates;
  assert.equal(fate.fate, "ready");
  const ofAnotherRealm = runInNewContext("new Uint8Array(bytes)", {
    bytes: [...new TextEncoder().encode(text)],
  });
  for (const input of [
    text,
    new TextEncoder().encode(text),
    Buffer.from(text),
    ofAnotherRealm,
    [EVENT],
    { events: [EVENT] },
    `\uFEFF ${text} `,
  ]) {
    assert.deepEqual(mapper.plan(input).fates, [fate]);
  }
});

test("a plan consists of plain objects with the keys of index.d.ts", () => {
  const { fates } = mapper.plan([
    EVENT,
    { ...EVENT, ip_address: null },
    { event_type: "$groupidentify" },
  ]);
  assert.deepEqual(Object.keys(fates[0]), ["fate", "requests", "warnings"]);
  const [request] = fates[0].requests;
  assert.deepEqual(Object.keys(request), ["kind", "method", "url", "headers", "body"]);
  assert.deepEqual(request.headers, {
    "Content-Type": "application/json",
    "User-Agent": "Unknown",
  });
  assert.match(
    request.body,
    /^\{"action":"event","kochava_app_id":"koexample","kochava_device_id":"KI-1","data":\{"event_name":"Gr\\u00f6\\u00dfe \\ud83d\\ude80",/,
  );
  assert.deepEqual(fates[1], {
    fate: "refused",
    violations: [
      {
        code: "origination-ip-missing",
        field: "data.origination_ip",
        origin: "ip_address",
        message: "no IP address in `ip_address`; send the device's, or map another field",
      },
    ],
  });
  assert.equal(fates[2].fate, "skipped");
  assert.equal(fates[2].code, "group-identify");
  for (const value of [fates, fates[0], request, request.headers, fates[0].warnings[0]]) {
    assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)));
  }
});

test("a line of planNdjson is the fate of plan as JSON.stringify writes it", () => {
  const events = [EVENT, { ...EVENT, ip_address: "10.0.0.1" }, { event_type: "$groupidentify" }];
  const lines = new TextEncoder().encode(events.map((event) => JSON.stringify(event)).join("\n"));
  const lineText = new TextDecoder().decode(mapper.planNdjson(lines));
  assert.equal(
    lineText,
    mapper
      .plan(events)
      .fates.map((fate) => `${JSON.stringify(fate)}\n`)
      .join(""),
  );
});

test("explain returns the fates of plan, and for every field its value, origin and lookups", () => {
  const text = JSON.stringify([EVENT], null, 2);
  const { fates } = mapper.explain(text);
  const [{ at, fields, ...fate }] = fates;
  const withoutAdvice = (key, value) => (key === "advice" ? undefined : value);
  const planned = JSON.parse(JSON.stringify([fate], withoutAdvice));
  assert.deepEqual(planned, mapper.plan(text).fates);
  assert.equal(JSON.parse(text.slice(...at)).event_type, EVENT.event_type);
  const id = fields.find(({ field }) => field === "kochava_device_id");
  assert.deepEqual(
    {
      ...id,
      tried: id.tried.map(({ at, ...lookup }) => ({ ...lookup, at: at && text.slice(...at) })),
    },
    {
      request: 0,
      field: "kochava_device_id",
      value: '"KI-1"',
      origin: { kind: "paths", paths: ["user_properties.kd"] },
      tried: [
        { path: "kd_old", answer: "nothing", code: null, at: null },
        { path: "user_properties.kd", answer: "taken", code: null, at: '"KI-1"' },
      ],
    },
  );
  const name = fields.find(({ field }) => field === "data.event_name");
  assert.equal(text.slice(...name.tried[0].at), '"Größe 🚀"');
  assert.deepEqual(fields.find(({ field }) => field === "kochava_app_id").origin, {
    kind: "setting",
    setting: "app_guid",
  });
  assert.deepEqual(fields.find(({ field }) => field === "action").origin, { kind: "guide" });
  const bytes = new TextEncoder().encode(text);
  const inBytes = mapper
    .explain(bytes)
    .fates[0].fields.find(({ field }) => field === "data.event_name").tried[0].at;
  assert.equal(new TextDecoder().decode(bytes.subarray(...inBytes)), '"Größe 🚀"');
});

test("only an input that is no batch throws UnreadableError, with code and offset", () => {
  for (const [input, code, offset] of [
    ["", "empty-body", 0],
    ['{"ä"', "invalid-json", 4],
    ["17", "not-a-batch", 0],
    [new Uint8Array([123, 255]), "invalid-utf8", 1],
  ]) {
    assert.throws(
      () => mapper.plan(input),
      (error) => {
        assert.ok(error instanceof UnreadableError && error instanceof Error);
        assert.deepEqual([error.name, error.code, error.offset], ["UnreadableError", code, offset]);
        return true;
      },
    );
    assert.throws(() => mapper.explain(input), UnreadableError);
  }
  assert.throws(() => mapper.plan('{"é":'), {
    message: "the body is not JSON (character 5)",
    offset: 5,
  });
  assert.throws(() => mapper.plan(new TextEncoder().encode('{"é":')), {
    message: "the body is not JSON (byte 6)",
    offset: 6,
  });
  assert.equal(mapper.plan([17]).fates[0].fate, "refused");
});

test("invalid settings throw a SettingsError with every fault", () => {
  assert.throws(
    () => new Mapper({ app_guidd: "koexample" }),
    (error) => {
      assert.ok(error instanceof SettingsError && error instanceof Error);
      assert.equal(error.code, "settings");
      assert.deepEqual(error.faults, [
        {
          path: "app_guidd",
          code: "unknown-key",
          message: "is not a setting; did you mean `app_guid`?",
        },
        { path: "app_guid", code: "missing", message: "is required" },
        { path: "mapping", code: "missing", message: "is required" },
        { path: "mapping.kochava_device_id", code: "missing", message: "is required" },
        { path: "mapping.origination_ip", code: "missing", message: "is required" },
        {
          path: "mapping",
          code: "missing",
          message: "needs at least one of `idfa`, `idfv`, `adid` and `android_id`",
        },
      ]);
      assert.match(error.message, /`app_guidd`: is not a setting; did you mean `app_guid`\?\n/);
      return true;
    },
  );
});

test("arguments of the wrong type throw an InputError that names the argument", () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const failing = () => {
    throw new RangeError("a getter");
  };
  const circular = {};
  circular.self = circular;
  const wrong = [
    [() => new Mapper(), /settings must be an object/],
    [() => new Mapper("koexample"), /settings must be an object/],
    [() => new Mapper([]), /settings must be an object/],
    [() => mapper.plan(), /the input must be an object, text or a Uint8Array, not undefined/],
    [() => mapper.plan(null), /the input must be an object, text or a Uint8Array, not null/],
    [() => mapper.plan(17), /the input must be an object, text or a Uint8Array, not a number/],
    [() => mapper.plan(circular), /the input cannot be written as JSON/],
    [() => mapper.plan({ id: 1n }), /the input cannot be written as JSON/],
    [() => mapper.plan(new ArrayBuffer(2)), /bytes of the input must be a Uint8Array/],
    [() => mapper.plan(EVENT, 17), /the context must be an object/],
    [() => mapper.plan(EVENT, { source: "tealium" }), /source must be one of "cloudevents", /],
    [
      () => mapper.plan(EVENT, { receivedAt: "now" }),
      /receivedAt must be a Date or milliseconds since 1970/,
    ],
    [() => mapper.plan(EVENT, { receivedAt: new Date(NaN) }), /receivedAt must be/],
    [() => mapper.plan(EVENT, { connectionIp: 17 }), /connectionIp must be a string/],
    [() => mapper.planNdjson("{}"), /lines must be a Uint8Array/],
    [() => check(), /the payload must be an object/],
    [
      () => mapper.plan(new Map()),
      /the input must be .* not a Map; pass Object\.fromEntries\(map\)$/,
    ],
    [() => mapper.plan(new Set()), /the input must be .* not a Set; pass Array\.from\(set\)$/],
    [() => mapper.plan(new Response("{}")), /not a Response; pass its body, `await response\.text/],
    [() => check(new Map()), /the payload must be .* not a Map; pass/],
    [() => mapper.planNdjson(new Uint8Array(0), { receivedAt: 1n }), /receivedAt must be/],
    [() => mapper.planNdjsonStream([], { receivedAt: 1n }), /receivedAt must be/],
    [() => mapper.planNdjsonStream([], 17), /the context must be an object/],
    [
      () => mapper.plan(EVENT, Object.defineProperty({}, "receivedAt", { get: failing })),
      /the context cannot be read/,
    ],
    [() => mapper.plan(Promise.resolve(EVENT)), /the input must be .* not a Promise/],
    [() => mapper.plan(revoked), /the input must be .* not a Unreadable|cannot be written as JSON/],
    [
      () => mapper.plan(runInNewContext("new ArrayBuffer(2)")),
      /bytes of the input must be a Uint8Array/,
    ],
    [() => new Mapper(new Map()), /settings must be an object/],
    [() => mapper.plan(EVENT, { receivedAt: true }), /receivedAt must be/],
    [() => mapper.plan(EVENT, { receivedAt: [5] }), /receivedAt must be/],
    [() => mapper.plan(EVENT, { receivedAt: 1n }), /receivedAt must be/],
    [() => mapper.explain(EVENT, { receivedAt: Symbol("now") }), /receivedAt must be/],
    [() => mapper.planNdjson(Buffer.from("{}"), { receivedAt: {} }), /receivedAt must be/],
    [() => mapper.plan(EVENT, { receivedAt: { [Symbol.toStringTag]: "Date" } }), /receivedAt must/],
    [() => mapper.plan(EVENT, { receivedAt: Infinity }), /receivedAt must be/],
    ...["plan", "explain", "planNdjson", "free"].flatMap((name) => {
      const method = mapper[name];
      const sentence = /call it as a method of a mapper: mapper\.plan\(event\)/;
      return [undefined, null, {}, 17].map((self) => [() => method.call(self, EVENT), sentence]);
    }),
    [() => [EVENT].map(mapper.plan), /call it as a method of a mapper/],
  ];
  for (const [act, sentence] of wrong) {
    assert.throws(act, (error) => {
      assert.ok(error instanceof InputError && error instanceof TypeError, String(error));
      assert.equal(error.code, "wrong-type");
      assert.match(error.message, sentence);
      return true;
    });
  }
});

test("plan of one JSON value per line points to planNdjson", () => {
  const event = JSON.stringify(EVENT);
  const lines = [
    `${event}\n${event}`,
    `${event}\r\n${event}\r\n`,
    `${event}\n\n  ${event}\n`,
    `[1]\n[2]\n`,
    `\ufeff${event}\n${event}`,
  ];
  for (const text of lines) {
    for (const input of [text, new TextEncoder().encode(text)]) {
      assert.throws(() => mapper.plan(input), {
        code: "invalid-json",
        message: /; the input has one JSON value per line: use planNdjson$/,
      });
      assert.throws(() => mapper.explain(input), {
        code: "invalid-json",
        message: /: explain each line, or use planNdjson$/,
      });
    }
  }
  for (const text of [
    `${event} ${event}`,
    "{\n}\n{}",
    `${event}\n]`.slice(1),
    "{\n",
    `${event},\n`,
  ])
    assert.throws(
      () => mapper.plan(text),
      ({ message }) => !message.includes("planNdjson"),
      text,
    );
});

test("check of a plan or a request instead of its body says so", () => {
  const plan = mapper.plan(EVENT);
  const [fate] = plan.fates;
  const [request] = fate.requests;
  const { headers, method, body } = request;
  for (const payload of [plan, fate, request, { method, headers, body }]) {
    for (const input of [payload, JSON.stringify(payload)]) {
      const { kind, violations, warnings } = check(input);
      assert.deepEqual([kind, warnings], [null, []]);
      assert.deepEqual(violations, [
        {
          code: "request-instead-of-body",
          pointer: "",
          message:
            "a plan or a request instead of a request's body; check the text in `body` of each request",
        },
      ]);
    }
  }
  assert.equal(check(request.body).kind, "event");
});

test("a value of the wrong JSON type is told with both types", () => {
  const { violations } = check({ action: "event", kochava_app_id: 5, data: "x" });
  const { found, expected, message } = violations.find(
    ({ pointer }) => pointer === "/kochava_app_id",
  );
  assert.deepEqual([found, expected], ["a number", "a string"]);
  assert.match(message, / \(found a number, expected a string\)$/);
  assert.ok(!("found" in violations.find(({ code }) => code === "mandatory-key-missing")));
});

test("inputs are not changed, and settings changed later have no effect", () => {
  const settings = structuredClone(SETTINGS);
  const frozen = Object.freeze(structuredClone(EVENT));
  const bytes = new TextEncoder().encode(JSON.stringify(EVENT));
  const before = bytes.slice();
  const own = new Mapper(settings);
  settings.app_guid = "koother";
  const plans = [own.plan(frozen), own.plan(bytes), own.plan(frozen)];
  own.explain(bytes);
  own.planNdjson(bytes);
  assert.deepEqual(settings, { ...SETTINGS, app_guid: "koother" });
  assert.deepEqual(bytes, before);
  assert.deepEqual(plans[1], plans[0]);
  assert.deepEqual(plans[2], plans[0]);
  assert.match(plans[0].fates[0].requests[0].body, /"kochava_app_id":"koexample"/);
});

test("receivedAt, in milliseconds or as a Date, decides whether an event time is in the future", () => {
  const codes = (context) => mapper.plan(EVENT, context).fates[0].warnings.map(({ code }) => code);
  const twoDaysBefore = EVENT.time - 2 * 86_400_000;
  assert.ok(!codes().includes("usertime-in-future"));
  assert.ok(!codes({ receivedAt: null }).includes("usertime-in-future"));
  assert.ok(codes({ receivedAt: twoDaysBefore }).includes("usertime-in-future"));
  assert.ok(
    codes({ source: "amplitude", receivedAt: new Date(twoDaysBefore) }).includes(
      "usertime-in-future",
    ),
  );
  assert.ok(
    !codes({ receivedAt: EVENT.time, connectionIp: "198.51.100.7", userAgent: "curl/8" }).includes(
      "usertime-in-future",
    ),
  );
});

test("the address and user agent of a webhook's caller are not used for the device", () => {
  const { ip_address: _, ...rest } = EVENT;
  const [fate] = mapper.plan(rest, { connectionIp: "198.51.100.7", userAgent: "curl/8" }).fates;
  assert.equal(fate.violations[0].code, "origination-ip-missing");
});

test("text and bytes keep digits that a parsed number has lost", () => {
  const own = new Mapper({ ...SETTINGS, events: { properties: ["order"] } });
  const text = JSON.stringify({ ...EVENT, event_properties: { order: 0 } }).replace(
    '"order":0',
    '"order":9007199254740993',
  );
  const bodyOf = (input) => own.plan(input).fates[0].requests[0].body;
  assert.match(bodyOf(text), /"order":9007199254740993\}/);
  assert.match(bodyOf(JSON.parse(text)), /"order":9007199254740992\}/);
});

test("a lone surrogate is replaced and reported in every form of input", () => {
  for (const input of [
    { ...EVENT, event_type: "a\ud83d" },
    JSON.stringify({ ...EVENT, event_type: "a?" }).replace("a?", "a\ud83d"),
    `${JSON.stringify({ ...EVENT, event_type: "a?" }).replace("a?", "a\\ud83d")}`,
  ]) {
    const [fate] = mapper.plan(input).fates;
    assert.match(fate.requests[0].body, /"event_name":"a\\ufffd"/);
    assert.ok(
      fate.warnings.some(
        ({ code, field }) => code === "text-repaired" && field === "data.event_name",
      ),
    );
  }
});

test("offsets count in the text as it was given, even with lone surrogates", () => {
  const half = "\ud800";
  const text = JSON.stringify({ ...EVENT, event_type: `${half}a${half}`.repeat(3) }).replaceAll(
    /\\ud800/g,
    half,
  );
  const { at, fields } = mapper.explain(text).fates[0];
  assert.equal(text.slice(...at), text);
  for (const [name, value] of [
    ["data.event_name", `"${`${half}a${half}`.repeat(3)}"`],
    ["data.origination_ip", '"203.0.113.9"'],
  ]) {
    assert.equal(
      text.slice(...fields.find(({ field }) => field === name).tried.find(({ at }) => at).at),
      value,
    );
  }
  assert.throws(() => mapper.plan(`{"${half}":x`), { code: "invalid-json", offset: 5 });
  assert.throws(() => mapper.plan(`{"a":"\\${half}"}`), { code: "invalid-json" });
});

test("inputs over a limit are refused with a code", () => {
  const many = (count) => new TextEncoder().encode(`[${"0,".repeat(count - 1)}0]`);
  assert.equal(mapper.plan(many(1_000)).fates.length, 1_000);
  assert.throws(() => mapper.plan(many(1_000_001)), {
    name: "UnreadableError",
    code: "batch-too-large",
  });
  assert.equal(mapper.explain(many(10_000)).fates.length, 10_000);
  assert.throws(() => mapper.explain(many(10_001)), {
    name: "UnreadableError",
    code: "batch-too-large",
  });
  assert.deepEqual(
    check("a".repeat(20_000_000)).violations.map(({ code }) => code),
    ["request-too-large"],
  );
  const detached = new Uint8Array(8);
  structuredClone(detached, { transfer: [detached.buffer] });
  assert.throws(
    () => mapper.plan(detached),
    (error) => error instanceof InputError || error.code === "empty-body",
  );
});

test("a body can be checked as text, as bytes and as an object", () => {
  const [
    {
      requests: [{ body }],
    },
  ] = mapper.plan(EVENT).fates;
  for (const payload of [body, new TextEncoder().encode(body), JSON.parse(body)]) {
    const checked = check(payload);
    assert.deepEqual(Object.keys(checked), ["kind", "violations", "warnings"]);
    assert.deepEqual([checked.kind, checked.violations], ["event", []]);
  }
  const broken = check(body.replace('"origination_ip":"203.0.113.9",', ""));
  assert.ok(
    broken.violations.some(
      ({ code, pointer, message }) =>
        code === "origination-ip-missing" &&
        pointer === "/data/origination_ip" &&
        message.length > 10,
    ),
  );
  assert.equal(check("{").kind, null);
});

test("every rule has a code, severity, sentence and source", () => {
  assert.ok(Object.isFrozen(rules) && Object.isFrozen(rules[0]));
  assert.equal(new Set(rules.map(({ code }) => code)).size, rules.length);
  for (const rule of rules) {
    assert.deepEqual(Object.keys(rule), ["code", "severity", "sentence", "source"]);
    assert.match(rule.code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(["refuse", "warn"].includes(rule.severity));
    assert.ok(rule.sentence.length > 15 && rule.source.length > 15, rule.code);
  }
});

test("the version is that of package.json and Cargo.toml", async () => {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  assert.equal(version, manifest.version);
  assert.match(
    await readFile(new URL("../../Cargo.toml", import.meta.url), "utf8"),
    new RegExp(`^version = "${manifest.version}"$`, "m"),
  );
});

test("a freed mapper throws, and freeing twice has no effect", () => {
  const own = new Mapper(SETTINGS);
  const other = new Mapper(SETTINGS);
  own.free();
  own.free();
  own[Symbol.dispose]();
  for (const act of [
    () => own.plan(EVENT),
    () => own.explain(EVENT),
    () => own.planNdjson(new Uint8Array()),
  ]) {
    assert.throws(act, (error) => error instanceof InputError && error.code === "freed");
  }
  assert.equal(
    other.plan(EVENT).fates[0].fate,
    "ready",
    "another mapper with the same settings still works",
  );
});
