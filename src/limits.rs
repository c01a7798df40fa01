//! Every limit and default of the crate, with its source.
//!
//! A constant has its unit in its name or type. Its documentation has either a line `Source:`, the
//! page that sets it, or a line `Ours:`, the reason for our choice; `tests/architecture` checks
//! that.

use core::time::Duration;

/// Size of a request body from which on Kochava refuses it, in bytes.
///
/// Source: Amplitude, Kochava (Post-install), "Requests must be smaller than 2MB"; MB read as 10⁶
/// bytes, the smaller of the two readings.
pub const REQUEST_BYTES_LIMIT: usize = 2_000_000;

/// Keys of `event_data` above which Kochava may ignore some.
///
/// Source: social-hub's Kochava adapter citing Kochava's current pages, "at most 16 parameters";
/// Kochava's examples page says "as many keys as you like", so more are sent, with a warning.
pub const EVENT_DATA_KEYS_USUAL: usize = 16;

/// Most levels of objects and arrays in one event.
///
/// Ours: Amplitude allows 40 levels (HTTP V2 API, limits); three times that bounds every recursion
/// of the core.
pub const NESTING_LEVELS_MAX: usize = 128;

/// Seconds by which an event's time may lie after the moment of its arrival.
///
/// Ours: a device clock may be wrong by a time zone, hardly by more than a day.
pub const FUTURE_SECONDS_MAX: i64 = 24 * 60 * 60;

/// The first second at which an event can have happened: 2000-01-01T00:00:00Z.
///
/// Ours: no phone could run an app before, and the default dates of languages and databases lie
/// before (.NET 0001-01-01, SQL Server 1753-01-01 and 1900-01-01, Java and Unix 1970-01-01).
pub const EVENT_SECOND_FIRST: i64 = 946_684_800;

/// The last second at which an event can have happened where the moment of its arrival is unknown:
/// 2100-01-01T00:00:00Z.
///
/// Ours: the default dates at the other end lie behind (.NET and databases 9999-12-31, nanoseconds in
/// 64 bits 2262-04-11).
pub const EVENT_SECOND_LAST: i64 = 4_102_444_800;

/// First version of an Apple system that asks for App Tracking Transparency.
///
/// Source: Kochava, Post-Install Event Setup, table column "iOS 14+ Only".
pub const ATT_OS_VERSION_FIRST: u32 = 14;

/// First version of an Apple system that has an IDFA.
///
/// Source: Apple, `advertisingIdentifier`, availability: iOS 6.0.
pub const IDFA_OS_VERSION_FIRST: u32 = 6;

/// Longest App GUID, credential, path or name that a setting may hold, in characters.
///
/// Ours: far above any real one; refuses a document that was pasted into a name.
pub const SETTING_CHARS_MAX: usize = 512;

/// Largest serialised value of one Worker variable, in bytes.
///
/// Source: Cloudflare, Workers limits, "5 KB each" for vars and secrets; KB read as 1,000 bytes.
pub const SETTINGS_VAR_BYTES_MAX: usize = 5_000;

/// Attempts at one request while its sender waits for the reply.
///
/// Ours: Amplitude's inner retry window ends after 4 s; three tries fit into it.
pub const ATTEMPTS_DEFAULT: u32 = 3;

/// Most attempts that a setting may configure.
///
/// Source: Amplitude, Webhooks, "up to 10 times"; more inside one request only delay the sender's
/// own retry.
pub const ATTEMPTS_MAX: u32 = 10;

/// Time for all attempts of one inbound request.
///
/// Ours: Amplitude starts no new inner retry after 4 s (Amplitude, Webhooks), and Segment times out
/// after 5 s.
pub const BUDGET_DEFAULT: Duration = Duration::from_secs(3);

/// Longest budget that a setting may configure.
///
/// Ours: no webhook sender waits for half a minute.
pub const BUDGET_MAX: Duration = Duration::from_secs(30);

/// Shortest budget or timeout that a setting may configure.
///
/// Ours: a TLS handshake takes longer than less.
pub const BUDGET_MIN: Duration = Duration::from_millis(100);

