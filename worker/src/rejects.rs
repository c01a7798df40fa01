//! The store of rejects, in D1.
//!
//! Statements have bound values only, mostly one JSON text that SQLite parses, since D1 binds at
//! most a hundred values. Events are stored in a table of their own, in parts that fit into a row.
//! Every statement may be repeated.

use crate::clock;
use crate::limits::SQL_TEXT_BYTES_MAX;
use crate::platform::PlatformError;
use kochava_edge::{
    Digest, FailureReason, Reject, RejectSweep, RejectVersion, SweepAnswer, UNCONFIRMED,
};
use litemap::LiteMap;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result, Delay, Env};

/// Returns the database, if it is bound.
pub(crate) fn database(env: &Env) -> Result<D1Database, PlatformError> {
    env.d1("DB").map_err(|_| PlatformError::Database)
}

/// Runs statements in one transaction and returns the rows of each, which have one column of text. Runs them up to
/// three times, since a database that is reset or overloaded answers the second or third time.
pub(crate) async fn query_texts(
    database: &D1Database,
    statements: &[(&str, Vec<JsValue>)],
) -> Result<Vec<Vec<String>>, PlatformError> {
    for wait_ms in [50, 200] {
        if let Ok(results) = run(database, statements).await {
            return rows(&results);
        }
        Delay::from(Duration::from_millis(wait_ms)).await;
    }
    let results = run(database, statements).await;
    rows(&results.map_err(|_| PlatformError::Database)?)
}

async fn run(
    database: &D1Database,
    statements: &[(&str, Vec<JsValue>)],
) -> worker::Result<Vec<D1Result>> {
    let bind = |(sql, values): &(&str, Vec<JsValue>)| database.prepare(*sql).bind(values);
    let bound: worker::Result<Vec<D1PreparedStatement>> = statements.iter().map(bind).collect();
    database.batch(bound?).await
}

fn rows(results: &[D1Result]) -> Result<Vec<Vec<String>>, PlatformError> {
    let mut texts = Vec::with_capacity(results.len());
    for result in results {
        let rows: worker::Result<Vec<TextRow>> = result.results();
        let rows = rows.map_err(|_| PlatformError::Database)?;
        texts.push(rows.into_iter().filter_map(|row| row.0).collect());
    }
    Ok(texts)
}

/// A row of one column.
struct TextRow(Option<String>);

impl<'de> Deserialize<'de> for TextRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowVisitor;
        impl<'de> Visitor<'de> for RowVisitor {
            type Value = TextRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut columns: A) -> Result<TextRow, A::Error> {
                let column: Option<(IgnoredAny, Option<String>)> = columns.next_entry()?;
                Ok(TextRow(column.and_then(|(_, text)| text)))
            }
        }
        deserializer.deserialize_map(RowVisitor)
    }
}

/// Joins the parts of texts, by their digest. Each row is the 32 hex digits of a digest and a part, and the parts of a
/// text are in their order.
pub(crate) fn join_parts(rows: &[String]) -> LiteMap<String, String> {
    let mut texts: LiteMap<String, String> = LiteMap::new();
    for (digest, part) in rows.iter().filter_map(|row| row.split_at_checked(32)) {
        texts.entry(digest.to_owned()).or_default().push_str(part);
    }
    texts
}

/// Stores rejects and deletes the large events that they replace, all of them or none. All of a reject that is stored already is replaced, its
/// event too, but for the time at which it was stored first.
pub(crate) async fn store(
    env: &Env,
    rejects: &[Reject],
    replaced: &[Digest],
    keep_events: bool,
) -> Result<(), PlatformError> {
    if rejects.is_empty() && replaced.is_empty() {
        return Ok(());
    }
    let now = clock::now();
    let rows = rejects
        .iter()
        .map(|reject| to_json(&RejectRow::of(reject, now, keep_events)));
    let parts = last_of_each(rejects)
        .filter(|_| keep_events)
        .flat_map(event_parts);
    let (events, rows) = (chunks(parts), chunks(rows));
    let ids: Vec<String> = rejects.iter().map(|reject| reject.id.to_hex()).collect();
    let ids = list(ids.iter().map(String::as_str));
    // a longer event with the same id was stored in more parts
    let mut statements: Vec<(&str, Vec<JsValue>)> = vec![(DELETE_EVENTS, vec![ids.into()])];
    statements.extend(events.iter().map(|json| (PUT_EVENTS, vec![json.into()])));
    statements.extend(rows.iter().map(|json| (PUT, vec![json.into()])));
    if !replaced.is_empty() {
        let keys: Vec<String> = replaced.iter().map(|key| key.to_hex()).collect();
        let keys = list(keys.iter().map(String::as_str));
        statements.push((DELETE_LARGE_EVENTS, vec![keys.into()]));
    }
    query_texts(&database(env)?, &statements).await.map(drop)
}

