// Compiled by a test, never run: calls that the types must accept, and others that they must
// reject.

import {
  InputError,
  InternalError,
  Mapper,
  SettingsError,
  UnreadableError,
  check,
  deliver,
  propose,
  rules,
  version,
  type Checked,
  type FaultCode,
  type RuleCode,
  type SkipCode,
  type UnreadableCode,
  type Context,
  type Delivery,
  type Advice,
  type ExplainedPlan,
  type Proposal,
  type Fate,
  type KochavaRequest,
  type Plan,
  type Settings,
} from "kochava-edge";

const settings: Settings = {
  app_guid: { ios: "koios", default: "koother" },
  test_app_guid: null,
  test: [{ where: [{ property: "event_properties.environment", is: "is", value: "sandbox" }] }],
  events: {
    select: [
      {
        names: ["Level *"],
        where: [
          { property: "event_properties.price", is: "exists" },
          { property: "plan", is: "in", value: ["pro", 1, true] },
        ],
      },
    ],
    properties: "*",
    rename: { a: "b" },
    revenue: null,
  },
  users: { send: true, from: "both", user_id_as: null },
  mapping: {
    kochava_device_id: ["a", "/b/c"],
    origination_ip: "ip_address",
    adid: "adid",
    custom_ids: { oaid: "oaid" },
  },
  wire: { nested: "json" },
  delivery: { attempts: 3 },
};

// settings that are constants
const constant = {
  app_guid: "koexample",
  events: { select: [{ names: ["Level *"] }], properties: ["level"] },
  mapping: { kochava_device_id: ["a", "b"], origination_ip: "ip", idfv: "idfv" },
} as const;
new Mapper(constant);
// options that may be undefined
const maybe = <T>(value: T): T | undefined => (Math.random() < 2 ? value : undefined);
const loose: Context = { source: maybe("amplitude"), receivedAt: maybe(0), userAgent: maybe("") };
void new Mapper({ ...settings, enabled: maybe(true), events: maybe({}) }).plan("{}", loose);
// a fetch of one's own, and that of a client
const own = async (url: string, { method, signal }: RequestInit) =>
  new Response(url + method, signal ? {} : { status: 503 });
void deliver([], { fetch: own, signal: maybe(AbortSignal.timeout(1)), policy: maybe({}) });
// errors may be made, in tests for instance
const errors = [
  new SettingsError([{ path: "a", code: "missing", message: "is required" }]),
  new UnreadableError({ code: "empty-body", message: "the body is empty", offset: 0 }),
  new InputError("freed", "the mapper was freed"),
  new InternalError("panic", "kochava-edge panicked", new Error()),
];
const known: [RuleCode, SkipCode, UnreadableCode, FaultCode] = [
  "origination-ip-missing",
  "not-selected",
  "invalid-json",
  "unknown-key",
];
void [errors, known];

const context: Context = {
  source: "amplitude",
  receivedAt: new Date(),
  connectionIp: "203.0.113.9",
};
const mapper = new Mapper(settings);
const plan: Plan = mapper.plan("{}", context);
const explained: ExplainedPlan = mapper.explain(new Uint8Array());
const lines: Uint8Array<ArrayBuffer> = mapper.planNdjson(new Uint8Array(), {
  receivedAt: Date.now(),
});
const { readable } = new TransformStream<Uint8Array, Uint8Array>();
const planned = mapper.planNdjsonStream(readable, {
  threads: 2,
  signal: AbortSignal.timeout(1_000),
  receivedAt: new Date(),
});
new Response(planned);
async function bytesOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.length;
  return length;
}
void bytesOf(mapper.planNdjsonStream([new Uint8Array()]));
void bytesOf(planned);
const checked: Checked = check({ action: "event" });
new Response(lines);

function summaryOf(fate: Fate): string | null {
  switch (fate.fate) {
    case "ready":
      return fate.requests
        .map((request: KochavaRequest) => request.headers["Content-Type"] + request.body)
        .join();
    case "skipped":
      return fate.code + fate.message;
    case "refused":
      return fate.violations.map(({ code, field, origin }) => origin ?? code + field).join();
  }
}

const places = explained.fates.flatMap((fate) =>
  fate.fields.flatMap(({ tried }) => tried.map(({ at }) => at?.[0] ?? fate.at[0])),
);
const origins = explained.fates.flatMap((fate) =>
  fate.fields.map(({ origin }) => (origin.kind === "paths" ? origin.paths.join() : origin.kind)),
);
const sent: Promise<Delivery[]> = deliver(
  plan.fates.flatMap((fate) => (fate.fate === "ready" ? fate.requests : [])),
  { fetch, signal: AbortSignal.timeout(1_000), policy: { budget_ms: 1_000 } },
);
void [
  plan.fates.map(summaryOf),
  checked.violations[0]?.pointer,
  places,
  origins,
  sent,
  rules[0]?.source,
  version,
];

try {
  mapper.plan([{}]);
} catch (error) {
  if (error instanceof SettingsError) void error.faults[0]?.path;
  if (error instanceof UnreadableError) void (error.offset + error.code.length);
  if (error instanceof InputError) void error.code;
  if (error instanceof InternalError)
    error.code satisfies "panic" | "thread-ended" | "wasm-refused" | "wasm-not-loaded";
}

// @ts-expect-error app_guid and mapping are required
new Mapper({});
// @ts-expect-error no code of a rule
rules.some(({ code }) => code === "origination-ip-absent");
// @ts-expect-error no code of a skipped event
plan.fates.some((fate) => fate.fate === "skipped" && fate.code === "filtered");
// @ts-expect-error an unknown operator
new Mapper({ ...settings, test: [{ where: [{ property: "a", is: "like", value: 1 }] }] });
// @ts-expect-error an unknown key
new Mapper({ ...settings, maping: {} });
// @ts-expect-error an unknown sender
mapper.plan({}, { source: "adjust" });
// @ts-expect-error text instead of bytes
mapper.planNdjson("{}");
// @ts-expect-error text instead of bytes
mapper.planNdjsonStream(["{}"]);
// @ts-expect-error a number of threads
mapper.planNdjsonStream(readable, { threads: "2" });
// @ts-expect-error only a ready fate has requests
void plan.fates[0]?.requests;

const proposal: Proposal = propose({ event_type: "Level Up" }, { source: "amplitude" }, {});
const proposed: Mapper = new Mapper(proposal.settings);
const chosen: (string | null)[] = proposal.fields.map((field) => field.chosen);
for (const explained of proposed.explain("{}").fates) {
  const told: Advice[] =
    explained.fate === "skipped"
      ? [explained.advice]
      : (explained.fate === "ready" ? explained.warnings : explained.violations).map(
          ({ advice }) => advice,
        );
  const paths: string[] = told.flatMap(({ candidates }) => candidates.map(({ path }) => path));
  // @ts-expect-error: only explanations advise
  for (const fate of proposed.plan("{}").fates) if (fate.fate === "skipped") fate.advice;
  void [paths, chosen];
}
