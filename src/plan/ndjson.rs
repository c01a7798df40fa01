//! Plans newline-delimited JSON.
//!
//! In: lines. Out: a line for each, in their order, with its fate as JSON. A fate is written while
//! it is planned, so that no request is kept.

use super::element::{ElementOutcome, RequestSink, SinkMark};
use super::fate_json::{
    AuthHeaders, READY_START, write_header, write_ready_end, write_refused, write_request_end,
    write_request_kind, write_request_start, write_skipped, write_unreadable,
};
use super::{Context, PlanSize, Planner, deduct};
use crate::json::{append, append_short, line_at, write_plain_str};
use crate::kochava::{CONTENT_TYPE, Payload, RequestKind, TooLarge, WrittenBody, each_header};
use crate::mapping::Scratch;
use crate::source::{Batch, Element, ShapeCache, Unreadable, not_utf8, utf8_body};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// What a line tells of each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineForm {
    /// Its fate.
    Fate,
    /// `[name, fate, bytes]`: its name before it is renamed, or `null`, its fate, and the bytes of all
    /// its bodies.
    Named,
    /// The same, and of each request only the kind.
    Brief,
}

impl Planner {
    /// Plans every line and appends a line with its fate to `out`.
    ///
    /// A line that is a batch of none or several events gets `{"fates":[…]}`. A line that
    /// [`Planner::plan`] cannot read, such as a blank one, is refused with that error's code, so
    /// that every line of output has the number of its input.
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{Context, Planner, Settings, ShapeCache};
    /// # let settings = Settings::read(r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"kd","origination_ip":"ip","idfv":"idfv"}}"#).unwrap();
    /// let planner = Planner::new(settings);
    /// let lines = b"{\"event_type\":\"$groupidentify\"}\n{\n";
    /// let mut out = String::new();
    /// planner.plan_ndjson(lines, &Context::default(), &mut ShapeCache::default(), &mut out);
    /// let lines: Vec<_> = out.lines().collect();
    /// assert!(lines[0].starts_with(r#"{"fate":"skipped","code":"group-identify""#));
    /// assert!(lines[1].starts_with(r#"{"fate":"refused","violations":[{"code":"invalid-json""#));
    /// ```
    pub fn plan_ndjson(
        &self,
        lines: &[u8],
        context: &Context<'_>,
        shapes: &mut ShapeCache,
        out: &mut String,
    ) {
        self.plan_lines(lines, LineForm::Fate, context, shapes, out);
    }

    /// Plans every line, like [`Planner::plan_ndjson`], and tells of each event what `form` says. A
    /// line that cannot be read has its fate alone in every form.
    pub fn plan_lines(
        &self,
        lines: &[u8],
        form: LineForm,
        context: &Context<'_>,
        shapes: &mut ShapeCache,
        out: &mut String,
    ) {
        let mut batch = self.batch(context, shapes);
        let mut writer = LineWriter::new(self, AuthHeaders::Shown, form);
        let mut start = 0;
        while start < lines.len() {
            let (line, end) = line_at(lines, start);
            let before = out.len();
            let planned = line
                .map_err(not_utf8)
                .and_then(|line| batch.start(line))
                .and_then(|()| writer.write_line(&mut batch, context, out));
            if let Err(unreadable) = planned {
                out.truncate(before);
                write_unreadable(out, &unreadable);
            }
            out.push('\n');
            start = end + 1;
        }
        *shapes = batch.into_shapes();
    }

    /// Plans every element of a body, appends the fates to `out` as a JSON list and returns how
    /// many there are. An API key and the token of a body are written as `…`: whoever may see
    /// a plan need not be able to send it.
    ///
    /// # Errors
    /// As [`Planner::plan`]; `out` then holds an unfinished list.
    pub fn plan_list(
        &self,
        body: &[u8],
        context: &Context<'_>,
        shapes: &mut ShapeCache,
        out: &mut String,
    ) -> Result<usize, Unreadable> {
        let text = utf8_body(body)?;
        let mut batch = self.batch(context, shapes);
        let mut writer = LineWriter::new(self, AuthHeaders::Hidden, LineForm::Fate);
        out.push('[');
        let count = batch
            .start(text)
            .and_then(|()| writer.write_elements(&mut batch, context, out));
        out.push(']');
        *shapes = batch.into_shapes();
        count
    }
}

/// Writes the fates of many lines; keeps what the lines have in common.
struct LineWriter<'p> {
    planner: &'p Planner,
    auth: AuthHeaders,
    form: LineForm,
    scratch: Scratch<'p>,
    /// The start of a request of each kind and path, as far as it is always the same.
    starts: Vec<(RequestKind, &'static str, String)>,
}

impl<'p> LineWriter<'p> {
    fn new(planner: &'p Planner, auth: AuthHeaders, form: LineForm) -> Self {
        LineWriter {
            planner,
            auth,
            form,
            scratch: Scratch::default(),
            starts: Vec::new(),
        }
    }