/// Time for one attempt.
///
/// Ours: leaves room for a second attempt inside the budget.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);

/// Upper bound of the first backoff, whose jitter is full.
///
/// Source: Amplitude, Webhooks, inner retries: "100 ms", doubling.
pub const DELAY_FIRST: Duration = Duration::from_millis(100);

/// Upper bound of every backoff while the sender waits.
///
/// Ours: a third of the budget, so that a wait never uses it up.
pub const DELAY_MAX: Duration = Duration::from_secs(1);

/// Upper bounds of the waits between attempts at a queued event.
///
/// Source: Kochava's web SDK retries after 7, 30, 300 and 1,800 s; the steps of hours behind them
/// resemble Svix's, whose schedule ends after 27.6 h.
pub const STEPS_DEFAULT: [Duration; 7] = [
    Duration::from_secs(7),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// Least sum of an event's waits before it is given up.
///
/// Ours: outlasts an outage of a day; Svix spans 27.6 h, Amplitude and Segment 4 h.
pub const SPAN_DEFAULT: Duration = Duration::from_hours(27);

/// Longest span that a setting may configure.
///
/// Source: Cloudflare, Queues limits: a queue on Workers Paid retains messages for up to 14 days.
pub const SPAN_MAX: Duration = Duration::from_hours(14 * 24);

/// Longest single step that a setting may configure.
///
/// Source: Cloudflare, Queues limits: a delay is 24 hours at most, and Workers Free retains a
/// message for 24 hours in all; so half of that.
pub const STEP_MAX: Duration = Duration::from_hours(12);

/// Most steps that a setting may list.
///
/// Ours: as many of the longest steps outlast the longest span.
pub const STEPS_MAX: usize = 32;

/// Waits of a breaker before each probe while Kochava refuses the configuration.
///
/// Ours: a faulty deployment is rolled back within minutes, a wrong key corrected within a day; a
/// probe an hour costs nothing and ends the pause within an hour of the correction.
pub const PAUSE_STEPS_DEFAULT: [Duration; 6] = [
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
];

/// Waits of a breaker before each probe while Kochava is down or answers 429.
///
/// Ours: doubling up to five minutes: an outage costs twelve probes an hour, and its end is noticed
/// within one step.
pub const SLOW_STEPS_DEFAULT: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
    Duration::from_secs(80),
    Duration::from_secs(160),
    Duration::from_mins(5),
];

/// Rejects that one replay puts into the queue.
///
/// Ours: its reply lists the calls of each; the operator repeats it for more.
pub const REPLAY_EVENTS_MAX: usize = 100;

/// Pages of rejects that one replay reads.
///
/// Ours: rejects that stay must not keep it from those behind them. Each page takes up to five
/// queries, and an invocation on Workers Free may make 50 (Cloudflare, D1 limits).
pub const REPLAY_PAGES_MAX: usize = 10;

/// Rows of each kind that one statement of the hourly sweep deletes or strips.
///
/// Ours: well within the 30 s that a statement may take (Cloudflare, D1 limits).
pub const SWEEP_ROWS_MAX: usize = 2_000;

/// Times that one run of the hourly sweep asks a store that has more to delete.
///
/// Ours: 16,000 rejects an hour; what is left is deleted by the next run. Each takes up to five of
/// the 50 queries of an invocation on Workers Free (Cloudflare, D1 limits), of which some must be
/// left.
pub const SWEEP_ROUNDS_MAX: usize = 8;

/// Days after which a large event that no consumer has looked at is deleted: no message knows it.
///
/// Ours: more than twice what a queue keeps a message (Cloudflare, Queues limits: 14 days).
pub const LARGE_EVENT_DAYS: u32 = 30;

/// Days for which a reject is kept.
///
/// Ours: missing revenue is looked for at a month's end at the latest; personal data should not be
/// kept longer.
pub const RETENTION_DAYS_DEFAULT: u32 = 30;

