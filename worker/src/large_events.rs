//! The store of events that wait in the queue and are too large for a message, in D1.
//!
//! An event is stored in parts that fit into a row. Every statement may be repeated.

use crate::clock;
use crate::limits::SQL_TEXT_BYTES_MAX;
use crate::platform::PlatformError;
use crate::rejects::{chunks, database, join_parts, list, query_texts, split_text, to_json};
use kochava_edge::{Digest, LargeEvent, LoadedEvent, Moment, SweepAnswer};
use serde::Serialize;
use wasm_bindgen::JsValue;
use worker::Env;

/// A part of an event.
#[derive(Serialize)]
struct LargeEventPart<'t> {
    key: Digest,
    number: usize,
    text: &'t str,
}

/// Stores events, all of them or none.
pub(crate) async fn store(env: &Env, events: &[LargeEvent<'_>]) -> Result<(), PlatformError> {
    let now = clock::now().to_string();
    let parts = events.iter().flat_map(|large| {
        let parts = split_text(large.event.as_str(), SQL_TEXT_BYTES_MAX);
        parts.into_iter().enumerate().map(|(number, text)| {
            to_json(&LargeEventPart {
                key: large.key,
                number,
                text,
            })
        })
    });
    let chunks = chunks(parts);
    let statements: Vec<_> = chunks
        .iter()
        .map(|json| (PUT, vec![json.into(), JsValue::from_str(&now)]))
        .collect();
    query_texts(&database(env)?, &statements).await.map(drop)
}

/// Reads events, in the order of their keys, and notes once a day that they are used.
pub(crate) async fn load(env: &Env, keys: &[Digest]) -> Vec<LoadedEvent> {
    match try_load(env, keys).await {
        Ok(events) => events,
        Err(error) => {
            error.log();
            vec![LoadedEvent::Failed; keys.len()]
        }
    }
}

async fn try_load(env: &Env, keys: &[Digest]) -> Result<Vec<LoadedEvent>, PlatformError> {
    let now = clock::now();
    let yesterday = (now - 86_400_000).to_string();
    let hex: Vec<String> = keys.iter().map(|key| key.to_hex()).collect();
    let keys_json = list(hex.iter().map(String::as_str));
    let statements = [
        (
            TOUCH,
            vec![
                JsValue::from_str(&keys_json),
                JsValue::from_str(&now.to_string()),
                JsValue::from_str(&yesterday),
            ],
        ),
        (GET, vec![JsValue::from_str(&keys_json)]),
    ];
    let rows = query_texts(&database(env)?, &statements).await?;
    let mut texts = join_parts(&rows.concat());
    let found = hex.iter().map(|key| match texts.remove(key) {
        Some(text) => LoadedEvent::Found(text),
        None => LoadedEvent::Missing,
    });
    Ok(found.collect())
}

/// Deletes events.
pub(crate) async fn delete(env: &Env, keys: &[Digest]) -> Result<(), PlatformError> {
    let hex: Vec<String> = keys.iter().map(|key| key.to_hex()).collect();
    let keys = JsValue::from_str(&list(hex.iter().map(String::as_str)));
    query_texts(&database(env)?, &[(DELETE, vec![keys])])
        .await
        .map(drop)
}

/// Deletes events that no consumer has looked at since: no message knows them.
pub(crate) async fn sweep(
    env: &Env,
    before: Moment,
    rows_max: usize,
) -> Result<SweepAnswer, PlatformError> {
    let values = [before.millis.to_string(), rows_max.to_string()];
    let values = values.map(|value| JsValue::from_str(&value)).to_vec();
    let deleted = query_texts(&database(env)?, &[(SWEEP, values)]).await?;
    let has_more = deleted.iter().any(|rows| rows.len() >= rows_max);
    Ok(if has_more {
        SweepAnswer::More
    } else {
        SweepAnswer::Done
    })
}

const PUT: &str = "INSERT OR REPLACE INTO large_events (key, number, text, used_at) \
SELECT value ->> 'key', value ->> 'number', value ->> 'text', CAST(?2 AS INTEGER) FROM json_each(?1)";

const GET: &str = "SELECT key || text FROM large_events WHERE key IN (SELECT value FROM json_each(?1)) ORDER BY key, number";

const TOUCH: &str = "UPDATE large_events SET used_at = CAST(?2 AS INTEGER) WHERE key IN (SELECT value FROM json_each(?1)) AND used_at < CAST(?3 AS INTEGER)";

const DELETE: &str = "DELETE FROM large_events WHERE key IN (SELECT value FROM json_each(?1))";

const SWEEP: &str = "DELETE FROM large_events WHERE (key, number) IN (SELECT key, number FROM large_events WHERE used_at < CAST(?1 AS INTEGER) LIMIT CAST(?2 AS INTEGER)) RETURNING key";
