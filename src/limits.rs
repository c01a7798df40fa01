//! Every number we obey, and who said so.
//!
//! A constant carries its unit in its name and either a `Source:` or an `Ours:` line; a test
//! refuses one that has neither.

use core::time::Duration;

/// Smallest request body that Kochava does not take.
///
/// Source: Amplitude, Kochava (Post-install), "Requests must be smaller than 2MB"; MB read as 10⁶
/// bytes, the smaller of the two readings.
pub const REQUEST_BYTES_LIMIT: usize = 2_000_000;

/// Keys of `event_data` above which Kochava may ignore some.
///
/// Source: social-hub's Kochava adapter citing Kochava's current pages, "at most 16 parameters";
/// Kochava's examples page says "as many keys as you like", so more are sent, and told.
pub const EVENT_DATA_KEYS_USUAL: usize = 16;

/// Levels of objects and arrays that one event may nest.
///
/// Ours: Amplitude takes 40 levels (HTTP V2 API, limits); three times that bounds every recursion
/// of the core.
pub const NESTING_LEVELS_MAX: usize = 128;

/// How far an event's time may lie ahead of the moment of its arrival.
///
/// Ours: a device clock may be wrong by a time zone, hardly by more than a day.
pub const FUTURE_SECONDS_MAX: i64 = 24 * 60 * 60;

/// First version of an Apple system that asks for App Tracking Transparency.
///
/// Source: Kochava, Post-Install Event Setup, table column "iOS 14+ Only".
pub const ATT_OS_VERSION_FIRST: u32 = 14;

/// Longest App GUID, credential, path or name that a setting may hold, in characters.
///
/// Ours: far above any real one; keeps a pasted document out of a name.
pub const SETTING_CHARS_MAX: usize = 512;

/// Largest serialised value of one Worker variable, in bytes.
///
/// Source: Cloudflare, Workers limits, "5 KB each" for vars and secrets; KB read as 1,000 bytes.
pub const SETTINGS_VAR_BYTES_MAX: usize = 5_000;

/// Attempts at one request while its sender waits.
///
/// Ours: Amplitude's inner retry window ends after 4 s; three tries fit into it.
pub const ATTEMPTS_DEFAULT: u32 = 3;

/// Most attempts that a setting may ask for.
///
/// Source: Amplitude, Webhooks, "up to 10 times"; more inside one request only delays the sender's
/// own retry.
pub const ATTEMPTS_MAX: u32 = 10;

/// Time for all attempts of one inbound request.
///
/// Ours: Amplitude starts no new inner try after 4 s (Amplitude, Webhooks) and Segment cuts at 5 s.
pub const BUDGET_DEFAULT: Duration = Duration::from_secs(3);

/// Longest budget that a setting may ask for.
///
/// Ours: a webhook sender is long gone after half a minute.
pub const BUDGET_MAX: Duration = Duration::from_secs(30);

/// Shortest budget or timeout that a setting may ask for.
///
/// Ours: below it no TLS handshake ends.
pub const BUDGET_MIN: Duration = Duration::from_millis(100);

/// Time for one attempt.
///
/// Ours: leaves room for a second attempt inside the budget.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);

/// Upper edge of the first back-off's jitter.
///
/// Source: Amplitude, Webhooks, inner retries: "100 ms", doubling.
pub const DELAY_FIRST: Duration = Duration::from_millis(100);

/// Upper edge of every back-off's jitter while the sender waits.
///
/// Ours: a third of the budget, so that a wait never eats it whole.
pub const DELAY_MAX: Duration = Duration::from_secs(1);

