//! The reply to an inbound request: counts and refusals.
//!
//! Every event received is counted once: delivered, unconfirmed, queued, skipped, refused, or still
//! with its sender.

use super::{ErrorBody, Reply};
use crate::inline_delivery::Delivered;
use crate::limits::{REFUSALS_LISTED_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS};
use crate::log::LogFields;
use kochava_edge::limits::RETRY_AFTER_MAX;
use kochava_edge::{
    Confirmation, FailureReason, Fate, IngestStatus, Ingested, Plan, Skip, Verdict, Violation,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The counts of one inbound request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    received: usize,
    delivered: usize,
    queued: usize,
    skipped: usize,
    refused: usize,
    unconfirmed: usize,
    /// Events that are neither sent nor refused: the sender must send them again.
    #[serde(skip_serializing_if = "is_zero")]
    pending: usize,
}

impl Counts {
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// Returns whether events wait in the queue.
    pub(super) fn has_queued(&self) -> bool {
        self.queued > 0
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The body of the reply.
#[derive(Serialize)]
struct CountsReply<'c> {
    #[serde(flatten)]
    counts: &'c Counts,
    refusals: &'c [Refusal],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody<'static>>,
}

/// One event that is not sent as it is, and why.
#[derive(Debug, Serialize)]
struct Refusal {
    /// Its index in the body.
    index: usize,
    code: &'static str,
    field: String,
    message: String,
}

/// The counts and refusals collected from the events of a request.
#[derive(Default)]
struct Tally {
    counts: Counts,
    refusals: Vec<Refusal>,
    /// The number of events by code.
    codes: BTreeMap<&'static str, usize>,
    is_paused: bool,
    /// Whether a store of the Worker failed.
    is_unstored: bool,
    /// The longest wait that Kochava asked for, if it asked for one.
    wait_seconds: Option<u64>,
}

/// Replies to events that were delivered within the request: 200 only if every event is delivered,
/// skipped or refused.
pub(crate) fn delivered(plan: &Plan, deliveries: &[Option<Delivered>]) -> Reply {
    let mut tally = Tally::default();
    for (index, fate) in plan.fates.iter().enumerate() {
        match fate {
            Fate::Ready(_) => {
                if let Some(delivered) = deliveries[index] {
                    tally.delivery(index, delivered);
                }
            }
            Fate::Skipped(skip) => tally.skip(*skip),
            Fate::Refused(violations) => tally.violations(index, violations),
        }
    }
    tally.counts.received = plan.fates.len();
    tally.into_reply()
}

/// Replies to a body that was ingested durably: 200 only if every event is queued or skipped.
pub(crate) fn ingested(ingested: &Ingested) -> Reply {
    let mut tally = Tally::default();
    for (index, (verdict, status)) in ingested.elements().enumerate() {
        tally.counts.received += 1;
        match (status, verdict) {
            (IngestStatus::Skipped, Verdict::Skipped(skip)) => tally.skip(*skip),
            (IngestStatus::Refused, Verdict::Refused(violations)) => {
                tally.violations(index, violations);
            }
            (IngestStatus::Queued, _) => tally.counts.queued += 1,
            (IngestStatus::Pending | IngestStatus::Skipped | IngestStatus::Refused, _) => {
                tally.counts.pending += 1;
                tally.is_unstored = true;
            }
        }
    }
    tally.into_reply()
}

impl Tally {
    fn skip(&mut self, skip: Skip) {
        self.counts.skipped += 1;
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
                    "Kochava accepted the event, but not the identity after it",
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
                    FailureReason::Refused { .. } => {
                        self.counts.pending += 1;
                        self.is_paused = true;
                    }
                    FailureReason::Unavailable => self.counts.pending += 1,
                    FailureReason::Limited { hint, .. } => {
                        self.counts.pending += 1;
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
            Confirmation::Confirmed => self.counts.delivered += 1,
            Confirmation::Unconfirmed => self.counts.unconfirmed += 1,
        }
    }

