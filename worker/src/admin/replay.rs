//! Sends rejects again.
//!
//! A reject is planned again under the current settings, put into the queue, and only then deleted.
//! The id of its message is derived from its own id and the replay's, which is stored first: a
//! replay that failed and is repeated enqueues a message with the same id, and only one of the two
//! counts.

use super::Failure;
use super::list::{events, read_row, select};
use super::query::Query;
use super::report::Report;
use super::selection::{WHERE, selection_values};
use crate::clock;
use crate::config::Config;
use crate::ingest::seed;
use crate::limits::REPLAY_MAX;
use crate::platform::{self, PlatformError};
use crate::rejects::{database, list, query_texts};
use crate::reply::{self, Reply};
use kochava_edge::limits::MESSAGE_BYTES_MAX;
use kochava_edge::{
    Counters, DeliveryProgress, Digest, Fate, Message, Moment, QueuedEvent, RawEvent, Request,
    Source, batches,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use worker::Env;

/// A stored reject without its event.
#[derive(Deserialize)]
pub(super) struct StoredReject {
    pub(super) id: String,
    pub(super) reasons: Box<RawValue>,
    /// The bodies that were sent before.
    pub(super) sent: Vec<String>,
    source: String,
    of_users: u8,
    received: i64,
    progress: String,
    was_queued: u8,
    settings: String,
}

/// One reject, and its result in this replay.
pub(super) struct Replayed {
    pub(super) row: StoredReject,
    event: Option<String>,
    source: Source,
    progress: DeliveryProgress,
    settings: Digest,
    pub(super) planned: Option<Fate>,
    pub(super) result: &'static str,
}

impl Replayed {
    fn received(&self) -> Moment {
        Moment::from_millis(self.row.received)
    }

    /// Returns the calls that are still to be sent, if the event can be sent.
    pub(super) fn calls(&self) -> Option<&[Request]> {
        let Fate::Ready(parcel) = self.planned.as_ref()? else {
            return None;
        };
        let done = usize::try_from(self.progress.done).unwrap_or(usize::MAX);
        Some(&parcel.requests[done.min(parcel.requests.len())..])
    }
}

/// Sends rejects again; with `dry` only reports what would be sent.
pub(super) async fn replay(query: &Query, config: &Config, env: &Env) -> Result<Reply, Failure> {
    let mut values = selection_values(&query.selection()?);
    values.push((REPLAY_MAX + 1).to_string().into());
    let sql = format!(
        "SELECT {ROW} FROM rejects WHERE {WHERE} ORDER BY last_at, id LIMIT CAST(?6 AS INTEGER)"
    );
    let mut rows = select(env, &sql, values).await?;
    let has_more = rows.len() > REPLAY_MAX;
    rows.truncate(REPLAY_MAX);
    let rows: Vec<StoredReject> = rows.iter().filter_map(|row| read_row(row)).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut events = events(env, &ids).await?;
    let mut all: Vec<Replayed> = rows
        .into_iter()
        .filter_map(|row| plan(row, &mut events, config))
        .collect();
    if !query.is_dry {
        send_all(&mut all, env).await?;
    }
    Ok(reply::json(&Report::of(&all, query.is_dry, has_more)))
}

/// Plans a reject under the current settings.
fn plan(
    row: StoredReject,
    events: &mut BTreeMap<String, String>,
    config: &Config,
) -> Option<Replayed> {
    let event = events.remove(&row.id);
    let source = Source::from_name(&row.source)?;
    let received = Moment::from_millis(row.received);
    let planned = event.as_ref().and_then(|event| {
        let mut shapes = config.shapes.borrow_mut();
        let of_users = row.of_users == 1;
        let planner = &config.planner;
        planner
            .plan_waiting(event, source, of_users, received, &mut shapes)
            .ok()
            .map(|planned| Fate::from(planned.fate))
    });
    let done = serde_json::from_str::<DeliveryProgress>(&row.progress).ok()?;
    let result = match &planned {
        None => "not-kept",
        Some(Fate::Ready(_)) => "ready",
        Some(Fate::Skipped(_)) => "skipped",
        Some(Fate::Refused(_)) => "refused",
    };
    Some(Replayed {
        settings: Digest::read(&row.settings)?,
        row,
        event,
        source,
        progress: DeliveryProgress {
            done: done.done,
            is_unconfirmed: done.is_unconfirmed,
            deferrals: done.deferrals,
            ..DeliveryProgress::default()
        },
        planned,
        result,
    })
}

async fn send_all(all: &mut [Replayed], env: &Env) -> Result<(), PlatformError> {
    let ids: Vec<&str> = all
        .iter()
        .filter(|replayed| matches!(replayed.result, "ready" | "duplicate"))
        .map(|replayed| replayed.row.id.as_str())
        .collect();
    let replay = Digest::of(&["replay", &seed()]).to_hex();
    let claimed = select(env, CLAIM, vec![list(ids).into(), replay.into()]).await?;
    let mut replays: BTreeMap<String, String> = BTreeMap::default();
    for (id, replay) in claimed.iter().filter_map(|line| line.split_once(' ')) {
        replays.insert(id.to_owned(), replay.to_owned());
    }
    let mut gone = Vec::new();
    let mut messages: Vec<(usize, String)> = Vec::new();
    for (at, replayed) in all.iter().enumerate() {
        match replays.get(&replayed.row.id) {
            Some(_) if replayed.result == "duplicate" => gone.push(at),
            Some(replay) => messages.extend(message(replayed, replay).map(|text| (at, text))),
            // it was deleted in the meantime
            None => {}
        }
    }
    let (fits, too_large): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|(_, text)| text.len() <= MESSAGE_BYTES_MAX);
    for batch in batches(fits.iter().map(|(_, text)| text.len())) {
        let batch = &fits[batch];
        let texts = batch.iter().map(|(_, text)| (text.as_str(), 0));
        let sent = platform::send(env, texts).await;
        let sent = sent.inspect_err(|error| error.log()).is_ok();
        for (at, _) in batch {
            all[*at].result = if sent { "queued" } else { "not-sent" };
            gone.extend(sent.then_some(*at));
        }
    }
    for (at, _) in too_large {
        all[at].result = "not-sent";
    }
    let pairs: Vec<String> = gone
        .iter()
        .filter_map(|&at| Some([&all[at].row.id, " ", replays.get(&all[at].row.id)?].concat()))
        .collect();
    let pairs = list(pairs.iter().map(String::as_str));
    let database = database(env)?;
    let statements = [
        (FORGET_EVENTS, vec![pairs.as_str().into()]),
        (FORGET, vec![pairs.as_str().into()]),
    ];
    query_texts(&database, &statements).await?;
    Ok(())
}

