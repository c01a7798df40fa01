/// <reference lib="esnext.disposable" />
/**
 * Maps analytics events to requests to Kochava's server-to-server API: the exact requests, or the
 * reason why an event is not sent.
 *
 * Only {@link deliver} uses the clock, randomness and the network. Everything else is
 * deterministic: equal inputs give equal bytes, in every host and in the deployed Worker.
 */

/** The version of this package. */
export const version: string;

/**
 * Maps events under the given settings. Make one mapper and reuse it: the result of a call does not
 * depend on earlier calls.
 *
 * @example
 * const mapper = new Mapper({
 *   app_guid: "koexample",
 *   mapping: {
 *     kochava_device_id: "user_properties.kochava_device_id",
 *     origination_ip: "ip_address",
 *     idfv: "user_properties.idfv",
 *   },
 * });
 * for (const fate of mapper.plan(webhookBody).fates) {
 *   if (fate.fate === "ready") await deliver(fate.requests);
 * }
 */
export class Mapper {
  /**
   * Reads the settings.
   *
   * @throws {SettingsError} with every fault at once: `{}` lacks `app_guid` and `mapping`;
   *   `{ app_guidd: "…" }` has an unknown key.
   * @throws {InputError} if it is no object: `"koexample"`, `null`.
   */
  constructor(settings: Settings);

  /**
   * Plans a batch: one fate for each event, in order. The values in an event are never an error.
   *
   * @throws {UnreadableError} if the input is no batch: `""`, `"{"`, `17`, bytes that are not
   *   UTF-8, more than 250,000 elements, or more than 500 MB of requests and violations.
   *   `planNdjson` takes any number of lines.
   * @throws {InputError} if the input cannot be written as JSON (`undefined`, a function, a
   *   `BigInt`, a circular object) or is larger than 500 MB.
   */
  plan(input: Input, context?: Context): Plan;

  /**
   * Plans a batch and explains every field of every request: its value, where it comes from, and
   * which paths were looked up.
   *
   * @throws as {@link Mapper.plan}, and {@link UnreadableError} for more than 10,000 elements.
   */
  explain(input: Input, context?: Context): ExplainedPlan;

  /**
   * Plans newline-delimited JSON: one line of JSON out for each line in, in order. The fastest way
   * for many events.
   *
   * A line with one event gives its {@link Fate}, as `plan` returns it. A line with a batch of none
   * or several gives a {@link Plan}. A line for which `plan` throws, a blank one included, gives a
   * refused fate with the code of the error.
   *
   * @throws {InputError} if it is no `Uint8Array`.
   */
  planNdjson(lines: Uint8Array, context?: Context): Uint8Array<ArrayBuffer>;

  /**
   * Plans newline-delimited JSON that arrives as a stream, on several threads. Out come the bytes
   * that `planNdjson` gives for the whole input, in order, in chunks of whole lines. As with Node's
   * `Buffer`, the `buffer` of a chunk may be larger than the chunk.
   *
   * Memory does not grow with the input: nothing is read before it is asked for, and then no more
   * than a few megabytes for each thread ahead of the reader. Lines that have arrived are planned
   * at once if no more come.
   *
   * Node, Deno and Bun plan on threads (`node:worker_threads`), which share the compiled
   * WebAssembly. They are started for an input of more than 8 MB, end with the stream, and do not
   * keep the process alive while nobody reads. In Workers and browsers, and where threads are not
   * allowed or their script was left out of a bundle, everything is planned in place, with the same
   * result.
   *
   * To stop early, leave the `for await` loop, cancel the stream, or abort `signal`; all three
   * cancel the source. An error of the source, the reason of the signal, or an {@link InputError} or
   * {@link InternalError} errors the stream, once. The mapper may be freed before the stream ends.
   *
   * @example
   * const fates = mapper.planNdjsonStream(createReadStream("events.ndjson"));
   * await pipeline(fates, createWriteStream("fates.ndjson"));
   *
   * @throws {InputError} if `lines` is no stream or an option is invalid. As an error of the stream:
   *   if a chunk is no `Uint8Array`, or a line has more than 500 MB.
   */
  planNdjsonStream(
    lines: LineSource,
    options?: StreamOptions,
  ): ReadableStream<Uint8Array<ArrayBuffer>> & AsyncIterable<Uint8Array<ArrayBuffer>>;

  /**
   * Frees the memory now instead of at garbage collection. The mapper cannot be used afterwards.
   */
  free(): void;
  /** The same as `free`, for `using mapper = new Mapper(settings)`. */
  [Symbol.dispose](): void;
}

/**
 * Checks a request body against Kochava's guide, whoever wrote it: installs, events and updates
 * (`/track/json`) and identities (`identityLink.php`), flat or nested. The kind is read from the
 * body.
 *
 * @param payload A body as it is sent. Duplicate keys and unsafe numbers are found in text and
 *   bytes only.
 * @throws {InputError} if the payload cannot be written as JSON.
 */
export function check(payload: Input): Checked;

/**
 * Sends requests as the Worker does: temporary failures are retried with full jitter, `Retry-After`
 * is obeyed, redirects are not followed, and at most six requests are in flight at once.
 *
 * An install or an event, and the identities that follow it in the list, are a parcel. Its requests
 * are sent one after the other, each only after the one before it was accepted. Parcels with an
 * install are sent before all others, identities of users after them.
 *
 * One bad event does not stop the others. The requests of one kind and one app stop, as in the
 * Worker, once it is the route that fails: after five events that Kochava refused, limited or did
 * not answer with none accepted in between, twenty rejections in a row with the same answer, or
 * twenty answers in a row without a readable `success`. What is not sent because of that is `paused`
 * if a person has to act first, otherwise `unavailable`, with 0 attempts.
 *
 * Resolves to one outcome for each request, in order. Failures of Kochava or the network are
 * outcomes.
 *
 * @throws {InputError} (as a rejection) if the policy is out of bounds or a request is invalid.
 */
