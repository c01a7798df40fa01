/// <reference lib="esnext.disposable" />
/**
 * Maps analytics events to Kochava's server-to-server calls: the exact requests that Kochava shall get, or why there are none.
 *
 * Nothing here looks at a clock, at chance or at the network; only {@link deliver} sends. Equal inputs give equal bytes, the same that the
 * deployed Worker sends.
 */

/** This release. */
export const version: string;

/**
 * Maps events under some settings. Cheap to use again and again, and safe to share: it keeps nothing between calls.
 *
 * @example
 * const mapper = new Mapper({
 *   app_guid: "koexample",
 *   mapping: { kochava_device_id: "user_properties.kochava_device_id", origination_ip: "ip_address", idfv: "user_properties.idfv" },
 * });
 * for (const fate of mapper.plan(webhookBody).fates) {
 *   if (fate.fate === "ready") await deliver(fate.requests);
 * }
 */
export class Mapper {
  /**
   * @throws {SettingsError} with every fault at once: `{}` lacks `app_guid` and `mapping`; `{ app_guidd: "…" }` has an unknown key.
   * @throws {InputError} for anything but an object: `"koexample"`, `null`.
   */
  constructor(settings: Settings);

  /**
   * What becomes of each event: one fate for every element, in their order.
   *
   * @throws {UnreadableError} for what is no batch at all: `""`, `"{"`, `17`, bytes that are not UTF-8; and for a batch of more than 1,000,000 elements,
   *   or of more than 500 MB of requests. Data is never an error.
   * @throws {InputError} for an input that JSON cannot carry (`undefined`, a function, an object that holds a `BigInt` or itself), or above 500 MB.
   */
  plan(input: Input, context?: Context): Plan;

  /**
   * The plan, and for every field of every request its value, where it came from, and what was tried before.
   *
   * @throws as {@link Mapper.plan}; a batch of more than 10,000 elements is too large to be explained.
   */
  explain(input: Input, context?: Context): ExplainedPlan;

  /**
   * The bulk path: newline-delimited JSON in, one line of JSON out for each line in, in their order.
   *
   * A line that holds one event gives that event's {@link Fate}, the same as `plan`'s. A line that is itself a batch of none or several
   * gives the whole {@link Plan}. A line that `plan` would throw at (a blank one too) gives a refused fate with the error's code.
   *
   * @throws {InputError} for anything but a `Uint8Array`.
   */
  planNdjson(lines: Uint8Array, context?: Context): Uint8Array<ArrayBuffer>;

  /** Gives the memory back now instead of when the garbage is collected. The mapper cannot be used afterwards. */
  free(): void;
  /** The same, for `using mapper = new Mapper(settings)`. */
  [Symbol.dispose](): void;
}

/**
 * Is this Kochava body, anybody's, by the guide? Knows installs, events and updates (`/track/json`) and identities (`identityLink.php`), flat or
 * nested; which one it is is read from the body itself.
 *
 * @param payload A body as it is sent, as text, bytes or an object. Only text and bytes can show a duplicate key or an unsafe number.
 * @throws {InputError} for an input that JSON cannot carry.
 */
export function check(payload: Input): Checked;

/**
 * Sends requests as the Worker does: what Kochava cannot take now is tried again with full jitter, `Retry-After` is obeyed, no redirect is
 * followed, at most six requests are on their way at once. An identity goes only after the event before it in the list was taken.
 *
 * Never throws for anything that Kochava or the network does: the outcomes say it, one for each request, in their order.
 *
 * @throws {InputError} (as a rejection) for a policy out of bounds or requests that are none.
 */
export function deliver(
  requests: Iterable<KochavaRequest>,
  options?: DeliverOptions,
): Promise<Delivery[]>;

/** Every rule that the mapper and {@link check} know, in a fixed order. */
export const rules: readonly Rule[];

/**
 * One or more events as a sender's webhook posts them: an object, an array of them, or an object whose `events` or `users` hold arrays; parsed, as JSON
 * text, or as its UTF-8 bytes. It is never changed. Text and bytes keep every digit of a number; a parsed one has lost those beyond 2^53 already.
 */
export type Input = object | string | Uint8Array;

/** What is known about an input beside its bytes. */
export interface Context {
  /** Who spelled it; default: `"amplitude"`, Amplitude's Webhook destination. */
  source?: "amplitude";
  /** When it arrived: an event that claims to be more than a day later loses its time. Milliseconds since 1970, or a `Date`. Default: not checked. */
  receivedAt?: Date | number;
  /** The address that the input came from. Only for sources that are devices themselves; a webhook's caller is none, so it is never used with `"amplitude"`. */
  connectionIp?: string;
  /** The user agent that the input came from; the same holds. */
  userAgent?: string;
}

/** What becomes of each event, in their order. */
export interface Plan {
  fates: Fate[];
}

/** Exactly one of three: sent, not wanted by the operator, or against Kochava's rules. */
export type Fate = ReadyFate | SkippedFate | RefusedFate;

