//! The reply to an inbound request: counts and refusals.
//!
//! Every event received is counted once: delivered, unconfirmed, queued, skipped, refused, or still
//! with its sender.

use super::{ErrorBody, Reply};
use crate::config::sync::shown;
use crate::inline_delivery::Delivered;
use crate::limits::{REFUSALS_LISTED_MAX, RETRY_AFTER_PAUSED_SECONDS, RETRY_AFTER_SECONDS};
use crate::log::LogFields;
use kochava_edge::limits::RETRY_AFTER_MAX;
use kochava_edge::{
    Confirmation, FailureReason, Fate, IngestStatus, Ingested, Plan, Skip, Verdict, Violation,
};
use serde::{Serialize, Serializer};
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

    /// Counts an event.
    fn count(&mut self, became: Became) {
        self.received += 1;
        *match became {
            Became::Pending => &mut self.pending,
            Became::Delivered => &mut self.delivered,
            Became::Unconfirmed => &mut self.unconfirmed,
            Became::Queued => &mut self.queued,
            Became::Refused => &mut self.refused,
            Became::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Returns whether events wait in the queue.
    pub(super) fn has_queued(&self) -> bool {
        self.queued > 0
    }
}

/// What became of an event, for one sync or for all: of several the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Pending,
    Delivered,
    Unconfirmed,
    Queued,
    Refused,
    Skipped,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The counts of each sync, by its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct SyncCounts(Vec<(String, Counts)>);

impl Serialize for SyncCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, counts)| (name, counts)))
    }
}

/// The body of the reply.
#[derive(Serialize)]
struct CountsReply<'c> {
    #[serde(flatten)]
    counts: &'c Counts,
    /// The counts of each sync, where syncs have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    syncs: Option<&'c SyncCounts>,
    refusals: &'c [Refusal],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody<'static>>,
}

/// One event that is not sent as it is, and why.
#[derive(Debug, Serialize)]
struct Refusal {
    /// The sync, where syncs have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<String>,
    /// Its index in the body.
    index: usize,
    code: &'static str,
    field: String,
    message: String,
}

/// The counts and refusals collected from the events of a request.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
struct Tally {
    counts: Counts,
    refusals: Vec<Refusal>,
    /// What became of each element, by its index; only where there are several syncs.
    fates: Vec<(usize, Became)>,
    /// Whether `fates` is wanted.
    has_fates: bool,
    /// The number of events by code.
    codes: BTreeMap<&'static str, usize>,
    is_paused: bool,
    /// Whether a store of the Worker failed.
    is_unstored: bool,
    /// Whether a sync has faults.
    is_misconfigured: bool,
    /// The longest wait that Kochava asked for, if it asked for one.
    wait_seconds: Option<u64>,
}

/// The names of the syncs that a body is for.
pub(crate) struct SyncNames<'n> {
    /// Those without faults, in the order of [`Ingested::elements`].
    pub(crate) ready: Vec<&'n str>,
    /// Those with faults, in the order of [`Ingested::blocked`].
    pub(crate) blocked: Vec<&'n str>,
    /// Whether the reply has the counts of each.
    pub(crate) are_shown: bool,
}

/// Replies to events that were delivered within the request, for each sync by its name: 200 only if
/// every event is delivered, skipped or refused.
pub(crate) fn delivered(syncs: &[(&str, &Plan, Vec<Option<Delivered>>)], are_shown: bool) -> Reply {
    let is_foreign = |plan: &Plan, index: usize| {
        let fate = plan.fates.get(index);
        matches!(fate, Some(Fate::Skipped(Skip::SourceNotSelected)) | None)
    };
    let is_nobodys = |index| syncs.iter().all(|(_, plan, _)| is_foreign(plan, index));
    let mut tallies = Vec::with_capacity(syncs.len());
    for (number, (name, plan, deliveries)) in syncs.iter().enumerate() {
        let mut tally = Tally::new(are_shown);
        for (index, fate) in plan.fates.iter().enumerate() {
            let is_other = || is_foreign(plan, index) && (number > 0 || !is_nobodys(index));
            if syncs.len() > 1 && is_other() {
                continue;
            }
            let became = match fate {
                Fate::Ready(_) => {
                    let delivered = deliveries[index].expect("every ready event has a delivery");
                    tally.delivery(index, delivered)
                }
                Fate::Skipped(skip) => tally.skip(*skip),
                Fate::Refused(violations) => tally.violations(index, violations),
            };
            tally.element(index, became);
        }
        tallies.push((*name, tally));
    }
    reply_of(tallies, are_shown)
}

