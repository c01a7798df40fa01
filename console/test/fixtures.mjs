// A night of a made-up Worker, for the states of the page that a test cannot bring about with a real
// one, and for its pictures.
//
// Kochava refused the App GUID of one sync from 02:14 to the present, 03:31; in the evening it did
// not answer for some minutes. The last release of the Android app lost its advertising id.

export const NOW = Date.parse("2026-11-27T03:31:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (at) => new Date(at).toISOString();
export const ago = (minutes) => iso(NOW - minutes * MINUTE);

const PERIODS = {
  TEN_MINUTES: 10,
  ONE_HOUR: 60,
  FOUR_HOURS: 240,
  ONE_DAY: 1_440,
  ONE_WEEK: 10_080,
  TWO_WEEKS: 20_160,
};
const STEPS = { minute: MINUTE, hour: HOUR, day: 24 * HOUR };
const DOWN = [NOW - 400 * MINUTE, NOW - 385 * MINUTE];
const PAUSED = NOW - 77 * MINUTE;

/** A number between 0 and 1 that is the same for the same moment. */
const noise = (seed) => {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
};

/** Events a minute: fewer at night. */
function rate(at) {
  const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
  return 160 + 110 * Math.sin(((hour - 10) / 24) * 2 * Math.PI);
}

/** What happened in the minute that begins then. */
function minuteOf(at) {
  const events = Math.round(rate(at) * (0.85 + 0.3 * noise(at / MINUTE)));
  const afterOutage = at >= DOWN[1] && at < DOWN[1] + 4 * MINUTE;
  const isDown = at >= DOWN[0] && at < DOWN[1];
  // one of the syncs is paused
  const share = isDown ? 0 : at >= PAUSED ? 0.4 : afterOutage ? 4.7 : 1;
  const lost = noise(at / MINUTE + 7) > 0.9 ? Math.max(1, Math.round(0.02 * events)) : 0;
  return {
    delivered: Math.round(events * share),
    lost: isDown ? 0 : lost,
    skipped: Math.round(events * 0.12),
    slow: afterOutage,
  };
}

/** The sum of the minutes of a step. */
function pointOf(at, step) {
  const sum = { delivered: 0, lost: 0, skipped: 0, slow: false };
  for (let minute = at; minute < Math.min(at + step, NOW); minute += MINUTE) {
    const { delivered, lost, skipped, slow } = minuteOf(minute);
    sum.delivered += delivered;
    sum.lost += lost;
    sum.skipped += skipped;
    sum.slow ||= slow;
  }
  return countsOf(sum);
}

function countsOf({ delivered, lost, skipped, slow = false }) {
  const expired = Math.floor(lost / 8);
  return {
    eventsDelivered: delivered,
    eventsNotDelivered: lost,
    eventsExpired: expired,
    eventsDiscarded: lost - expired,
    successOnFirstAttempt: Math.round(delivered * 0.985),
    successAfterRetry: delivered - Math.round(delivered * 0.985),
    deliveryRate:
      delivered + lost === 0 ? null : Math.floor((10_000 * delivered) / (delivered + lost)) / 100,
    latencyInSeconds: delivered === 0 ? null : slow ? 720 : 3.2,
    latencyMedianInSeconds: delivered === 0 ? null : slow ? 340 : 1.4,
    skipped,
    duplicates: Math.round(delivered * 0.002),
    unconfirmed: 0,
    replayed: 0,
    attempts: Math.round(delivered * 1.03),
    reasons: {
      ...(lost > 0 && { "origination-ip-missing": lost - expired }),
      ...(expired > 0 && { expired }),
    },
    skipReasons: skipped > 0 ? { "not-selected": skipped } : {},
  };
}

const periodOf = (query) => PERIODS[query.get("period") ?? "ONE_DAY"] * MINUTE;

export function series(query) {
  const step = query.get("step") ?? "minute";
  const start = NOW - periodOf(query);
  const points = [];
  for (let at = Math.floor(start / STEPS[step]) * STEPS[step]; at < NOW; at += STEPS[step])
    points.push({ at: iso(at), minutes: STEPS[step] / MINUTE, ...pointOf(at, STEPS[step]) });
  return {
    timePeriodStart: iso(start),
    timePeriodEnd: iso(NOW),
    step,
    points,
    incidents: INCIDENTS.filter(({ until }) => until === null || Date.parse(until) > start),
  };
}

const INCIDENTS = [
  {
    sync: null,
    kind: "event",
    code: "kochava-unavailable",
    status: 503,
    app_guid: "kosneaker-ios-7a1b",
    since: iso(DOWN[0]),
    until: iso(DOWN[1]),
  },
  {
    sync: "us",
    kind: "event",
    code: "kochava-paused",
    status: 404,
    app_guid: "koexample",
    since: iso(PAUSED),
    until: null,
  },
];

const BREAKER = {
  sync: "us",
  kind: "event",
  code: "kochava-paused",
  status: 404,
  since: iso(PAUSED),
  next_probe: iso(NOW + 3 * MINUTE),
  app_guid: "koexample",
};

export function stats(query) {
  const period = periodOf(query);
  let [delivered, lost, skipped] = [0, 0, 0];
  for (let at = NOW - period; at < NOW; at += MINUTE) {
    const point = pointOf(at, MINUTE);
    delivered += point.eventsDelivered;
    lost += point.eventsNotDelivered;
    skipped += point.skipped;
  }
  return {
    timePeriod: query.get("period") ?? "ONE_DAY",
    timePeriodStart: iso(NOW - period),
    timePeriodEnd: iso(NOW),
    ...countsOf({ delivered, lost, skipped }),
    identities: 240,
    "identities-undelivered": 0,
    deferrals: 1_912,
    toBeCompleted: 0,
    open_breakers: [BREAKER],
    waiting: [
      { sync: "us", state: "paused", events: 1_240, oldest: iso(PAUSED) },
      { sync: null, state: "queued", events: 12, oldest: iso(NOW - 1_000) },
    ],
  };
}

export const health = () => ({
  status: "paused",
  version: "0.1.0",
  bindings: BINDINGS,
  faults: [],
  settings: "8c1fd0e2a94b7716c3b0f4e8d2a5916f",
  open_breakers: [BREAKER],
  waiting: { events: 1_252, oldest: iso(PAUSED) },
  syncs: [
    {
      sync: null,
      status: "ok",
      faults: [],
      settings: "8c1fd0e2a94b7716c3b0f4e8d2a5916f",
      open_breakers: [],
    },
    {
      sync: "us",
      status: "paused",
      faults: [],
      settings: "51aa07e3b1d94c02f7681d3ec09a4f15",
      open_breakers: [BREAKER],
    },
  ],
});

const BINDINGS = {
  INGEST_TOKEN: true,
  INGEST_TOKEN_NEXT: false,
  ADMIN_TOKEN: true,
  ALERT_URL: true,
  SDK_KEYS: false,
  SEGMENT_SECRET: false,
  KOCHAVA_API_KEY: true,
  KOCHAVA_SECRET: true,
  QUEUE: true,
  DB: true,
  JOURNAL: true,
};

export function coverage(query) {
  const step = query.get("step") ?? "hour";
  const [start, length] = [NOW - periodOf(query), STEPS[step]];
  const rows = [
    {
      platform: "ios",
      share: 0.56,
      has: {
        kochava_device_id: 0.97,
        idfv: 0.995,
        idfa: 0.41,
        origination_ip: 1,
        device_ua: 0.88,
        att: 0.93,
        revenue: 0.06,
        revenue_with_currency: 0.06,
      },
    },
    {
      platform: "android",
      share: 0.41,
      has: {
        kochava_device_id: 0.96,
        adid: 0.92,
        android_id: 0.34,
        origination_ip: 1,
        device_ua: 0.9,
        revenue: 0.05,
        revenue_with_currency: 0.049,
      },
    },
    {
      platform: "web",
      share: 0.03,
      has: { kochava_device_id: 1, origination_ip: 1, device_ua: 1 },
    },
  ].map(({ platform, share, has }) => {
    const points = [];
    for (let at = Math.floor(start / length) * length; at <= NOW; at += length) {
      const sent = Math.round(rate(at) * share * (length / MINUTE));
      const isNew = platform === "android" && at > NOW - periodOf(query) / 7;
      const fields = Object.fromEntries(
        Object.entries(has).map(([field, part]) => {
          const left = isNew && field === "adid" ? part * 0.35 : part;
          return [
            field,
            Math.round(
              sent * Math.min(1, left * (0.985 + 0.03 * noise(at / length + field.length))),
            ),
          ];
        }),
      );
      points.push({ at: iso(at), sent, fields });
    }
    const sum = (read) => points.reduce((total, point) => total + read(point), 0);
    const fields = Object.fromEntries(
      Object.keys(has).map((field) => [field, sum((point) => point.fields[field])]),
    );
    return { sync: null, platform, sent: sum((point) => point.sent), fields, points };
  });
  return { timePeriodStart: iso(start), timePeriodEnd: iso(NOW), step, rows };
}

const IP_FIX = {
  by: "settings",
  how: "map a field that holds the device's address, then replay; if the event has none, the app or its tool must send it",
};
const ASK_FIX = {
  by: "kochava",
  how: "the reject shows Kochava's status and answer: ask Kochava, then replay",
};
const REPLAY_FIX = {
  by: "replay",
  how: "Kochava did not accept it in time: replay it once Kochava answers again",
};

const group = (reason, event, count, first, last, fix) => ({
  sync: null,
  reason,
  event,
  app_guid: "kosneaker-ios-7a1b",
  count,
  first_at: ago(first),
  last_at: ago(last),
  fix,
});

export const groups = () => ({
  groups: [
    group("origination-ip-missing", "Checkout Completed", 148, 2_900, 6, IP_FIX),
    group("origination-ip-missing", "Level Complete", 29, 2_500, 41, IP_FIX),
    group("origination-ip-missing", "Song Played", 7, 1_950, 300, IP_FIX),
    group("kochava-rejected", "Purchase", 21, 700, 95, ASK_FIX),
    group("expired", "Level Complete", 12, 4_100, 3_900, REPLAY_FIX),
  ],
});

const REASONS = {
  "origination-ip-missing": {
    code: "origination-ip-missing",
    field: "data.origination_ip",
    origin: "ip_address",
    message: "no IP address in `ip_address`; send the device's, or map another field",
  },
  "kochava-rejected": {
    code: "kochava-rejected",
    field: "",
    origin: null,
    message: "Kochava rejected the call",
  },
  expired: {
    code: "expired",
    field: "",
    origin: null,
    message: "Kochava did not accept the event within the schedule of retries",
  },
};

const ID = (number) => number.toString(16).padStart(32, "0");

function reject(number, code, event, minutes) {
  const isAnswered = code !== "origination-ip-missing";
  return {
    id: ID(number),
    sync: null,
    event,
    code,
    field: REASONS[code].field,
    reasons: [REASONS[code]],
    received_at: ago(minutes + 3),
    first_at: ago(minutes + 3),
    last_at: ago(minutes),
    times: 1 + (number % 3 === 0 ? 1 : 0),
    status: code === "kochava-rejected" ? 400 : null,
    answer: code === "kochava-rejected" ? '{"success":"0","error":"unknown currency"}' : "",
    attempts: isAnswered ? 1 : 0,
    deferrals: 0,
    settings: "8c1fd0e2a94b7716c3b0f4e8d2a5916f",
    source: "amplitude",
    is_user: false,
  };
}

const ALL = groups()
  .groups.flatMap(({ reason, event, count, last_at }, row) =>
    Array.from({ length: count }, (_, each) =>
      reject(
        row * 1_000 + each + 1,
        reason,
        event,
        (NOW - Date.parse(last_at)) / MINUTE + each * 9,
      ),
    ),
  )
  .sort((one, other) => (one.last_at < other.last_at ? 1 : -1));

export function rejects(query) {
  const [reason, event] = [query.get("reason"), query.get("event")];
  const found = ALL.filter(
    (each) => (!reason || each.code === reason) && (!event || each.event === event),
  );
  const [limit, from] = [Number(query.get("limit") ?? 50), Number(query.get("cursor") ?? 0)];
  const next = from + limit < found.length ? `${from + limit}` : null;
  return { rejects: found.slice(from, from + limit), next };
}

const EVENT = {
  event_type: "Checkout Completed",
  event_time: "2026-11-27 03:22:07.412000",
  user_id: "u-48213",
  platform: "iOS",
  os_version: "18.5",
  ip_address: null,
  client_ip: "203.0.113.24",
  version_name: "5.2.0",
  event_properties: { items: 3, level: 12 },
  user_properties: {
    kochava_device_id: "KI-9F3C2A7715D84E06",
    idfv: "7D0B6C1E-52A4-4E6B-9C1D-2F3A4B5C6D7E",
    att_status: "denied",
    user_agent: "SneakerShop/5.2.0 (iPhone16,2; iOS 18.5)",
  },
};

export function shownReject(id) {
  const found = ALL.find((each) => each.id === id);
  if (found === undefined) return null;
  const { fix } = groups().groups.find(({ reason }) => reason === found.code);
  return { reject: found, fix, event: { ...EVENT, event_type: found.event }, today: null };
}

/** The first reject that is listed. */
export const FIRST = ALL[0].id;

export const settings = () => ({
  version: "0.1.0",
  bindings: BINDINGS,
  syncs: [
    {
      sync: null,
      settings: "8c1fd0e2a94b7716c3b0f4e8d2a5916f",
      since: ago(2_000),
      faults: [],
      document: {
        app_guid: { ios: "kosneaker-ios-7a1b", android: "kosneaker-android-7a1c" },
        test_app_guid: "kosneaker-test-0f0f",
        events: { properties: ["level", "items"] },
        mapping: {
          kochava_device_id: "user_properties.kochava_device_id",
          origination_ip: ["ip_address", "client_ip"],
          idfa: "user_properties.idfa",
          idfv: "user_properties.idfv",
          adid: "user_properties.adid",
          att: "user_properties.att_status",
          device_ua: "user_properties.user_agent",
        },
      },
    },
    {
      sync: "us",
      settings: "51aa07e3b1d94c02f7681d3ec09a4f15",
      since: ago(80),
      faults: [],
      document: {
        app_guid: "koexample",
        sources: ["segment"],
        mapping: {
          kochava_device_id: "user_properties.kochava_device_id",
          origination_ip: "ip_address",
        },
      },
    },
  ],
});

export const alerts = () => ({
  url_set: true,
  alerts: [
    {
      code: "paused",
      sync: "us",
      since: ago(72),
      text: "Kochava refuses the App GUID koexample with 404 since 02:14 UTC. 1,240 events wait, none is lost.",
      sent: ago(72),
      error: null,
    },
    {
      code: "coverage",
      sync: null,
      since: ago(180),
      text: "Coverage fell: 32 % of the events of Android had adid today, 92 % yesterday.",
      sent: null,
      error: "status-503",
    },
  ],
});

const OUTCOMES = [
  ["delivered", null, 200],
  ["delivered", null, 200],
  ["delivered", null, 200],
  ["skipped", "not-selected", null],
  ["delivered", null, 200],
  ["rejected", "origination-ip-missing", null],
  ["retry", "kochava-unavailable", 503],
];
const NAMES = [
  "Level Complete",
  "Checkout Completed",
  "Song Played",
  "Purchase",
  "Registration Complete",
];

export const live = (query) => ({
  next: "100",
  outcomes: query.get("after")
    ? []
    : Array.from({ length: 100 }, (_, number) => {
        const [outcome, code, status] = OUTCOMES[number % OUTCOMES.length];
        return {
          at: iso(NOW - (100 - number) * 1_400),
          sync: number % 4 === 3 ? "us" : null,
          event: NAMES[(number * 3) % NAMES.length],
          kind: number % 11 === 5 ? "identity" : "event",
          outcome,
          code,
          status,
        };
      }),
});

export function replay({ ids, dry }) {
  const found = ids === undefined ? ALL.slice(0, 100) : ALL.filter(({ id }) => ids.includes(id));
  const stays = (each) => each.code === "kochava-rejected";
  const results = { [dry ? "ready" : "queued"]: found.filter((each) => !stays(each)).length };
  const refused = found.filter(stays).length;
  return {
    dry,
    found: found.length,
    results: { ...results, ...(refused > 0 && { refused }) },
    more: false,
    rejects: found.map((each) => ({
      id: each.id,
      result: stays(each) ? "refused" : dry ? "ready" : "queued",
      was: { reasons: each.reasons },
      ...(stays(each)
        ? { violations: [REASONS["origination-ip-missing"]], fix: IP_FIX }
        : {
            requests: [
              {
                kind: "event",
                method: "POST",
                url: "https://control.kochava.com/track/json",
                headers: {},
                body: JSON.stringify({ data: { event_name: each.event } }),
              },
            ],
            changes: [
              { field: "data.origination_ip", before: null, after: "203.0.113.24" },
              { field: "data.event_data.level", before: 11, after: 12 },
            ],
          }),
    })),
  };
}
