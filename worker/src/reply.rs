//! What do we answer?
//!
//! The one place that knows the JSON of our replies. An error says a code and a sentence, and never repeats a piece of what was sent.

mod counts;

use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_PAUSED_SECONDS};
use crate::object::object;
use kochava_edge::kochava::Violation;
use kochava_edge::plan::{Fate, Plan};
use kochava_edge::request::{API_KEY_HEADER, Request};
use kochava_edge::settings::SettingsFault;
use kochava_edge::source::{Unreadable, UnreadableReason};
use serde_json::{Map, Value, json};
use worker::{Headers, Response};

pub(crate) use counts::delivered;

/// An answer, and what the log says about it.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) log: Map<String, Value>,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl Reply {
    fn new(status: u16, body: Value) -> Self {
        Reply { status, log: Map::new(), headers: Vec::new(), body }
    }

    fn error(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let mut reply = Reply::new(status, json!({ "error": { "code": code, "message": message } }));
        reply.log.insert("error".to_owned(), code.into());
        reply
    }

    fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The response of the platform.
    pub(crate) fn into_response(self) -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set("Content-Type", "application/json; charset=utf-8")?;
        headers.set("Cache-Control", "no-store")?;
        headers.set("X-Content-Type-Options", "nosniff")?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let bytes = self.body.to_string().into_bytes();
        Ok(Response::from_bytes(bytes)?.with_headers(headers).with_status(self.status))
    }
}

pub(crate) fn not_found() -> Reply {
    Reply::error(404, "not-found", "there is nothing here; events go to POST /amplitude")
}

pub(crate) fn wrong_method(allow: &'static str) -> Reply {
    Reply::error(405, "wrong-method", format!("this path takes {allow}")).with_header("Allow", allow)
}

pub(crate) fn unauthorized() -> Reply {
    Reply::error(401, "unauthorized", "send the ingest token as `Authorization: Bearer`, as Basic's password or as `X-Api-Key`")
        .with_header("WWW-Authenticate", "Bearer realm=\"kochava-edge\"")
}

pub(crate) fn no_token_set() -> Reply {
    later(Reply::error(503, "no-token-set", "the secret INGEST_TOKEN is not set: `wrangler secret put INGEST_TOKEN`"), RETRY_AFTER_PAUSED_SECONDS)
}

/// The sender must keep its events: they can be delivered once the operator has acted.
pub(crate) fn misconfigured(faults: &[SettingsFault]) -> Reply {
    let mut reply = Reply::error(503, "misconfigured", format!("{} settings cannot work; GET /health names them", faults.len()));
    reply.log.insert("faults".to_owned(), faults.len().into());
    later(reply, RETRY_AFTER_PAUSED_SECONDS)
}

pub(crate) fn unsupported_type() -> Reply {
    Reply::error(415, "unsupported-type", "the body must be application/json")
}

pub(crate) fn unsupported_encoding() -> Reply {
    Reply::error(415, "unsupported-encoding", "the body may be packed with gzip and nothing else").with_header("Accept-Encoding", "gzip")
}

pub(crate) fn body_too_large() -> Reply {
    Reply::error(413, "body-too-large", format!("the body may have {BODY_BYTES_MAX} bytes, unpacked"))
}

pub(crate) fn body_cut() -> Reply {
    Reply::error(400, "body-cut", "the body broke off")
}

pub(crate) fn gzip_unreadable() -> Reply {
    Reply::error(400, "gzip-unreadable", "the body is not gzip, or broke off")
}

pub(crate) fn unreadable(unreadable: &Unreadable) -> Reply {
    let status = if unreadable.reason == UnreadableReason::TooLarge { 413 } else { 400 };
    let mut reply = Reply::error(status, unreadable.code(), unreadable.to_string());
    reply.body["error"]["offset"] = unreadable.offset.into();
    reply
}

fn later(reply: Reply, seconds: u64) -> Reply {
    reply.with_header("Retry-After", seconds.to_string())
}

/// Everything is set up.
pub(crate) fn healthy(bindings: &Value) -> Reply {
    Reply::new(200, json!({ "status": "ok", "version": kochava_edge::VERSION, "bindings": bindings, "faults": [] }))
}

/// These settings cannot work.
pub(crate) fn unhealthy(bindings: &Value, faults: &[SettingsFault]) -> Reply {
    let told: Vec<_> = faults.iter().map(|fault| json!({ "path": fault.path, "code": fault.code, "message": fault.message })).collect();
    let body = json!({ "status": "misconfigured", "version": kochava_edge::VERSION, "bindings": bindings, "faults": told });
    later(Reply::new(503, body), RETRY_AFTER_PAUSED_SECONDS)
}

/// The plan, of which nothing was sent.
pub(crate) fn preview(plan: &Plan) -> Reply {
    let fates: Vec<_> = plan.fates.iter().map(fate).collect();
    let mut reply = Reply::new(200, json!({ "received": plan.fates.len(), "fates": fates }));
    reply.log.insert("received".to_owned(), plan.fates.len().into());
    reply
}

fn fate(fate: &Fate) -> Value {
    let told = |violations: &[Violation]| violations.iter().map(violation).collect::<Vec<_>>();
    match fate {
        Fate::Ready(parcel) => {
            json!({ "fate": "ready", "requests": parcel.requests.iter().map(request).collect::<Vec<_>>(), "warnings": told(&parcel.warnings) })
        }
        Fate::Skipped(skip) => json!({ "fate": "skipped", "code": skip.code(), "message": skip.sentence() }),
        Fate::Refused(violations) => json!({ "fate": "refused", "violations": told(violations) }),
    }
}

fn violation(violation: &Violation) -> Value {
    json!({ "code": violation.rule.code(), "field": violation.field, "origin": violation.origin, "message": violation.to_string() })
}

/// A request as it would be sent, but for the API key: who may preview need not know it.
fn request(request: &Request) -> Value {
    let hidden = |name: &str, value: &str| if name == API_KEY_HEADER { "…".to_owned() } else { value.to_owned() };
    let headers = object(request.headers.iter().map(|(name, value)| (*name, hidden(name, value).into())));
    json!({ "kind": request.kind.as_str(), "method": Request::METHOD, "url": request.url, "headers": headers, "body": request.body })
}
