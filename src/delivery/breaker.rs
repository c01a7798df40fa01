//! The circuit breaker of one route: a kind of call and the app it is for.
//!
//! In: requests for permits, and reports of what runs saw. Out: permits and waits. Every isolate
//! shares the breaker, so what one run sees slows the whole consumer and not one message.
//!
//! The breaker judges the *route*, never one event, and acceptances are what it goes by:
//!
//! - closed, it lets everything through;
//! - on *suspicion*, an event was refused or limited and nothing was accepted since. Events that
//!   were never refused pass; the refused ones wait, and one at a time is sent as a probe. Any
//!   acceptance ends it;
//! - *tripped*, it lets one event through at a time, the probe. An accepted probe closes it, any other
//!   result keeps it open for the next step of the schedule. It trips when [`BREAKER_FAILURES`]
//!   distinct events failed, [`BREAKER_SAME_ANSWERS`] rejections in a row gave the same answer, or
//!   [`BREAKER_UNREADABLE_ANSWERS`] answers in a row said neither yes nor no.
//!
//! What waits for a breaker spends no attempt. The state and the protocol of the store that holds the
//! breakers are the JSON that serde derives here.

use super::report::{
    BreakerReport, BreakerResponse, EventFailure, add_failure, hint_of, reason_of,
};
use super::schedule::RetrySchedule;
use super::trip_reason::TripReason;
use crate::limits::{
    BREAKER_FAILURES, BREAKER_PROBE_LEASE, BREAKER_SAME_ANSWERS, BREAKER_SUCCESSES,
    BREAKER_UNREADABLE_ANSWERS,
};
use crate::time::Moment;
use alloc::vec::Vec;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The breaker of one route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breaker {
    /// Why and until when it is open; `None` while it is closed.
    pub open_state: Option<OpenState>,
    /// How often it tripped or a probe failed since the last run of [`BREAKER_SUCCESSES`]
    /// acceptances; chooses the step of the schedule.
    level: u32,
    /// Calls that were accepted since the last of these.
    successes: u32,
    /// The events that failed since the last acceptance, [`BREAKER_FAILURES`] of them at most.
    failures: Vec<EventFailure>,
    /// Rejections in a row that gave the same answer.
    same_answers: u32,
    /// The hash of that answer.
    answer_hash: u64,
    /// Answers in a row without a readable `success`.
    unreadable: u32,
}

/// Why and until when a breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenState {
    /// Why it opened.
    pub reason: TripReason,
    /// Whether it is open on suspicion: events that were never refused pass.
    pub is_suspicion: bool,
    /// When it opened.
    pub since: Moment,
    /// When the next probe may go.
    pub until: Moment,
    /// Until when the result of a probe that is on its way is awaited.
    probe_until: Moment,
    /// Probes that failed on suspicion; chooses the step of the schedule then.
    failed_probes: u32,
}

/// Whether calls may be sent on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permit {
    /// All events may be sent.
    Allowed,
    /// Only events of which no failure was ever blamed on the route may be sent; the others wait
    /// this long.
    Untried(Duration),
    /// One event may be sent, as the probe, preferably one that was never refused.
    Probe,
    /// No event may be sent for this long.
    Wait(Duration),
}

impl Breaker {
    /// Returns a permit. A probe that is not reported within [`BREAKER_PROBE_LEASE`] is followed by
    /// another.
    pub fn permit(&mut self, now: Moment) -> Permit {
        let Some(open) = &mut self.open_state else {
            return Permit::Allowed;
        };
        let next_probe = open.until.max(open.probe_until);
        if now >= next_probe {
            open.probe_until = later(now, BREAKER_PROBE_LEASE);
            Permit::Probe
        } else if open.is_suspicion {
            Permit::Untried(whole_seconds(now, next_probe))
        } else {
            Permit::Wait(whole_seconds(now, next_probe))
        }
    }

    /// Takes back the permit for a probe that was not sent.
    pub fn give_back_probe(&mut self, now: Moment) {
        if let Some(open) = &mut self.open_state {
            open.probe_until = open.probe_until.min(now);
        }
    }

    /// Returns whether, after what a run has seen so far, it may send nothing more on the route.
    #[must_use]
    pub fn is_stopped_by(&self, report: &BreakerReport) -> bool {
        self.stop_reason(report).is_some()
    }

