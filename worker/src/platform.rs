//! Errors of the platform's stores and queue, and the bindings that the `worker` crate lacks.
//!
//! D1, sending to the queue, SQLite and calls of Durable Objects use the crate's own types. A
//! comment at each binding here gives the reason for it.

use crate::limits::MESSAGE_START_UNITS;
use crate::log;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use js_sys::{Array, ArrayBuffer, JSON, JsString, Object, Reflect, Uint8Array};
use kochava_edge::Moment;
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Queue, QueueContentType, RawMessageBuilder};

/// The store or queue that failed. The platform's own message is dropped, since it may contain what
/// was sent. A failure of the static files or of an inbound body has a reply of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlatformError {
    /// The D1 database.
    Database,
    /// The queue.
    Queue,
    /// A Durable Object of the journal.
    Journal,
}

impl PlatformError {
    /// Returns a stable code for log lines, `/health` and replies.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            PlatformError::Database => "d1-failed",
            PlatformError::Queue => "queue-failed",
            PlatformError::Journal => "journal-failed",
        }
    }

    /// Writes a log line about a failure that is tolerated.
    pub(crate) fn log(self) {
        log::write(&FailureLine {
            route: "platform",
            error: self.code(),
        });
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for PlatformError {}

#[derive(Serialize)]
struct FailureLine {
    route: &'static str,
    error: &'static str,
}

#[wasm_bindgen]
extern "C" {
    // the crate's `MessageBatch` hides how often a message was delivered, fails as a whole for one
    // message that it cannot read, and panics where `ack` or `retry` throw
    /// The messages that the queue delivers to a consumer.
    pub(crate) type Batch;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn queue(this: &Batch) -> String;

    #[wasm_bindgen(method, getter)]
    fn messages(this: &Batch) -> Array;

    /// One message of a batch.
    #[derive(Clone)]
    pub(crate) type BatchMessage;

    #[wasm_bindgen(method, getter)]
    fn body(this: &BatchMessage) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = attempts)]
    fn attempts_number(this: &BatchMessage) -> f64;

    #[wasm_bindgen(method, catch, js_name = ack)]
    fn try_ack(this: &BatchMessage) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = retry)]
    fn try_retry(this: &BatchMessage, options: &Object) -> Result<(), JsValue>;

    // the crate's `Queue` does not tell its backlog
    /// A queue, for its metrics.
    type QueueMetrics;

    #[wasm_bindgen(method, catch)]
    fn metrics(this: &QueueMetrics) -> Result<js_sys::Promise, JsValue>;

    // the crate reads all of a result's metadata to return one of them
    /// A database, for its size.
    type RawDatabase;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &RawDatabase, sql: &str) -> Result<RawStatement, JsValue>;

    type RawStatement;

    #[wasm_bindgen(method, catch)]
    fn run(this: &RawStatement) -> Result<js_sys::Promise, JsValue>;

    // the crate has the asynchronous `transaction` alone, which lets other requests in between
    /// The storage of a Durable Object, for its synchronous transactions.
    pub(crate) type SyncStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &SyncStorage,
        write: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;
}

impl Batch {
    /// Returns the messages in the order of the batch.
    pub(crate) fn list(&self) -> Vec<BatchMessage> {
        self.messages().iter().map(JsCast::unchecked_into).collect()
    }
}

impl BatchMessage {
    /// Returns the first characters of the message, enough for the name of its sync; `None` where it is
    /// no text.
    pub(crate) fn start(&self) -> Option<String> {
        let body = self.body();
        Some(
            body.dyn_ref::<JsString>()?
                .slice(0, MESSAGE_START_UNITS)
                .into(),
        )
    }

