//! How is a reject sent again?
//!
//! Planned again under the settings of today, put into the queue, and only then deleted. The name
//! of its message is made of its own and of the replay's, which is noted first: whoever repeats a
//! replay that broke off puts the same message into the queue, and of two such one counts.

use super::list::{events, select, text};
use super::query::{Asked, WHERE};
use crate::clock;
use crate::config::Config;
use crate::durable_objects::Dedupe;
use crate::ingest::seed;
use crate::inline_delivery::{self, Delivered};
use crate::limits::REPLAY_MAX;
use crate::object::Object;
use crate::platform::{self, PlatformError};
use crate::rejects::{database, list, query_texts};
use crate::reply::{self, Reply};
use kochava_edge::limits::MESSAGE_BYTES_MAX;
use kochava_edge::{
    Change, Context, Counters, DeliveryProgress, Digest, Fate, Message, Moment, PlannedEvent,
    QueuedEvent, RawEvent, Reader, Source, Value, batches, diff,
};
use std::collections::BTreeMap;
use worker::Env;

/// One reject, and what would become of it today.
struct Again {
    id: String,
    row: String,
    event: Option<String>,
    source: Source,
    received: Moment,
    progress: DeliveryProgress,
    settings: Digest,
    taken: Option<PlannedEvent>,
    result: &'static str,
}