export function deliver(
  requests: Iterable<KochavaRequest>,
  options?: DeliverOptions,
): Promise<Delivery[]>;

/** Every rule of the mapper and of {@link check}, in a fixed order. */
export const rules: readonly Rule[];

/** Every sender whose format is known, in the order in which {@link detect} tries them. */
export const sources: readonly Source[];

/**
 * The sender whose format the input has, judged by its first object; `undefined` if it has that of
 * none.
 */
export function detect(input: Input): SourceName | undefined;

/**
 * Proposes settings for events: for each key of the mapping the paths of these events that look
 * right, the one that is chosen and why, and whole settings with all of them. What the sender
 * documents is preferred to what looks right, and where nothing fits nothing is chosen. The input
 * may also be lines of JSON; the first 1,000 events are looked at.
 *
 * With `settings`, theirs are kept and paths are added to them. No event that they had ready is
 * refused under the proposed ones. An App GUID that they lack is `"koexample"` in the proposal: put
 * your own there; a deploy check refuses it.
 *
 * @example
 * const { settings, fields } = propose(event);
 * const mapper = new Mapper({ ...settings, app_guid: "YOUR-APP-GUID" });
 *
 * @throws {UnreadableError} if the input is no batch.
 * @throws {SettingsError} if the settings have faults that no mapping mends.
 * @throws {InputError} if the input cannot be written as JSON, or an argument has the wrong type.
 */
export function propose(input: Input, context?: Context, settings?: object): Proposal;

/**
 * One or more events as a sender's webhook posts them: an event, an array of events, or an object
 * with arrays `events` or `users`; as an object, JSON text or UTF-8 bytes. It is not changed. Text
 * and bytes keep all digits of a number, an object only those of a double.
 *
 * An object is written as `JSON.stringify` writes it: a `Map` or a `Set` within it becomes `{}`. One
 * as the input itself is refused with `wrong-type`: pass `Object.fromEntries(map)` or
 * `Array.from(set)`.
 */
export type Input = object | string | Uint8Array;

/** The name of a sender. */
export type SourceName =
  | "amplitude"
  | "amplitude_http"
  | "segment"
  | "rudderstack"
  | "mparticle"
  | "revenuecat"
  | "cloudevents"
  | "generic";

/** A sender whose format is known. */
export interface Source {
  readonly name: SourceName;
  /** For people: `"Amplitude, Webhook"`. */
  readonly title: string;
  /** For each key of the setting `mapping` that it documents its paths, the preferred one first. */
  readonly documented: Readonly<Record<string, readonly string[]>>;
}

/** What is known about an input besides its bytes. */
export interface Context {
  /**
   * The sender's format. Default: each event's shape shows it. An input that is one object of no
   * known shape is an {@link UnreadableError} with the code `unrecognized-format`, unless
   * `mapping.event_name` is set: then it is an event of `"generic"`.
   */
  source?: SourceName | undefined;
  /**
   * When the input arrived, as a `Date` or milliseconds since 1970. An event time more than a day
   * later is not sent. Default: not checked.
   */
  receivedAt?: Date | number | undefined;
  /**
   * The IP address of the caller, if that is the device itself, as of an SDK. It is the device's
   * where the event has none or `$remote`. Not used with senders whose callers are servers.
   */
  connectionIp?: string | undefined;
  /** The user agent of the caller. A browser's is the device's where the event has none. */
  userAgent?: string | undefined;
}

/**
 * Chunks of newline-delimited JSON: a web stream, a stream of Node, or anything iterable. A chunk
 * may end anywhere, also inside a character. It is copied.
 */
export type LineSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** Options of {@link Mapper.planNdjsonStream}. */
export interface StreamOptions extends Context {
  /**
   * How many threads plan, from the first line on: 0 or 1 for none, at most 64. Default: one for
   * each available processor, at most 8, for an input of more than 8 MB.
   */
  threads?: number | undefined;
  /** Errors the stream with its reason. */
  signal?: AbortSignal | undefined;
}

/** A fate for each event, in order. */
export interface Plan {
  fates: Fate[];
}

/** One of three: `ready` to send, `skipped` by the settings, or `refused` by Kochava's rules. */
export type Fate = ReadyFate | SkippedFate | RefusedFate;

/** The event can be sent: these requests, in this order, an identity after its install or event. */
export interface ReadyFate {
  fate: "ready";
  requests: KochavaRequest[];
  /** Rules of severity `warn` that the requests break. */
  warnings: Violation[];
}

/** The settings leave the event out. */
export interface SkippedFate {
  fate: "skipped";
  code: SkipCode;
  /** The reason as a sentence. */
  message: string;
}

/** The event breaks these rules. */
export interface RefusedFate {
  fate: "refused";
  violations: Violation[];
}

/** One HTTP request, exactly as it is sent. */
export interface KochavaRequest {
  kind: "install" | "event" | "identity";
  method: "POST";
  url: string;
  /**
   * `Content-Type`; `User-Agent: Unknown` if that of the device is unknown; the headers of Strict
   * Authentication if it is configured.
   */
  headers: Record<string, string>;
  /** ASCII text. The signature covers these bytes: send them unchanged. */
  body: string;
}

