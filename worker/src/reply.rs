//! What do we answer?
//!
//! The one place that knows the JSON of our replies. An error says a code and a sentence, and never
//! repeats a piece of what was sent.

mod counts;

use crate::http;
use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS};
use crate::object::Object;
use kochava_edge::{
    API_KEY_HEADER, Breakers, Moment, OpenState, Request, SettingsFault, Unreadable,
    UnreadableReason, Violation,
};
use std::cell::OnceCell;
use wasm_bindgen::JsValue;
use worker::web_sys::{Response, ResponseInit};

pub(crate) use counts::{delivered, taken};

/// An answer, and what the log says about it.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) log: Object,
    headers: Vec<(&'static str, String)>,
    body: Object,
}

impl Reply {
    fn new(status: u16, body: Object) -> Self {
        Reply {
            status,
            log: Object::new(),
            headers: Vec::new(),
            body,
        }
    }

    fn error(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Reply::error_of(status, code, &error(code, &message.into()))
    }

    fn error_of(status: u16, code: &str, error: &Object) -> Self {
        Reply::new(status, Object::new().object("error", error))
            .with_log(Object::new().text("error", code))
    }

    fn with_log(self, log: Object) -> Self {
        Reply { log, ..self }
    }

    fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The response of the platform.
    pub(crate) fn into_response(self) -> Result<Response, JsValue> {
        thread_local! {
            /// What goes along with most answers: made once an isolate.
            static USUAL: OnceCell<ResponseInit> = const { OnceCell::new() };
        }
        let init = match (self.status, self.headers.as_slice()) {
            (200, []) => USUAL.with(|usual| {
                usual.get().cloned().map_or_else(
                    || self.init().map(|init| usual.get_or_init(|| init).clone()),
                    Ok,
                )
            }),
            _ => self.init(),
        };
        http::respond(&init?, &self.body.finish())
    }

