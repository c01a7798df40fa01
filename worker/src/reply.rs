//! Replies: their status, their headers and their JSON.
//!
//! An error has a code and a message, and never repeats a part of the request.

mod counts;
mod health;
mod sdk;

use crate::admin::QueryFault;
use crate::config::sync::Sync;
use crate::config::{INGEST_TOKEN_MISSING, Setup};
use crate::json::Json;
use crate::limits::{
    BODY_BYTES_MAX, GZIP_BLOCKS_MAX, IDS_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS,
};
use crate::log::LogFields;
use chrono::{DateTime, SecondsFormat};
use kochava_edge::{
    AuthHeaders, Fate, Moment, Request, SettingsFault, Source, Unreadable, UnreadableReason,
    write_requests, write_violations,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

pub(crate) use counts::{Counts, SyncCounts, SyncNames, delivered, ingested};
pub(crate) use health::{Fault, OpenBreaker, health};
pub(crate) use sdk::{AmplitudeDialect, amplitude, forwarded, preflight, segment};

/// A reply, and the fields of its log line.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The headers in addition to those that every reply has.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The JSON text, or a word of another media type; nothing where it is empty.
    pub(crate) body: String,
    pub(crate) log: LogFields,
    /// The indices of events that come too fast.
    pub(crate) throttled: Vec<usize>,
}

/// The body of a reply that is an error.
#[derive(Serialize)]
struct ErrorReply<'e> {
    error: ErrorBody<'e>,
}

#[derive(Serialize)]
struct ErrorBody<'e> {
    code: &'e str,
    message: Cow<'e, str>,
    /// The offset of the byte that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl Reply {
    fn new(status: u16, body: &impl Serialize) -> Self {
        Reply {
            status,
            body: serde_json::to_string(body).expect("our replies have texts as keys"),
            ..Reply::default()
        }
    }

    fn error(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Reply::of_error(
            status,
            code,
            ErrorBody {
                code,
                message,
                offset: None,
            },
        )
    }

    fn of_error(status: u16, code: &'static str, error: ErrorBody<'_>) -> Self {
        Reply::new(status, &ErrorReply { error }).with_log(LogFields {
            error: Some(code),
            ..LogFields::default()
        })
    }

    fn with_log(self, log: LogFields) -> Self {
        Reply { log, ..self }
    }

    fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets `Retry-After`.
    fn retry_after(self, seconds: u64) -> Self {
        self.with_header("Retry-After", seconds.to_string())
    }
}

/// Replies to an operator with a JSON body.
pub(crate) fn json(body: &impl Serialize) -> Reply {
    Reply::new(200, body)
}

/// Replies to an operator with a JSON body that is written.
pub(crate) fn json_text(json: Json) -> Reply {
    Reply {
        status: 200,
        body: json.finish(),
        ..Reply::default()
    }
}

/// Replies that there is no App GUID for a synthetic event.
pub(crate) fn no_test_app() -> Reply {
    Reply::error(
        409,
        "no-test-app",
        "the setting `test_app_guid` names no App GUID: a synthetic event goes to no other",
    )
}

/// Replies with a plan that is not sent; `fates` is a JSON list.
pub(crate) fn preview(received: usize, fates: &str) -> Reply {
    Reply {
        status: 200,
        // a `RawValue` would parse the whole text once more
        body: format!("{{\"received\":{received},\"fates\":{fates}}}"),
        log: LogFields {
            received: Some(received),
            ..LogFields::default()
        },
        ..Reply::default()
    }
}

/// The number of events of a plan and its fates, a JSON list.
pub(crate) type PlanText = Result<(usize, String), Unreadable>;

/// Replies with the plan of every sync, by its name; each has the number of events and a JSON list.
pub(crate) fn previews(plans: Vec<(&str, PlanText)>) -> Reply {
    let unreadable = |(_, plan): &(&str, PlanText)| plan.as_ref().err().copied();
    if let Some(fault) = plans.first().and_then(unreadable)
        && plans.iter().all(|(_, plan)| plan.is_err())
    {
        return self::unreadable(&fault);
    }
    let mut syncs = String::new();
    let mut received = 0;
    for (name, plan) in plans {
        // a body may have the shape of no sender for one sync alone
        let (count, fates) = plan.unwrap_or_else(|_| (0, "[]".to_owned()));
        received = received.max(count);
        let comma = if syncs.is_empty() { "" } else { "," };
        syncs.push_str(&[comma, "\"", name, "\":{\"fates\":", &fates, "}"].concat());
    }
    Reply {
        status: 200,
        body: format!("{{\"received\":{received},\"syncs\":{{{syncs}}}}}"),
        log: LogFields {
            received: Some(received),
            ..LogFields::default()
        },
        ..Reply::default()
    }
}

/// Replies that the path does not exist, or needs a token that the request does not have.
pub(crate) fn not_found() -> Reply {
    Reply::error(
        404,
        "not-found",
        "this path does not exist, or needs a token that the request does not have",
    )
}

