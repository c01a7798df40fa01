//! How many came to what?
//!
//! Amplitude's eight numbers under its own names (Amplitude, Event Streaming Metrics Summary API),
//! and counts by reason.

use super::query::Asked;
use crate::clock;
use crate::durable_objects::{Breaker, Journal};
use crate::object::Object;
use crate::platform::PlatformError;
use crate::reply::{self, Reply, iso};
use kochava_edge::{Counters, Moment, quantile_ms};
use worker::Env;

/// Counters over a period that ends now, or from one moment to another.
pub(super) async fn stats(asked: &Asked, env: &Env) -> Result<Reply, PlatformError> {
    let now = Moment::from_millis(clock::now());
    let period = asked.word("period").unwrap_or("ONE_DAY");
    let is_custom = asked.moment("from").is_some();
    let Some((name, minutes)) = PERIODS.into_iter().find(|(name, _)| *name == period) else {
        return Ok(reply::bad_query("period"));
    };
    let to = asked.moment("to").unwrap_or(now);
    let from = asked
        .moment("from")
        .unwrap_or(Moment::from_millis(to.millis - minutes * 60_000));
    let (counts, open) = Journal::counters(env, from, to).await?;
    let gates = Breaker::state(env).await?;
    let body = told(
        &counts,
        open,
        if is_custom { "CUSTOM" } else { name },
        from,
        to,
    );
    Ok(reply::told(body.list("closed", reply::gates(&gates))))
}

fn told(counts: &Counters, open: u64, period: &str, from: Moment, to: Moment) -> Object {
    let (delivered, expired, discarded) = (
        counts.of("delivered"),
        counts.of("expired"),
        counts.of("discarded"),
    );
    let ended = delivered + expired + discarded;
    // percent, with two digits behind the point
    let rate = (delivered * 10_000)
        .checked_div(ended)
        .map_or("null".to_owned(), |rate| {
            format!("{}.{:02}", rate / 100, rate % 100)
        });
    let latency = quantile_ms(counts, 95).map_or("null".to_owned(), |millis| {
        format!("{}.{:03}", millis / 1_000, millis % 1_000)
    });
    let reasons = counts
        .iter()
        .filter_map(|(name, times)| Some((name.strip_prefix("code:")?, times)));
    let reasons = reasons.fold(Object::new(), |reasons, (code, times)| {
        reasons.number(code, times)
    });
    let others = [
        "unconfirmed",
        "skipped",
        "duplicates",
        "identities",
        "identities-undelivered",
        "attempts",
        "deferrals",
    ];
    let body = Object::new()
        .text("timePeriod", period)
        .text("timePeriodStart", &iso(from))
        .text("timePeriodEnd", &iso(to));
    let body = body
        .number("eventsDelivered", delivered)
        .number("eventsNotDelivered", expired + discarded)
        .raw("deliveryRate", &rate);
    let body = body
        .raw("latencyInSeconds", &latency)
        .number("successOnFirstAttempt", counts.of("first-attempt"));
    let body = body
        .number("successAfterRetry", counts.of("after-retry"))
        .number("eventsExpired", expired)
        .number("eventsDiscarded", discarded);
    let body = others
        .into_iter()
        .fold(body, |body, name| body.number(name, counts.of(name)));
    body.number("toBeCompleted", open)
        .object("reasons", &reasons)
}

/// Amplitude's periods, in minutes.
const PERIODS: [(&str, i64); 6] = [
    ("TEN_MINUTES", 10),
    ("ONE_HOUR", 60),
    ("FOUR_HOURS", 240),
    ("ONE_DAY", 1_440),
    ("ONE_WEEK", 10_080),
    ("TWO_WEEKS", 20_160),
];