/** A broken rule. */
export interface Violation {
  /** The code of the rule; in a line of `planNdjson` also that of a line that cannot be read. */
  code: RuleCode | UnreadableCode;
  /** Kochava's field, dotted: `data.origination_ip`; empty for the whole body. */
  field: string;
  /**
   * The path in the event of the value, or where it is missing, as the settings or the sender's
   * documentation write it.
   */
  origin: string | null;
  /** The rule as a sentence. */
  message: string;
}

// <codes: generated by tools/types.mjs>

/** The code of a rule, see {@link rules}. */
export type RuleCode =
  | "action-sdk-only"
  | "action-unknown"
  | "action-wrong-case"
  | "advertising-id-despite-limit"
  | "advertising-id-withheld"
  | "app-guid-missing"
  | "app-guid-shape"
  | "app-version-other-name"
  | "att-contradiction"
  | "att-detail-unknown"
  | "att-misspelt"
  | "att-status-missing"
  | "att-status-unreadable"
  | "att-time-unreadable"
  | "attribution-unreadable"
  | "body-not-an-object"
  | "click-time-unreadable"
  | "consent-applies-missing"
  | "consent-incomplete"
  | "consent-unreadable"
  | "currency-inside-event-data"
  | "currency-lower-case"
  | "currency-missing"
  | "currency-unreadable"
  | "device-hash-method"
  | "device-id-key-misspelt"
  | "device-id-key-outdated"
  | "device-id-key-unknown"
  | "device-identity-missing"
  | "device-ids-empty"
  | "device-ids-misnamed"
  | "device-ids-missing"
  | "device-ids-not-an-object"
  | "device-ua-encoded-twice"
  | "device-ua-missing"
  | "device-ua-not-encoded"
  | "device-ua-placeholder"
  | "device-ver-beside-ua"
  | "device-ver-missing"
  | "device-ver-shape"
  | "duplicate-key"
  | "empty-body"
  | "event-data-key-renamed"
  | "event-data-key-reserved"
  | "event-data-many-keys"
  | "event-data-not-scalar"
  | "event-data-old-style"
  | "event-data-other-type"
  | "event-name-missing"
  | "event-name-near-standard"
  | "event-name-withheld"
  | "flat-body"
  | "identifier-placeholder"
  | "identifier-shape"
  | "identifier-wrong-platform"
  | "identity-data-empty"
  | "identity-device-id-missing"
  | "identity-left-out"
  | "identity-many-pairs"
  | "identity-sdk-form"
  | "identity-value-not-text"
  | "idfa-without-consent"
  | "install-has-event-key"
  | "invalid-json"
  | "invalid-utf8"
  | "key-with-nul"
  | "kochava-device-id-missing"
  | "limit-ad-tracking-unreadable"
  | "lone-surrogate"
  | "mandatory-key-missing"
  | "nested-too-deep"
  | "not-an-object"
  | "not-php-spelling"
  | "null-value"
  | "number-as-text"
  | "object-reads-as-list"
  | "origination-ip-invalid"
  | "origination-ip-missing"
  | "origination-ip-not-public"
  | "os-version-unreadable"
  | "platform-unknown"
  | "request-instead-of-body"
  | "request-too-large"
  | "revenue-as-text"
  | "revenue-unreadable"
  | "root-key-in-data"
  | "text-repaired"
  | "unknown-key"
  | "unrecognized-format"
  | "update-idfa-missing"
  | "update-kochava-device-id-missing"
  | "usertime-as-text"
  | "usertime-implausible"
  | "usertime-in-future"
  | "usertime-millis"
  | "usertime-missing"
  | "usertime-not-epoch"
  | "usertime-unreadable"
  | "value-dropped"
  | "value-hashed"
  | "wrong-type";

/** Why the settings leave an event out. */
export type SkipCode =
  | "consent-denied"
  | "derived-revenue"
  | "disabled"
  | "events-not-sent"
  | "group-identify"
  | "identity-empty"
  | "integration-disabled"
  | "not-selected"
  | "source-not-selected"
  | "test-traffic"
  | "unsupported-type"
  | "user-payloads-not-sent"
  | "users-not-sent";

/** Why an input is no batch. */
export type UnreadableCode =
  | "batch-too-large"
  | "empty-body"
  | "invalid-json"
  | "invalid-utf8"
  | "not-a-batch"
  | "unrecognized-format";

/** What is wrong with a setting. */
export type FaultCode =
  | "empty"
  | "invalid"
  | "missing"
  | "not-a-choice"
  | "out-of-range"
  | "unknown-key"
  | "wrong-type";

// </codes>

/** A plan with explanations. */
export interface ExplainedPlan {
  fates: ExplainedFate[];
}

/** A fate with an explanation of each field, and advice about each reason not to send it as it is. */
export type ExplainedFate = (
  | (Omit<ReadyFate, "warnings"> & { warnings: AdvisedViolation[] })
  | (SkippedFate & { advice: Advice })
  | (Omit<RefusedFate, "violations"> & { violations: AdvisedViolation[] })
) & {
  /** Where the event is in the input. */
  at: Span;
  /** In the order of the bodies, followed by fields that were looked up and are not sent. */
  fields: Explanation[];
};

/** A broken rule and what would help. */
export type AdvisedViolation = Violation & { advice: Advice };