/// Deletes rejects, with their events.
pub(crate) async fn delete(env: &Env, ids: &[Digest]) -> Result<(), PlatformError> {
    let ids: Vec<String> = ids.iter().map(|id| id.to_hex()).collect();
    let ids = JsValue::from_str(&list(ids.iter().map(String::as_str)));
    let statements = [(DELETE_EVENTS, vec![ids.clone()]), (DELETE, vec![ids])];
    query_texts(&database(env)?, &statements).await.map(drop)
}

/// Deletes rejects that are still as they were read, with their events.
pub(crate) async fn delete_versions(
    env: &Env,
    versions: &[RejectVersion],
) -> Result<(), PlatformError> {
    let keys: Vec<String> = versions
        .iter()
        .map(|version| format!("{} {}", version.id.to_hex(), version.stored.millis))
        .collect();
    let keys = JsValue::from_str(&list(keys.iter().map(String::as_str)));
    let statements = [
        (DELETE_VERSION_EVENTS, vec![keys.clone()]),
        (DELETE_VERSIONS, vec![keys]),
    ];
    query_texts(&database(env)?, &statements).await.map(drop)
}

/// Whose rejects are swept.
pub(crate) enum SweepScope<'s> {
    /// Those of the sync with this name.
    Of(&'s str),
    /// Those of syncs that are none of these.
    OfOthers(Vec<&'s str>),
}

/// Deletes old rejects of a sync and, where events are no longer kept, the events and answers of its
/// others.
pub(crate) async fn sweep(
    env: &Env,
    scope: &SweepScope<'_>,
    sweep: &RejectSweep,
    rows_max: usize,
) -> Result<SweepAnswer, PlatformError> {
    let before = sweep.before.millis.to_string();
    let rows = JsValue::from_str(&rows_max.to_string());
    let (named, is_of) = match scope {
        SweepScope::Of(name) => (list([*name]), "IN"),
        SweepScope::OfOthers(names) => (list(names.iter().copied()), "NOT IN"),
    };
    let old = vec![JsValue::from_str(&before), rows, JsValue::from_str(&named)];
    let wanted = if sweep.strips_events { 4 } else { 2 };
    let texts: Vec<String> = [SWEEP_EVENTS, SWEEP, STRIP_EVENTS, STRIP][..wanted]
        .iter()
        .map(|sql| {
            let of_sync = ["sync ", is_of, " (SELECT value FROM json_each(?3))"].concat();
            sql.replace("{of_sync}", &of_sync)
        })
        .collect();
    let statements: Vec<_> = texts
        .iter()
        .map(|sql| (sql.as_str(), old.clone()))
        .collect();
    let mut changed = query_texts(&database(env)?, &statements).await?;
    // the parts of old rejects are not limited by themselves
    changed.remove(0);
    let has_more = changed.iter().any(|rows| rows.len() >= rows_max);
    Ok(if has_more {
        SweepAnswer::More
    } else {
        SweepAnswer::Done
    })
}

/// A reject in the form that [`PUT`] reads.
#[derive(Serialize)]
struct RejectRow<'r> {
    id: Digest,
    received_at: i64,
    now: i64,
    code: &'r str,
    field: &'r str,
    reasons: &'r str,
    name: Option<&'r str>,
    app: Option<&'r str>,
    source: &'static str,
    of_users: u8,
    status: Option<u16>,
    sent: &'r str,
    answer: &'r str,
    attempts: u32,
    deferrals: u32,
    progress: String,
    settings: Digest,
    shard: u32,
    sync: &'r str,
}

