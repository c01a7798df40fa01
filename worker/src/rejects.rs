//! What is kept of events that cannot be sent, and where?
//!
//! In D1. SQL has bound values only, and each statement one of them: a JSON text that SQLite takes
//! apart, since D1 takes a hundred values at most. The events lie apart from the reasons, in parts
//! that a row can hold.

use crate::clock;
use crate::limits::SQL_TEXT_BYTES_MAX;
use crate::platform::{D1, Failed};
use js_sys::Reflect;
use kochava_edge::{Digest, Reject};
use serde::Serialize;
use std::collections::BTreeSet;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// The database, if it is bound.
pub(crate) fn database(env: &Env) -> Result<D1, Failed> {
    let database = Reflect::get(env, &"DB".into())?;
    if database.is_undefined() {
        Err(Failed)
    } else {
        Ok(database.unchecked_into())
    }
}

/// Stores rejects, and answers which of them are new. One that is there already keeps its first
/// time.
pub(crate) async fn store(
    env: &Env,
    rejects: &[Reject],
    was_queued: bool,
    keep_events: bool,
) -> Result<BTreeSet<Digest>, Failed> {
    let mut new = BTreeSet::new();
    if rejects.is_empty() {
        return Ok(new);
    }
    let database = database(env)?;
    let rows = chunks(
        rejects
            .iter()
            .map(|reject| row(reject, was_queued, keep_events)),
    );
    let events = if keep_events {
        chunks(rejects.iter().flat_map(parts))
    } else {
        Vec::new()
    };
    let mut statements: Vec<(&str, Vec<JsValue>)> = events
        .iter()
        .map(|events| (PUT_EVENTS, vec![events.into()]))
        .collect();
    statements.extend(rows.iter().map(|rows| (PUT, vec![rows.into()])));
    let answers = again(&database, &statements).await?;
    for line in answers.into_iter().skip(events.len()).flatten() {
        // `id times`
        if let Some(id) = line.strip_suffix(" 1").and_then(Digest::read) {
            new.insert(id);
        }
    }
    Ok(new)
}

/// Whether the database answers and has its tables.
pub(crate) async fn is_ready(env: &Env) -> bool {
    let Ok(database) = database(env) else {
        return false;
    };
    let statements = [
        ("SELECT id FROM rejects LIMIT 1", Vec::new()),
        ("SELECT id FROM reject_events LIMIT 1", Vec::new()),
    ];
    again(&database, &statements).await.is_ok()
}

/// Deletes what has been here longer than so many days.
pub(crate) async fn sweep(env: &Env, days: u32) -> Result<(), Failed> {
    let before = (clock::now() - i64::from(days) * 86_400_000).to_string();
    let statements = [
        (SWEEP_EVENTS, vec![JsValue::from_str(&before)]),
        (SWEEP, vec![JsValue::from_str(&before)]),
    ];
    let database = database(env)?;
    again(&database, &statements).await.map(drop)
}

/// Runs statements up to three times: a database that is reset or overloaded answers the second or
/// third time, and every statement of ours may be repeated.
pub(crate) async fn again(
    database: &D1,
    statements: &[(&str, Vec<JsValue>)],
) -> Result<Vec<Vec<String>>, Failed> {
    for wait_ms in [50, 200, 0] {
        let done = database.run(statements).await;
        if done.is_ok() || wait_ms == 0 {
            return done;
        }
        worker::Delay::from(std::time::Duration::from_millis(wait_ms)).await;
    }
    Err(Failed)
}

/// A row of `rejects`, as SQLite takes it apart.
#[derive(Serialize)]
struct RejectRow<'r> {
    id: String,
    received_at: i64,
    now: i64,
    code: &'r str,
    field: &'r str,
    reasons: &'r str,
    name: Option<&'r str>,
    source: &'static str,
    of_users: u8,
    status: Option<u16>,
    sent: &'r str,
    answer: &'r str,
    attempts: u32,
    deferrals: u32,
    progress: String,
    was_queued: u8,
    settings: String,
}

fn row(reject: &Reject, was_queued: bool, keep_events: bool) -> String {
    let progress = &reject.progress;
    // a call and its answer may hold what identifies a person
    let (sent, answer) = if keep_events {
        (reject.sent.as_str(), reject.answer.as_str())
    } else {
        ("[]", "")
    };
    json(&RejectRow {
        id: reject.id.to_hex(),
        received_at: reject.received.millis,
        now: clock::now(),
        code: &reject.code,
        field: &reject.field,
        reasons: &reject.reasons,
        name: reject.name.as_deref(),
        source: reject.source.name(),
        of_users: u8::from(reject.of_users),
        status: reject.status,
        sent,
        answer,
        attempts: progress.attempts,
        deferrals: progress.deferrals,
        progress: progress.line(),
        was_queued: u8::from(was_queued),
        settings: reject.settings.to_hex(),
    })
}

/// A row of `reject_events`.
#[derive(Serialize)]
struct EventPart<'r> {
    id: String,
    number: usize,
    text: &'r str,
}

/// An event in parts that a row can hold.
fn parts(reject: &Reject) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = reject.event.as_str();
    while parts.is_empty() || !rest.is_empty() {
        let end = rest.floor_char_boundary(SQL_TEXT_BYTES_MAX);
        let (text, after) = rest.split_at(end);
        parts.push(json(&EventPart {
            id: reject.id.to_hex(),
            number: parts.len(),
            text,
        }));
        rest = after;
    }
    parts
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our rows have texts as keys")
}

/// JSON lists of objects, each short enough for one value.
fn chunks(objects: impl Iterator<Item = String>) -> Vec<String> {
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

/// A JSON list of texts.
pub(crate) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    json(&texts.into_iter().collect::<Vec<_>>())
}

const PUT: &str = "INSERT INTO rejects (id, received_at, first_at, last_at, code, field, reasons, name, source, of_users, sent, status, answer, attempts, deferrals, progress, was_queued, settings) \
SELECT value ->> 'id', value ->> 'received_at', value ->> 'now', value ->> 'now', value ->> 'code', value ->> 'field', value ->> 'reasons', value ->> 'name', value ->> 'source', \
value ->> 'of_users', value ->> 'sent', value ->> 'status', value ->> 'answer', value ->> 'attempts', value ->> 'deferrals', value ->> 'progress', value ->> 'was_queued', value ->> 'settings' \
FROM json_each(?1) WHERE true \
ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, times = times + 1, code = excluded.code, field = excluded.field, reasons = excluded.reasons, sent = excluded.sent, \
status = excluded.status, answer = excluded.answer, attempts = excluded.attempts, deferrals = excluded.deferrals, progress = excluded.progress, \
was_queued = max(was_queued, excluded.was_queued), settings = excluded.settings, replay = NULL \
RETURNING id || ' ' || times";

const PUT_EVENTS: &str = "INSERT OR REPLACE INTO reject_events (id, number, text) \
SELECT value ->> 'id', value ->> 'number', value ->> 'text' FROM json_each(?1)";

const SWEEP_EVENTS: &str = "DELETE FROM reject_events WHERE id IN (SELECT id FROM rejects WHERE last_at < CAST(?1 AS INTEGER))";

const SWEEP: &str = "DELETE FROM rejects WHERE last_at < CAST(?1 AS INTEGER)";