/** What would help an event that is refused, skipped, or sent with a warning. */
export interface Advice {
  /**
   * The path of the setting that decides it: `mapping.origination_ip`; `null` where only the sender
   * or the app can help.
   */
  setting: string | null;
  /** Every setting that would do, the likeliest first: of a missing identifier all that map one. */
  settings: string[];
  /** Where `docs/` tells about the code: `reasons.md#origination-ip-missing`. */
  help: string;
  /** The paths of this event that look right for one of the settings, the best first. */
  candidates: Candidate[];
  /**
   * Of a skipped event the position of the block of `events.select` that comes nearest to it, or of
   * the block of `test` that makes it a test; `null` where there is none.
   */
  block: number | null;
  /**
   * The changes of the settings that have the event sent, in order; none where a person has to
   * choose.
   */
  patch: SettingChange[];
}

/** A path of an event that looks right for a setting, by its name and by the value there. */
export interface Candidate {
  /** The path of the setting: `mapping.adid`. */
  setting: string;
  /** The path in the event: `device.gaid`. */
  path: string;
  /** What stands there, as a few words: `a public IP address`, `documented by Segment`. */
  why: string;
  /** The kind of the value. */
  value_kind:
    | "att"
    | "consent"
    | "currency"
    | "flag"
    | "hex"
    | "id"
    | "ip"
    | "number"
    | "platform"
    | "text"
    | "time"
    | "user-agent"
    | "uuid"
    | "version";
  /** Whether name and value leave no doubt; others are shown and never chosen. */
  certain: boolean;
  /** What the setting becomes with the path: those that are there first, then this one. */
  value: string | string[];
}

/** A change of the settings. */
export interface SettingChange {
  /**
   * Dotted, with `[0]` for elements: `events.select[0].names[2]`. A position behind the last element
   * appends.
   */
  path: string;
  value: unknown;
}

/** A mapping for some events. */
export interface Proposal {
  /** The sender of the first event; `null` where its format is that of none. */
  source: SourceName | null;
  /** The senders of all events. */
  sources: SourceName[];
  /** Whole settings, with which `new Mapper(settings)` works. */
  settings: Settings;
  /** Every key of the mapping that concerns these events. */
  fields: ProposedField[];
}

/** A key of the mapping. */
export interface ProposedField {
  /** The path of the setting: `mapping.adid`. */
  setting: string;
  /** The path that fills it in these events; `null` where nothing fits. */
  chosen: string | null;
  /**
   * What the proposed settings have there; `null` where they have nothing, since nothing fits or the
   * sender documents the path that is chosen.
   */
  value: string | string[] | null;
  /**
   * Where the app is to put the value: the setting is required, and no event has anything that fits.
   */
  expected: string | null;
  /** The paths that look right, the best first. */
  candidates: Candidate[];
}

/** Where the value of one field comes from. */
export interface Explanation {
  /** The index of the request in the fate; `null` if the field is not sent. */
  request: number | null;
  /**
   * Dotted: `data.device_ids.idfa`. Fields of an identity that is not sent begin with `identity.`.
   */
  field: string;
  /** The value as JSON text, exactly as sent; `null` if the field is not sent. */
  value: string | null;
  /** Paths of the event, a setting, or a constant of Kochava's guide. */
  origin:
    | { kind: "paths"; paths: string[] }
    | { kind: "setting"; setting: string }
    | { kind: "guide" };
  /** Every path that was looked up, in order, including the one whose value was taken. */
  tried: Lookup[];
}

/** One path that was looked up. */
export interface Lookup {
  /** As the settings or the sender's documentation write it. */
  path: string;
  answer: "taken" | "unusable" | "nothing";
  /** The rule that an unusable value breaks; `null` for a wrong type, and for a usable value. */
  code: RuleCode | null;
  /** Where the value is in the input; `null` if there is none. */
  at: Span | null;
}

/**
 * Start and end offsets in an input: in UTF-16 units for text, so that `input.slice(...at)` is the
 * value; in bytes for bytes. The end is exclusive.
 */
export type Span = [start: number, end: number];

/** The result of {@link check}. */
export interface Checked {
  /** The kind that was recognized; `null` if it is no JSON object, or a request instead of its body. */
  kind: "install" | "event" | "update" | "identity" | null;
  /** Rules of severity `refuse`: Kochava's guide forbids it. */
  violations: Finding[];
  /** Rules of severity `warn`: it weakens attribution. */
  warnings: Finding[];
}

/** A rule that a body breaks. */
export interface Finding {
  code: RuleCode;
  /**
   * A JSON Pointer (RFC 6901): `"/data/device_ids"`, `""` for the whole body. For a missing member,
   * where it should be.
   */
  pointer: string;
  message: string;
  /** What was found, if the value has another JSON type than the guide gives: `"a string"`. */
  found?: string;
  /** The type that the guide gives for the key, such as `"true or false"`. */
  expected?: string;
}

/** A rule of Kochava's guide, or one that protects attribution. */
export interface Rule {
  code: RuleCode;
  /** `refuse`: an event that breaks the rule is not sent. `warn`: it is sent with a warning. */
  severity: "refuse" | "warn";
  sentence: string;
  /** The document that the rule comes from. */
  source: string;
}

/** Options of {@link deliver}. */
export interface DeliverOptions {
  /** Called with the URL as text, and with method, headers, body and signal. Default: the global one. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /**
   * Aborts requests in flight and sends no more. Their outcome is `"aborted"`, that of the
   * requests after them in their parcel `"held"`.
   */
  signal?: AbortSignal | undefined;
  /**
   * Default: 3 attempts per request, 3,000 ms for an event with its identities, 2,000 ms per
   * attempt.
   */
  policy?: DeliveryPolicy | undefined;
}

