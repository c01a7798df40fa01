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
 * An event and the identities that follow it in the list are a parcel. Its requests are sent one
 * after the other, each only after the one before it was accepted.
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
 * One or more events as a sender's webhook posts them: an event, an array of events, or an object
 * with arrays `events` or `users`; as an object, JSON text or UTF-8 bytes. It is not changed. Text
 * and bytes keep all digits of a number, an object only those of a double.
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
  source?: SourceName;
  /**
   * When the input arrived, as a `Date` or milliseconds since 1970. An event time more than a day
   * later is not sent. Default: not checked.
   */
  receivedAt?: Date | number;
  /**
   * The IP address of the caller, if that is the device itself, as of an SDK. It is the device's
   * where the event has none or `$remote`. Not used with senders whose callers are servers.
   */
  connectionIp?: string;
  /** The user agent of the caller. A browser's is the device's where the event has none. */
  userAgent?: string;
}

/** A fate for each event, in order. */
export interface Plan {
  fates: Fate[];
}

/** One of three: `ready` to send, `skipped` by the settings, or `refused` by Kochava's rules. */
export type Fate = ReadyFate | SkippedFate | RefusedFate;

/** The event can be sent: these requests, in this order, an identity after its event. */
export interface ReadyFate {
  fate: "ready";
  requests: KochavaRequest[];
  /** Rules of severity `warn` that the requests break. */
  warnings: Violation[];
}

/** The settings leave the event out. */
export interface SkippedFate {
  fate: "skipped";
  /** A stable code: `"filtered"`, `"sync-disabled"`, … */
  code: string;
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
  kind: "event" | "identity";
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
  /** The code of the rule, see {@link rules}. */
  code: string;
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

/** A plan with explanations. */
export interface ExplainedPlan {
  fates: ExplainedFate[];
}

/** A fate with an explanation of each field. */
export type ExplainedFate = Fate & {
  /** Where the event is in the input. */
  at: Span;
  /** In the order of the bodies, followed by fields that were looked up and are not sent. */
  fields: Explanation[];
};

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
  code: string | null;
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
  code: string;
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
  code: string;
  /** `refuse`: an event that breaks the rule is not sent. `warn`: it is sent with a warning. */
  severity: "refuse" | "warn";
  sentence: string;
  /** The document that the rule comes from. */
  source: string;
}

/** Options of {@link deliver}. */
export interface DeliverOptions {
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /**
   * Aborts requests in flight and sends no more. Their outcome is `"aborted"`, that of the
   * requests after them in their parcel `"held"`.
   */
  signal?: AbortSignal;
  /**
   * Default: 3 attempts per request, 3,000 ms for an event with its identities, 2,000 ms per
   * attempt.
   */
  policy?: DeliveryPolicy;
}

/** Limits of a delivery: the setting `delivery`. */
export interface DeliveryPolicy {
  /** Attempts per request, including the first: 1 to 10. */
  attempts?: number;
  /**
   * From the first attempt of an event to the last answer, including its identities: 100 to 30,000.
   * Use `signal` to limit the whole call.
   */
  budget_ms?: number;
  /** Per attempt: 100 to 30,000. */
  timeout_ms?: number;
  /**
   * Worker only, for events in its queue: seconds between attempts, each the upper bound of full
   * jitter.
   */
  steps_s?: number[];
  /** Worker only: seconds of waiting in total after which an event is given up. */
  span_s?: number;
  /** Worker only: seconds before each probe while Kochava refuses the configuration. */
  pause_steps_s?: number[];
  /** Worker only: seconds before each probe while Kochava is down or answers 429. */
  slow_steps_s?: number[];
}

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
  readonly code: "settings";
  readonly faults: SettingsFault[];
}

/** One fault of the settings. */
export interface SettingsFault {
  /** Dotted: `mapping.origination_ip`; empty for the settings as a whole. */
  path: string;
  /** `"missing"`, `"unknown-key"`, `"wrong-type"`, … */
  code: string;
  message: string;
}

/** An input that is no batch. Nothing of it was planned. */
export class UnreadableError extends Error implements Coded {
  readonly code: "empty-body" | "invalid-utf8" | "invalid-json" | "not-a-batch" | "batch-too-large";
  /** Where reading stopped, in the units of {@link Span}. */
  readonly offset: number;
}

/**
 * An argument of the wrong type or out of bounds, or a freed mapper. An underlying error is its
 * `cause`.
 */
export class InputError extends TypeError implements Coded {
  readonly code: "wrong-type" | "out-of-bounds" | "freed";
}