/** It is sent: these requests, one after the other, an identity never before its event. */
export interface ReadyFate {
  fate: "ready";
  requests: KochavaRequest[];
  /** What weakens them. */
  warnings: Violation[];
}

/** The operator does not want it sent. */
export interface SkippedFate {
  fate: "skipped";
  /** A stable code: `"filtered"`, `"sync-disabled"`, … */
  code: string;
  /** The reason as a sentence. */
  message: string;
}

/** It breaks these rules. */
export interface RefusedFate {
  fate: "refused";
  violations: Violation[];
}

/** One HTTP request, exactly as it is sent. */
export interface KochavaRequest {
  kind: "event" | "identity";
  method: "POST";
  url: string;
  /** `Content-Type` always; `User-Agent: Unknown` where the device's is not known; the credentials of strict authentication where there are any. */
  headers: Record<string, string>;
  /** The bytes, all of them ASCII. Signed as they are: send them unchanged. */
  body: string;
}

/** A broken rule. */
export interface Violation {
  /** The rule's code; {@link rules} says more. */
  code: string;
  /** Kochava's field, dotted: `data.origination_ip`; empty where it is the whole body. */
  field: string;
  /** The path of the value at fault in the event, or of the place where it was missed, as the settings or the sender's documentation write it. */
  origin: string | null;
  /** The rule as a sentence. */
  message: string;
}

/** The plan, and why. */
export interface ExplainedPlan {
  fates: ExplainedFate[];
}

/** A fate, and why each of its fields says what it says. */
export type ExplainedFate = Fate & {
  /** The element's place in the input. */
  at: Span;
  /** In the order of the bodies; behind them the fields that were looked for and are not sent. */
  fields: Explanation[];
};

/** Why one field says what it says. */
export interface Explanation {
  /** The request that it stands in, by its number in the fate; `null` where it is not sent. */
  request: number | null;
  /** The field, dotted: `data.device_ids.idfa`. Fields of an identity that is not sent begin with `identity.`. */
  field: string;
  /** Its value as JSON text, exactly as sent; `null` where it is not sent. */
  value: string | null;
  /** Where the value came from: paths of the event, a setting, or nowhere since Kochava's guide has it so. */
  origin:
    | { kind: "paths"; paths: string[] }
    | { kind: "setting"; setting: string }
    | { kind: "guide" };
  /** Every path that was asked, in order, the one that was taken included. */
  tried: Question[];
}

/** One path that was asked. */
export interface Question {
  /** As the settings or the sender's documentation write it. */
  path: string;
  answer: "taken" | "unusable" | "nothing";
  /** The rule that an unusable value breaks; `null` where it merely is of the wrong type, or was usable. */
  code: string | null;
  /** Where the value lies in the input; `null` where there is none. */
  at: Span | null;
}

/** A place in an input: offsets from its beginning, the second one behind the end. In UTF-16 units for text, so that `input.slice(...at)` is the value; in bytes for bytes. */
export type Span = [start: number, end: number];

/** What {@link check} found. */
export interface Checked {
  /** What the body was taken for; `null` where it is no JSON object. */
  kind: "install" | "event" | "update" | "identity" | null;
  /** What Kochava's guide forbids. */
  violations: Finding[];
  /** What merely weakens attribution. */
  warnings: Finding[];
}

/** A rule that a body breaks. */
export interface Finding {
  code: string;
  /** Where, as a JSON Pointer (RFC 6901): `"/data/device_ids"`, `""` for the whole body. Of a missing member the place where it should be. */
  pointer: string;
  message: string;
}

/** A rule. */
export interface Rule {
  code: string;
  /** What breaking it costs: the event is not sent, or it is sent and told. */
  severity: "refuse" | "warn";
  sentence: string;
  /** Who says so. */
  source: string;
}

/** How {@link deliver} works. */
export interface DeliverOptions {
  /** Default: the platform's own. */
  fetch?: typeof globalThis.fetch;
  /** Stops what is on its way and sends nothing more; those requests come back as `"aborted"`, and the identities behind them as `"held"`. */
  signal?: AbortSignal;
  /** Default: 3 attempts at each request, 3,000 ms for an event with its identity, 2,000 ms for one attempt. */
  policy?: DeliveryPolicy;
}

/** How much a delivery may spend: the setting `delivery`. */
export interface DeliveryPolicy {
  /** Attempts at one request, the first included: 1 to 10. */
  attempts?: number;
  /** From the first attempt at an event to the last answer, its identity's included: 100 to 30,000. For the whole call use `signal`. */
  budget_ms?: number;
  /** For one attempt: 100 to 30,000. */
  timeout_ms?: number;
  /** The Worker's alone, for events that wait in its queue: seconds between attempts, each the upper edge of full jitter. */
  steps_s?: number[];
  /** The Worker's alone: seconds that the waits of an event come to before it is given up. */
  span_s?: number;
  /** The Worker's alone: seconds before each probe while Kochava refuses the configuration. */
  pause_steps_s?: number[];
  /** The Worker's alone: seconds that everything waits while Kochava is down or answers 429. */
  slow_steps_s?: number[];
}

