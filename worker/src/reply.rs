//! Replies: their status, their headers and their JSON.
//!
//! An error has a code and a message, and never repeats a part of the request.

mod counts;
mod errors;
mod health;
mod sdk;

use crate::json::Json;
use crate::log::LogFields;
use kochava_edge::{AuthHeaders, Fate, Request, Unreadable, write_requests, write_violations};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

pub(crate) use counts::{Counts, SyncCounts, SyncNames, delivered, ingested};
pub(crate) use errors::{
    bad_query, body_cut, body_too_large, gzip_too_costly, gzip_unreadable, misconfigured,
    missing_event, no_sdk_key_set, no_test_app, no_token_set, not_found, page_unavailable,
    store_unavailable, throttled, unauthorized, unknown_source, unknown_sync, unreadable,
    unsupported_encoding, unsupported_type, wrong_method, wrong_sdk_key, wrong_signature,
};
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

/// Replies with a plan that is not sent; `fates` is a JSON list.
pub(crate) fn preview(received: usize, mut fates: String) -> Reply {
    // in place: as a `RawValue` the whole text would be parsed once more, as an argument of `format!` copied
    fates.insert_str(0, &format!("{{\"received\":{received},\"fates\":"));
    fates.push('}');
    Reply {
        status: 200,
        body: fates,
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
    use super::{Reply, preview};

    fn parts(reply: &Reply) -> (u16, &str) {
        (reply.status, &reply.body)
    }

    #[test]
    fn a_preview_has_the_fates_and_their_number() {
        let reply = preview(2, "[{},{}]".to_owned());
        assert_eq!(parts(&reply), (200, r#"{"received":2,"fates":[{},{}]}"#));
    }
}
