//! What becomes of each line?
//!
//! Enters: newline-delimited JSON. Leaves: for each line one line, in their order: that line's fate as JSON. The one place that knows how a
//! fate is told to a program.

use crate::json::write_plain_str;
use crate::kochava::Violation;
use crate::plan::{Context, Fate, Planner};
use crate::request::Request;
use crate::source::Unreadable;
use alloc::string::{String, ToString};

impl Planner {
    /// Plans every line and appends its fate to `out`, a line each.
    ///
    /// A line that is itself a batch of none or several gets `{"fates":[…]}`. A line that [`Planner::plan`] cannot read, a blank one too, is
    /// refused with that error's code, so that the lines behind it keep their places.
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{plan::{Context, Planner}, settings::Settings};
    /// # let settings = Settings::read(r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"kd","origination_ip":"ip","idfv":"idfv"}}"#).unwrap();
    /// let mut out = String::new();
    /// Planner::new(settings).plan_ndjson(b"{\"event_type\":\"$groupidentify\"}\n{\n", &Context::default(), &mut out);
    /// let lines: Vec<_> = out.lines().collect();
    /// assert!(lines[0].starts_with(r#"{"fate":"skipped","code":"group-identify""#));
    /// assert!(lines[1].starts_with(r#"{"fate":"refused","violations":[{"code":"invalid-json""#));
    /// ```
    pub fn plan_ndjson(&self, lines: &[u8], context: &Context, out: &mut String) {
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            match self.plan(line.strip_suffix(b"\n").unwrap_or(line), context) {
                Ok(plan) => match plan.fates.as_slice() {
                    [fate] => write_fate(out, fate),
                    fates => {
                        out.push_str("{\"fates\":");
                        write_list(out, fates, write_fate);
                        out.push('}');
                    }
                },
                Err(unreadable) => write_unreadable(out, &unreadable),
            }
            out.push('\n');
        }
    }
}

/// Appends a fate as JSON, as `JSON.stringify` would spell it.
pub fn write_fate(out: &mut String, fate: &Fate) {
    match fate {
        Fate::Ready(parcel) => {
            out.push_str("{\"fate\":\"ready\",\"requests\":");
            write_list(out, &parcel.requests, write_request);
            out.push_str(",\"warnings\":");
            write_violations(out, &parcel.warnings);
        }
        Fate::Skipped(skip) => {
            out.push_str("{\"fate\":\"skipped\",\"code\":");
            write_plain_str(out, skip.code());
            out.push_str(",\"message\":");
            write_plain_str(out, skip.sentence());
        }
        Fate::Refused(violations) => {
            out.push_str("{\"fate\":\"refused\",\"violations\":");
            write_violations(out, violations);
        }
    }
    out.push('}');
}

fn write_request(out: &mut String, request: &Request) {
    out.push_str("{\"kind\":");
    write_plain_str(out, request.kind.as_str());
    out.push_str(",\"method\":");
    write_plain_str(out, Request::METHOD);
    out.push_str(",\"url\":");
    write_plain_str(out, &request.url);
    out.push_str(",\"headers\":");
    let mut separator = '{';
    for (name, value) in &request.headers {
        out.push(separator);
        write_plain_str(out, name);
        out.push(':');
        write_plain_str(out, value);
        separator = ',';
    }
    out.push_str("},\"body\":");
    write_plain_str(out, &request.body);
    out.push('}');
}

/// Appends violations as a JSON list.
pub fn write_violations(out: &mut String, violations: &[Violation]) {
    write_list(out, violations, write_violation);
}

fn write_violation(out: &mut String, violation: &Violation) {
    write_problem(out, violation.rule.code(), &violation.field, violation.origin.as_deref(), &violation.to_string());
}

fn write_unreadable(out: &mut String, unreadable: &Unreadable) {
    out.push_str("{\"fate\":\"refused\",\"violations\":[");
    write_problem(out, unreadable.code(), "", None, &unreadable.to_string());
    out.push_str("]}");
}

fn write_problem(out: &mut String, code: &str, field: &str, origin: Option<&str>, message: &str) {
    out.push_str("{\"code\":");
    write_plain_str(out, code);
    out.push_str(",\"field\":");
    write_plain_str(out, field);
    out.push_str(",\"origin\":");
    match origin {
        Some(origin) => write_plain_str(out, origin),
        None => out.push_str("null"),
    }
    out.push_str(",\"message\":");
    write_plain_str(out, message);
    out.push('}');
}

fn write_list<T>(out: &mut String, list: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}