    /// Returns the text of the message. Bytes that are UTF-8 are text; what else the queue can hold
    /// is described as JSON, so that its reject shows what it was.
    pub(crate) fn text(&self) -> String {
        let body = self.body();
        if let Some(text) = body.as_string() {
            return text;
        }
        let bytes = if body.is_instance_of::<ArrayBuffer>() {
            Some(Uint8Array::new(&body).to_vec())
        } else {
            body.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
        };
        match bytes.map(String::from_utf8) {
            Some(Ok(text)) => text,
            Some(Err(error)) => {
                let base64 = BASE64_STANDARD.encode(error.as_bytes());
                format!("{{\"base64\":\"{base64}\"}}")
            }
            None => JSON::stringify(&body)
                .ok()
                .and_then(|json| json.as_string())
                .unwrap_or_else(|| r#"{"unreadable":"a value that has no JSON"}"#.to_owned()),
        }
    }

    /// Returns how often the message was delivered, this time included.
    pub(crate) fn attempts(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a count that has no fraction"
        )]
        let attempts = self.attempts_number().clamp(1.0, 1_000.0) as u32;
        attempts
    }

    /// Removes the message from the queue.
    pub(crate) fn ack(&self) -> Result<(), PlatformError> {
        self.try_ack().map_err(|_| PlatformError::Queue)
    }

    /// Has the message delivered again after this wait.
    pub(crate) fn retry(&self, wait: Duration) -> Result<(), PlatformError> {
        let options = Object::new();
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        Reflect::set(&options, &"delaySeconds".into(), &seconds.into())
            .and_then(|_| self.try_retry(&options))
            .map_err(|_| PlatformError::Queue)
    }
}

impl SyncStorage {
    /// Runs `write` in a transaction: everything that it writes is stored, or nothing.
    pub(crate) fn transaction(
        &self,
        mut write: impl FnMut() -> worker::Result<()>,
    ) -> worker::Result<()> {
        self.transaction_sync(&mut || write().map_err(JsValue::from))?;
        Ok(())
    }
}

/// Returns how many messages the queue holds, and when the oldest was put there; `None` where the
/// platform does not tell.
pub(crate) async fn queue_backlog(env: &Env) -> Option<(u64, Option<Moment>)> {
    let queue: QueueMetrics = Reflect::get(env, &"QUEUE".into()).ok()?.unchecked_into();
    if !Reflect::has(&queue, &"metrics".into()).unwrap_or(false) {
        return None;
    }
    let metrics = JsFuture::from(queue.metrics().ok()?).await.ok()?;
    let of = |name: &str| Reflect::get(&metrics, &name.into()).ok();
    let messages = whole(of("backlogCount")?.as_f64()?);
    let oldest = of("oldestMessageTimestamp")
        .filter(JsCast::is_instance_of::<js_sys::Date>)
        .map(|time| whole(time.unchecked_into::<js_sys::Date>().get_time()));
    let oldest = oldest
        .and_then(|millis| i64::try_from(millis).ok())
        .filter(|millis| *millis > 0)
        .map(Moment::from_millis);
    Some((messages, oldest.filter(|_| messages > 0)))
}

/// Returns the size of the database of rejects; `None` where it does not tell.
pub(crate) async fn database_bytes(env: &Env) -> Option<u64> {
    let database: RawDatabase = Reflect::get(env, &"DB".into()).ok()?.unchecked_into();
    let result = database.prepare("SELECT 1").ok()?.run().ok()?;
    let result = JsFuture::from(result).await.ok()?;
    let meta = Reflect::get(&result, &"meta".into()).ok()?;
    let bytes = Reflect::get(&meta, &"size_after".into()).ok()?.as_f64()?;
    Some(whole(bytes))
}

/// Returns a number of the platform that has no fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a count that has no fraction"
)]
fn whole(number: f64) -> u64 {
    number.clamp(0.0, 1e15) as u64
}

/// Sends texts with one call, each with its delay in seconds. Where the call fails, some of them
/// may be in the queue nevertheless.
pub(crate) async fn send(
    env: &Env,
    messages: impl IntoIterator<Item = (&str, u32)>,
) -> Result<(), PlatformError> {
    // as text: the crate writes maps as `{}`
    let messages = messages.into_iter().map(|(text, delay_s)| {
        let message = RawMessageBuilder::new(JsValue::from_str(text));
        // without a delay of its own, a message has the queue's
        let message = match delay_s {
            0 => message,
            _ => message.delay_seconds(delay_s),
        };
        message.build_with_content_type(QueueContentType::Text)
    });
    let batch: Vec<_> = messages.collect();
    let queue: Queue = env.queue("QUEUE").map_err(|_| PlatformError::Queue)?;
    let sent = queue.send_raw_batch(batch).await;
    sent.map_err(|_| PlatformError::Queue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_error_has_a_distinct_code() {
        let errors = [
            PlatformError::Database,
            PlatformError::Queue,
            PlatformError::Journal,
        ];
        let codes: BTreeSet<&str> = errors.iter().map(|error| error.code()).collect();
        assert_eq!(codes.len(), errors.len());
        assert!(codes.iter().all(|code| code.ends_with("-failed")));
    }
}
