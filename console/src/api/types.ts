// What the operator's routes answer, as docs/http-api.md describes it.

import type { KochavaRequest } from "kochava-edge";
import type { Json, JsonObject } from "../../../ui/lib/json";

/** The name of a sync; null is the unnamed one. */
export type SyncName = string | null;

export interface Health {
  status: "ok" | "slowed" | "down" | "paused" | "misconfigured";
  version: string;
  bindings: Record<string, boolean>;
  faults: SettingsFault[];
  settings?: string;
  open_breakers?: Breaker[];
  waiting?: { events: number; oldest: string | null };
  forgets_events_early?: boolean;
  syncs?: SyncHealth[];
}

export interface SyncHealth {
  sync: SyncName;
  status: string;
  faults?: SettingsFault[];
  settings?: string;
  open_breakers?: Breaker[];
}

export interface SettingsFault {
  path: string;
  code: string;
  message: string;
}

export interface Breaker {
  kind: string;
  code: string;
  status?: number | null;
  since: string;
  next_probe: string | null;
  suspicion?: boolean;
  sync?: SyncName;
  app_guid?: string | null;
}

export interface Counts {
  eventsDelivered: number;
  eventsNotDelivered: number;
  eventsExpired: number;
  eventsDiscarded: number;
  successOnFirstAttempt: number;
  successAfterRetry: number;
  deliveryRate: number | null;
  latencyInSeconds: number | null;
  latencyMedianInSeconds?: number | null;
  skipped: number;
  duplicates: number;
  unconfirmed: number;
  replayed: number;
  attempts: number;
  /** Why events were not delivered. */
  reasons: Record<string, number>;
  /** Why the settings left events out. */
  skipReasons?: Record<string, number>;
}

export type WaitingState = "queued" | "slowed" | "down" | "paused" | "misconfigured" | "held";

export interface Waiting {
  sync: SyncName;
  state: WaitingState;
  events: number;
  oldest: string | null;
}

export interface Stats extends Counts {
  timePeriodStart: string;
  timePeriodEnd: string;
  deferrals: number;
  toBeCompleted: number;
  open_breakers: Breaker[];
  waiting?: Waiting[];
  /** What the queue knows of itself, where it tells. */
  queue?: { messages: number; oldest: string | null } | null;
}

export type Step = "minute" | "hour" | "day";

export interface Series {
  timePeriodStart: string;
  timePeriodEnd: string;
  step: Step;
  /** Those in which anything was counted. */
  points: (Counts & { at: string; minutes?: number })[];
  incidents: Incident[];
}

/** A time during which a breaker was open. */
export interface Incident {
  sync: SyncName;
  kind: string;
  code: string;
  status?: number | null;
  app_guid?: string | null;
  since: string;
  until: string | null;
}

export interface Coverage {
  timePeriodStart: string;
  timePeriodEnd: string;
  step: Step;
  rows: CoverageRow[];
}

export interface CoverageRow extends Sent {
  sync: SyncName;
  platform: string;
  points: (Sent & { at: string })[];
}

/** Events that were sent, and how many of them had a field. */
export interface Sent {
  sent: number;
  fields: Record<string, number>;
}

export interface Fix {
  by: "settings" | "app" | "sender" | "kochava" | "replay";
  how: string;
}

export interface RejectGroup {
  sync?: SyncName;
  reason: string;
  event: string | null;
  /** The App GUID, where the rejects know it. */
  app: string | null;
  count: number;
  first_at: string;
  last_at: string;
  fix: Fix | null;
}

export interface Reason {
  code: string;
  field?: string;
  origin?: string | null;
  message?: string;
}

export interface Reject {
  id: string;
  sync?: SyncName;
  event: string | null;
  /** The App GUID, where it is known. */
  app: string | null;
  code: string;
  field: string | null;
  reasons: Reason[];
  received_at: string;
  first_at: string;
  last_at: string;
  times: number;
  status: number | null;
  /** The first 500 characters; empty if there was none. */
  answer: string;
  attempts: number;
  deferrals: number;
  settings: string;
  source: string;
  is_user: boolean;
}

export interface RejectPage {
  rejects: Reject[];
  next: string | null;
}

export interface ShownReject {
  reject: Reject;
  fix: Fix | null;
  event: Json | null;
}

export interface Change {
  field: string;
  before: Json | null;
  after: Json | null;
}

export type ReplayResult =
  | "ready"
  | "queued"
  | "skipped"
  | "refused"
  | "not-kept"
  | "unreadable"
  | "not-sent";

export interface Replay {
  dry: boolean;
  found: number;
  results: Partial<Record<ReplayResult, number>>;
  more: boolean;
  rejects: ReplayedReject[];
}

export interface ReplayedReject {
  id: string;
  result: ReplayResult;
  was: { reasons: Reason[] | null };
  requests?: KochavaRequest[];
  changes?: Change[];
  violations?: Reason[];
  code?: string;
  message?: string;
  fix?: Fix;
}

export interface LiveSettings {
  syncs: SyncSettings[];
  bindings: Record<string, boolean>;
  version: string;
}

export interface SyncSettings {
  sync: SyncName;
  settings: string | null;
  since: string | null;
  faults: SettingsFault[];
  document: JsonObject | null;
}

export interface Live {
  next: string;
  outcomes: Outcome[];
}

export interface Outcome {
  at: string;
  sync: SyncName;
  event: string | null;
  kind: string;
  outcome: string;
  code: string | null;
  status: number | null;
  /** How many events it stands for: of those that were skipped as they arrived, several. */
  times: number;
}

/** A synthetic event: its plan, and its id where it went into the queue. */
export interface TestSent {
  id: string | null;
  sync: SyncName;
  source: string;
  received_at: string;
  event: JsonObject;
  fate: "ready" | "skipped" | "refused";
  requests?: KochavaRequest[];
  code?: string;
  message?: string;
  violations?: Reason[];
}

/** What became of it. */
export interface TestOutcome {
  id: string;
  sync: SyncName;
  /** `queued` until a consumer has seen it. */
  outcome: string;
  code: string | null;
  at: string | null;
  answers: TestAnswer[];
}

export interface TestAnswer {
  at: string;
  kind: string;
  /** Null where nothing was answered. */
  status: number | null;
  body: string;
}

export interface Alerts {
  alerts: Alert[];
  url_set: boolean;
}

export interface Alert {
  code: string;
  sync: SyncName;
  since: string;
  /** Since when it is over, if only its end could not be told yet. */
  until?: string | null;
  text: string;
  sent: string | null;
  error: string | null;
}