// <delivery: generated by tools/types.mjs>

/**
 * Timeouts and retries. `attempts` and `budget_ms` apply without a queue, while the sender waits;
 * the `…_s` settings apply to events in the queue.
 */
export interface DeliveryPolicy {
  /** Without a queue: attempts at one call, including the first. Default: `3`. */
  readonly attempts?: number | undefined;
  /** Without a queue: milliseconds for all calls of one inbound request. Default: `3000`. */
  readonly budget_ms?: number | undefined;
  /** Milliseconds until an attempt counts as failed. Default: `2000`. */
  readonly timeout_ms?: number | undefined;
  /**
   * Seconds between attempts at an event in the queue. An event is retried at a random moment
   * between zero and the step; the last step repeats until `span_s` is used up. Default:
   * `[7,30,300,1800,7200,21600,43200]`.
   */
  readonly steps_s?: readonly number[] | undefined;
  /**
   * Total seconds that an event waits between attempts, at least, before it is kept as an expired
   * reject. Default: `97200`.
   */
  readonly span_s?: number | undefined;
  /**
   * Seconds between probes while the circuit breaker is open because Kochava refuses the API key,
   * the App GUID or the address. Default: `[15,60,300,900,1800,3600]`.
   */
  readonly pause_steps_s?: readonly number[] | undefined;
  /**
   * Seconds between probes while the circuit breaker is open because Kochava is down or answers
   * 429. Default: `[5,10,20,40,80,160,300]`.
   */
  readonly slow_steps_s?: readonly number[] | undefined;
}

// </delivery>

/** The outcome of one request. */
export interface Delivery {
  /**
   * - `delivered`: Kochava confirmed it.
   * - `unconfirmed`: Kochava answered 2xx without a readable confirmation.
   * - `rejected`: Kochava rejects this request; sending it again will not help.
   * - `paused`: Kochava refuses the configuration (401, 403, 404, a redirect): correct it, then
   *   send the request again. With 0 attempts it was not sent, because others were refused, rejected
   *   with the same answer or answered unreadably.
   * - `unavailable`: the attempts or the time are used up; send the request again later. With 0
   *   attempts it was not sent, because others were limited or not answered, or no time was left.
   * - `aborted`: the signal aborted first. If `attempts` is not 0, Kochava may have received the
   *   request.
   * - `held`: not sent, because a request before it in its parcel was not accepted.
   */
  outcome: "delivered" | "unconfirmed" | "rejected" | "paused" | "unavailable" | "aborted" | "held";
  attempts: number;
  /** The last HTTP status; `null` if there was no answer. */
  status: number | null;
  /** The wait that Kochava asked for in `Retry-After`; `null` if it did not. */
  retryAfterMs: number | null;
}

/** What all errors of this package have in common: a stable code. */
export interface Coded extends Error {
  readonly code: string;
}

/** Invalid settings, with every fault. */
export class SettingsError extends Error implements Coded {
  constructor(faults: readonly SettingsFault[]);
  readonly code: "settings";
  readonly faults: SettingsFault[];
}

/** One fault of the settings. */
export interface SettingsFault {
  /** Dotted: `mapping.origination_ip`; empty for the settings as a whole. */
  path: string;
  code: FaultCode;
  message: string;
}

/** An input that is no batch. Nothing of it was planned. */
export class UnreadableError extends Error implements Coded {
  constructor(unreadable: { code: UnreadableCode; message: string; offset: number });
  readonly code: UnreadableCode;
  /** Where reading stopped, in the units of {@link Span}. */
  readonly offset: number;
}

/**
 * An argument of the wrong type or out of bounds, or a freed mapper. An underlying error is its
 * `cause`.
 */
export class InputError extends TypeError implements Coded {
  constructor(code: "wrong-type" | "out-of-bounds" | "freed", message: string);
  readonly code: "wrong-type" | "out-of-bounds" | "freed";
}

/**
 * A fault that is not the caller's.
 *
 * - `panic`: one of this package; its WebAssembly panicked. The message has the place in the source,
 *   nothing of the input. Later calls may fail, too, until the package is loaded anew.
 * - `thread-ended`: a thread of `planNdjsonStream` ended before its work, such as for want of memory.
 * - `wasm-refused`: the page may not compile WebAssembly; the `script-src` of its
 *   Content-Security-Policy needs `'wasm-unsafe-eval'`. Thrown by the import, or by `init`.
 * - `wasm-not-loaded`: the file `kochava_edge_bg.wasm` was not found beside the code, or `connect-src`
 *   does not allow its origin. Thrown by the import in browsers.
 */
export class InternalError extends Error implements Coded {
  constructor(
    code: "panic" | "thread-ended" | "wasm-refused" | "wasm-not-loaded",
    message: string,
    cause?: unknown,
  );
  readonly code: "panic" | "thread-ended" | "wasm-refused" | "wasm-not-loaded";
}

// <settings: generated by tools/types.mjs>

/**
 * Which events are sent to Kochava, which field of an event fills which field of a call, and how
 * values are written. Only `app_guid` is required, and `mapping` where a sender does not document
 * the ids itself.
 */