    fn refuse(&mut self, index: usize, code: &'static str, field: &str, message: &str) {
        self.counts.refused += 1;
        self.list(index, code, field, message);
    }

    fn list(&mut self, index: usize, code: &'static str, field: &str, message: &str) {
        if self.refusals.len() < REFUSALS_LISTED_MAX {
            self.refusals.push(Refusal {
                index,
                code,
                field: field.to_owned(),
                message: message.to_owned(),
            });
        }
    }

    fn count(&mut self, code: &'static str) {
        *self.codes.entry(code).or_default() += 1;
    }

    fn into_reply(self) -> Reply {
        let problem = (self.counts.pending > 0).then(|| self.problem());
        let body = CountsReply {
            counts: &self.counts,
            refusals: &self.refusals,
            error: problem.as_ref().map(|problem| ErrorBody {
                code: problem.code,
                message: problem.message.into(),
                offset: None,
            }),
        };
        let status = if problem.is_some() { 503 } else { 200 };
        let reply = Reply::new(status, &body).with_log(LogFields {
            counts: Some(self.counts),
            codes: Some(self.codes),
            error: problem.as_ref().map(|problem| problem.code),
            ..LogFields::default()
        });
        match problem {
            Some(problem) => reply.retry_after(self.wait_seconds.unwrap_or(problem.retry_seconds)),
            None => reply,
        }
    }

    /// Returns why events are pending.
    fn problem(&self) -> Problem {
        if self.is_paused {
            Problem {
                code: "kochava-paused",
                message: "Kochava refuses the App GUID, the credentials or the address: correct them and send the events again",
                retry_seconds: RETRY_AFTER_PAUSED_SECONDS,
            }
        } else if self.is_unstored {
            Problem {
                code: "store-unavailable",
                message: "the queue or the database did not accept every event: send them again",
                retry_seconds: RETRY_AFTER_SECONDS,
            }
        } else {
            Problem {
                code: "kochava-unavailable",
                message: "Kochava did not accept every event in time: send them again",
                retry_seconds: RETRY_AFTER_SECONDS,
            }
        }
    }
}

/// Why a reply is not a success, and when to send again.
struct Problem {
    code: &'static str,
    message: &'static str,
    retry_seconds: u64,
}

#[cfg(test)]
mod tests {
    use super::{Delivered, FailureReason, Tally};
    use kochava_edge::Confirmation;
    use std::time::Duration;

    #[test]
    fn optional_counts_are_present_only_if_not_zero() {
        let mut tally = Tally::default();
        tally.counts.received = 1;
        tally.delivery(0, Delivered::Accepted(Confirmation::Confirmed));
        let reply = tally.into_reply();
        let body = r#"{"received":1,"delivered":1,"queued":0,"skipped":0,"refused":0,"unconfirmed":0,"refusals":[]}"#;
        assert_eq!((reply.status, reply.body.as_str()), (200, body));
        let log = r#"{"received":1,"delivered":1,"queued":0,"skipped":0,"refused":0,"unconfirmed":0,"codes":{}}"#;
        assert_eq!(serde_json::to_string(&reply.log).unwrap(), log);
    }

    #[test]
    fn what_is_pending_makes_the_reply_a_503_that_asks_for_the_longest_wait() {
        let mut tally = Tally::default();
        tally.counts.received = 2;
        for seconds in [7, 3] {
            let hint = Some(Duration::from_secs(seconds));
            let reason = FailureReason::Limited { status: 429, hint };
            tally.delivery(0, Delivered::Failed(reason));
        }
        let reply = tally.into_reply();
        assert_eq!(reply.status, 503);
        assert_eq!(reply.headers, [("Retry-After", "7".into())]);
        assert_eq!(reply.log.error, Some("kochava-unavailable"));
        assert!(
            reply
                .body
                .contains(r#""pending":2,"refusals":[],"error":{"code":"kochava-unavailable","#)
        );
    }
}