    /// Returns why a run may send nothing more on the route, if it may not.
    #[must_use]
    pub fn stop_reason(&self, report: &BreakerReport) -> Option<TripReason> {
        match self.open_state {
            Some(open) if !open.is_suspicion => {
                let may_send =
                    report.is_probe && report.failures.is_empty() && report.rejections.is_none();
                (!may_send).then_some(open.reason)
            }
            _ if report.has_only_good() => None,
            _ => {
                let mut after = self.clone();
                after.count(report);
                after.trip_reason(report)
            }
        }
    }

    /// Takes the report of a run. `jitter` is a fresh random number from 0 to 1.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::{Breaker, BreakerReport, Confirmation, FailureReason, Moment, RetrySchedule};
    /// let (mut breaker, schedule) = (Breaker::default(), RetrySchedule::default());
    /// let now = Moment::from_millis(1_767_225_600_000);
    /// let mut report = BreakerReport::default();
    /// report.fail(1, false, FailureReason::Refused { status: 401 }, 0);
    /// let response = breaker.report(&report, &schedule, now, 0.5);
    /// assert!(response.excuses(&report, 1));
    /// assert!(breaker.open_state.unwrap().is_suspicion);
    ///
    /// let mut report = BreakerReport::default();
    /// report.accept(Confirmation::Confirmed);
    /// breaker.report(&report, &schedule, now, 0.5);
    /// assert_eq!(breaker.open_state, None);
    /// ```
    pub fn report(
        &mut self,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> BreakerResponse {
        if report.is_empty() {
            if report.is_probe {
                self.give_back_probe(now);
            }
            return self.response(report, now);
        }
        self.count(report);
        if self
            .open_state
            .is_some_and(|open| open.is_closed_by(report))
        {
            self.open_state = None;
        }
        let waiting = Waiting {
            schedule,
            now,
            jitter,
        };
        self.open(report, &waiting);
        self.failures.truncate(BREAKER_FAILURES);
        if self.open_state.is_none() && self.successes >= BREAKER_SUCCESSES {
            (self.level, self.successes) = (0, 0);
        }
        self.response(report, now)
    }

    /// Counts what a report says.
    fn count(&mut self, report: &BreakerReport) {
        if report.accepted > 0 {
            self.failures.clear();
            (self.same_answers, self.answer_hash) = (0, 0);
            if self.level > 0 {
                self.successes = self.successes.saturating_add(report.accepted);
            }
        }
        for failure in &report.failures {
            add_failure(&mut self.failures, *failure);
        }
        if let Some(rejections) = &report.rejections {
            let continues = !report.is_mixed && self.answer_hash == rejections.answer_hash;
            let before = if continues { self.same_answers } else { 0 };
            let more = u32::try_from(rejections.events.len()).unwrap_or(u32::MAX);
            self.same_answers = before.saturating_add(more);
            self.answer_hash = rejections.answer_hash;
        }
        let before = if report.is_readable {
            0
        } else {
            self.unreadable
        };
        self.unreadable = before.saturating_add(report.unreadable);
    }

    /// Opens, or stays open longer, if that follows from a report that is counted.
    fn open(&mut self, report: &BreakerReport, waiting: &Waiting<'_>) {
        let tripped = self.trip_reason(report);
        let failed = reason_of(&report.failures);
        match self.open_state {
            // what was on its way when the breaker tripped is no new evidence
            Some(open) if !open.is_suspicion && !report.is_probe => {
                let until = later(waiting.now, hint_of(&report.failures));
                self.open_state = Some(OpenState {
                    reason: open.reason.max(failed.unwrap_or(open.reason)),
                    until: open.until.max(until),
                    ..open
                });
            }
            // a probe that is rejected in other words than the rest shows that the route works
            Some(open) if tripped.is_none() && open.is_cleared_by(report) => {
                self.open_state = None;
            }
            Some(open) if !open.is_suspicion => {
                let reason = failed.max(self.same_answer(report));
                self.trip(reason.unwrap_or(open.reason), report, waiting);
            }
            before => match (tripped, before) {
                (Some(reason), _) => self.trip(reason, report, waiting),
                (None, Some(open)) => self.suspect_longer(open, report, waiting),
                (None, None) => self.suspect(report, waiting),
            },
        }
    }

    /// Returns why the breaker trips, after a report that is counted.
    fn trip_reason(&self, report: &BreakerReport) -> Option<TripReason> {
        let failed = (self.failures.len() >= BREAKER_FAILURES)
            .then(|| reason_of(&self.failures))
            .flatten();
        let unreadable = (self.unreadable >= BREAKER_UNREADABLE_ANSWERS)
            .then_some(TripReason::UnreadableAnswers);
        failed.max(self.same_answer(report)).max(unreadable)
    }

    /// Returns the reason that the rejections of a report give, after it is counted.
    fn same_answer(&self, report: &BreakerReport) -> Option<TripReason> {
        report
            .rejections
            .as_ref()
            .filter(|_| self.same_answers >= BREAKER_SAME_ANSWERS)
            .map(|rejections| TripReason::SameAnswer(rejections.status))
    }

    /// Opens for nothing but probes, from the step of the schedule that is next.
    fn trip(&mut self, reason: TripReason, report: &BreakerReport, waiting: &Waiting<'_>) {
        self.level = self.level.saturating_add(1);
        self.successes = 0;
        let wait = waiting
            .step(reason, self.level - 1)
            .max(hint_of(&report.failures));
        let until = later(waiting.now, wait);
        let before = self.open_state;
        self.open_state = Some(OpenState {
            reason,
            is_suspicion: false,
            since: before.map_or(waiting.now, |open| open.since),
            until: before.map_or(until, |open| open.until.max(until)),
            probe_until: waiting.now,
            failed_probes: 0,
        });
    }

    /// Opens on suspicion if an event was refused or limited that never was before: from the first
    /// step of the schedule, since a suspicion ends with the next acceptance.
    fn suspect(&mut self, report: &BreakerReport, waiting: &Waiting<'_>) {
        let is_suspect =
            |failure: &&EventFailure| !failure.is_own_fault && failure.reason != TripReason::Down;
        let suspects = || report.failures.iter().filter(is_suspect);
        let Some(reason) = reason_of(suspects()) else {
            return;
        };
        let wait = waiting.step(reason, 0).max(hint_of(suspects()));
        self.open_state = Some(OpenState {
            reason,
            is_suspicion: true,
            since: waiting.now,
            until: later(waiting.now, wait),
            probe_until: waiting.now,
            failed_probes: 0,
        });
    }

    /// Goes on with a suspicion: after a failed probe for the next step of the schedule.
    fn suspect_longer(
        &mut self,
        mut open: OpenState,
        report: &BreakerReport,
        waiting: &Waiting<'_>,
    ) {
        open.reason = open
            .reason
            .max(reason_of(&report.failures).unwrap_or(open.reason));
        let mut wait = hint_of(&report.failures);
        if report.is_probe {
            open.failed_probes = open.failed_probes.saturating_add(1);
            open.probe_until = waiting.now;
            wait = wait.max(waiting.step(open.reason, open.failed_probes));
        }
        open.until = open.until.max(later(waiting.now, wait));
        self.open_state = Some(open);
    }

    fn response(&self, report: &BreakerReport, now: Moment) -> BreakerResponse {
        let Some(open) = self.open_state else {
            return BreakerResponse::default();
        };
        BreakerResponse {
            blames_route: report.failures.iter().any(|failure| !failure.is_own_fault),
            blames_rejections: !open.is_suspicion && self.same_answer(report).is_some(),
            wait: Some(whole_seconds(now, open.until)),
        }
    }
}

impl OpenState {
    /// Returns whether a probe shows by its rejection that the route works.
    fn is_cleared_by(self, report: &BreakerReport) -> bool {
        let needs_readable = self.reason == TripReason::UnreadableAnswers;
        report.is_probe
            && report
                .is_rejected_alone()
                .is_some_and(|is_readable| is_readable || !needs_readable)
    }

    fn is_closed_by(self, report: &BreakerReport) -> bool {
        let accepted = match self.reason {
            TripReason::UnreadableAnswers => report.confirmed,
            _ => report.accepted,
        };
        accepted > 0 && (self.is_suspicion || report.is_probe)
    }
}

/// When an opening happens, and what its wait is chosen by.
struct Waiting<'a> {
    schedule: &'a RetrySchedule,
    now: Moment,
    jitter: f64,
}

impl Waiting<'_> {
    /// Returns the step of this number, which starts at 0.
    fn step(&self, reason: TripReason, number: u32) -> Duration {
        let steps = if reason.is_pause() {
            &self.schedule.pause_steps
        } else {
            &self.schedule.slow_steps
        };
        RetrySchedule::equal_jitter(steps, number, self.jitter)
    }
}

fn later(now: Moment, wait: Duration) -> Moment {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Moment::from_millis(now.millis.saturating_add(wait))
}

/// Returns the time between two moments in whole seconds, at least one.
fn whole_seconds(now: Moment, then: Moment) -> Duration {
    let millis = u64::try_from(then.millis.saturating_sub(now.millis)).unwrap_or(0);
    Duration::from_secs(millis.div_ceil(1_000).max(1))
}
