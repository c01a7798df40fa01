//! What becomes of each line?
//!
//! Enters: newline-delimited JSON. Leaves: for each line one line, in their order: that line's fate
//! as JSON. The one place that knows how a fate is told to a program. Behind this door: `scribe`
//! has what all lines share.

mod scribe;

use crate::filter::Skip;
use crate::json::{append, append_run, line_at, write_plain_str, write_plain_strs};
use crate::kochava::{Violation, Written};
use crate::mapping::Desk;
use crate::plan::{Context, Fate, Mark, Outbox, Outcome, Planner, take_room};
use crate::request::{
    CONTENT_TYPE, Request, RequestKind, Signer, TOKEN_HEADER, Token, TooLarge, each_header,
};
use crate::source::{Batch, Unreadable, not_utf8, read_text};
use alloc::string::{String, ToString};
use scribe::Scribe;

impl Planner {
    /// Plans every line and appends its fate to `out`, a line each.
    ///
    /// A line that is itself a batch of none or several gets `{"fates":[…]}`. A line that
    /// [`Planner::plan`] cannot read, a blank one too, is refused with that error's code, so
    /// that the lines behind it keep their places.
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
        let mut batch = self.batch(context);
        let mut desk = Desk::default();
        let mut scribe = Scribe::of(self, self.signer().map_or("", Signer::api_key));
        let mut start = 0;
        while start < lines.len() {
            let (line, end) = line_at(lines, start);
            let told = out.len();
            let planned = line
                .map_err(not_utf8)
                .and_then(|line| batch.turn_to(line))
                .and_then(|()| self.plan_line(&mut batch, context, &mut desk, &mut scribe, out));
            if let Err(unreadable) = planned {
                scribe.take_back(out, told);
                write_unreadable(out, &unreadable);
            }
            out.push('\n');
            start = end + 1;
        }
        scribe.sign(out);
        self.remember(batch);
    }

    /// Plans every element of a body and appends its fate to `out`, as a JSON list; how many there
    /// are. Of an API key it tells that there is one: who may look at requests need not know
    /// it.
    ///
    /// # Errors
    /// As [`Planner::plan`]; what was appended then is for nobody.
    pub fn plan_list(
        &self,
        body: &[u8],
        context: &Context,
        out: &mut String,
    ) -> Result<usize, Unreadable> {
        let text = read_text(body)?;
        let mut batch = self.batch(context);
        let mut scribe = Scribe::of(self, "…");
        out.push('[');
        let count = batch.turn_to(text).and_then(|()| {
            self.plan_elements(&mut batch, context, &mut Desk::default(), &mut scribe, out)
        });
        scribe.sign(out);
        out.push(']');
        self.remember(batch);
        count
    }

    fn plan_line<'a>(
        &'a self,
        batch: &mut Batch<'a>,
        context: &Context,
        desk: &mut Desk<'a>,
        scribe: &mut Scribe<'a>,
        out: &mut String,
    ) -> Result<(), Unreadable> {
        let start = out.len();
        if self.plan_elements(batch, context, desk, scribe, out)? != 1 {
            scribe.sign(out);
            out.insert_str(start, "{\"fates\":[");
            append(out, "]}");
        }
        Ok(())
    }

    /// Appends the fate of each element, with commas between them.
    fn plan_elements<'a>(
        &'a self,
        batch: &mut Batch<'a>,
        context: &Context,
        desk: &mut Desk<'a>,
        scribe: &mut Scribe<'a>,
        out: &mut String,
    ) -> Result<usize, Unreadable> {
        let mut room = context.room;
        let mut count = 0;
        while let Some((element, at)) = batch.next_element()? {
            if count > 0 {
                out.push(',');
            }
            count += 1;
            let mut line = Line {
                scribe: &mut *scribe,
                start: out.len(),
                out: &mut *out,
                count: 0,
                body_bytes: 0,
            };
            let outcome = self.carry(&element, context, &mut (), desk, &mut line);
            let (requests, body_bytes) = line.close(&outcome);
            room = take_room(room, requests, body_bytes, at.end)?;
        }
        Ok(count)
    }
}

/// A fate that is told while its calls are made, so that no body is kept.
struct Line<'o, 'p> {
    scribe: &'o mut Scribe<'p>,
    out: &'o mut String,
    start: usize,
    count: usize,
    body_bytes: usize,
}

impl Outbox for Line<'_, '_> {
    fn mark(&self) -> Mark {
        Mark {
            count: self.count,
            body_bytes: self.body_bytes,
            told: self.out.len(),
        }
    }

