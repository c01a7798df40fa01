//! Counters over a period.
//!
//! Amplitude's eight numbers under its own names (Amplitude, Event Streaming Metrics Summary API),
//! counts by reason, and the open breakers.

use super::Failure;
use super::query::{Query, QueryFault};
use crate::clock;
use crate::config::Setup;
use crate::config::sync::Sync;
use crate::durable_objects::Journal;
use crate::reply::{self, OpenBreaker, Reply, iso};
use crate::sorted::map_of;
use kochava_edge::{Counters, Moment, quantile_ms};
use serde::Serialize;
use std::collections::BTreeMap;
use worker::Env;

/// Counters over a period that ends now, or from one moment to another; of one sync, or of all together.
pub(super) async fn stats(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let span = Span::of(query, Moment::from_millis(clock::now()))?;
    let wanted = query.filter.sync.as_deref();
    let syncs = setup.syncs.iter();
    let syncs = syncs.filter(|sync| wanted.is_none_or(|name| name == sync.name));
    let syncs: Vec<&Sync> = syncs.collect();
    if syncs.is_empty() {
        return Ok(reply::unknown_sync(setup));
    }
    let names: Vec<&str> = syncs.iter().map(|sync| &*sync.name).collect();
    let overviews = Journal::overviews(env, &names, setup.shards, span.from, span.to).await?;
    let (mut counters, mut open_messages) = (Counters::default(), 0);
    let mut open_breakers = Vec::new();
    for (sync, overview) in syncs.iter().zip(&overviews) {
        counters.add(&overview.counters);
        open_messages += overview.open_messages;
        let sync = setup.has_names().then(|| sync.shown());
        let open = overview.breakers.open().map(OpenBreaker::with_app);
        open_breakers.extend(open.map(|breaker| breaker.of_sync(sync)));
    }
    let stats = Stats::of(&span, &counters, open_messages);
    Ok(reply::json(&StatsReply {
        stats,
        open_breakers,
    }))
}

/// Returns the time range.
struct Span {
    name: &'static str,
    from: Moment,
    to: Moment,
}

impl Span {
    fn of(query: &Query, now: Moment) -> Result<Self, QueryFault> {
        let to = query.filter.to.unwrap_or(now);
        match query.filter.from {
            Some(from) => Ok(Span {
                name: "CUSTOM",
                from,
                to,
            }),
            None if query.filter.to.is_some() => Err(QueryFault::Invalid(
                "`to` needs `from`: `period` ends now".to_owned(),
            )),
            None => {
                let period = query.period.unwrap_or_default();
                Ok(Span {
                    name: period.name(),
                    from: Moment::from_millis(to.millis - period.minutes() * 60_000),
                    to,
                })
            }
        }
    }
}

#[derive(Serialize)]
struct StatsReply<'c> {
    #[serde(flatten)]
    stats: Stats<'c>,
    open_breakers: Vec<OpenBreaker<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats<'c> {
    time_period: &'static str,
    time_period_start: String,
    time_period_end: String,
    events_delivered: u64,
    events_not_delivered: u64,
    /// The share in percent.
    delivery_rate: Option<f64>,
    latency_in_seconds: Option<f64>,
    success_on_first_attempt: u64,
    success_after_retry: u64,
    events_expired: u64,
    events_discarded: u64,
    unconfirmed: u64,
    skipped: u64,
    duplicates: u64,
    replayed: u64,
    installs: u64,
    #[serde(rename = "installs-undelivered")]
    installs_undelivered: u64,
    identities: u64,
    #[serde(rename = "identities-undelivered")]
    identities_undelivered: u64,
    attempts: u64,
    deferrals: u64,
    to_be_completed: u64,
    reasons: BTreeMap<&'c str, u64>,
}

impl<'c> Stats<'c> {
    fn of(span: &Span, counters: &'c Counters, open: u64) -> Self {
        let [delivered, expired, discarded] =
            ["delivered", "expired", "discarded"].map(|name| counters.of(name));
        let reasons = counters
            .iter()
            .filter_map(|(name, times)| Some((name.strip_prefix("code:")?, times)));
        Stats {
            time_period: span.name,
            time_period_start: iso(span.from),
            time_period_end: iso(span.to),
            events_delivered: delivered,
            events_not_delivered: expired + discarded,
            // rounded down to two decimal places
            delivery_rate: (delivered * 10_000)
                .checked_div(delivered + expired + discarded)
                .map(|rate| fraction(rate, 100.0)),
            latency_in_seconds: quantile_ms(counters, 95).map(|millis| fraction(millis, 1_000.0)),
            success_on_first_attempt: counters.of("first-attempt"),
            success_after_retry: counters.of("after-retry"),
            events_expired: expired,
            events_discarded: discarded,
            unconfirmed: counters.of("unconfirmed"),
            skipped: counters.of("skipped"),
            duplicates: counters.of("duplicates"),
            replayed: counters.of("replayed"),
            installs: counters.of("installs"),
            installs_undelivered: counters.of("installs-undelivered"),
            identities: counters.of("identities"),
            identities_undelivered: counters.of("identities-undelivered"),
            attempts: counters.of("attempts"),
            deferrals: counters.of("deferrals"),
            to_be_completed: open,
            reasons: map_of(reasons),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn fraction(number: u64, divisor: f64) -> f64 {
    number as f64 / divisor
}

#[cfg(test)]
mod tests {
    use super::{Query, QueryFault, Span, Stats};
    use crate::route::Parameter::{From, Period, To};
    use kochava_edge::{Counters, Moment};

    fn query(query: &str) -> Query {
        Query::read(&[Period, From, To], query, "").unwrap()
    }

    fn stats_json(counters: &Counters) -> serde_json::Value {
        let now = Moment::parse("2026-01-31T12:00:00.5Z").unwrap();
        let span = Span::of(&query("period=ONE_HOUR"), now).unwrap();
        serde_json::to_value(Stats::of(&span, counters, 3)).unwrap()
    }

    #[test]
    fn rates_are_percent_with_two_digits_and_null_where_nothing_ended() {
        let mut counters = Counters::default();
        assert_eq!(
            stats_json(&counters)["deliveryRate"],
            serde_json::Value::Null
        );
        assert_eq!(
            stats_json(&counters)["latencyInSeconds"],
            serde_json::Value::Null
        );
        counters.count("delivered", 2);
        counters.count("discarded", 1);
        counters.count("code:kochava-rejected", 1);
        let stats = stats_json(&counters);
        assert_eq!(stats["deliveryRate"], 66.66);
        assert_eq!(stats["eventsNotDelivered"], 1);
        assert_eq!(stats["toBeCompleted"], 3);
        assert_eq!(stats["reasons"]["kochava-rejected"], 1);
        assert_eq!(stats["identities-undelivered"], 0);
    }

    #[test]
    fn a_period_ends_now_and_a_span_of_ones_own_is_custom() {
        let now = Moment::parse("2026-01-31T12:00:00Z").unwrap();
        let span = |text| Span::of(&query(text), now).unwrap();
        let day = span("");
        assert_eq!(
            (day.name, now.millis - day.from.millis),
            ("ONE_DAY", 86_400_000)
        );
        let custom = span("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
        assert_eq!(
            (custom.name, custom.to.millis - custom.from.millis),
            ("CUSTOM", 86_400_000)
        );
        let until_now = span("from=2026-01-31T00:00:00Z");
        assert_eq!((until_now.name, until_now.to), ("CUSTOM", now));
        let without_start = Span::of(&query("to=2026-01-02T00:00:00Z"), now);
        assert!(matches!(without_start, Err(QueryFault::Invalid(_))));
    }
}
