//! How many events came to what?
//!
//! Every event received is counted once: delivered, unconfirmed, queued, skipped, refused, or still
//! with its sender.

use super::{Reply, error, later};
use crate::ingest::Took;
use crate::inline_delivery::Delivered;
use crate::limits::{REFUSALS_LISTED_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS};
use crate::object::Object;
use kochava_edge::limits::RETRY_AFTER_MAX;
use kochava_edge::{Confirmation, FailureReason, Fate, IngestStatus, Plan, Skip, Violation};

/// The counts of one inbound request.
#[derive(Default)]
pub(super) struct Counts {
    delivered: usize,
    unconfirmed: usize,
    queued: usize,
    duplicates: usize,
    skipped: usize,
    refused: usize,
    /// Neither sent nor refused: the sender must send them again.
    pending: usize,
    refusals: Vec<Object>,
    /// How often each code was given, in their order.
    codes: Vec<(&'static str, usize)>,
    is_paused: bool,
    /// Our own stores did not take something.
    is_unstored: bool,
    /// The longest wait that Kochava asked for, if it asked for one.
    wait_seconds: Option<u64>,
}

/// The answer to a plan that was carried out: 200 only when every event is delivered, skipped or
/// refused.
pub(crate) fn delivered(plan: &Plan, deliveries: &[Option<Delivered>]) -> Reply {
    let mut counts = Counts::default();
    for (index, fate) in plan.fates.iter().enumerate() {
        match fate {
            Fate::Ready(_) => {
                if let Some(delivered) = deliveries[index] {
                    counts.delivery(index, delivered);
                }
            }
            Fate::Skipped(skip) => counts.skip(*skip),
            Fate::Refused(violations) => counts.violations(index, violations),
        }
    }
    counts.into_reply(plan.fates.len())
}

/// The answer to a body that was taken for good: 200 only when every event is queued, stored,
/// delivered, a duplicate or skipped.
pub(crate) fn taken(took: &Took<'_>) -> Reply {
    let mut counts = Counts::default();
    let mut received = 0;
    for (index, (fate, way)) in took.intake.statuses().enumerate() {
        received += 1;
        match (way, fate) {
            (IngestStatus::Skipped, Fate::Skipped(skip)) => counts.skip(*skip),
            (IngestStatus::Refused, Fate::Refused(violations)) => {
                counts.violations(index, violations)
            }
            (IngestStatus::Queued, _) => counts.queued += 1,
            (IngestStatus::Duplicate, _) => counts.duplicates += 1,
            (IngestStatus::Delivered, _) => counts.delivered += 1,
            (IngestStatus::Unconfirmed, _) => counts.unconfirmed += 1,
            (IngestStatus::Pending | IngestStatus::Skipped | IngestStatus::Refused, _) => {
                if let Some(&(_, delivered)) = took.at_once.iter().find(|(at, _)| *at == index) {
                    counts.delivery(index, delivered);
                } else {
                    counts.pending += 1;
                    counts.is_unstored = true;
                }
            }
        }
    }
    counts.into_reply(received)
}

impl Counts {
    fn skip(&mut self, skip: Skip) {
        self.skipped += 1;
        self.count(skip.code());
    }

    fn violations(&mut self, index: usize, violations: &[Violation]) {
        for violation in violations {
            self.count(violation.rule.code());
        }
        if let Some(first) = violations.first() {
            self.refuse(index, first.rule.code(), &first.field, &first.to_string());
        }
    }

    fn delivery(&mut self, index: usize, delivered: Delivered) {
        match delivered {
            Delivered::Accepted(confirmation) => self.accept(confirmation),
            Delivered::WithoutIdentity(confirmation, reason) => {
                self.accept(confirmation);
                self.count(reason.code());
                self.list(
                    index,
                    reason.code(),
                    "",
                    "Kochava took the event, but not the identity behind it",
                );
            }
            Delivered::Failed(reason) => {
                self.count(reason.code());
                match reason {
                    FailureReason::Rejected { status } => self.refuse(
                        index,
                        reason.code(),
                        "",
                        &format!("Kochava rejected it with HTTP {status}"),
                    ),
                    FailureReason::Paused { .. } => {
                        self.pending += 1;
                        self.is_paused = true;
                    }
                    FailureReason::Exhausted { hint } => {
                        self.pending += 1;
                        let millis = hint.and_then(|hint| {
                            u64::try_from(hint.min(RETRY_AFTER_MAX).as_millis()).ok()
                        });
                        self.wait_seconds = self
                            .wait_seconds
                            .max(millis.map(|millis| millis.div_ceil(1_000).max(1)));
                    }
                }
            }
        }
    }

    fn accept(&mut self, confirmation: Confirmation) {
        match confirmation {
            Confirmation::Confirmed => self.delivered += 1,
            Confirmation::Unconfirmed => self.unconfirmed += 1,
        }
    }

    fn refuse(&mut self, index: usize, code: &'static str, field: &str, message: &str) {
        self.refused += 1;
        self.list(index, code, field, message);
    }

    fn list(&mut self, index: usize, code: &'static str, field: &str, message: &str) {
        if self.refusals.len() < REFUSALS_LISTED_MAX {
            self.refusals.push(
                Object::new()
                    .number("index", index)
                    .text("code", code)
                    .text("field", field)
                    .text("message", message),
            );
        }
    }

    fn count(&mut self, code: &'static str) {
        match self.codes.binary_search_by_key(&code, |&(known, _)| known) {
            Ok(at) => self.codes[at].1 += 1,
            Err(at) => self.codes.insert(at, (code, 1)),
        }
    }

    fn into_reply(self, received: usize) -> Reply {
        let mut counts = Object::new()
            .number("received", received)
            .number("delivered", self.delivered)
            .number("queued", self.queued);
        counts = counts
            .number("skipped", self.skipped)
            .number("refused", self.refused)
            .number("unconfirmed", self.unconfirmed);
        for (name, count) in [("duplicate", self.duplicates), ("pending", self.pending)] {
            if count > 0 {
                counts = counts.number(name, count);
            }
        }
        let codes = self
            .codes
            .into_iter()
            .fold(Object::new(), |codes, (code, count)| {
                codes.number(code, count)
            });
        let log = counts.clone().object("codes", &codes);
        let body = counts.list("refusals", self.refusals);
        if self.pending == 0 {
            return Reply::new(200, body).with_log(log);
        }
        let (code, message, seconds) = if self.is_paused {
            (
                "kochava-paused",
                "Kochava refuses the App GUID, the credentials or the address: send the events again when that is mended",
                RETRY_AFTER_PAUSED_SECONDS,
            )
        } else if self.is_unstored {
            (
                "store-unavailable",
                "the queue or the database did not take every event: send them again",
                RETRY_AFTER_SECONDS,
            )
        } else {
            (
                "kochava-unavailable",
                "Kochava did not take every event in time: send them again",
                RETRY_AFTER_SECONDS,
            )
        };
        let reply = Reply::new(503, body.object("error", &error(code, message)))
            .with_log(log.text("error", code));
        later(reply, self.wait_seconds.unwrap_or(seconds))
    }
}