/**
 * A fault of this package, not of its caller: its WebAssembly panicked. The message has the place in
 * the source, nothing of the input. Later calls may fail, too, until the package is loaded anew.
 */
export class InternalError extends Error implements Coded {
  readonly code: "panic";
}

/**
 * The settings. `app_guid` and `mapping` are required. `settings.schema.json` in this package
 * describes the same to editors.
 */
export interface Settings {
  $schema?: string;
  /** Kochava's App GUID. */
  app_guid: AppGuids;
  /** App GUID for sandbox and test events. None: they are skipped. */
  test_app_guid?: AppGuids | null;
  /** Which events are test events, besides those that the sender marks. */
  test?: Block[];
  /** Whether anything is sent. Default: true. */
  enabled?: boolean;
  /** Credentials of Strict Authentication. */
  authentication?: { api_key: string; secret: string };
  events?: {
    /** Default: true. */
    send?: boolean;
    /** Which events: those that match any block. No blocks: all events. */
    select?: Block[];
    /**
     * Event properties to send. `"*"` for all but the sender's own (`$…`) and identifiers; both are
     * sent if named, also beside `"*"`. Default: none.
     */
    properties?: Selection;
    /** User properties to send in `event_data`, selected likewise. Default: none. */
    user_properties?: Selection;
    /** New names for events. Other names are unchanged. */
    rename?: Record<string, string>;
    /**
     * Fields that hold the amount and its currency; null: none. Default: those that the sender
     * documents, of Amplitude `$revenue` and `revenue`, otherwise `$price` times `$quantity`.
     */
    revenue?: { from: Paths; currency?: Paths } | null;
  };
  users?: {
    /** Send IdentityLink? Default: false. */
    send?: boolean;
    /** Default: `"user_payloads"`. */
    from?: "user_payloads" | "events" | "both";
    /** The name under which the user id is sent; null: it is not sent. Default: `"app_userid"`. */
    user_id_as?: string | null;
    /**
     * Worker only: whether an identity waits in the queue until Kochava has accepted an event of
     * its device.
     */
    hold_until_event?: boolean;
    /** User properties to send, selected as those of `events` are. Default: none. */
    properties?: Selection;
  };
  /**
   * Which part of an event holds each value. At least one of `idfa`, `idfv`, `adid` and
   * `android_id` is required.
   */
  mapping: {
    kochava_device_id: Paths;
    origination_ip: Paths;
    idfa?: Paths;
    idfv?: Paths;
    adid?: Paths;
    android_id?: Paths;
    /** Kochava's names of other identifiers, and the fields that hold them. */
    custom_ids?: Record<string, Paths>;
    device_ua?: Paths;
    app_version?: Paths;
    att?: Paths;
    usertime?: Paths;
    platform?: Paths;
    os_version?: Paths;
    device_model?: Paths;
    user_id?: Paths;
    limit_ad_tracking?: Paths;
    gdpr_applies?: Paths;
    tc_string?: Paths;
    ad_user_data?: Paths;
    ad_personalization?: Paths;
  };
  /** Choices that Kochava's documentation leaves open. The first of each is the default. */
  wire?: {
    usertime?: "seconds" | "millis";
    device_ua?: "encoded" | "raw";
    device_ver?: "empty" | "model";
    values?: "native" | "strings";
    nested?: "flatten" | "json" | "drop";
    identity_route?: "identity_link" | "track";
  };
  delivery?: DeliveryPolicy;
  /** Worker only: how long rejects are kept, and how much of them. */
  rejects?: { retention_days?: number; keep?: "event" | "reason" };
}

/** One App GUID for all platforms, or one per platform. */
export type AppGuids =
  | string
  | {
      ios?: string;
      ipados?: string;
      tvos?: string;
      android?: string;
      fire?: string;
      roku?: string;
      web?: string;
      default?: string;
    };

/**
 * A dotted path (`user_properties.plan`), a JSON Pointer (`/user_properties/plan`), or a list of
 * them tried in order.
 */
export type Paths = string | string[];

/** Names of properties, or `"*"` for all. */
export type Selection = string[] | "*";

/**
 * Matches an event if one of the names and all rows match. An event needs to match one block of a
 * list.
 */
export interface Block {
  /** Names of events. `*` matches any text. */
  names?: string[];
  where?: Row[];
}

/** A condition on a property. */
export type Row =
  | { property: string; is: "exists" | "does not exist" }
  | { property: string; is: "in" | "not in"; value: Scalar[] }
  | {
      property: string;
      is:
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
      value: Scalar;
    };

/** A value to compare a property with. */
export type Scalar = string | number | boolean;