fn message(replayed: &Replayed, replay: &str) -> Option<String> {
    let event = QueuedEvent {
        id: Digest::read(&replayed.row.id).unwrap_or_else(|| Digest::of(&[&replayed.row.id])),
        source: replayed.source,
        received: replayed.received(),
        of_users: replayed
            .planned
            .as_ref()
            .is_some_and(|_| replayed.row.of_users == 1),
        is_replay: true,
        stored: None,
        settings: replayed.settings,
        progress: replayed.progress,
        event: Some(RawEvent::new(replayed.event.as_deref()?)?),
    };
    let mut counters = Counters::default();
    counters.count("replayed", 1);
    let message = Message {
        id: Digest::of(&["replay", &replayed.row.id, replay]),
        sent: Moment::from_millis(clock::now()),
        shard: 0,
        counters,
        events: vec![event],
    };
    Some(message.text())
}

const ROW: &str = "json_object('id', id, 'reasons', json(reasons), 'sent', json(sent), 'source', source, 'of_users', of_users, 'received', received_at, \
'progress', progress, 'was_queued', was_queued, 'settings', settings)";

/// Stores the id of the replay; a reject of a failed replay keeps the earlier id.
const CLAIM: &str = "UPDATE rejects SET replay = coalesce(replay, ?2) WHERE id IN (SELECT value FROM json_each(?1)) RETURNING id || ' ' || replay";

const FORGET_EVENTS: &str = "DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE id || ' ' || replay IN (SELECT value FROM json_each(?1)))";

const FORGET: &str =
    "DELETE FROM rejects WHERE id || ' ' || replay IN (SELECT value FROM json_each(?1))";
