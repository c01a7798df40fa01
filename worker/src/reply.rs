//! Replies: their status, their headers and their JSON.
//!
//! An error has a code and a sentence, and never repeats a part of what was sent.

mod counts;
mod health;

use crate::admin::QueryFault;
use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS};
use crate::log::LogFields;
use chrono::{DateTime, SecondsFormat};
use kochava_edge::{
    ApiKey, Fate, Moment, Request, SettingsFault, Unreadable, UnreadableReason, write_requests,
    write_violations,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

pub(crate) use counts::{Counts, delivered, ingested};
pub(crate) use health::{OpenBreaker, delivering, healthy, unhealthy};

/// A reply, and what the log says of it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Beside those that every reply has.
    pub(crate) headers: Vec<(&'static str, Cow<'static, str>)>,
    /// JSON text.
    pub(crate) body: String,
    pub(crate) log: LogFields,
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
    /// Of the byte that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl Reply {
    fn new(status: u16, body: &impl Serialize) -> Self {
        Reply {
            status,
            headers: Vec::new(),
            body: serde_json::to_string(body).expect("our replies have texts as keys"),
            log: LogFields::default(),
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

    /// Asks the sender to come again after so long.
    fn retry_after(self, seconds: u64) -> Self {
        self.with_header("Retry-After", seconds.to_string())
    }
}

/// What an operator asked for.
pub(crate) fn json(body: &impl Serialize) -> Reply {
    Reply::new(200, body)
}

/// The plan, of which nothing was sent; `fates` is a JSON list.
pub(crate) fn preview(received: usize, fates: &str) -> Reply {
    Reply {
        status: 200,
        headers: Vec::new(),
        // a `RawValue` would be made by parsing the whole text once more
        body: format!("{{\"received\":{received},\"fates\":{fates}}}"),
        log: LogFields {
            received: Some(received),
            ..LogFields::default()
        },
    }
}

/// No such path, or none for whoever asks.
pub(crate) fn not_found() -> Reply {
    Reply::error(
        404,
        "not-found",
        "there is nothing at this path, or it needs a token that the request does not have",
    )
}

pub(crate) fn wrong_method(allow: String) -> Reply {
    Reply::error(
        405,
        "wrong-method",
        format!("this path has the methods {allow}"),
    )
    .with_header("Allow", allow)
}

pub(crate) fn unauthorized() -> Reply {
    Reply::error(
        401,
        "unauthorized",
        "send the ingest token as `Authorization: Bearer`, as Basic's password or as `X-Api-Key`",
    )
    .with_header("WWW-Authenticate", "Bearer realm=\"kochava-edge\"")
}

pub(crate) fn no_token_set() -> Reply {
    Reply::error(
        503,
        "no-token-set",
        "the secret INGEST_TOKEN is not set: `wrangler secret put INGEST_TOKEN`",
    )
    .retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// The sender must keep its events: they can be delivered once the operator has acted.
pub(crate) fn misconfigured(faults: &[SettingsFault]) -> Reply {
    let count = faults.len();
    let reply = Reply::error(
        503,
        "misconfigured",
        format!("{count} settings cannot work; GET /health names them"),
    );
    let log = LogFields {
        faults: Some(count),
        ..reply.log.clone()
    };
    reply.with_log(log).retry_after(RETRY_AFTER_PAUSED_SECONDS)
}

/// A store of the Worker does not answer.
pub(crate) fn store_unavailable() -> Reply {
    Reply::error(
        503,
        "store-unavailable",
        "the database or an object does not answer: ask again",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// The assets of the page do not answer.
pub(crate) fn page_unavailable() -> Reply {
    Reply::error(
        503,
        "page-unavailable",
        "the files of the page do not answer: ask again",
    )
    .retry_after(RETRY_AFTER_SECONDS)
}

/// An operator's parameter that cannot be read.
pub(crate) fn bad_query(fault: &QueryFault) -> Reply {
    Reply::error(400, "bad-query", fault.0.clone())
}

/// An operator who would change all rejects without saying so.
pub(crate) fn says_not_which() -> Reply {
    Reply::error(
        400,
        "says-not-which",
        "say which: `ids`, a filter (`reason`, `event`, `from`, `to`), or `all=1`",
    )
}

pub(crate) fn unsupported_type() -> Reply {
    Reply::error(415, "unsupported-type", "the body must be application/json")
}

pub(crate) fn unsupported_encoding() -> Reply {
    Reply::error(
        415,
        "unsupported-encoding",
        "the body may be compressed with gzip and nothing else",
    )
    .with_header("Accept-Encoding", "gzip")
}

pub(crate) fn body_too_large() -> Reply {
    Reply::error(
        413,
        "body-too-large",
        format!("the body may have {BODY_BYTES_MAX} bytes, compressed or not"),
    )
}

pub(crate) fn body_cut() -> Reply {
    Reply::error(400, "body-cut", "the body broke off")
}

pub(crate) fn gzip_unreadable() -> Reply {
    Reply::error(400, "gzip-unreadable", "the body is not gzip, or broke off")
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

/// A moment as ISO 8601 writes it; empty for one beyond the calendar.
pub(crate) fn iso(moment: Moment) -> String {
    DateTime::from_timestamp_millis(moment.millis)
        .map(|date| date.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// The violations of a refused event, by the core's writer.
pub(crate) fn violations(fate: &Fate) -> Option<Box<RawValue>> {
    let Fate::Refused(violations) = fate else {
        return None;
    };
    let mut json = String::new();
    write_violations(&mut json, violations);
    RawValue::from_string(json).ok()
}

/// Requests as they would be sent, by the core's writer, without the API key.
pub(crate) fn requests(requests: &[Request]) -> Option<Box<RawValue>> {
    let mut json = String::new();
    write_requests(&mut json, requests, ApiKey::Hidden);
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
    fn an_error_is_a_code_and_a_sentence() {
        let reply = wrong_method("GET, HEAD".to_owned());
        let body =
            r#"{"error":{"code":"wrong-method","message":"this path has the methods GET, HEAD"}}"#;
        assert_eq!(parts(&reply), (405, body));
        assert_eq!(reply.headers, [("Allow", "GET, HEAD".into())]);
        assert_eq!(reply.log.error, Some("wrong-method"));
        assert_eq!(not_found().status, 404);
    }

    #[test]
    fn unreadable_bytes_are_told_with_their_offset() {
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
    fn faults_are_counted_in_the_log_and_the_sender_is_asked_to_come_again() {
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
    fn a_preview_is_the_list_of_fates_behind_their_number() {
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