/// Upper edges of the waits between attempts at an event that waits in a queue.
///
/// Source: Kochava's web SDK retries after 7, 30, 300 and 1,800 s; then hours, as Svix does (its
/// schedule ends after 27.6 h).
pub const STEPS_DEFAULT: [Duration; 7] = [
    Duration::from_secs(7),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// What the waits of an event come to at least before it is given up.
///
/// Ours: a day's outage with an evening before it; Svix spans 27.6 h, Amplitude and Segment end
/// after 4 h.
pub const SPAN_DEFAULT: Duration = Duration::from_hours(27);

/// Longest span that a setting may ask for.
///
/// Source: Cloudflare, Queues limits: a message lives 14 days at most; an event older than that has
/// no campaign to credit.
pub const SPAN_MAX: Duration = Duration::from_hours(14 * 24);

/// Longest single step that a setting may ask for.
///
/// Source: Cloudflare, Queues limits: a message is put off 24 hours at most; and it lives no longer
/// on Workers Free, so half of that.
pub const STEP_MAX: Duration = Duration::from_hours(12);

/// Most steps that a setting may name.
///
/// Ours: with the longest step they outlast the longest span.
pub const STEPS_MAX: usize = 32;

/// Waits before each probe while Kochava refuses the configuration.
///
/// Ours: a slip of a deployment is mended within a minute, a wrong key within office hours; one
/// probe an hour costs nobody anything.
pub const PAUSE_STEPS_DEFAULT: [Duration; 6] = [
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
];

/// Waits of the whole consumer while Kochava is down or answers 429.
///
/// Ours: doubling, to five minutes: an outage of hours costs a dozen probes an hour, and its end is
/// noticed within one step.
pub const SLOW_STEPS_DEFAULT: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
    Duration::from_secs(80),
    Duration::from_secs(160),
    Duration::from_mins(5),
];

/// Days for which a reject is kept.
///
/// Ours: a month's end is the latest that anybody looks for missing revenue; personal data should
/// not lie longer.
pub const RETENTION_DAYS_DEFAULT: u32 = 30;

/// Longest `Retry-After` that is believed.
///
/// Ours: a stranger's header must not park an event for ever; one hour is four of Kochava's own
/// longest steps (its web SDK waits 1,800 s).
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// Bytes of Kochava's answer that are read.
///
/// Ours: its documented answer is `{"success":"1"}`; the rest is an error page that nobody needs.
pub const ANSWER_BYTES_MAX: usize = 16_384;

/// Largest message that goes into a queue, in bytes.
///
/// Source: Cloudflare, Queues limits, "128 KB, 1 KB = 1,000 bytes, about 100 bytes of it metadata".
pub const MESSAGE_BYTES_MAX: usize = 127_000;

/// What a message weighs for the platform beside its body, in bytes.
///
/// Source: Cloudflare, Queues limits, "about 100 bytes" of metadata; twice that.
pub const MESSAGE_METADATA_BYTES: usize = 200;

/// Bytes up to which a message of many events is filled.
///
/// Source: Cloudflare, Queues pricing, one operation "for each started 64 KB"; less metadata.
pub const MESSAGE_BYTES_BILLED: usize = 64_000 - MESSAGE_METADATA_BYTES;

/// Messages that one `sendBatch` takes.
///
/// Source: Cloudflare, Queues limits, "1 to 100 messages".
pub const SEND_BATCH_MESSAGES_MAX: usize = 100;

/// Bytes that one `sendBatch` takes, metadata included.
///
/// Source: Cloudflare, Queues limits, "256 KB", 1 KB = 1,000 bytes.
pub const SEND_BATCH_BYTES_MAX: usize = 256_000;

/// Longest delay of a message, in seconds.
///
/// Source: Cloudflare, Queues limits, "24 h (86,400 s) at most; older texts say 12 h".
pub const QUEUE_DELAY_SECONDS_MAX: u32 = 43_200;

/// Deliveries of one message after which it is put into the queue anew.
///
/// Source: Cloudflare, Queues limits, `max_retries` "at most 100"; each deferral costs one, and
/// beyond them lies the dead-letter queue.
pub const QUEUE_DELIVERIES_MAX: u32 = 60;

/// Age at which a message is put into the queue anew, with its next delay counted in.
///
/// Source: Cloudflare, Queues limits: retention is 24 h on Workers Free, 4 days by default on
/// Workers Paid; what is older is deleted silently.
pub const QUEUE_AGE_MAX: Duration = Duration::from_hours(20);

/// Attempts that fail one after the other before Kochava counts as down.
///
/// Ours: one bad event fails alone and waits long between its attempts; five failures without a
/// success between are the network's or Kochava's.
pub const BREAKER_FAILURES: u32 = 5;