/// Most days for which a reject may be kept.
///
/// Ours: a year holds every season; what is older is not replayed, and is personal data.
pub const RETENTION_DAYS_MAX: u32 = 365;

/// Longest `Retry-After` that is honoured; a longer one counts as this.
///
/// Ours: a faulty header must not stop delivery for days; one hour is twice the longest step of
/// Kochava's web SDK, 1,800 s.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// Bytes of Kochava's answer that are read.
///
/// Ours: its documented answer is `{"success":"1"}`; a longer one is an error page, whose rest says
/// no more.
pub const ANSWER_BYTES_MAX: usize = 16_384;

/// Largest body of a queue message, in bytes.
///
/// Source: Cloudflare, Queues limits, "128 KB, 1 KB = 1,000 bytes, about 100 bytes of it metadata".
pub const MESSAGE_BYTES_MAX: usize = 127_000;

/// Metadata that the platform counts for each message beside its body, in bytes.
///
/// Source: Cloudflare, Queues limits, "about 100 bytes" of metadata; twice that.
pub const MESSAGE_METADATA_BYTES: usize = 200;

/// Body size up to which events are packed into one message, in bytes.
///
/// Source: Cloudflare, Queues pricing, one operation "for each started 64 KB"; less metadata.
pub const MESSAGE_BYTES_BILLED: usize = 64_000 - MESSAGE_METADATA_BYTES;

/// Most messages of one `sendBatch`.
///
/// Source: Cloudflare, Queues limits, "1 to 100 messages".
pub const SEND_BATCH_MESSAGES_MAX: usize = 100;

/// Most bytes of one `sendBatch`, metadata included.
///
/// Source: Cloudflare, Queues limits, "256 KB", 1 KB = 1,000 bytes.
pub const SEND_BATCH_BYTES_MAX: usize = 256_000;

/// Longest delay of a message, in seconds.
///
/// Source: Cloudflare, Queues limits, 24 h; older texts say 12 h, the smaller of which is used.
pub const QUEUE_DELAY_SECONDS_MAX: u32 = 43_200;

/// Deliveries of one message after which it is requeued as a new one.
///
/// Source: Cloudflare, Queues limits, `max_retries` "at most 100"; each deferral uses one, and what
/// has none left goes to the dead-letter queue.
pub const QUEUE_DELIVERIES_MAX: u32 = 60;

/// Age at which a message is requeued as a new one, its next delay included.
///
/// Source: Cloudflare, Queues limits: retention is 24 h on Workers Free, 4 days by default on
/// Workers Paid; an older message is deleted silently.
pub const QUEUE_AGE_MAX: Duration = Duration::from_hours(20);

/// Distinct events that failed without an acceptance between them and trip a breaker, or end what a
/// run sends on a route.
///
/// Ours: a bad event fails alone while others are accepted; five events without an acceptance are
/// not the events' fault.
pub const BREAKER_FAILURES: usize = 5;

/// Consecutive equal rejections that open a breaker because the configuration counts as wrong.
///
/// Ours: a fault of a sender shows in some of its events; twenty rejections without an accepted
/// event are not the events' fault.
pub const BREAKER_SAME_ANSWERS: u32 = 20;

/// Consecutive answers of 2xx without a readable `success` that trip a breaker.
///
/// Ours: Kochava answers with `{"success":"1"}`. One answer may be cut off; twenty in a row come
/// from something else, such as a proxy or another address.
pub const BREAKER_UNREADABLE_ANSWERS: u32 = 20;

/// Accepted calls after which a closed breaker resets its wait to the first step.
///
/// Ours: a rate limit that is hit again soon keeps the longer wait.
pub const BREAKER_SUCCESSES: u32 = 50;

/// Time after which a breaker allows another probe when the last one was not reported.
///
/// Ours: twice the longest timeout of an attempt.
pub const BREAKER_PROBE_LEASE: Duration = Duration::from_mins(1);

/// Breakers above which closed ones are dropped. Each kind of call of each app has one.
///
/// Ours: a company has a handful of apps.
pub const BREAKERS_MAX: usize = 256;