/// Replies to a body that was ingested durably: 200 only if every event is queued or skipped, for
/// every sync.
pub(crate) fn ingested(ingested: &Ingested, names: &SyncNames<'_>) -> Reply {
    let mut tallies = Vec::with_capacity(names.ready.len() + names.blocked.len());
    for (number, name) in names.ready.iter().enumerate() {
        let mut tally = Tally::new(names.are_shown);
        for (index, verdict, status) in ingested.elements(number) {
            let became = match (status, verdict) {
                (IngestStatus::Skipped, Verdict::Skipped(skip)) => tally.skip(*skip),
                (IngestStatus::Refused, Verdict::Refused(violations)) => {
                    tally.violations(index, violations)
                }
                (IngestStatus::Queued, _) => Became::Queued,
                (IngestStatus::Pending | IngestStatus::Skipped | IngestStatus::Refused, _) => {
                    tally.is_unstored = true;
                    Became::Pending
                }
            };
            tally.element(index, became);
        }
        tallies.push((*name, tally));
    }
    for (name, wanted) in names.blocked.iter().zip(ingested.blocked()) {
        let mut tally = Tally::new(names.are_shown);
        for &index in wanted {
            tally.element(index, Became::Pending);
            tally.is_misconfigured = true;
        }
        tallies.push((*name, tally));
    }
    reply_of(tallies, names.are_shown)
}

/// Replies with the counts of all syncs together, in which each event counts once, by the first of
/// these that it is for any of them: pending, delivered, unconfirmed, queued, refused, skipped.
fn reply_of(mut tallies: Vec<(&str, Tally)>, are_shown: bool) -> Reply {
    if !are_shown {
        return tallies.pop().unwrap_or_default().1.into_reply(None);
    }
    let mut sum = Tally::default();
    let mut fates: Vec<Option<Became>> = Vec::new();
    let mut counts = SyncCounts::default();
    for (name, tally) in tallies {
        for &(index, fate) in &tally.fates {
            if fates.len() <= index {
                fates.resize(index + 1, None);
            }
            fates[index] = Some(fates[index].map_or(fate, |known| known.min(fate)));
        }
        counts
            .0
            .push((shown(name).to_owned(), tally.counts.clone()));
        sum.add(shown(name), tally);
    }
    // an index without a fate is an element that concerns no sync that is left
    for fate in fates.into_iter().flatten() {
        sum.counts.count(fate);
    }
    sum.into_reply(Some(counts))
}

impl Tally {
    fn new(has_fates: bool) -> Self {
        Tally {
            has_fates,
            ..Tally::default()
        }
    }

    /// Counts an element by what became of it.
    fn element(&mut self, index: usize, became: Became) {
        self.counts.count(became);
        if self.has_fates {
            self.fates.push((index, became));
        }
    }

    /// Adds everything of a sync but its counts.
    fn add(&mut self, sync: &str, other: Tally) {
        let refusals = other.refusals.into_iter().map(|refusal| Refusal {
            sync: Some(sync.to_owned()),
            ..refusal
        });
        let left = REFUSALS_LISTED_MAX.saturating_sub(self.refusals.len());
        self.refusals.extend(refusals.take(left));
        for (code, times) in other.codes {
            *self.codes.entry(code).or_default() += times;
        }
        self.is_paused |= other.is_paused;
        self.is_unstored |= other.is_unstored;
        self.is_misconfigured |= other.is_misconfigured;
        self.wait_seconds = self.wait_seconds.max(other.wait_seconds);
    }