/// Equal rejections one after the other before they count as the configuration's fault.
///
/// Ours: a sender with a fault of its own sends a few such events among good ones; twenty without a
/// good one are all there is.
pub const BREAKER_SAME_ANSWERS: u32 = 20;

/// Calls that Kochava must take before an earlier trouble is forgotten.
///
/// Ours: a limit that is hit again at once keeps the longer wait.
pub const BREAKER_SUCCESSES: u32 = 50;

/// How long a probe is waited for before another may go.
///
/// Ours: twice the longest timeout of an attempt.
pub const BREAKER_PROBE_LEASE: Duration = Duration::from_mins(1);

/// Gates that are remembered: a kind of call and an app make one.
///
/// Ours: a company has a handful of apps.
pub const BREAKERS_MAX: usize = 256;

/// Times that an event which was refused alone waits as if the configuration were wrong.
///
/// Ours: others were taken in between, so that it is the event's own fault; then it is kept as a
/// reject, and no gate is closed for it again.
pub const BREAKER_DEFERRALS_MAX: u32 = 5;

/// Attempts of an event after which those behind it of its device may pass it.
///
/// Ours: the first three steps last some five minutes, in which a hiccup ends; what fails longer
/// than that fails by itself.
pub const BEHIND_MAX: u32 = 3;

/// Characters of Kochava's answer that are kept with an event that it rejected.
///
/// Ours: `{"success":"0","error":"…"}` and a sentence; an error page says no more in its second
/// half.
pub const ANSWER_CHARS_KEPT: usize = 500;

/// How long an identity waits for an event of its device.
///
/// Ours: an app that is opened once a week sends one in that time; Kochava's links carry no time,
/// so a later one is as good.
pub const HOLD_MAX: Duration = Duration::from_hours(7 * 24);

/// Longest wait between two looks whether an event of an identity's device was taken.
///
/// Ours: a campaign's numbers are an hour late at worst, and an identity that waits a week is read
/// 170 times.
pub const HOLD_STEP_MAX: Duration = Duration::from_hours(1);

/// What a message waits where one of our own stores does not answer, or the invocation has no more
/// calls to make.
///
/// Ours: a Durable Object or D1 that is reset answers again within seconds.
pub const STORE_WAIT: Duration = Duration::from_secs(20);

/// Longest of those waits.
///
/// Ours: a hundred of them, the deliveries of a message (Cloudflare, Queues limits), outlast four
/// days.
pub const STORE_WAIT_MAX: Duration = Duration::from_hours(1);

/// What a message waits that a newer release wrote.
///
/// Ours: a rollback takes minutes or hours, and then the release comes back.
pub const NEWER_WAIT: Duration = Duration::from_mins(30);

const _: () = assert!(BREAKER_PROBE_LEASE.as_millis() >= 2 * BUDGET_MAX.as_millis());
const _: () = assert!(MESSAGE_BYTES_BILLED <= MESSAGE_BYTES_MAX);
const _: () = assert!(MESSAGE_BYTES_MAX + MESSAGE_METADATA_BYTES <= SEND_BATCH_BYTES_MAX);
const _: () = assert!(STEP_MAX.as_secs() <= QUEUE_DELAY_SECONDS_MAX as u64);
const _: () = assert!(ATTEMPTS_DEFAULT <= ATTEMPTS_MAX);
const _: () = assert!(BUDGET_DEFAULT.as_millis() <= BUDGET_MAX.as_millis());
const _: () = assert!(BUDGET_MIN.as_millis() < TIMEOUT_DEFAULT.as_millis());
const _: () = assert!(TIMEOUT_DEFAULT.as_millis() < BUDGET_DEFAULT.as_millis());
const _: () = assert!(SPAN_DEFAULT.as_millis() <= SPAN_MAX.as_millis());
const _: () = assert!(STEP_MAX.as_millis() * STEPS_MAX as u128 >= SPAN_MAX.as_millis());
const _: () = assert!(STEPS_DEFAULT.len() <= STEPS_MAX);
const _: () = assert!(DELAY_FIRST.as_millis() < DELAY_MAX.as_millis());
