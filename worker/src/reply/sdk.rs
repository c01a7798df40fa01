//! Replies as SDKs understand them.
//!
//! A reply is built as for any sender, then put into the words of the SDK: what makes it drop a
//! request that cannot succeed, and send again what can. Every reply may be read by pages of any
//! origin, since browsers are senders, too.

use super::Reply;
use crate::clock;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How an Amplitude SDK is to be answered.
#[derive(Default)]
pub(crate) struct AmplitudeDialect {
    /// Whether a form is answered, for which a word is enough.
    pub(crate) is_form: bool,
    /// The key of the request.
    pub(crate) key: Option<String>,
    pub(crate) payload_bytes: usize,
}

/// Amplitude, HTTP V2 API, "200 OK". SDKs of the TypeScript family read `code`, and not the status.
#[derive(Serialize)]
struct AmplitudeSuccess {
    code: u16,
    events_ingested: usize,
    payload_size_bytes: usize,
    server_upload_time: i64,
}

/// Amplitude, HTTP V2 API, "400", "413", "429".
#[derive(Serialize)]
struct AmplitudeError<'e> {
    code: u16,
    error: Cow<'e, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_field: Option<&'static str>,
    #[serde(flatten)]
    throttled: Option<Throttled<'e>>,
}

/// Amplitude, HTTP V2 API, "429": SDKs send everything again, what is listed after 30 seconds.
/// Devices and users are not listed, since a reply repeats nothing of its request.
#[derive(Serialize)]
struct Throttled<'e> {
    eps_threshold: u32,
    throttled_devices: BTreeMap<&'e str, u32>,
    throttled_users: BTreeMap<&'e str, u32>,
    exceeded_daily_quota_devices: BTreeMap<&'e str, u32>,
    exceeded_daily_quota_users: BTreeMap<&'e str, u32>,
    throttled_events: &'e [usize],
}

/// Puts a reply into the words of Amplitude.
pub(crate) fn amplitude(reply: Reply, dialect: &AmplitudeDialect) -> Reply {
    if dialect.is_form {
        return amplitude_form(reply);
    }
    let code = reply.log.error.unwrap_or_default();
    let (status, error, missing_field) = match (reply.status, code) {
        (200, _) => {
            let counts = reply.log.counts.as_ref();
            let success = AmplitudeSuccess {
                code: 200,
                events_ingested: counts.map_or(0, super::Counts::received),
                payload_size_bytes: dialect.payload_bytes,
                server_upload_time: clock::now(),
            };
            return with_body(reply, 200, &success);
        }
        // the SDKs for iOS and Android drop a request only for this very text, with the key
        (401, _) => match &dialect.key {
            Some(key) => (400, format!("Invalid API key: {key}").into(), None),
            None => (
                400,
                "Request missing required field".into(),
                Some("api_key"),
            ),
        },
        // other bytes might arrive whole
        (400, "body-cut" | "gzip-unreadable") => (400, code.into(), None),
        // those of the TypeScript family drop what lacks a field, and send everything else again
        (400, _) => (400, code.into(), Some("events")),
        (status, _) => (status, code.into(), None),
    };
    let throttled = (status == 429).then(|| Throttled {
        eps_threshold: 0,
        throttled_devices: BTreeMap::new(),
        throttled_users: BTreeMap::new(),
        exceeded_daily_quota_devices: BTreeMap::new(),
        exceeded_daily_quota_users: BTreeMap::new(),
        throttled_events: &reply.throttled,
    });
    let body = AmplitudeError {
        code: status,
        error,
        missing_field,
        throttled,
    };
    let body = serde_json::to_string(&body).expect("our replies have texts as keys");
    for_any_origin(Reply {
        status,
        body,
        ..reply
    })
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

/// Passes on Amplitude's answer to a request whose events are stored.
pub(crate) fn forwarded(answer: Reply, stored: Reply) -> Reply {
    for_any_origin(answer.with_log(stored.log))
}

/// Puts a reply into the words of Segment and RudderStack, whose SDKs read the status alone
/// (Segment, HTTP API).
pub(crate) fn segment(reply: Reply) -> Reply {
    if reply.status != 200 {
        return for_any_origin(reply);
    }
    #[derive(Serialize)]
    struct Success {
        success: bool,
    }
    with_body(reply, 200, &Success { success: true })
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

fn with_body(reply: Reply, status: u16, body: &impl Serialize) -> Reply {
    let body = serde_json::to_string(body).expect("our replies have texts as keys");
    for_any_origin(Reply {
        status,
        body,
        ..reply
    })
}

/// Lets pages of any origin read a reply. No cookie is read anywhere, so this opens nothing.
fn for_any_origin(reply: Reply) -> Reply {
    reply
        .with_header("Access-Control-Allow-Origin", "*")
        .with_header("Access-Control-Expose-Headers", "Retry-After")
}
