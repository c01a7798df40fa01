//! What one run saw on one route: the evidence for its breaker.
//!
//! In: the result of each call, in order. Out: which events failed since the last acceptance, and
//! how many equal rejections and unreadable answers came in a row. A run is a wave of the consumer or
//! a call of the npm package's `deliver`.

use super::trip_reason::TripReason;
use super::{Confirmation, FailureReason};
use crate::limits::RETRY_AFTER_MAX;
use alloc::vec::Vec;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The results of the calls that one run made on one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BreakerReport {
    /// Whether the calls are those of a probe. Set it before the first result.
    pub is_probe: bool,
    /// Calls that Kochava accepted.
    pub(super) accepted: u32,
    /// Those of them that its answer confirmed.
    pub(super) confirmed: u32,
    /// The events that were refused, limited or got no answer since the last acceptance, each once.
    pub(super) failures: Vec<EventFailure>,
    /// The last rejections since the last acceptance, as far as they gave the same answer.
    pub(super) rejections: Option<EqualRejections>,
    /// Whether rejections with another answer came before those.
    pub(super) is_mixed: bool,
    /// Answers of 2xx without a readable `success`, since the last readable one.
    pub(super) unreadable: u32,
    /// Whether there was a readable one.
    pub(super) is_readable: bool,
}

/// An event that failed on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventFailure {
    event: u64,
    pub(super) reason: TripReason,
    /// The wait that Kochava asked for.
    pub(super) hint: Option<Duration>,
    /// Whether it failed for a reason of its own: an earlier failure of it was blamed on the route,
    /// and calls were accepted since.
    pub(super) is_own_fault: bool,
}

/// Rejections in a row with the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EqualRejections {
    pub(super) status: u16,
    pub(super) answer_hash: u64,
    pub(super) events: Vec<u64>,
}

/// What follows from a report for the events of its run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerResponse {
    /// Whether the failures since the last acceptance of the run are blamed on the route.
    pub blames_route: bool,
    /// Whether the last equal rejections of the run are.
    pub blames_rejections: bool,
    /// How long what is blamed on the route waits; `None` where the breaker is closed.
    pub wait: Option<Duration>,
}

impl BreakerResponse {
    /// Returns whether the failure or the rejection of an event is blamed on the route, by the
    /// report that this is the response to: the event spends no attempt and is sent again.
    #[must_use]
    pub fn excuses(&self, report: &BreakerReport, event: u64) -> bool {
        (self.blames_route && report.is_failing(event))
            || (self.blames_rejections && report.is_rejected(event))
    }
}

impl BreakerReport {
    /// Adds a call that was accepted. What failed before it is no evidence against the route.
    pub fn accept(&mut self, confirmation: Confirmation) {
        self.accepted = self.accepted.saturating_add(1);
        self.failures.clear();
        (self.rejections, self.is_mixed) = (None, false);
        match confirmation {
            Confirmation::Confirmed => {
                self.confirmed = self.confirmed.saturating_add(1);
                self.read();
            }
            Confirmation::Unconfirmed => self.unreadable = self.unreadable.saturating_add(1),
        }
    }

    /// Adds the last failure of a call in this run. `event` is the fingerprint of its event;
    /// `was_refused`, whether a failure of this event was blamed on the route before; `answer_hash`
    /// names the answer of a rejection.
    pub fn fail(&mut self, event: u64, was_refused: bool, reason: FailureReason, answer_hash: u64) {
        let (reason, hint) = match reason {
            FailureReason::Rejected { status } => return self.reject(event, status, answer_hash),
            FailureReason::Refused { status } => (TripReason::Refused(status), None),
            FailureReason::Limited { hint, .. } => (TripReason::Limited, hint),
            FailureReason::Unavailable => (TripReason::Down, None),
        };
        let failure = EventFailure {
            event,
            reason,
            hint,
            // an open breaker lets no such event through but the probe
            is_own_fault: was_refused && !self.is_probe,
        };
        add_failure(&mut self.failures, failure);
    }

    fn reject(&mut self, event: u64, status: u16, answer_hash: u64) {
        if (200..=299).contains(&status) {
            self.read();
        }
        match &mut self.rejections {
            Some(rejections) if rejections.answer_hash == answer_hash => {
                rejections.events.push(event);
            }
            before => {
                self.is_mixed |= before.is_some();
                *before = Some(EqualRejections {
                    status,
                    answer_hash,
                    events: Vec::from([event]),
                });
            }
        }
    }

    /// Counts an answer with a readable `success`.
    fn read(&mut self) {
        (self.unreadable, self.is_readable) = (0, true);
    }

    /// Returns whether an event is among those that were refused, limited or got no answer since the
    /// last acceptance, and not by a fault of its own.
    #[must_use]
    pub fn is_failing(&self, event: u64) -> bool {
        let failing = |failure: &EventFailure| failure.event == event && !failure.is_own_fault;
        self.failures.iter().any(failing)
    }

    /// Returns whether an event is among the last equal rejections.
    pub(super) fn is_rejected(&self, event: u64) -> bool {
        let rejections = self.rejections.as_ref();
        rejections.is_some_and(|rejections| rejections.events.contains(&event))
    }

    /// Returns whether nothing in it speaks against the route.
    pub(super) fn has_only_good(&self) -> bool {
        self.failures.is_empty() && self.rejections.is_none() && self.unreadable == 0
    }

    /// Returns whether rejections are all that is in it, and whether one of them was 2xx with a
    /// readable `success`.
    pub(super) fn is_rejected_alone(&self) -> Option<bool> {
        let is_alone = self.failures.is_empty() && self.accepted == 0;
        (self.rejections.is_some() && is_alone).then_some(self.is_readable)
    }

    /// Returns whether no call is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accepted == 0 && self.failures.is_empty() && self.rejections.is_none()
    }
}

/// Adds the failure of an event; it replaces an earlier one of the same event.
pub(super) fn add_failure(failures: &mut Vec<EventFailure>, failure: EventFailure) {
    match failures
        .iter_mut()
        .find(|before| before.event == failure.event)
    {
        Some(before) => *before = failure,
        None => failures.push(failure),
    }
}

/// Returns the most severe reason.
pub(super) fn reason_of<'a>(
    failures: impl IntoIterator<Item = &'a EventFailure>,
) -> Option<TripReason> {
    failures.into_iter().map(|failure| failure.reason).max()
}

/// Returns the longest wait that Kochava asked for, as far as it counts.
pub(super) fn hint_of<'a>(failures: impl IntoIterator<Item = &'a EventFailure>) -> Duration {
    let hints = failures.into_iter().filter_map(|failure| failure.hint);
    hints.max().unwrap_or_default().min(RETRY_AFTER_MAX)
}
