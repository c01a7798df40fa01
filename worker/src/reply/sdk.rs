//! Replies as SDKs understand them.
//!
//! A reply is built as for any sender, then put into the words of the SDK: what makes it drop a
//! request that cannot succeed, and send again what can. Every reply may be read by pages of any
//! origin, since browsers are senders, too.

use super::Reply;
use crate::clock;
use crate::limits::KEY_BYTES_ECHOED_MAX;

/// How an Amplitude SDK is to be answered.
#[derive(Default)]
pub(crate) struct AmplitudeDialect {
    /// Whether a form is answered, for which a word is enough.
    pub(crate) is_form: bool,
    /// The key of the request.
    pub(crate) key: Option<String>,
    pub(crate) payload_bytes: usize,
    /// Whether the reply is Amplitude's own.
    pub(crate) is_forwarded: bool,
}

/// Puts a reply into the words of Amplitude (Amplitude, HTTP V2 API). SDKs of the TypeScript family
/// read `code`, and not the status.
pub(crate) fn amplitude(reply: Reply, dialect: &AmplitudeDialect) -> Reply {
    if dialect.is_forwarded {
        return for_any_origin(reply);
    }
    if dialect.is_form {
        return amplitude_form(reply);
    }
    let code = reply.log.error.unwrap_or_default();
    let (status, rest) = match (reply.status, code) {
        (200, _) => {
            let counts = reply.log.counts.as_ref();
            let rest = format!(
                r#""events_ingested":{},"payload_size_bytes":{},"server_upload_time":{}"#,
                counts.map_or(0, super::Counts::received),
                dialect.payload_bytes,
                clock::now(),
            );
            (200, rest)
        }
        (401, _) => (400, wrong_key(dialect.key.as_deref())),
        // other bytes might arrive whole
        (400, "body-cut" | "gzip-unreadable") => (400, error(code)),
        // those of the TypeScript family drop what lacks a field, and send everything else again
        (400, _) => (400, error(code) + r#","missing_field":"events""#),
        (429, _) => (429, error(code) + &throttled(&reply.throttled)),
        (status, _) => (status, error(code)),
    };
    let body = format!(r#"{{"code":{status},{rest}}}"#);
    for_any_origin(Reply {
        status,
        body,
        ..reply
    })
}

fn error(code: &str) -> String {
    format!(r#""error":"{code}""#)
}

/// The SDKs for iOS and Android drop a request only for this very text, with the key: the one place
/// where a reply repeats a part of its request.
fn wrong_key(key: Option<&str>) -> String {
    match key {
        Some(key) if key.len() <= KEY_BYTES_ECHOED_MAX => {
            let error = serde_json::to_string(&format!("Invalid API key: {key}"));
            format!(r#""error":{}"#, error.expect("a text is JSON"))
        }
        Some(_) => error("Invalid API key"),
        None => r#""error":"Request missing required field","missing_field":"api_key""#.to_owned(),
    }
}

/// SDKs send everything again, what is listed after 30 seconds. Devices and users are not listed,
/// since a reply repeats nothing of its request.
fn throttled(indices: &[usize]) -> String {
    let empty = r#""throttled_devices":{},"throttled_users":{},"exceeded_daily_quota_devices":{},"exceeded_daily_quota_users":{}"#;
    format!(r#","eps_threshold":0,{empty},"throttled_events":{indices:?}"#)
}

/// Puts a reply into a word, as Amplitude's APIs that take forms answer: `success` (Amplitude,
/// Identify API) or the name of an error. SDKs in maintenance keep everything but a success.
fn amplitude_form(reply: Reply) -> Reply {
    let (status, word) = match reply.status {
        200 => (200, "success"),
        401 => (400, "invalid_api_key"),
        status => (status, reply.log.error.unwrap_or_default()),
    };
    let reply = Reply {
        status,
        body: word.to_owned(),
        ..reply
    };
    for_any_origin(reply.with_header("Content-Type", "text/plain; charset=utf-8"))
}

/// Passes on Amplitude's answer to a request whose events are stored. Without one the SDK has to send
/// again; what is stored twice is a duplicate.
pub(crate) fn forwarded(answer: Option<Reply>, stored: Reply) -> Reply {
    match answer {
        Some(answer) => answer.with_log(stored.log),
        None => super::errors::amplitude_unavailable(stored),
    }
}

/// Puts a reply into the words of Segment and RudderStack, whose SDKs read the status alone
/// (Segment, HTTP API).
pub(crate) fn segment(reply: Reply) -> Reply {
    let success = r#"{"success":true}"#;
    let body = if reply.status == 200 {
        success.to_owned()
    } else {
        reply.body
    };
    for_any_origin(Reply { body, ..reply })
}

/// Replies to a browser that asks whether a page may send.
pub(crate) fn preflight() -> Reply {
    let reply = Reply {
        status: 204,
        ..Reply::default()
    };
    for_any_origin(reply)
        .with_header("Access-Control-Allow-Methods", "POST")
        // `*` does not include Authorization (Fetch Standard, "CORS protocol")
        .with_header("Access-Control-Allow-Headers", "*, Authorization")
        // two hours, the most that Chromium keeps
        .with_header("Access-Control-Max-Age", "7200")
}

/// Lets pages of any origin read a reply. No cookie is read anywhere, so this opens nothing.
fn for_any_origin(reply: Reply) -> Reply {
    reply
        .with_header("Access-Control-Allow-Origin", "*")
        .with_header("Access-Control-Expose-Headers", "Retry-After")
}