    fn skip(&mut self, skip: Skip) -> Became {
        self.count(skip.code());
        Became::Skipped
    }

    fn violations(&mut self, index: usize, violations: &[Violation]) -> Became {
        for violation in violations {
            self.count(violation.rule.code());
        }
        if let Some(first) = violations.first() {
            self.list(index, first.rule.code(), &first.field, &first.to_string());
        }
        Became::Refused
    }

    fn delivery(&mut self, index: usize, delivered: Delivered) -> Became {
        match delivered {
            Delivered::Accepted(confirmation) => accepted(confirmation),
            Delivered::WithoutIdentity(confirmation, reason) => {
                self.count(reason.code());
                self.list(
                    index,
                    reason.code(),
                    "",
                    "Kochava accepted the event, but not the identity after it",
                );
                accepted(confirmation)
            }
            Delivered::Failed(reason) => {
                self.count(reason.code());
                match reason {
                    FailureReason::Rejected { status } => {
                        let message = format!("Kochava rejected it with HTTP {status}");
                        self.list(index, reason.code(), "", &message);
                        return Became::Refused;
                    }
                    FailureReason::Refused { .. } => self.is_paused = true,
                    FailureReason::Unavailable => {}
                    FailureReason::Limited { hint, .. } => {
                        let millis = hint.and_then(|hint| {
                            u64::try_from(hint.min(RETRY_AFTER_MAX).as_millis()).ok()
                        });
                        self.wait_seconds = self
                            .wait_seconds
                            .max(millis.map(|millis| millis.div_ceil(1_000).max(1)));
                    }
                }
                Became::Pending
            }
        }
    }

    fn list(&mut self, index: usize, code: &'static str, field: &str, message: &str) {
        if self.refusals.len() < REFUSALS_LISTED_MAX {
            self.refusals.push(Refusal {
                sync: None,
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

    fn into_reply(self, syncs: Option<SyncCounts>) -> Reply {
        let problem = (self.counts.pending > 0).then(|| self.problem());
        let body = CountsReply {
            counts: &self.counts,
            syncs: syncs.as_ref(),
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
            syncs,
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
        if self.is_misconfigured {
            Problem {
                code: "misconfigured",
                message: "the settings of a sync have faults, which GET /health lists: send the events again",
                retry_seconds: RETRY_AFTER_PAUSED_SECONDS,
            }
        } else if self.is_paused {
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

fn accepted(confirmation: Confirmation) -> Became {
    match confirmation {
        Confirmation::Confirmed => Became::Delivered,
        Confirmation::Unconfirmed => Became::Unconfirmed,
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
        let became = tally.delivery(0, Delivered::Accepted(Confirmation::Confirmed));
        tally.element(0, became);
        let reply = tally.into_reply(None);
        let body = r#"{"received":1,"delivered":1,"queued":0,"skipped":0,"refused":0,"unconfirmed":0,"refusals":[]}"#;
        assert_eq!((reply.status, reply.body.as_str()), (200, body));
        let log = r#"{"received":1,"delivered":1,"queued":0,"skipped":0,"refused":0,"unconfirmed":0,"codes":{}}"#;
        assert_eq!(serde_json::to_string(&reply.log).unwrap(), log);
    }

    #[test]
    fn what_is_pending_makes_the_reply_a_503_that_asks_for_the_longest_wait() {
        let mut tally = Tally::default();
        for seconds in [7, 3] {
            let hint = Some(Duration::from_secs(seconds));
            let reason = FailureReason::Limited { status: 429, hint };
            let became = tally.delivery(0, Delivered::Failed(reason));
            tally.element(0, became);
        }
        let reply = tally.into_reply(None);
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