impl<'r> RejectRow<'r> {
    fn of(reject: &'r Reject, now: i64, keep_events: bool) -> Self {
        // a call and its answer may contain personal data
        let (sent, answer) = if keep_events {
            (reject.sent.as_str(), reject.answer.as_str())
        } else {
            ("[]", "")
        };
        RejectRow {
            id: reject.id,
            received_at: reject.received.millis,
            now,
            code: &reject.code,
            field: &reject.field,
            reasons: &reject.reasons,
            name: reject.name.as_deref(),
            app: reject.app.as_deref(),
            source: reject.source.name(),
            of_users: u8::from(reject.of_users),
            status: reject.status,
            sent,
            answer,
            attempts: attempts(reject),
            deferrals: reject.progress.deferrals,
            progress: to_json(&reject.progress),
            settings: reject.settings,
            shard: reject.shard,
            sync: &reject.sync,
        }
    }
}

/// Returns the last of the rejects with each id.
fn last_of_each(rejects: &[Reject]) -> impl Iterator<Item = &Reject> {
    let mut last: LiteMap<Digest, &Reject> = LiteMap::new();
    for reject in rejects {
        last.insert(reject.id, reject);
    }
    last.into_iter().map(|(_, reject)| reject)
}

/// Returns how many calls were made for a reject in vain: the progress has those that may be
/// repeated, and a call that was rejected or not confirmed is not.
fn attempts(reject: &Reject) -> u32 {
    let rejected = FailureReason::Rejected { status: 0 }.code();
    let is_last_unlisted = [rejected, UNCONFIRMED].contains(&reject.code.as_str());
    reject
        .progress
        .attempts
        .saturating_add(u32::from(is_last_unlisted))
}

/// A part of an event in the form that [`PUT_EVENTS`] reads.
#[derive(Serialize)]
struct EventPart<'r> {
    id: Digest,
    number: usize,
    text: &'r str,
}

/// Splits the event of a reject into parts that fit into a row.
fn event_parts(reject: &Reject) -> Vec<String> {
    let parts = split_text(&reject.event, SQL_TEXT_BYTES_MAX).into_iter();
    parts
        .enumerate()
        .map(|(number, text)| {
            to_json(&EventPart {
                id: reject.id,
                number,
                text,
            })
        })
        .collect()
}

/// Splits a text into parts of at most so many bytes, one at least.
pub(crate) fn split_text(text: &str, bytes_max: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.is_empty() || !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(bytes_max));
        parts.push(part);
        rest = after;
    }
    parts
}

/// Returns JSON arrays of objects, each short enough for one value.
pub(crate) fn chunks(objects: impl Iterator<Item = String>) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for object in objects {
        match chunks
            .last_mut()
            .filter(|chunk| chunk.len() + object.len() < SQL_TEXT_BYTES_MAX)
        {
            Some(chunk) => {
                chunk.push(',');
                chunk.push_str(&object);
            }
            None => chunks.push(["[", &object].concat()),
        }
    }
    for chunk in &mut chunks {
        chunk.push(']');
    }
    chunks
}

/// Returns a JSON array of strings.
pub(crate) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    to_json(&texts.into_iter().collect::<Vec<_>>())
}

pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("no value of ours refuses to be written")
}

const PUT: &str = "INSERT INTO rejects (id, received_at, first_at, last_at, code, field, reasons, name, source, of_users, sent, status, answer, attempts, deferrals, progress, was_queued, settings, shard, sync, app) \
SELECT value ->> 'id', value ->> 'received_at', value ->> 'now', value ->> 'now', value ->> 'code', value ->> 'field', value ->> 'reasons', value ->> 'name', value ->> 'source', \
value ->> 'of_users', value ->> 'sent', value ->> 'status', value ->> 'answer', value ->> 'attempts', value ->> 'deferrals', value ->> 'progress', 1, value ->> 'settings', value ->> 'shard', value ->> 'sync', value ->> 'app' \
FROM json_each(?1) WHERE true \
ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, times = times + 1, code = excluded.code, field = excluded.field, reasons = excluded.reasons, sent = excluded.sent, \
status = excluded.status, answer = excluded.answer, name = excluded.name, source = excluded.source, of_users = excluded.of_users, received_at = excluded.received_at, attempts = excluded.attempts, deferrals = excluded.deferrals, progress = excluded.progress, \
settings = excluded.settings, shard = excluded.shard, sync = excluded.sync, app = excluded.app";

