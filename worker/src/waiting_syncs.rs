//! The syncs without settings for which messages wait, in D1: the consumer notes them, `/health` tells.

use crate::clock;
use crate::platform::PlatformError;
use crate::rejects::{database, query_texts};
use wasm_bindgen::JsValue;
use worker::Env;

/// Notes that messages wait for a sync without settings. A failure is logged and nothing else: the
/// messages come again.
pub(crate) async fn note(env: &Env, sync: &str) {
    let noted = async {
        let now = clock::now().to_string();
        let values = vec![JsValue::from_str(sync), JsValue::from_str(&now)];
        query_texts(&database(env)?, &[(NOTE, values)]).await
    };
    if let Err(error) = noted.await {
        error.log();
    }
}

/// Checks that the database answers and has its tables; returns the syncs that messages wait for.
pub(crate) async fn check(env: &Env) -> Result<Vec<String>, PlatformError> {
    let since = (clock::now() - NOTED_MILLIS).to_string();
    let statements = [
        ("SELECT id FROM rejects WHERE sync = '' LIMIT 1", Vec::new()),
        ("SELECT id FROM reject_events LIMIT 1", Vec::new()),
        ("SELECT key FROM large_events LIMIT 1", Vec::new()),
        (WAITING, vec![JsValue::from_str(&since)]),
    ];
    let rows = query_texts(&database(env)?, &statements).await?;
    Ok(rows.into_iter().next_back().unwrap_or_default())
}

/// Milliseconds for which a note holds: its messages come again within an hour.
const NOTED_MILLIS: i64 = 90 * 60_000;

const NOTE: &str = "INSERT INTO waiting_syncs (sync, seen_at) VALUES (?1, CAST(?2 AS INTEGER)) ON CONFLICT (sync) DO UPDATE SET seen_at = excluded.seen_at";

const WAITING: &str =
    "SELECT sync FROM waiting_syncs WHERE seen_at > CAST(?1 AS INTEGER) ORDER BY sync LIMIT 20";
