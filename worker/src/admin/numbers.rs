//! Amplitude's eight numbers under its own names (Amplitude, Event Streaming Metrics Summary API), and
//! counts by reason: for a whole period and for each step of one.

use crate::json::Json;
use kochava_edge::{Counters, Skip, quantile_ms};

/// The other numbers, each with its counter.
const PLAIN: [(&str, &str); 9] = [
    ("successOnFirstAttempt", "first-attempt"),
    ("successAfterRetry", "after-retry"),
    ("eventsExpired", "expired"),
    ("eventsDiscarded", "discarded"),
    ("unconfirmed", "unconfirmed"),
    ("skipped", "skipped"),
    ("duplicates", "duplicates"),
    ("replayed", "replayed"),
    ("attempts", "attempts"),
];

/// Numbers that only a whole period has.
pub(super) const OF_PERIOD: [(&str, &str); 5] = [
    ("installs", "installs"),
    ("installs-undelivered", "installs-undelivered"),
    ("identities", "identities"),
    ("identities-undelivered", "identities-undelivered"),
    ("deferrals", "deferrals"),
];

/// The codes of what the consumer skips, since Kochava has it.
const KNOWN: [&str; 2] = ["identity-unchanged", "install-known"];

/// Writes the members.
pub(super) fn write(json: &mut Json, counters: &Counters) {
    let delivered = counters.of("delivered");
    let failed = counters.of("expired") + counters.of("discarded");
    json.number("eventsDelivered", delivered);
    json.number("eventsNotDelivered", failed);
    // in percent, rounded down to two decimal places
    let rate = (delivered * 10_000).checked_div(delivered + failed);
    json.thousandths("deliveryRate", rate.map(|rate| rate * 10));
    json.thousandths("latencyInSeconds", quantile_ms(counters, 95));
    json.thousandths("latencyMedianInSeconds", quantile_ms(counters, 50));
    for (name, counter) in PLAIN {
        json.number(name, counters.of(counter));
    }
    let is_skip =
        |code: &str| KNOWN.contains(&code) || Skip::ALL.iter().any(|skip| skip.code() == code);
    for (name, wants_skips) in [("reasons", false), ("skipReasons", true)] {
        json.open_member(name, '{');
        for (code, times) in counters.iter() {
            if let Some(code) = code.strip_prefix("code:")
                && is_skip(code) == wants_skips
            {
                json.number(code, times);
            }
        }
        json.close('}');
    }
}