export interface Settings {
  /** Path or URL of this schema, for editors. Ignored when the settings are read. */
  readonly $schema?: string | undefined;
  /**
   * Kochava's id of the app (dashboard: All Apps). Kochava has one app per platform, so usually an
   * object: one App GUID for each platform, `default` for all others. iPadOS and tvOS fall back to
   * `ios`, Fire to `android`; visionOS, watchOS and macOS have `default`.
   */
  readonly app_guid: AppGuids;
  /**
   * App GUID that receives test events, or one for each platform. None: test events are skipped.
   */
  readonly test_app_guid?: null | AppGuids | undefined;
  /**
   * An event that matches any of these blocks is a test event. Events that the sender itself marks
   * as tests always are.
   */
  readonly test?: readonly Block[] | undefined;
  /**
   * Senders this sync takes events from; those of any other are skipped. Without this setting all
   * are taken. What must be mapped depends on it: an id or the address that every named sender
   * documents may be left to its documentation.
   */
  readonly sources?:
    | readonly (
        | "cloudevents"
        | "rudderstack"
        | "segment"
        | "mparticle"
        | "revenuecat"
        | "amplitude"
        | "amplitude_http"
        | "generic"
      )[]
    | undefined;
  /** `false` skips every event. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /**
   * Credentials that sign every request, for apps with Kochava's strict authentication; both or
   * neither. Not allowed in a Worker's settings: set the secrets `KOCHAVA_API_KEY` and
   * `KOCHAVA_SECRET` instead.
   */
  readonly authentication?:
    | {
        /** API key from Kochava's dashboard: Account Options, API Keys. */
        readonly api_key: string;
        /** Secret authentication key of the app, from Kochava's client success team. */
        readonly secret: string;
      }
    | undefined;
  /** Which events are sent, and which of their properties. */
  readonly events?:
    | {
        /** `false` skips every event; users may still be sent. Default: `true`. */
        readonly send?: boolean | undefined;
        /**
         * Sent if it matches any block. No blocks: everything is sent, except what the sender derives
         * from another event of the same purchase (Amplitude's `verified_revenue` and
         * `unverified_revenue`): that is sent only if a block has its exact name.
         */
        readonly select?: readonly Block[] | undefined;
        /**
         * Event properties to send in `event_data`, each by name or dotted path; `"*"` for all but the
         * sender's own (`$…`) and identifiers, which are sent only if named, also beside `"*"`. An
         * advertising id without the user's permission is never sent. A property named `sum` is sent as
         * the revenue, a number with its currency beside it. mParticle's properties are its custom
         * attributes; a name that they lack is sought in the event's `data`:
         * `product_action.transaction_id`.
         */
        readonly properties?: Selection | undefined;
        /**
         * User properties to send in `event_data`, each by name or dotted path; `"*"` for all but the
         * sender's own (`$…`) and identifiers, which are sent only if named, also beside `"*"`. An
         * advertising id without the user's permission is never sent.
         */
        readonly user_properties?: Selection | undefined;
        /**
         * Renames events: the sender's name → the name that Kochava receives. All other names are sent
         * unchanged.
         */
        readonly rename?: { readonly [name: string]: string } | undefined;
        /**
         * `standard`: names and property keys that a sender documents become Kochava's standard events
         * and raw keys: Segment's `Order Completed` becomes `Purchase`. `rename` and
         * `rename_properties` come first.
         */
        readonly preset?: "standard" | null | undefined;
        /**
         * Key of a property → key that is sent instead. What a selection does not select is not sent by
         * another key either. No key is sent twice: a second property of one key gets the prefix `ev_`.
         */
        readonly rename_properties?: { readonly [name: string]: string } | undefined;
        /**
         * Name of the event for the view of a screen, of a sender that has such views; `*` stands for
         * the screen's own name. Default: `"screen view *"`.
         */
        readonly screen_name?: string | undefined;
        /**
         * Name of the event for the view of a page, of a sender that has such views; `*` stands for the
         * page's own name. Default: `"page view *"`.
         */
        readonly page_name?: string | undefined;
        /**
         * Fields that hold an event's revenue. Without this setting they are the sender's documented
         * ones: of Amplitude `$revenue` and `revenue`, otherwise `$price` times `$quantity` as an exact
         * decimal product. An unreadable amount refuses the event. `null`: no revenue is read.
         */
        readonly revenue?:
          | {
              /** Field that holds the amount, sent as `event_data.sum`. */
              readonly from: Paths;
              /**
               * Field that holds the currency, a code of three letters (ISO 4217). It is read wherever a
               * `sum` is sent.
               */
              readonly currency?: Paths | undefined;
            }
          | null
          | undefined;
      }
    | undefined;
  /**
   * Which events are sent as installs: a call of its own, which Kochava attributes. Such an event
   * is not sent as an event, too.
   */
  readonly installs?:
    | {
        /**
         * `true` sends installs. `false`: what would be one is an event like any other. Leave it
         * `false` if the app has Kochava's SDK, which sends its installs itself. Default: `false`.
         */
        readonly send?: boolean | undefined;
        /**
         * An event that matches any of these blocks is an install, whatever `events` says of it.
         * Default: what the sender documents as one: `[Amplitude] Application Installed`, of Segment
         * and RudderStack `Application Installed`, of mParticle the first run of the app.
         */
        readonly select?: readonly Block[] | undefined;
        /**
         * `true` sends each install of a device. `false`: with a queue, an app's further installs on a
         * device are skipped for as long as the first is remembered. Default: `false`.
         */
        readonly reinstalls?: boolean | undefined;
      }
    | undefined;
  /** Which identities are sent with IdentityLink, Kochava's call that links a device to a user. */
  readonly users?:
    | {
        /** `true` sends identities. Default: `false`. */
        readonly send?: boolean | undefined;
        /**
         * What identities are read from: user payloads, events (the identity is sent after its event),
         * or both. Default: `"user_payloads"`.
         */
        readonly from?: "user_payloads" | "events" | "both" | undefined;
        /**
         * Name under which the user id is sent. `null`: the user id is not sent. Default:
         * `"app_userid"`.
         */
        readonly user_id_as?: null | string | undefined;
        /**
         * `true` keeps an identity in the queue until Kochava has accepted an event or an install of
         * the same device, for at most seven days. Kochava drops identities of devices that it does not
         * know. Default: `false`.
         */
        readonly hold_until_event?: boolean | undefined;
        /**
         * User properties to send as identities; `"*"` for all but the sender's own (`$…`) and
         * identifiers, which are sent only if named, also beside `"*"`. An advertising id without the
         * user's permission is never sent. A value such as `(null)` is left out.
         */
        readonly properties?: Selection | undefined;
      }
    | undefined;
  /**
   * Which field of an event fills which field of a call: a path, or a list of paths, of which the
   * first with a usable value wins. A field that is not mapped is read from the sender's documented
   * field, if there is one. Paths begin at the event, for RevenueCat also with `event.` as its body
   * does.
   */
  readonly mapping?:
    | {
        /**
         * Id that Kochava's SDK gave this installation of the app. A placeholder, such as `(null)` or
         * zeros, counts as none.
         */
        readonly kochava_device_id?: Paths | undefined;
        /**
         * Public IP address of the device: of a list the first one, without a port. An IPv4-mapped
         * address is sent as IPv4.
         */
        readonly origination_ip?: Paths | undefined;
        /**
         * Apple's advertising id, a UUID. Sent only if the status in `att` is known to authorize it,
         * whatever the platform is called; of iOS, iPadOS and tvOS before 14 also without a status.
         */
        readonly idfa?: Paths | undefined;
        /**
         * Apple's vendor id, a UUID. On iOS Amplitude's `device_id` is the IDFV unless the app changes
         * that: check your SDK's setup; if it uses the IDFV, map it.
         */
        readonly idfv?: Paths | undefined;
        /** Google's advertising id, a UUID; on Fire Amazon's, sent as `fire_adid`. */
        readonly adid?: Paths | undefined;
        /**
         * `Settings.Secure.ANDROID_ID` of the device: 8 to 16 hexadecimal digits. Amplitude's
         * `device_id` is not one.
         */
        readonly android_id?: Paths | undefined;
        /**
         * User agent of the device's web view. A placeholder, such as `unknown` or `N/A`, counts as
         * none.
         */
        readonly device_ua?: Paths | undefined;
        /** Version of the app. */
        readonly app_version?: Paths | undefined;
        /**
         * Status of Apple's App Tracking Transparency: `authorized`, `denied`, `restricted`,
         * `notDetermined`, 0 to 3, `true` or `false`; also in the words of common SDKs (`granted`,
         * `undetermined`, `TrackingStatus.authorized`). An unreadable status counts as no.
         */
        readonly att?: Paths | undefined;
        /**
         * Time at which the event happened: a date with a time (`2026-01-31T12:00Z`, seconds and zone
         * may be missing; without a zone in UTC), or a number of seconds (9 or 10 digits), milliseconds
         * (12 or 13) or microseconds (15 or 16), also as text. A time before 2000 or more than a day
         * after arrival (where arrival is unknown: after 2100) is a default date or a wrong clock and
         * is left out with a warning.
         */
        readonly usertime?: Paths | undefined;
        /**
         * Platform of the device: iOS, iPadOS, tvOS, visionOS, watchOS, macOS, Android, Fire, Roku or
         * Web.
         */
        readonly platform?: Paths | undefined;
        /** Version of the operating system. */
        readonly os_version?: Paths | undefined;
        /** Model of the device. */
        readonly device_model?: Paths | undefined;
        /**
         * The sender's id of the user, sent without blanks at both ends. A placeholder counts as none.
         */
        readonly user_id?: Paths | undefined;
        /**
         * Whether the device limits ad tracking. If so, or if the flag is unreadable, no advertising id
         * is sent.
         */
        readonly limit_ad_tracking?: Paths | undefined;
        /** Whether the GDPR applies to the user. */
        readonly gdpr_applies?: Paths | undefined;
        /** Consent string of IAB's Transparency and Consent Framework. */
        readonly tc_string?: Paths | undefined;
        /**
         * Whether user data may be sent to Google for advertising: a flag, or `granted` or `denied`. An
         * unreadable flag counts as no.
         */
        readonly ad_user_data?: Paths | undefined;
        /**
         * Whether Google may personalise advertising: a flag, or `granted` or `denied`. An unreadable
         * flag counts as no.
         */
        readonly ad_personalization?: Paths | undefined;
        /**
         * Referrer that the store tells the app, such as Google Play's, a string: sent with an install
         * as `install_referrer.referrer`. No sender documents one.
         */
        readonly install_referrer?: Paths | undefined;
        /**
         * Time of the click that led to the store, in any spelling of `usertime`: sent with the install
         * referrer, in seconds. A zero counts as none.
         */
        readonly referrer_click_time?: Paths | undefined;
        /** Token of Apple's AdServices, a string: sent with an install. */
        readonly ad_services_token?: Paths | undefined;
        /**
         * Object that Apple returns for such a token: sent with an install. Only the members that Apple
         * documents are sent: `attribution`, `orgId`, `campaignId`, `conversionType`, `clickDate`,
         * `adGroupId`, `countryOrRegion`, `keywordId`, `adId` and `creativeSetId`.
         */
        readonly adservices_attribution_details?: Paths | undefined;
        /**
         * Where the name of an event lies, for a sender that has no name of its own: `generic`, any
         * JSON. Where the sender is detected, an object of no known sender's shape is such an event if
         * this is set.
         */
        readonly event_name?: Paths | undefined;
        /**
         * More device ids: Kochava's name of the id → path. Kochava finds a device by such an id only
         * if it has provisioned that name. A `rida` and a `fire_adid` are UUIDs; an advertising id
         * under any name needs permission.
         */
        readonly custom_ids?: { readonly [name: string]: Paths } | undefined;
      }
    | undefined;
  /** How values are written where Kochava's documentation leaves a choice. */
  readonly wire?:
    | {
        /** Unit of `usertime`: seconds or milliseconds since 1970. Default: `"seconds"`. */
        readonly usertime?: "seconds" | "millis" | undefined;
        /**
         * `encoded`: URL-encoded once, as Kochava's table asks; `raw`: unchanged, as in Kochava's
         * samples. Default: `"encoded"`.
         */
        readonly device_ua?: "encoded" | "raw" | undefined;
        /**
         * `empty`: empty if a user agent is sent; `model`: always `model-OS-version` where known.
         * Default: `"empty"`.
         */
        readonly device_ver?: "empty" | "model" | undefined;
        /**
         * `native`: numbers and booleans of `event_data` keep their type; `strings`: all values are
         * sent as strings, as Amplitude's own destination does. Default: `"native"`.
         */
        readonly values?: "native" | "strings" | undefined;
        /**
         * Nested values of `event_data`: flattened to dotted keys, as JSON text, or dropped. Default:
         * `"flatten"`.
         */
        readonly nested?: "flatten" | "json" | "drop" | undefined;
        /**
         * `identity_link`: the documented call, which needs a device id; `track`: the call of Kochava's
         * SDKs, which also takes a Kochava device id. Default: `"identity_link"`.
         */
        readonly identity_route?: "identity_link" | "track" | undefined;
      }
    | undefined;
  /**
   * Timeouts and retries. `attempts` and `budget_ms` apply without a queue, while the sender waits;
   * the `…_s` settings apply to events in the queue.
   */
  readonly delivery?: DeliveryPolicy | undefined;
  /** What is kept of an event that cannot be sent. */
  readonly rejects?:
    | {
        /**
         * Days for which a reject is kept, from when it was last stored. An hourly run deletes older
         * ones, even while other settings have faults. Default: `30`.
         */
        readonly retention_days?: number | undefined;
        /**
         * `event`: the event and the reason, so that it can be replayed; `reason`: the reason only,
         * without personal data and without replay. Once it is `reason`, the next hourly run strips
         * what was kept before. Default: `"event"`.
         */
        readonly keep?: "event" | "reason" | undefined;
      }
    | undefined;
  /**
   * When the secret `ALERT_URL` gets a message: once when something begins, once when it ends.
   * `null` turns one off.
   */
  readonly alerts?:
    | {
        /** Minutes for which Kochava refuses the key, the App GUID or every call. Default: `5`. */
        readonly paused_minutes?: number | null | undefined;
        /**
         * Share of the last hour's events that were not delivered, in percent; of 20 events at least.
         * Default: `5`.
         */
        readonly reject_percent?: number | null | undefined;
        /** Minutes for which the oldest event waits. Default: `60`. */
        readonly waiting_minutes?: number | null | undefined;
        /**
         * Percentage points by which the share of events with a field fell: in the last 6 hours against
         * the 7 days before, of 100 events of a platform at least. Default: `30`.
         */
        readonly coverage_drop_percent?: number | null | undefined;
      }
    | undefined;
}

