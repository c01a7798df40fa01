//! What becomes of each line?
//!
//! Enters: newline-delimited JSON. Leaves: for each line one line, in their order: that line's fate as JSON. The one place that knows how a
//! fate is told to a program.

use crate::json::{append, line_end, write_plain_str};
use crate::kochava::Violation;
use crate::plan::{Context, Fate, Planner, walk_batch};
use crate::request::Request;
use crate::source::{Batch, Unreadable, read_text};
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
        let whole = core::str::from_utf8(lines).ok();
        let mut batch = self.batch(context);
        let mut start = 0;
        while start < lines.len() {
            let end = line_end(lines, start);
            let line = match whole {
                // no character has the byte of a newline within it
                Some(whole) => Ok(&whole[start..end]),
                None => read_text(&lines[start..end]),
            };
            if let Err(unreadable) = line.and_then(|line| batch.turn_to(line)).and_then(|()| self.plan_line(&mut batch, context, out)) {
                write_unreadable(out, &unreadable);
            }
            out.push('\n');
            start = end + 1;
        }
    }

    fn plan_line(&self, batch: &mut Batch<'_>, context: &Context, out: &mut String) -> Result<(), Unreadable> {
        let fates = walk_batch(batch, context.room, |element, _| (self.carry(element, context, &mut ()), ()))?;
        match fates.as_slice() {
            [(fate, ())] => write_fate(out, fate),
            fates => {
                append(out, "{\"fates\":");
                write_list(out, fates, |out, (fate, ())| write_fate(out, fate));
                out.push('}');
            }
        }
        Ok(())
    }
}

/// Appends a fate as JSON, as `JSON.stringify` would spell it.
pub fn write_fate(out: &mut String, fate: &Fate) {
    match fate {
        Fate::Ready(parcel) => {
            append(out, "{\"fate\":\"ready\",\"requests\":");
            write_list(out, &parcel.requests, write_request);
            append(out, ",\"warnings\":");
            write_violations(out, &parcel.warnings);
        }
        Fate::Skipped(skip) => {
            append(out, "{\"fate\":\"skipped\",\"code\":");
            write_plain_str(out, skip.code());
            append(out, ",\"message\":");
            write_plain_str(out, skip.sentence());
        }
        Fate::Refused(violations) => {
            append(out, "{\"fate\":\"refused\",\"violations\":");
            write_violations(out, violations);
        }
    }
    out.push('}');
}

fn write_request(out: &mut String, request: &Request) {
    append(out, "{\"kind\":");
    write_plain_str(out, request.kind.as_str());
    append(out, ",\"method\":");
    write_plain_str(out, Request::METHOD);
    append(out, ",\"url\":");
    write_plain_str(out, &request.url);
    append(out, ",\"headers\":");
    let mut separator = '{';
    for (name, value) in &request.headers {
        out.push(separator);
        write_plain_str(out, name);
        out.push(':');
        write_plain_str(out, value);
        separator = ',';
    }
    append(out, "},\"body\":");
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
    append(out, "{\"fate\":\"refused\",\"violations\":[");
    write_problem(out, unreadable.code(), "", None, &unreadable.to_string());
    append(out, "]}");
}

fn write_problem(out: &mut String, code: &str, field: &str, origin: Option<&str>, message: &str) {
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