pub(crate) fn wrong_method(allow: String) -> Reply {
    Reply::error(
        405,
        "wrong-method",
        format!("the method must be one of {allow}"),
    )
    .with_header("Allow", allow)
}

pub(crate) fn unauthorized() -> Reply {
    Reply::error(
        401,
        "unauthorized",
        "the ingest token is missing or wrong: send it as `Authorization: Bearer`, alone as `Authorization`, as the password of Basic, or as `X-Api-Key`",
    )
    .with_header("WWW-Authenticate", "Bearer realm=\"kochava-edge\"")
}

pub(crate) fn no_token_set() -> Reply {
    Reply::error(503, "no-token-set", INGEST_TOKEN_MISSING).retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies to an SDK that no key is set. It keeps its events and sends them again.
pub(crate) fn no_sdk_key_set() -> Reply {
    Reply::error(
        503,
        "no-key-set",
        "the secret SDK_KEYS is not set, so that no SDK may send",
    )
    .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies to an SDK that its key is missing or wrong.
pub(crate) fn wrong_sdk_key() -> Reply {
    Reply::error(
        401,
        "unauthorized",
        "the key of the SDK is missing or none of SDK_KEYS",
    )
}

/// Replies that a request is not signed with the secret of the Worker.
pub(crate) fn wrong_signature() -> Reply {
    Reply::error(
        401,
        "wrong-signature",
        "`X-Signature` is missing, or not the signature of this body with SEGMENT_SECRET",
    )
}

/// Replies to a form that does not have the field with the events (Amplitude, Identify API).
pub(crate) fn missing_event() -> Reply {
    Reply::error(400, "missing_event", "the form has no field with events")
}

/// Replies that the events with these indices come too fast.
pub(crate) fn throttled(indices: Vec<usize>) -> Reply {
    let reply = Reply::error(
        429,
        "too-many-requests",
        "the key or a device sends too often: send everything again later",
    );
    Reply {
        throttled: indices,
        ..reply.retry_after(RETRY_AFTER_SECONDS)
    }
}

/// Replies that events are stored, but Amplitude did not get them.
fn amplitude_unavailable(stored: Reply) -> Reply {
    let reply = Reply::error(
        503,
        "amplitude-unavailable",
        "Amplitude does not answer: send everything again",
    );
    let log = LogFields {
        error: reply.log.error,
        ..stored.log
    };
    reply.with_log(log).retry_after(RETRY_AFTER_SECONDS)
}

/// Grants a sender of CloudEvents any rate (CloudEvents, HTTP Webhook, section 4.2).
pub(crate) fn webhook_allowed() -> Reply {
    let reply = Reply {
        status: 200,
        ..Reply::default()
    };
    reply
        .with_header("Allow", "POST")
        .with_header("WebHook-Allowed-Origin", "*")
        .with_header("WebHook-Allowed-Rate", "*")
}

/// Turns a success into 202 where events wait in the queue: 200 would say that they are processed
/// (CloudEvents, HTTP Webhook, section 2.2).
pub(crate) fn cloud_events(reply: Reply) -> Reply {
    let counts = reply.log.counts.as_ref();
    let is_waiting = reply.status == 200 && counts.is_some_and(Counts::has_queued);
    Reply {
        status: if is_waiting { 202 } else { reply.status },
        ..reply
    }
}

/// Replies that the parameter `source` names no sender.
pub(crate) fn unknown_source() -> Reply {
    let names: Vec<&str> = Source::ALL.iter().map(|source| source.name()).collect();
    let message = format!("`source` must be one of {}", names.join(", "));
    Reply::error(400, "bad-query", message)
}

/// Replies that the parameter `sync` names none.
pub(crate) fn unknown_sync(setup: &Setup) -> Reply {
    let names: Vec<&str> = setup.syncs.iter().map(Sync::shown).collect();
    let message = format!("`sync` must be one of {}", names.join(", "));
    Reply::error(400, "bad-query", message)
}

/// Replies that the configuration has faults. The sender keeps its events and sends them again.
pub(crate) fn misconfigured(faults: &[SettingsFault]) -> Reply {
    let count = faults.len();
    let reply = Reply::error(
        503,
        "misconfigured",
        format!("the configuration has faults: {count}; GET /health lists them"),
    );
    let log = LogFields {
        faults: Some(count),
        ..reply.log.clone()
    };
    reply.with_log(log).retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// Replies that a store of the Worker does not answer.
pub(crate) fn store_unavailable() -> Reply {
    Reply::error(
        503,
        "store-unavailable",
        "the database or a Durable Object does not answer: repeat the request",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// Replies that the assets do not answer.
pub(crate) fn page_unavailable() -> Reply {
    Reply::error(
        503,
        "page-unavailable",
        "the files of the page do not answer: repeat the request",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// Replies that a request of the operator cannot be carried out as it is.
pub(crate) fn bad_query(fault: &QueryFault) -> Reply {
    match fault {
        QueryFault::Invalid(message) => Reply::error(400, "bad-query", message.clone()),
        QueryFault::NothingSelected => Reply::error(
            400,
            "says-not-which",
            "no rejects are selected: send `ids`, a filter (`reason`, `event`, `search`, `from`, `to`, `sync`), or `all=1` for every reject",
        ),
        QueryFault::TooManyIds => Reply::error(
            413,
            "too-many-ids",
            format!("`ids` must have at most {IDS_MAX} ids: send several requests, or a filter"),
        ),
    }
}

pub(crate) fn unsupported_type() -> Reply {
    Reply::error(415, "unsupported-type", "the body must be application/json")
}

pub(crate) fn unsupported_encoding() -> Reply {
    Reply::error(
        415,
        "unsupported-encoding",
        "the content encoding must be gzip or identity",
    )
    .with_header("Accept-Encoding", "gzip")
}

pub(crate) fn body_too_large() -> Reply {
    Reply::error(
        413,
        "body-too-large",
        format!("the body must not exceed {BODY_BYTES_MAX} bytes, compressed or not"),
    )
}

pub(crate) fn body_cut() -> Reply {
    Reply::error(
        400,
        "body-cut",
        "the connection closed before the body was complete",
    )
}

pub(crate) fn gzip_unreadable() -> Reply {
    Reply::error(
        400,
        "gzip-unreadable",
        "the body is not valid gzip, or is incomplete",
    )
}

pub(crate) fn gzip_too_costly() -> Reply {
    Reply::error(
        413,
        "gzip-too-costly",
        format!(
            "the gzip body must not have more than {GZIP_BLOCKS_MAX} blocks: compress it as a whole, not in tiny pieces"
        ),
    )
}

pub(crate) fn unreadable(unreadable: &Unreadable) -> Reply {
    let status = if unreadable.reason == UnreadableReason::TooLarge {
        413
    } else {
        400
    };
    let code = unreadable.code();
    let message = unreadable.to_string().into();
    let offset = Some(unreadable.offset);
    Reply::of_error(
        status,
        code,
        ErrorBody {
            code,
            message,
            offset,
        },
    )
}

/// Returns a moment in ISO 8601; empty for one that `chrono` cannot represent.
pub(crate) fn iso(moment: Moment) -> String {
    DateTime::from_timestamp_millis(moment.millis)
        .map(|date| date.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// Returns the violations of a refused event as JSON, written by the core.
pub(crate) fn violations(fate: &Fate) -> Option<Box<RawValue>> {
    let Fate::Refused(violations) = fate else {
        return None;
    };
    let mut json = String::new();
    write_violations(&mut json, violations);
    RawValue::from_string(json).ok()
}

/// Returns requests as they would be sent, written by the core without API key and token.
pub(crate) fn requests(requests: &[Request]) -> Option<Box<RawValue>> {
    let mut json = String::new();
    write_requests(&mut json, requests, AuthHeaders::Hidden);
    RawValue::from_string(json).ok()
}

#[cfg(test)]
mod tests {
    use super::{Reply, iso, misconfigured, not_found, preview, unreadable, wrong_method};
    use kochava_edge::{Context, Moment, Planner, Settings, SettingsFault};

    fn parts(reply: &Reply) -> (u16, &str) {
        (reply.status, &reply.body)
    }

    #[test]
    fn an_error_has_a_code_and_a_message() {
        let reply = wrong_method("GET, HEAD".to_owned());
        let body =
            r#"{"error":{"code":"wrong-method","message":"the method must be one of GET, HEAD"}}"#;
        assert_eq!(parts(&reply), (405, body));
        assert_eq!(reply.headers, [("Allow", "GET, HEAD".into())]);
        assert_eq!(reply.log.error, Some("wrong-method"));
        assert_eq!(not_found().status, 404);
    }

    #[test]
    fn the_error_for_an_unreadable_body_has_its_offset() {
        let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"a","origination_ip":"b","idfv":"c"}}"#;
        let planner = Planner::new(Settings::read(settings).unwrap());
        let fault = planner.plan(b"17", &Context::default()).unwrap_err();
        let reply = unreadable(&fault);
        assert!(
            reply
                .body
                .starts_with(r#"{"error":{"code":"not-a-batch","message":""#)
        );
        assert!(reply.body.ends_with(r#"","offset":0}}"#), "{}", reply.body);
        assert_eq!(reply.status, 400);
    }

    #[test]
    fn faults_are_counted_in_the_log_and_the_sender_gets_retry_after() {
        let fault = SettingsFault {
            path: "app_guid".to_owned(),
            code: "missing",
            message: "is required".into(),
        };
        let reply = misconfigured(&[fault]);
        assert_eq!(reply.log.faults, Some(1));
        assert_eq!(reply.headers, [("Retry-After", "300".into())]);
    }

    #[test]
    fn a_preview_has_the_fates_and_their_number() {
        let reply = preview(2, "[{},{}]");
        assert_eq!(parts(&reply), (200, r#"{"received":2,"fates":[{},{}]}"#));
    }

    #[test]
    fn a_moment_is_written_with_milliseconds_in_utc() {
        let text = |millis| iso(Moment::from_millis(millis));
        assert_eq!(text(1_767_225_600_007), "2026-01-01T00:00:00.007Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(i64::MAX), "");
    }
}
