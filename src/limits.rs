//! Every number we obey, and who said so.
//!
//! A constant carries its unit in its name and either a `Source:` or an `Ours:` line; a test refuses one that has neither.

use core::time::Duration;

/// Smallest request body that Kochava does not take.
///
/// Source: Amplitude, Kochava (Post-install), "Requests must be smaller than 2MB"; MB read as 10⁶ bytes, the smaller of the two readings.
pub const REQUEST_BYTES_LIMIT: usize = 2_000_000;

/// Keys of `event_data` above which Kochava may ignore some.
///
/// Source: social-hub's Kochava adapter citing Kochava's current pages, "at most 16 parameters"; Kochava's examples page says "as many keys as you like", so more are sent, and told.
pub const EVENT_DATA_KEYS_USUAL: usize = 16;

/// Levels of objects and arrays that one event may nest.
///
/// Ours: Amplitude takes 40 levels (HTTP V2 API, limits); three times that bounds every recursion of the core.
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
/// Source: Amplitude, Webhooks, "up to 10 times"; more inside one request only delays the sender's own retry.
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

/// Longest `Retry-After` that is believed.
///
/// Ours: a stranger's header must not park an event for ever; one hour is four of Kochava's own longest steps (its web SDK waits 1,800 s).
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// Bytes of Kochava's answer that are read.
///
/// Ours: its documented answer is `{"success":"1"}`; the rest is an error page that nobody needs.
pub const ANSWER_BYTES_MAX: usize = 16_384;

const _: () = assert!(ATTEMPTS_DEFAULT <= ATTEMPTS_MAX);
const _: () = assert!(BUDGET_DEFAULT.as_millis() <= BUDGET_MAX.as_millis());
const _: () = assert!(BUDGET_MIN.as_millis() < TIMEOUT_DEFAULT.as_millis());
const _: () = assert!(TIMEOUT_DEFAULT.as_millis() < BUDGET_DEFAULT.as_millis());
const _: () = assert!(DELAY_FIRST.as_millis() < DELAY_MAX.as_millis());