/// Failed attempts of an event after which later events of its device are no longer held back.
///
/// Ours: the first three steps last some five minutes, in which a transient fault ends; what fails
/// for longer is the event's own fault.
pub const BEHIND_MAX: u32 = 3;

/// Characters of Kochava's answer that are stored with a rejected event.
///
/// Ours: room for `{"success":"0","error":"…"}` with a sentence; an error page says no more in its
/// rest.
pub const ANSWER_CHARS_KEPT: usize = 500;

/// Longest time for which an identity is held until an event of its device is delivered.
///
/// Ours: an app that is opened once a week sends one in that time. IdentityLink has no timestamp,
/// so a late one is as good.
pub const HOLD_MAX: Duration = Duration::from_hours(7 * 24);

/// Longest wait between two checks whether a held identity can be sent.
///
/// Ours: an identity is an hour late at worst, and one that is held for a week is read 170 times.
pub const HOLD_STEP_MAX: Duration = Duration::from_hours(1);

/// First wait of a message when a store of the shell does not answer, or the invocation may make no
/// more calls.
///
/// Ours: a Durable Object or D1 that is reset answers again within seconds.
pub const STORE_WAIT: Duration = Duration::from_secs(20);

/// Longest wait of a message for a store; the waits double up to it.
///
/// Ours: the hundred deliveries of a message (Cloudflare, Queues limits) then outlast four days.
pub const STORE_WAIT_MAX: Duration = Duration::from_hours(1);

/// Time after which what a consumer claimed is free again, if the consumer did not come back.
///
/// Ours: twice the time for which a wave sends, and the longest timeout of an attempt.
pub const CLAIM_LEASE: Duration = Duration::from_mins(3);

/// Time for which the consumer hands out the calls of a wave.
///
/// Ours: a wave of a hundred messages takes seconds; behind a Kochava that is slow, what is left
/// waits for the next wave, so that every wave ends while its claims hold.
pub const WAVE_TIME_MAX: Duration = Duration::from_mins(1);

/// Wait of a message, or of an event, of which another consumer delivers a copy.
///
/// Ours: most waves end within it.
pub const COPY_WAIT: Duration = Duration::from_secs(15);

/// Wait of a message while the configuration has faults.
///
/// Ours: a fault is mended within the hour, and twelve looks an hour cost nothing.
pub const FAULTY_WAIT: Duration = Duration::from_mins(5);

/// Hours for which a completed message is known: the queue delivers a copy within minutes, after an
/// outage of the Worker within days.
///
/// Source: Cloudflare, Queues limits: retention is 4 days by default on Workers Paid.
pub const COMPLETED_HOURS: u32 = 4 * 24;

/// Completed messages that one shard of the journal knows.
///
/// Ours: 8 bytes each. A copy comes within minutes; at 100 messages a second the last 800,000 are
/// those of two hours.
pub const COMPLETED_MESSAGES_MAX: usize = 800_000;

/// Hours for which a delivered event is recognised if it comes again.
///
/// Source: Amplitude, HTTP V2 API: the same `insert_id` of a device is one event "within 7 days".
pub const DEDUPE_HOURS: u32 = 7 * 24;

/// Delivered events that one shard of the journal recognises.
///
/// Ours: 9 bytes each, 59 MB of the 128 MB of an isolate (Cloudflare, Workers limits); seven days
/// of 10 events a second.
pub const DEDUPE_EVENTS_MAX: usize = 6_500_000;

/// Wait of a message that a newer release wrote.
///
/// Ours: after a rollback the newer release returns within hours, and then reads it.
pub const NEWER_WAIT: Duration = Duration::from_mins(30);

const _: () = assert!(BREAKER_PROBE_LEASE.as_millis() >= 2 * BUDGET_MAX.as_millis());
const _: () =
    assert!(CLAIM_LEASE.as_millis() >= 2 * WAVE_TIME_MAX.as_millis() + BUDGET_MAX.as_millis());
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
