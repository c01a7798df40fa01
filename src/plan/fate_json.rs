//! Writes a fate as JSON, as `JSON.stringify` would spell it.
//!
//! The only writer of a fate: replies, lines of NDJSON and stored rejects use it.

use super::{Fate, Skip};
use crate::json::{append, write_plain_str, write_plain_strs};
use crate::kochava::{API_KEY_HEADER, Request, RequestKind, TOKEN_HEADER, Violation};
use crate::source::Unreadable;
use alloc::string::{String, ToString};

/// Appends a fate: `{"fate":"ready","requests":[…],"warnings":[…]}`,
/// `{"fate":"skipped","code":…,"message":…}` or `{"fate":"refused","violations":[…]}`.
pub fn write_fate(out: &mut String, fate: &Fate) {
    match fate {
        Fate::Ready(parcel) => {
            append(out, READY_START);
            write_items(out, &parcel.requests, |out, request| {
                write_request(out, request, AuthHeaders::Shown);
            });
            write_ready_end(out, &parcel.warnings);
        }
        Fate::Skipped(skip) => write_skipped(out, *skip),
        Fate::Refused(violations) => write_refused(out, violations),
    }
}

/// How a fate that is ready begins, up to its first request.
pub(super) const READY_START: &str = "{\"fate\":\"ready\",\"requests\":[";

pub(super) fn write_ready_end(out: &mut String, warnings: &[Violation]) {
    append(out, "],\"warnings\":");
    write_violations(out, warnings);
    out.push('}');
}

pub(super) fn write_skipped(out: &mut String, skip: Skip) {
    append(out, "{\"fate\":\"skipped\",\"code\":");
    write_plain_str(out, skip.code());
    append(out, ",\"message\":");
    write_plain_str(out, skip.sentence());
    out.push('}');
}

pub(super) fn write_refused(out: &mut String, violations: &[Violation]) {
    append(out, "{\"fate\":\"refused\",\"violations\":");
    write_violations(out, violations);
    out.push('}');
}

/// Whether the values of the headers of strict authentication are written, or `…` in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthHeaders {
    /// As they are sent.
    Shown,
    /// As `…`: whoever may look at a request need not be able to send it.
    Hidden,
}

impl AuthHeaders {
    /// What stands for an API key and for the token of a body.
    pub(super) const PLACEHOLDER: &'static str = "…";
}

/// Appends requests as a JSON list of
/// `{"kind":…,"method":…,"url":…,"headers":{…},"body":…}`.
pub fn write_requests(out: &mut String, requests: &[Request], auth: AuthHeaders) {
    out.push('[');
    write_items(out, requests, |out, request| {
        write_request(out, request, auth);
    });
    out.push(']');
}

fn write_request(out: &mut String, request: &Request, auth: AuthHeaders) {
    write_request_start(out, request.kind, [&request.url]);
    for (place, (name, value)) in request.headers.iter().enumerate() {
        let is_hidden =
            auth == AuthHeaders::Hidden && [API_KEY_HEADER, TOKEN_HEADER].contains(name);
        let value = if is_hidden {
            AuthHeaders::PLACEHOLDER
        } else {
            value
        };
        write_header(out, place == 0, name, value);
    }
    write_request_end(out, &request.body);
}

/// Appends a request up to its first header; `url` in parts.
pub(super) fn write_request_start<const N: usize>(
    out: &mut String,
    kind: RequestKind,
    url: [&str; N],
) {
    write_request_kind(out, kind);
    append(out, ",\"method\":\"");
    append(out, Request::METHOD);
    append(out, "\",\"url\":");
    write_plain_strs(out, url);
    append(out, ",\"headers\":{");
}

/// Appends a request up to its kind.
pub(super) fn write_request_kind(out: &mut String, kind: RequestKind) {
    append(out, "{\"kind\":\"");
    append(out, kind.as_str());
    out.push('"');
}

pub(super) fn write_header(out: &mut String, is_first: bool, name: &str, value: &str) {
    append(out, if is_first { "\"" } else { ",\"" });
    append(out, name);
    append(out, "\":");
    write_plain_str(out, value);
}

pub(super) fn write_request_end(out: &mut String, body: &str) {
    append(out, "},\"body\":");
    write_plain_str(out, body);
    out.push('}');
}

/// Appends violations as a JSON list of `{"code":…,"field":…,"origin":…,"message":…}`.
pub fn write_violations(out: &mut String, violations: &[Violation]) {
    out.push('[');
    write_items(out, violations, write_violation);
    out.push(']');
}

fn write_violation(out: &mut String, violation: &Violation) {
    write_problem(
        out,
        violation.rule.code(),
        &violation.field,
        violation.origin.as_deref(),
        violation.message(),
    );
}

pub(super) fn write_unreadable(out: &mut String, unreadable: &Unreadable) {
    append(out, "{\"fate\":\"refused\",\"violations\":[");
    let message = unreadable.to_string();
    write_problem(out, unreadable.code(), "", None, [message.as_str()]);
    append(out, "]}");
}

fn write_problem<const N: usize>(
    out: &mut String,
    code: &str,
    field: &str,
    origin: Option<&str>,
    message: [&str; N],
) {
    append(out, "{\"code\":");
    write_plain_str(out, code);
    append(out, ",\"field\":");
    write_plain_str(out, field);
    append(out, ",\"origin\":");
    match origin {
        Some(origin) => write_plain_str(out, origin),
        None => append(out, "null"),
    }
    append(out, ",\"message\":");
    write_plain_strs(out, message);
    out.push('}');
}

fn write_items<T>(out: &mut String, list: &[T], write: impl Fn(&mut String, &T)) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
}