    fn put(&mut self, kind: RequestKind, written: Written<'_>) -> Result<(), TooLarge> {
        let before = self.mark();
        append(self.out, if self.count == 0 { READY } else { "," });
        append_run(self.out, self.scribe.head(kind, written.path));
        let mut token_ends = None;
        let proof = self.scribe.api_key().map(|api_key| (api_key, Token::BLANK));
        let headers = each_header(&written, proof, |name, value| {
            // the head has it
            if name != CONTENT_TYPE.0 {
                write_header(self.out, false, name, value);
            }
            if name == TOKEN_HEADER {
                token_ends = Some(self.out.len() - "\"".len());
            }
        });
        if headers.is_err() {
            self.return_to(before);
            return headers;
        }
        end_request(self.out, written.body);
        self.count += 1;
        self.body_bytes += written.body.len();
        if let Some(end) = token_ends {
            self.scribe
                .let_wait(end - Token::BLANK.len(), written.body, self.out);
        }
        Ok(())
    }

    fn return_to(&mut self, mark: Mark) {
        self.scribe.take_back(self.out, mark.told);
        (self.count, self.body_bytes) = (mark.count, mark.body_bytes);
    }
}

impl Line<'_, '_> {
    /// Tells the rest, and how many requests and bytes of bodies there are.
    fn close(self, outcome: &Outcome) -> (usize, usize) {
        match outcome {
            Outcome::Ready(warnings) => {
                end_ready(self.out, warnings);
                (self.count, self.body_bytes)
            }
            Outcome::Skipped(skip) => {
                write_skipped(self.out, *skip);
                (0, 0)
            }
            Outcome::Refused(violations) => {
                self.scribe.take_back(self.out, self.start);
                write_refused(self.out, violations);
                (0, 0)
            }
        }
    }
}

/// Appends a fate as JSON, as `JSON.stringify` would spell it.
pub fn write_fate(out: &mut String, fate: &Fate) {
    match fate {
        Fate::Ready(parcel) => {
            append(out, READY);
            write_items(out, &parcel.requests, write_request);
            end_ready(out, &parcel.warnings);
        }
        Fate::Skipped(skip) => write_skipped(out, *skip),
        Fate::Refused(violations) => write_refused(out, violations),
    }
}

const READY: &str = "{\"fate\":\"ready\",\"requests\":[";

fn end_ready(out: &mut String, warnings: &[Violation]) {
    append(out, "],\"warnings\":");
    write_violations(out, warnings);
    out.push('}');
}

fn write_skipped(out: &mut String, skip: Skip) {
    append(out, "{\"fate\":\"skipped\",\"code\":");
    write_plain_str(out, skip.code());
    append(out, ",\"message\":");
    write_plain_str(out, skip.sentence());
    out.push('}');
}

fn write_refused(out: &mut String, violations: &[Violation]) {
    append(out, "{\"fate\":\"refused\",\"violations\":");
    write_violations(out, violations);
    out.push('}');
}

fn write_request(out: &mut String, request: &Request) {
    begin_request(out, request.kind, [&request.url]);
    for (place, (name, value)) in request.headers.iter().enumerate() {
        write_header(out, place == 0, name, value);
    }
    end_request(out, &request.body);
}

fn begin_request<const N: usize>(out: &mut String, kind: RequestKind, url: [&str; N]) {
    append(out, "{\"kind\":\"");
    append(out, kind.as_str());
    append(out, "\",\"method\":\"");
    append(out, Request::METHOD);
    append(out, "\",\"url\":");
    write_plain_strs(out, url);
    append(out, ",\"headers\":{");
}

fn write_header(out: &mut String, is_first: bool, name: &str, value: &str) {
    append(out, if is_first { "\"" } else { ",\"" });
    append(out, name);
    append(out, "\":");
    write_plain_str(out, value);
}

fn end_request(out: &mut String, body: &str) {
    append(out, "},\"body\":");
    write_plain_str(out, body);
    out.push('}');
}

/// Appends violations as a JSON list.
pub fn write_violations(out: &mut String, violations: &[Violation]) {
    write_list(out, violations, write_violation);
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

fn write_unreadable(out: &mut String, unreadable: &Unreadable) {
    append(out, "{\"fate\":\"refused\",\"violations\":[");
    write_problem(
        out,
        unreadable.code(),
        "",
        None,
        [unreadable.to_string().as_str()],
    );
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

fn write_list<T>(out: &mut String, list: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    write_items(out, list, write);
    out.push(']');
}

fn write_items<T>(out: &mut String, list: &[T], write: impl Fn(&mut String, &T)) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
}
