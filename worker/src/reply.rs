//! What do we answer?
//!
//! The one place that knows the JSON of our replies. An error says a code and a sentence, and never repeats a piece of what was sent.

mod counts;

use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_PAUSED_SECONDS};
use crate::object::Object;
use kochava_edge::kochava::Violation;
use kochava_edge::plan::{Fate, Plan};
use kochava_edge::request::{API_KEY_HEADER, Request};
use kochava_edge::settings::SettingsFault;
use kochava_edge::source::{Unreadable, UnreadableReason};
use worker::{Headers, Response};

pub(crate) use counts::delivered;

/// An answer, and what the log says about it.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) log: Object,
    headers: Vec<(&'static str, String)>,
    body: Object,
}

impl Reply {
    fn new(status: u16, body: Object) -> Self {
        Reply { status, log: Object::new(), headers: Vec::new(), body }
    }

    fn error(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Reply::error_of(status, code, &error(code, &message.into()))
    }

    fn error_of(status: u16, code: &str, error: &Object) -> Self {
        Reply::new(status, Object::new().object("error", error)).with_log(Object::new().text("error", code))
    }

    fn with_log(self, log: Object) -> Self {
        Reply { log, ..self }
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
        let bytes = self.body.finish().into_bytes();
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
    let reply = Reply::error(503, "misconfigured", format!("{} settings cannot work; GET /health names them", faults.len()));
    let log = reply.log.clone().number("faults", faults.len());
    later(reply.with_log(log), RETRY_AFTER_PAUSED_SECONDS)
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
    let error = error(unreadable.code(), &unreadable.to_string()).number("offset", unreadable.offset);
    Reply::error_of(status, unreadable.code(), &error)
}

fn error(code: &str, message: &str) -> Object {
    Object::new().text("code", code).text("message", message)
}

fn later(reply: Reply, seconds: u64) -> Reply {
    reply.with_header("Retry-After", seconds.to_string())
}

/// Everything is set up.
pub(crate) fn healthy(bindings: &Object) -> Reply {
    Reply::new(200, health("ok", bindings, &[]))
}

/// These settings cannot work.
pub(crate) fn unhealthy(bindings: &Object, faults: &[SettingsFault]) -> Reply {
    later(Reply::new(503, health("misconfigured", bindings, faults)), RETRY_AFTER_PAUSED_SECONDS)
}

fn health(status: &str, bindings: &Object, faults: &[SettingsFault]) -> Object {
    let told = faults.iter().map(|fault| Object::new().text("path", &fault.path).text("code", fault.code).text("message", &fault.message));
    Object::new().text("status", status).text("version", kochava_edge::VERSION).object("bindings", bindings).list("faults", told)
}

/// The plan, of which nothing was sent.
pub(crate) fn preview(plan: &Plan) -> Reply {
    let received = Object::new().number("received", plan.fates.len());
    Reply::new(200, received.clone().list("fates", plan.fates.iter().map(fate))).with_log(received)
}

fn fate(fate: &Fate) -> Object {
    let named = |name| Object::new().text("fate", name);
    match fate {
        Fate::Ready(parcel) => {
            named("ready").list("requests", parcel.requests.iter().map(request)).list("warnings", parcel.warnings.iter().map(violation))
        }
        Fate::Skipped(skip) => named("skipped").text("code", skip.code()).text("message", skip.sentence()),
        Fate::Refused(violations) => named("refused").list("violations", violations.iter().map(violation)),
    }
}

fn violation(violation: &Violation) -> Object {
    let told = Object::new().text("code", violation.rule.code()).text("field", &violation.field);
    let told = if let Some(origin) = &violation.origin { told.text("origin", origin) } else { told.raw("origin", "null") };
    told.text("message", &violation.to_string())
}

/// A request as it would be sent, but for the API key: who may preview need not know it.
fn request(request: &Request) -> Object {
    let mut headers = Object::new();
    for (name, value) in &request.headers {
        headers = headers.text(name, if *name == API_KEY_HEADER { "…" } else { value });
    }
    let told = Object::new().text("kind", request.kind.as_str()).text("method", Request::METHOD).text("url", &request.url);
    told.object("headers", &headers).text("body", &request.body)
}