    fn init(&self) -> Result<ResponseInit, JsValue> {
        let mut headers = vec![
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        for (name, value) in &self.headers {
            headers.push((name, value));
        }
        http::init(self.status, &headers)
    }
}

pub(crate) fn not_found() -> Reply {
    Reply::error(
        404,
        "not-found",
        "there is nothing here; events go to POST /amplitude",
    )
}

pub(crate) fn wrong_method(allow: &'static str) -> Reply {
    Reply::error(405, "wrong-method", format!("this path takes {allow}"))
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
    later(
        Reply::error(
            503,
            "no-token-set",
            "the secret INGEST_TOKEN is not set: `wrangler secret put INGEST_TOKEN`",
        ),
        RETRY_AFTER_PAUSED_SECONDS,
    )
}

/// The sender must keep its events: they can be delivered once the operator has acted.
pub(crate) fn misconfigured(faults: &[SettingsFault]) -> Reply {
    let reply = Reply::error(
        503,
        "misconfigured",
        format!(
            "{} settings cannot work; GET /health names them",
            faults.len()
        ),
    );
    let log = reply.log.clone().number("faults", faults.len());
    later(reply.with_log(log), RETRY_AFTER_PAUSED_SECONDS)
}

/// One of our own stores does not answer.
pub(crate) fn store_unavailable() -> Reply {
    later(
        Reply::error(
            503,
            "store-unavailable",
            "the database or an object does not answer: ask again",
        ),
        RETRY_AFTER_SECONDS,
    )
}

/// An operator's question that cannot be read.
pub(crate) fn bad_query(key: &str) -> Reply {
    // the name is the operator's own, and repeated as far as it is one of ours
    let known = [
        "reason", "event", "from", "to", "cursor", "limit", "period", "dry", "all", "ids", "body",
    ]
    .into_iter()
    .find(|known| *known == key);
    Reply::error(
        400,
        "bad-query",
        format!(
            "`{}` cannot be read here",
            known.unwrap_or("an unknown parameter")
        ),
    )
}

/// An operator who would change all rejects without saying so.
pub(crate) fn says_not_which() -> Reply {
    Reply::error(
        400,
        "says-not-which",
        "say which: `ids`, a filter (`reason`, `event`, `from`, `to`), or `all=1`",
    )
}

/// What an operator asked for.
pub(crate) fn told(body: Object) -> Reply {
    Reply::new(200, body)
}

pub(crate) fn unsupported_type() -> Reply {
    Reply::error(415, "unsupported-type", "the body must be application/json")
}

pub(crate) fn unsupported_encoding() -> Reply {
    Reply::error(
        415,
        "unsupported-encoding",
        "the body may be packed with gzip and nothing else",
    )
    .with_header("Accept-Encoding", "gzip")
}

pub(crate) fn body_too_large() -> Reply {
    Reply::error(
        413,
        "body-too-large",
        format!("the body may have {BODY_BYTES_MAX} bytes, unpacked"),
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
    let error =
        error(unreadable.code(), &unreadable.to_string()).number("offset", unreadable.offset);
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

/// Everything is set up, and this is what the gates say.
pub(crate) fn delivering(bindings: &Object, settings: &str, gates: &Breakers) -> Reply {
    let is_paused = gates.open().any(|(_, closed)| closed.reason.is_pause());
    let health = health(if is_paused { "paused" } else { "ok" }, bindings, &[]);
    Reply::new(
        200,
        health.text("settings", settings).list(
            "closed",
            gates.open().map(|(route, closed)| gate(route, closed)),
        ),
    )
}

/// A gate that is closed: which kind of call, and why; for which app only the operator is told.
fn gate(route: &str, closed: &OpenState) -> Object {
    let gate = Object::new()
        .text("kind", route.split(' ').next().unwrap_or_default())
        .text("code", closed.reason.code());
    let gate = if let Some(status) = closed.reason.status() {
        gate.number("status", status)
    } else {
        gate
    };
    gate.text("since", &iso(closed.since))
        .text("next_probe", &iso(closed.until))
}

/// The gates with their apps.
pub(crate) fn gates(gates: &Breakers) -> Vec<Object> {
    let with_app = |(route, closed)| {
        gate(route, closed).text("app_guid", route.split_once(' ').unwrap_or_default().1)
    };
    gates.open().map(with_app).collect()
}

/// A moment as people write it.
pub(crate) fn iso(moment: Moment) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a moment is below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(moment.millis as f64));
    // a moment beyond the calendar has no spelling
    if date.get_time().is_nan() {
        String::new()
    } else {
        String::from(date.to_iso_string())
    }
}

/// These settings cannot work.
pub(crate) fn unhealthy(bindings: &Object, faults: &[SettingsFault]) -> Reply {
    later(
        Reply::new(503, health("misconfigured", bindings, faults)),
        RETRY_AFTER_PAUSED_SECONDS,
    )
}

fn health(status: &str, bindings: &Object, faults: &[SettingsFault]) -> Object {
    let told = faults.iter().map(|fault| {
        Object::new()
            .text("path", &fault.path)
            .text("code", fault.code)
            .text("message", &fault.message)
    });
    Object::new()
        .text("status", status)
        .text("version", kochava_edge::VERSION)
        .object("bindings", bindings)
        .list("faults", told)
}

/// The plan, of which nothing was sent.
pub(crate) fn preview(count: usize, fates: &str) -> Reply {
    let received = Object::new().number("received", count);
    Reply::new(200, received.clone().raw("fates", fates)).with_log(received)
}

pub(crate) fn violation(violation: &Violation) -> Object {
    let told = Object::new()
        .text("code", violation.rule.code())
        .text("field", &violation.field);
    let told = if let Some(origin) = &violation.origin {
        told.text("origin", origin)
    } else {
        told.raw("origin", "null")
    };
    told.text("message", &violation.to_string())
}

/// A request as it would be sent, but for the API key: who may preview need not know it.
pub(crate) fn request(request: &Request) -> Object {
    let mut headers = Object::new();
    for (name, value) in &request.headers {
        headers = headers.text(
            name,
            if *name == API_KEY_HEADER {
                "…"
            } else {
                value
            },
        );
    }
    let told = Object::new()
        .text("kind", request.kind.as_str())
        .text("method", Request::METHOD)
        .text("url", &request.url);
    told.object("headers", &headers).text("body", &request.body)
}