/** One App GUID for all platforms, or one for each platform. */
export type AppGuids =
  | string
  | {
      /** App on iPhones; also on iPads and Apple TVs that have no App GUID of their own. */
      readonly ios?: string | undefined;
      /** App on iPads. */
      readonly ipados?: string | undefined;
      /** App on Apple TVs. */
      readonly tvos?: string | undefined;
      /** App on Android; also on Fire devices that have no App GUID of their own. */
      readonly android?: string | undefined;
      /** App on Amazon's Fire devices. */
      readonly fire?: string | undefined;
      /** App on Roku. */
      readonly roku?: string | undefined;
      /** App in browsers. */
      readonly web?: string | undefined;
      /** App on every other platform. */
      readonly default?: string | undefined;
    };

/**
 * A dotted path (`user_properties.plan`), a JSON Pointer (`/user_properties/plan`), or a list of
 * them tried in order.
 */
export type Paths = string | readonly string[];

/** Names of properties, or `"*"` for all. */
export type Selection = readonly string[] | "*";

/** Matches an event that has one of the names and for which every condition holds. */
export interface Block {
  /** Names of events. `*` matches any characters. */
  readonly names?: readonly string[] | undefined;
  /** Conditions, all of which must hold. */
  readonly where?: readonly Row[] | undefined;
}

/** A condition on a property: its path, how it is compared, and with what. */
export type Row =
  | { readonly property: string; readonly is: "exists" | "does not exist" }
  | { readonly property: string; readonly is: "in" | "not in"; readonly value: readonly Scalar[] }
  | {
      readonly property: string;
      readonly is:
        | "is"
        | "is not"
        | "contains"
        | "does not contain"
        | "starts with"
        | "ends with"
        | "greater than"
        | "greater or equal"
        | "less than"
        | "less or equal";
      readonly value: Scalar;
    };

/** A value to compare a property with. */
export type Scalar = string | number | boolean;

// </settings>