const PUT_EVENTS: &str = "INSERT OR REPLACE INTO reject_events (id, number, text) \
SELECT value ->> 'id', value ->> 'number', value ->> 'text' FROM json_each(?1)";

const DELETE_EVENTS: &str =
    "DELETE FROM reject_events WHERE id IN (SELECT value FROM json_each(?1))";

const DELETE_LARGE_EVENTS: &str =
    "DELETE FROM large_events WHERE key IN (SELECT value FROM json_each(?1))";

const DELETE: &str = "DELETE FROM rejects WHERE id IN (SELECT value FROM json_each(?1))";

const DELETE_VERSION_EVENTS: &str = "DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE id || ' ' || last_at IN (SELECT value FROM json_each(?1)))";

const DELETE_VERSIONS: &str =
    "DELETE FROM rejects WHERE id || ' ' || last_at IN (SELECT value FROM json_each(?1))";

const SWEEP_EVENTS: &str = "DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE {of_sync} AND last_at < CAST(?1 AS INTEGER) ORDER BY last_at, id LIMIT CAST(?2 AS INTEGER))";

const SWEEP: &str = "DELETE FROM rejects WHERE id IN (SELECT id FROM rejects WHERE {of_sync} AND last_at < CAST(?1 AS INTEGER) ORDER BY last_at, id LIMIT CAST(?2 AS INTEGER)) RETURNING id";

const STRIP_EVENTS: &str = "DELETE FROM reject_events WHERE (id, number) IN (SELECT id, number FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE {of_sync}) LIMIT CAST(?2 AS INTEGER)) RETURNING id";

const STRIP: &str = "UPDATE rejects SET sent = '[]', answer = '' WHERE id IN (SELECT id FROM rejects WHERE {of_sync} AND (sent <> '[]' OR answer <> '') LIMIT CAST(?2 AS INTEGER)) RETURNING id";

#[cfg(test)]
mod tests {
    use super::*;
    use kochava_edge::Moment;

    fn reject(event: &str) -> Reject {
        Reject::message(
            event,
            "message-unreadable",
            "a sentence",
            Moment::from_millis(1_767_225_600_123),
            Digest::of(&["settings"]),
        )
    }

    #[test]
    fn a_row_contains_nothing_of_the_event_where_events_are_not_kept() {
        let reject = reject("secret").answered(["secret"].into_iter(), Some(400), "secret");
        let row = to_json(&RejectRow::of(&reject, 1, false));
        assert!(!row.contains("secret"), "{row}");
        assert!(row.contains(r#""received_at":1767225600123"#), "{row}");
        let row = to_json(&RejectRow::of(&reject, 1, true));
        assert_eq!(row.matches("secret").count(), 2, "{row}");
    }

    #[test]
    fn a_call_that_was_rejected_is_an_attempt() {
        let of_code = |code: &str| Reject {
            code: code.to_owned(),
            ..reject("{}")
        };
        let codes = [
            "kochava-rejected",
            "unconfirmed",
            "origination-ip-missing",
            "expired",
        ];
        let counts = codes.map(|code| attempts(&of_code(code)));
        assert_eq!(counts, [1, 1, 0, 0]);
    }

    #[test]
    fn an_event_is_split_between_characters_and_its_parts_restore_it() {
        let event = ["x", &"ü".repeat(SQL_TEXT_BYTES_MAX)].concat();
        let parts = event_parts(&reject(&event));
        assert_eq!(parts.len(), 3);
        let text = |part: &String| {
            let part: serde_json::Value = serde_json::from_str(part).expect("it is JSON");
            part["text"].as_str().expect("it is a text").to_owned()
        };
        assert_eq!(parts.iter().map(text).collect::<String>(), event);
        assert_eq!(event_parts(&reject("")).len(), 1);
    }

    #[test]
    fn chunks_are_json_arrays_below_the_limit() {
        let object = format!("\"{}\"", "x".repeat(SQL_TEXT_BYTES_MAX / 3));
        let chunks = chunks(std::iter::repeat_n(object, 5));
        assert_eq!(chunks.len(), 3);
        for chunk in &chunks {
            assert!(chunk.len() <= SQL_TEXT_BYTES_MAX + 1);
            assert!(serde_json::from_str::<Vec<String>>(chunk).is_ok());
        }
        assert_eq!(list(["a", "\"b\""]), r#"["a","\"b\""]"#);
    }
}