/** What became of one request. */
export interface Delivery {
  /**
   * - `delivered`: Kochava said so.
   * - `unconfirmed`: it answered 2xx and nothing readable.
   * - `rejected`: it will never take this request as it is.
   * - `paused`: it refuses everybody who is configured like this (401, 403, 404, a redirect): keep the request until that is mended.
   * - `unavailable`: attempts or time are used up; send it again later.
   * - `aborted`: the signal came first. If `attempts` is not 0, Kochava may have it.
   * - `held`: never sent, since the event before it was not taken.
   */
  outcome: "delivered" | "unconfirmed" | "rejected" | "paused" | "unavailable" | "aborted" | "held";
  attempts: number;
  /** The last HTTP status; `null` where there was no answer. */
  status: number | null;
  /** How long Kochava wants to be left alone, if it said so. */
  retryAfterMs: number | null;
}

/** What every error here has: a stable `code` for machines. */
export interface Coded extends Error {
  readonly code: string;
}

/** Settings that cannot work, with everything that is wrong with them. */
export class SettingsError extends Error implements Coded {
  readonly code: "settings";
  readonly faults: SettingsFault[];
}

/** One fault of the settings. */
export interface SettingsFault {
  /** Dotted: `mapping.origination_ip`; empty for the whole. */
  path: string;
  /** `"missing"`, `"unknown-key"`, `"wrong-type"`, … */
  code: string;
  message: string;
}

/** An input that is no batch at all: nothing of it was used. */
export class UnreadableError extends Error implements Coded {
  readonly code: "empty-body" | "invalid-utf8" | "invalid-json" | "not-a-batch" | "batch-too-large";
  /** Where reading stopped, as in {@link Span}. */
  readonly offset: number;
}

/** An argument of the wrong type or beyond its bounds, or a mapper that was freed. What lies behind it, if anything does, is its `cause`. */
export class InputError extends TypeError implements Coded {
  readonly code: "wrong-type" | "out-of-bounds" | "freed";
}

/** The settings; every key but `app_guid` and `mapping` may be left out. `settings.schema.json` in this package says the same for editors. */
export interface Settings {
  $schema?: string;
  /** Kochava's App GUID, or one for each platform. */
  app_guid: AppGuids;
  /** Where sandbox and test traffic goes; without it such traffic is skipped. */
  test_app_guid?: AppGuids | null;
  /** What is test traffic beside what the sender marks so itself. */
  test?: Block[];
  /** The sync's Status toggle. Default: true. */
  enabled?: boolean;
  /** Strict authentication: both or neither. */
  authentication?: { api_key: string; secret: string };
  events?: {
    /** Default: true. */
    send?: boolean;
    /** Which events; absent: every one. */
    select?: Block[];
    /** Event properties that go along. Default: none; `"*"` for all. */
    properties?: Selection;
    /** User properties that go along, into `event_data` too. */
    user_properties?: Selection;
    /** New names for events; others pass unchanged. */
    rename?: Record<string, string>;
    /** Where revenue is; null: nowhere. Default: where the sender documents it. */
    revenue?: { from: Paths; currency?: Paths } | null;
  };
  users?: {
    /** Send IdentityLink? Default: false. */
    send?: boolean;
    /** Default: `"user_payloads"`. */
    from?: "user_payloads" | "events" | "both";
    /** The name of the user id; null: it is left out. Default: `"app_userid"`. */
    user_id_as?: string | null;
    /** The Worker's alone: whether an identity waits in the queue until Kochava has taken an event of its device. */
    hold_until_event?: boolean;
    /** User properties that go along. */
    properties?: Selection;
  };
  /** Where in an event each thing lies. At least one of `idfa`, `idfv`, `adid` and `android_id` is required. */
  mapping: {
    kochava_device_id: Paths;
    origination_ip: Paths;
    idfa?: Paths;
    idfv?: Paths;
    adid?: Paths;
    android_id?: Paths;
    /** Kochava's name of an id → where it lies. */
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
  /** Where Kochava's sources leave a choice; each default first. */
  wire?: {
    usertime?: "seconds" | "millis";
    device_ua?: "encoded" | "raw";
    device_ver?: "empty" | "model";
    values?: "native" | "strings";
    nested?: "flatten" | "json" | "drop";
    identity_route?: "identity_link" | "track";
  };
  delivery?: DeliveryPolicy;
  /** The Worker's alone: what is kept of an event that cannot be sent. */
  rejects?: { retention_days?: number; keep?: "event" | "reason" };
}

/** One App GUID for all platforms, or one for each. */
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

/** A dotted path (`user_properties.plan`), a JSON Pointer (`/user_properties/plan`), or a list of them tried in order. */
export type Paths = string | string[];

/** Names of properties, or `"*"` for all. */
export type Selection = string[] | "*";

/** Blocks are alternatives; within one, a name and every row must hold. */
export interface Block {
  /** Names of events; `*` stands for any text. */
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

/** What a property is compared with. */
export type Scalar = string | number | boolean;