/// Sends rejects again, or with `dry` only says what would be sent.
pub(super) async fn replay(
    asked: &Asked,
    config: &Config,
    env: &Env,
) -> Result<Reply, PlatformError> {
    if !asked.says_which {
        return Ok(reply::says_not_which());
    }
    let mut values = asked.values();
    values.push((REPLAY_MAX + 1).to_string().into());
    let sql = format!(
        "SELECT {ROW} FROM rejects WHERE {WHERE} ORDER BY last_at, id LIMIT CAST(?6 AS INTEGER)"
    );
    let mut rows = select(env, &sql, values).await?;
    let has_more = rows.len() > REPLAY_MAX;
    rows.truncate(REPLAY_MAX);
    let ids: Vec<String> = rows.iter().filter_map(|row| text(row, "id")).collect();
    let mut events = events(env, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let mut all: Vec<Again> = rows
        .into_iter()
        .filter_map(|row| plan(row, &mut events, config))
        .collect();
    find_duplicates(&mut all, env).await;
    let is_dry = asked.is("dry");
    if !is_dry {
        send_all(&mut all, config, env).await?;
    }
    Ok(reply::told(told(&all, is_dry, has_more)))
}

/// Plans a reject under the settings of today.
fn plan(row: String, events: &mut BTreeMap<String, String>, config: &Config) -> Option<Again> {
    let id = text(&row, "id")?;
    let event = events.remove(&id);
    let source = text(&row, "source").and_then(|name| Source::of_name(&name))?;
    let received = Moment::from_millis(text(&row, "received")?.parse().ok()?);
    let of_users = text(&row, "of_users")? == "1";
    let context = Context {
        source,
        received_at: Some(received),
        limits: None,
    };
    let taken = event.as_ref().and_then(|event| {
        config
            .planner
            .replan(event, of_users, &context, &mut config.shapes.borrow_mut())
            .ok()
    });
    let done = serde_json::from_str::<DeliveryProgress>(&text(&row, "progress")?).ok()?;
    let result = match taken.as_ref().map(|taken| &taken.fate) {
        None => "not-kept",
        Some(Fate::Ready(_)) => "ready",
        Some(Fate::Skipped(_)) => "skipped",
        Some(Fate::Refused(_)) => "refused",
    };
    Some(Again {
        id,
        settings: Digest::read(&text(&row, "settings")?)?,
        row,
        event,
        source,
        received,
        progress: DeliveryProgress {
            done: done.done,
            is_unconfirmed: done.is_unconfirmed,
            deferrals: done.deferrals,
            ..DeliveryProgress::default()
        },
        taken,
        result,
    })
}

/// Finds those whose sender sent them again in the meantime, with success. What was in the queue
/// itself is known to the memory for that.
async fn find_duplicates(all: &mut [Again], env: &Env) {
    let is_asked = |again: &Again| {
        again.result == "ready" && text(&again.row, "was_queued").is_some_and(|flag| flag == "0")
    };
    let key = |again: &Again| again.taken.as_ref().and_then(|taken| taken.meta.dedupe);
    let keys: Vec<Digest> = all
        .iter()
        .filter(|again| is_asked(again))
        .filter_map(key)
        .collect();
    if keys.is_empty() {
        return;
    }
    let seen = Dedupe::seen(env, &keys).await;
    for again in all.iter_mut().filter(|again| is_asked(again)) {
        if key(again).is_some_and(|key| seen.contains(&key)) {
            again.result = "duplicate";
        }
    }
}

async fn send_all(all: &mut [Again], config: &Config, env: &Env) -> Result<(), PlatformError> {
    let ids: Vec<&str> = all
        .iter()
        .filter(|again| matches!(again.result, "ready" | "duplicate"))
        .map(|again| again.id.as_str())
        .collect();
    let replay = Digest::of(&["replay", &seed()]).to_hex();
    let claimed = select(env, CLAIM, vec![list(ids).into(), replay.into()]).await?;
    let mut replays: BTreeMap<String, String> = BTreeMap::default();
    for (id, replay) in claimed.iter().filter_map(|line| line.split_once(' ')) {
        replays.insert(id.to_owned(), replay.to_owned());
    }
    let mut gone = Vec::new();
    let mut messages: Vec<(usize, String)> = Vec::new();
    for (at, again) in all.iter().enumerate() {
        match replays.get(&again.id) {
            Some(_) if again.result == "duplicate" => gone.push(at),
            Some(replay) => messages.extend(message(again, replay).map(|text| (at, text))),
            // somebody deleted it in between
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
    deliver_at_once(all, &too_large, &mut gone, config, env).await;
    let pairs: Vec<String> = gone
        .iter()
        .filter_map(|&at| Some([&all[at].id, " ", replays.get(&all[at].id)?].concat()))
        .collect();
    let pairs = list(pairs.iter().map(String::as_str));
    let database = database(env)?;
    let statements = [
        (FORGET_EVENTS, vec![pairs.as_str().into()]),
        (FORGET, vec![pairs.as_str().into()]),
    ];
    query_texts(&database, &statements).await?;
    let keys: Vec<Digest> = gone
        .iter()
        .filter_map(|&at| all[at].taken.as_ref()?.meta.dedupe)
        .collect();
    Dedupe::add_seen(env, &keys).await;
    Ok(())
}

fn message(again: &Again, replay: &str) -> Option<String> {
    let event = QueuedEvent {
        id: Digest::read(&again.id).unwrap_or_else(|| Digest::of(&[&again.id])),
        source: again.source,
        received: again.received,
        of_users: again
            .taken
            .as_ref()
            .is_some_and(|taken| taken.meta.of_users),
        ordering_key: None,
        settings: again.settings,
        progress: again.progress,
        event: RawEvent::new(again.event.as_deref()?)?,
    };
    let message = Message {
        id: Digest::of(&["replay", &again.id, replay]),
        sent: Moment::from_millis(clock::now()),
        counters: Counters::default(),
        events: vec![event],
    };
    Some(message.text())
}

/// What no message can hold is delivered while the operator waits.
async fn deliver_at_once(
    all: &mut [Again],
    too_large: &[(usize, String)],
    gone: &mut Vec<usize>,
    config: &Config,
    env: &Env,
) {
    let parcels = too_large
        .iter()
        .filter_map(|&(at, _)| match &all[at].taken.as_ref()?.fate {
            Fate::Ready(parcel) if all[at].progress.done == 0 => Some((at, parcel)),
            _ => None,
        });
    let delivered = inline_delivery::all(parcels.collect(), config).await;
    let now = Moment::from_millis(clock::now());
    let mut counts = Counters::default();
    for (at, delivered) in delivered {
        let is_taken = !matches!(delivered, Delivered::Failed(_));
        all[at].result = if is_taken { "delivered" } else { "not-sent" };
        if is_taken {
            gone.push(at);
            counts.count_delivered(
                u64::try_from(now.millis - all[at].received.millis).unwrap_or(0),
                true,
            );
        }
    }
    if !counts.is_empty() {
        let message = Message::of_counters(&seed(), now, counts);
        // a count that is lost loses no event
        if let Err(error) = platform::send(env, [(message.text().as_str(), 0)]).await {
            error.log();
        }
    }
}

fn told(all: &[Again], is_dry: bool, has_more: bool) -> Object {
    let mut counts = Counters::default();
    for again in all {
        counts.count(again.result, 1);
    }
    let counts = counts
        .iter()
        .fold(Object::new(), |counts, (result, count)| {
            counts.number(result, count)
        });
    Object::new()
        .flag("dry", is_dry)
        .number("found", all.len())
        .object("results", &counts)
        .flag("more", has_more)
        .list("rejects", all.iter().map(one))
}

fn one(again: &Again) -> Object {
    let was = Object::new().raw("reasons", &raw(&again.row, "reasons"));
    let one = Object::new()
        .text("id", &again.id)
        .text("result", again.result)
        .object("was", &was);
    match again.taken.as_ref().map(|taken| &taken.fate) {
        Some(Fate::Ready(parcel)) => {
            let before = sent(&again.row);
            let done = usize::try_from(again.progress.done)
                .unwrap_or(0)
                .min(parcel.requests.len());
            let calls = &parcel.requests[done..];
            let changes = calls
                .iter()
                .enumerate()
                .flat_map(|(at, call)| diff(before.get(at).map_or("", String::as_str), &call.body));
            one.list("requests", calls.iter().map(reply::request))
                .list("changes", changes.map(|change| told_change(&change)))
        }
        Some(Fate::Skipped(skip)) => one
            .text("code", skip.code())
            .text("message", skip.sentence()),
        Some(Fate::Refused(violations)) => {
            one.list("violations", violations.iter().map(reply::violation))
        }
        None => one,
    }
}

fn told_change(change: &Change) -> Object {
    let null = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    Object::new()
        .text("field", &change.field)
        .raw("before", &null(&change.before))
        .raw("after", &null(&change.after))
}

/// The bodies that were sent before.
fn sent(row: &str) -> Vec<String> {
    let sent = raw(row, "sent");
    let Ok(list) = Reader::new(&sent).value() else {
        return Vec::new();
    };
    list.elements()
        .filter_map(|body| {
            if let Value::String(body) = body {
                Some(body.decode().into_owned())
            } else {
                None
            }
        })
        .collect()
}

/// A member of a row that is a list.
fn raw(row: &str, key: &str) -> String {
    let members = Reader::new(row).value().map(|row| {
        row.members()
            .filter(|(name, _)| name.is(key))
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    });
    match members.unwrap_or_default().first() {
        Some(Value::Array(text)) => (*text).to_owned(),
        _ => "[]".to_owned(),
    }
}

const ROW: &str = "json_object('id', id, 'reasons', json(reasons), 'sent', json(sent), 'source', source, 'of_users', of_users, 'received', received_at, \
'progress', progress, 'was_queued', was_queued, 'settings', settings)";

/// Notes the replay's name; one that broke off keeps its own.
const CLAIM: &str = "UPDATE rejects SET replay = coalesce(replay, ?2) WHERE id IN (SELECT value FROM json_each(?1)) RETURNING id || ' ' || replay";

const FORGET_EVENTS: &str = "DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE id || ' ' || replay IN (SELECT value FROM json_each(?1)))";

const FORGET: &str =
    "DELETE FROM rejects WHERE id || ' ' || replay IN (SELECT value FROM json_each(?1))";
