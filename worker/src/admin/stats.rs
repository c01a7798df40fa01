//! Counters over a period, the open breakers, and what waits.

use super::query::{Query, QueryFault};
use super::{Failure, names_of, numbers, syncs_of};
use crate::clock;
use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::json::Json;
use crate::platform::queue_backlog;
use crate::rejects::to_json;
use crate::reply::{self, OpenBreaker, Reply};
use futures_util::join;
use kochava_edge::{Counters, Moment, WaitingSum};
use worker::Env;

/// Counters over a period that ends now, or from one moment to another; of one sync, or of all
/// together.
pub(super) async fn stats(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let span = Span::of(query, Moment::from_millis(clock::now()))?;
    let syncs = syncs_of(query, setup)?;
    let names = names_of(&syncs);
    let (overviews, queue) = join!(
        Journal::overviews(env, &names, setup.shards, span.from, span.to),
        queue_backlog(env),
    );
    let overviews = overviews?;
    let mut counters = Counters::default();
    let mut open_breakers = Vec::new();
    for (sync, overview) in syncs.iter().zip(&overviews) {
        counters.add(&overview.counters);
        let name = setup.has_names().then(|| sync.shown());
        let open = overview.breakers.open().map(OpenBreaker::with_app);
        open_breakers.extend(open.map(|breaker| breaker.of_sync(name)));
    }
    let mut json = Json::default();
    json.open('{');
    span.write(&mut json);
    numbers::write(&mut json, &counters);
    for (name, counter) in numbers::OF_PERIOD {
        json.number(name, counters.of(counter));
    }
    let open_messages = overviews.iter().map(|overview| overview.open_messages);
    json.number("toBeCompleted", open_messages.sum());
    json.raw("open_breakers", &to_json(&open_breakers));
    json.open_member("waiting", '[');
    for (sync, overview) in syncs.iter().zip(&overviews) {
        write_waiting(&mut json, listed(&sync.name), &overview.waiting);
    }
    json.close(']');
    match queue {
        Some((messages, oldest)) => {
            json.open_member("queue", '{');
            json.number("messages", messages);
            json.time("oldest", oldest);
            json.close('}');
        }
        None => json.raw("queue", "null"),
    }
    json.close('}');
    Ok(reply::json_text(json))
}

/// Writes what waits of a sync, one element for each state.
fn write_waiting(json: &mut Json, sync: Option<&str>, waiting: &[WaitingSum]) {
    for sum in waiting {
        json.open('{');
        json.text("sync", sync);
        json.text("state", Some(sum.state.name()));
        json.number("events", sum.events);
        json.time("oldest", Some(sum.oldest));
        json.close('}');
    }
}

/// The time range of a request.
pub(super) struct Span {
    name: &'static str,
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl Span {
    pub(super) fn of(query: &Query, now: Moment) -> Result<Self, QueryFault> {
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

    /// Writes the members of the period.
    pub(super) fn write(&self, json: &mut Json) {
        json.text("timePeriod", Some(self.name));
        json.text("timePeriodStart", Some(&self.from.iso()));
        json.text("timePeriodEnd", Some(&self.to.iso()));
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Query, QueryFault, Span, numbers};
    use crate::route::Parameter::{From, Period, To};
    use kochava_edge::{Counters, Moment};

    fn query(query: &str) -> Query {
        Query::read(&[Period, From, To], query, "").unwrap()
    }

    fn stats_json(counters: &Counters) -> serde_json::Value {
        let now = Moment::parse("2026-01-31T12:00:00.5Z").unwrap();
        let mut json = Json::default();
        json.open('{');
        let span = Span::of(&query("period=ONE_HOUR"), now).unwrap();
        span.write(&mut json);
        numbers::write(&mut json, counters);
        json.close('}');
        serde_json::from_str(&json.finish()).unwrap()
    }

    #[test]
    fn rates_are_percent_with_two_digits_and_null_where_nothing_ended() {
        let mut counters = Counters::default();
        let stats = stats_json(&counters);
        for name in ["deliveryRate", "latencyInSeconds", "latencyMedianInSeconds"] {
            assert_eq!(stats[name], serde_json::Value::Null, "{name}");
        }
        counters.count("delivered", 2);
        counters.count("discarded", 1);
        counters.count("code:kochava-rejected", 1);
        let stats = stats_json(&counters);
        assert_eq!(stats["timePeriodStart"], "2026-01-31T11:00:00.500Z");
        assert_eq!(stats["deliveryRate"], 66.66);
        assert_eq!(stats["eventsNotDelivered"], 1);
        assert_eq!(stats["reasons"]["kochava-rejected"], 1);
    }

    #[test]
    fn what_is_left_out_or_known_to_kochava_is_no_reason_why_something_was_not_delivered() {
        let mut counters = Counters::default();
        counters.count("code:not-selected", 3);
        counters.count("code:install-known", 2);
        counters.count("code:identity-unchanged", 1);
        counters.count("code:expired", 1);
        let stats = stats_json(&counters);
        assert_eq!(stats["reasons"], serde_json::json!({"expired": 1}));
        assert_eq!(
            stats["skipReasons"],
            serde_json::json!({"identity-unchanged": 1, "install-known": 2, "not-selected": 3})
        );
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
