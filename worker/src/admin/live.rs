//! The last outcomes, as they happen, without identifiers.

use super::query::Query;
use super::{Failure, names_of, syncs_of};
use crate::config::Setup;
use crate::config::sync::listed;
use crate::durable_objects::Journal;
use crate::json::Json;
use crate::reply::{self, Reply};
use kochava_edge::{LIVE_OUTCOMES_MAX, LiveOutcome, Moment};
use worker::Env;

/// Replies with what became of events since the cursor; each shard has a place in the cursor.
pub(super) async fn live(query: &Query, setup: &Setup, env: &Env) -> Result<Reply, Failure> {
    let names = names_of(&syncs_of(query, setup)?);
    let shards = usize::try_from(setup.shards).unwrap_or(1);
    let after = query.after.as_deref().unwrap_or_default();
    let mut last: Vec<i64> = after
        .split('-')
        .filter_map(|part| part.parse().ok())
        .collect();
    // of other shards or syncs, or of none
    if last.len() != names.len() * shards {
        last = vec![0; names.len() * shards];
    }
    let times: Vec<Moment> = last.iter().copied().map(Moment::from_millis).collect();
    let seen = Journal::watch(env, &names, setup.shards, &times).await?;
    let mut outcomes: Vec<(&str, LiveOutcome)> = Vec::new();
    for (number, seen) in seen.into_iter().enumerate() {
        if let Some(newest) = seen.last() {
            last[number] = newest.at.millis;
        }
        let sync = names[number / shards];
        outcomes.extend(seen.into_iter().map(|outcome| (sync, outcome)));
    }
    outcomes.sort_by_key(|(_, outcome)| outcome.at.millis);
    let skipped = outcomes.len().saturating_sub(LIVE_OUTCOMES_MAX);
    let mut json = Json::default();
    json.open('{');
    let next: Vec<String> = last.iter().map(ToString::to_string).collect();
    json.text("next", Some(&next.join("-")));
    json.open_member("outcomes", '[');
    for (sync, outcome) in &outcomes[skipped..] {
        write_outcome(&mut json, listed(sync), outcome);
    }
    json.close(']');
    json.close('}');
    Ok(reply::json_text(json))
}

fn write_outcome(json: &mut Json, sync: Option<&str>, outcome: &LiveOutcome) {
    json.open('{');
    json.time("at", Some(outcome.at));
    json.text("sync", sync);
    json.text("event", outcome.event.as_deref());
    json.text("kind", Some(&outcome.kind));
    json.text("outcome", Some(&outcome.outcome));
    json.text("code", outcome.code.as_deref());
    match outcome.status {
        Some(status) => json.number("status", status.into()),
        None => json.raw("status", "null"),
    }
    json.number("times", outcome.times.unwrap_or(1));
    json.close('}');
}