    fn write_line<'a>(
        &mut self,
        batch: &mut Batch<'a>,
        context: &Context<'_>,
        out: &mut String,
    ) -> Result<(), Unreadable>
    where
        'a: 'p,
    {
        let start = out.len();
        if self.write_elements(batch, context, out)? != 1 {
            out.insert_str(start, "{\"fates\":[");
            append(out, "]}");
        }
        Ok(())
    }

    /// Appends the fate of each element, with commas between them.
    fn write_elements<'a>(
        &mut self,
        batch: &mut Batch<'a>,
        context: &Context<'_>,
        out: &mut String,
    ) -> Result<usize, Unreadable>
    where
        'a: 'p,
    {
        let mut limits = context.limits;
        let mut count = 0;
        while let Some((element, at)) = batch.next_element()? {
            if count > 0 {
                out.push(',');
            }
            count += 1;
            let is_named = self.form != LineForm::Fate;
            if is_named {
                out.push('[');
                self.write_name(&element, out);
                out.push(',');
            }
            let mut fate = FateWriter {
                planner: self.planner,
                auth: self.auth,
                is_brief: self.form == LineForm::Brief,
                starts: &mut self.starts,
                start: out.len(),
                out: &mut *out,
                requests: 0,
                body_bytes: 0,
            };
            let outcome =
                self.planner
                    .plan_element(&element, context, None, &mut self.scratch, &mut fate);
            let size = fate.finish(&outcome);
            if is_named {
                let bytes = size.body_bytes;
                write!(out, ",{bytes}]").expect("a string takes everything");
            }
            limits = deduct(limits, size, at.end)?;
        }
        Ok(count)
    }

    /// Appends the name of an element as JSON.
    #[inline(never)]
    fn write_name(&self, element: &Element<'_, '_>, out: &mut String) {
        let name = match element {
            Element::Event(event) => {
                let plan = self.planner.plan_of(event.schema.source);
                plan.settings.event_name(event)
            }
            _ => None,
        };
        match name {
            Some(name) => write_plain_str(out, &name),
            None => append(out, "null"),
        }
    }
}

/// Writes one fate while its requests are made.
struct FateWriter<'w> {
    planner: &'w Planner,
    auth: AuthHeaders,
    /// Whether only the kinds of requests are written.
    is_brief: bool,
    starts: &'w mut Vec<(RequestKind, &'static str, String)>,
    out: &'w mut String,
    /// Where the fate begins in `out`.
    start: usize,
    requests: usize,
    body_bytes: usize,
}

impl RequestSink for FateWriter<'_> {
    fn mark(&self) -> SinkMark {
        SinkMark {
            requests: self.requests,
            body_bytes: self.body_bytes,
            output_bytes: self.out.len(),
        }
    }

    fn push(
        &mut self,
        kind: RequestKind,
        _payload: &Payload<'_, '_>,
        written: WrittenBody<'_>,
    ) -> Result<(), TooLarge> {
        let before = self.mark();
        let is_brief = self.is_brief;
        // not one `append` of either: a text of unknown length is copied by a call
        if self.requests == 0 {
            append(self.out, READY_START);
        } else {
            self.out.push(',');
        }
        let path = if is_brief { "" } else { written.path };
        let start = request_start(self.starts, self.planner, kind, path);
        append_short(self.out, start);
        let signer = self.planner.signer.as_ref();
        let token = signer
            .filter(|_| self.auth == AuthHeaders::Shown && !is_brief)
            .map(|signer| signer.token(written.body.as_bytes()));
        let proof = signer.map(|signer| match &token {
            Some(token) => (signer.api_key(), token.as_str()),
            None => (AuthHeaders::PLACEHOLDER, AuthHeaders::PLACEHOLDER),
        });
        let headers = each_header(&written, proof, |name, value| {
            // the start of the request has this one
            if name != CONTENT_TYPE.0 && !is_brief {
                write_header(self.out, false, name, value);
            }
        });
        if headers.is_err() {
            self.rollback(before);
            return headers;
        }
        if is_brief {
            self.out.push('}');
        } else {
            write_request_end(self.out, written.body);
        }
        self.requests += 1;
        self.body_bytes += written.body.len();
        Ok(())
    }

    fn rollback(&mut self, mark: SinkMark) {
        self.out.truncate(mark.output_bytes);
        (self.requests, self.body_bytes) = (mark.requests, mark.body_bytes);
    }
}

impl FateWriter<'_> {
    /// Writes the rest; returns the number of requests and the bytes of their bodies.
    fn finish(self, outcome: &ElementOutcome) -> PlanSize {
        match outcome {
            ElementOutcome::Ready(warnings) => {
                write_ready_end(self.out, warnings);
                PlanSize {
                    requests: self.requests,
                    body_bytes: self.body_bytes,
                }
            }
            ElementOutcome::Skipped(skip) => {
                write_skipped(self.out, *skip);
                PlanSize::default()
            }
            ElementOutcome::Refused(violations) => {
                self.out.truncate(self.start);
                write_refused(self.out, violations);
                PlanSize::default()
            }
        }
    }
}

/// The start of a request, up to its second header; without a path only its kind.
fn request_start<'s>(
    starts: &'s mut Vec<(RequestKind, &'static str, String)>,
    planner: &Planner,
    kind: RequestKind,
    path: &'static str,
) -> &'s str {
    let known = starts
        .iter()
        .position(|start| (start.0, start.1) == (kind, path));
    let at = known.unwrap_or_else(|| {
        let mut start = String::new();
        if path.is_empty() {
            write_request_kind(&mut start, kind);
        } else {
            write_request_start(&mut start, kind, [planner.endpoint.origin(), path]);
            write_header(&mut start, true, CONTENT_TYPE.0, CONTENT_TYPE.1);
        }
        starts.push((kind, path, start));
        starts.len() - 1
    });
    &starts[at].2
}
