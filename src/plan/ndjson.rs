//! Plans newline-delimited JSON.
//!
//! In: lines. Out: a line for each, in their order, with its fate as JSON. A fate is written while
//! it is planned, so that no request is kept.

use super::element::{ElementOutcome, RequestSink, SinkMark};
use super::fate_json::{
    AuthHeaders, READY_START, write_header, write_ready_end, write_refused, write_request_end,
    write_request_start, write_skipped, write_unreadable,
};
use super::{Context, PlanSize, Planner, deduct};
use crate::json::{append, append_short, line_at};
use crate::kochava::{CONTENT_TYPE, Payload, RequestKind, TooLarge, WrittenBody, each_header};
use crate::mapping::Scratch;
use crate::source::{Batch, ShapeCache, Unreadable, not_utf8, utf8_body};
use alloc::string::String;
use alloc::vec::Vec;

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
        let mut batch = self.batch(context, shapes);
        let mut writer = LineWriter::new(self, AuthHeaders::Shown);
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
        let mut writer = LineWriter::new(self, AuthHeaders::Hidden);
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
    scratch: Scratch<'p>,
    /// The start of a request of each kind and path, up to the first header.
    starts: Vec<(RequestKind, &'static str, String)>,
}

impl<'p> LineWriter<'p> {
    fn new(planner: &'p Planner, auth: AuthHeaders) -> Self {
        LineWriter {
            planner,
            auth,
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
            let mut fate = FateWriter {
                planner: self.planner,
                auth: self.auth,
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
            limits = deduct(limits, size, at.end)?;
        }
        Ok(count)
    }
}

/// Writes one fate while its requests are made.
struct FateWriter<'w> {
    planner: &'w Planner,
    auth: AuthHeaders,
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
        append(self.out, if self.requests == 0 { READY_START } else { "," });
        let start = request_start(self.starts, self.planner, kind, written.path);
        append_short(self.out, start);
        let signer = self.planner.signer.as_ref();
        let token = signer
            .filter(|_| self.auth == AuthHeaders::Shown)
            .map(|signer| signer.token(written.body.as_bytes()));
        let proof = signer.map(|signer| match &token {
            Some(token) => (signer.api_key(), token.as_str()),
            None => (AuthHeaders::PLACEHOLDER, AuthHeaders::PLACEHOLDER),
        });
        let headers = each_header(&written, proof, |name, value| {
            // the start of the request has this one
            if name != CONTENT_TYPE.0 {
                write_header(self.out, false, name, value);
            }
        });
        if headers.is_err() {
            self.rollback(before);
            return headers;
        }
        write_request_end(self.out, written.body);
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

/// The start of a request, up to its first header.
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
        write_request_start(&mut start, kind, [planner.endpoint.origin(), path]);
        write_header(&mut start, true, CONTENT_TYPE.0, CONTENT_TYPE.1);
        starts.push((kind, path, start));
        starts.len() - 1
    });
    &starts[at].2
}
