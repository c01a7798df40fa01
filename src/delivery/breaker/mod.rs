//! May anything be sent now?
//!
//! One breaker for each route: what kind of call, and for which app. It is shared by every isolate, so
//! that a refusal or a 429 slows the whole consumer and not one message. A open_state breaker lets one
//! event through at a time, the probe; what waits before it spends no attempt.

mod text;

use crate::delivery::RetrySchedule;
use crate::limits::{
    BREAKER_FAILURES, BREAKER_PROBE_LEASE, BREAKER_SAME_ANSWERS, BREAKER_SUCCESSES, BREAKERS_MAX,
    RETRY_AFTER_MAX,
};
use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::time::Duration;

/// The breakers of all routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakers(BTreeMap<String, Breaker>);

/// The breaker of one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// TripReason it is open_state, if it is.
    pub open_state: Option<OpenState>,
    /// How often it was open_state or a probe failed, since Kochava last took many calls.
    level: u32,
    /// Calls taken since it was opened.
    successes: u32,
    /// Attempts that failed without an acceptance between them.
    failures: u32,
    /// Rejections in a row that said the same.
    same: u32,
    /// What they said.
    same_answer: u64,
}

/// A breaker that is open_state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenState {
    /// TripReason.
    pub reason: TripReason,
    /// Since when.
    pub since: Moment,
    /// When the next probe may go.
    pub until: Moment,
    /// Until when a probe that is on its way is waited for.
    probe_until: Moment,
}

/// TripReason a breaker is open_state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TripReason {
    /// Kochava asks us to slow down.
    Limited,
    /// Nothing gets through.
    Down,
    /// Kochava refuses key, App GUID or address, with this status.
    Refused(u16),
    /// Kochava rejects every call with the same answer.
    SameAnswer(u16),
}

/// Whether something may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may; `is_clean` where an acceptance need not even be reported.
    Allowed {
        /// Nothing is remembered that an acceptance would change.
        is_clean: bool,
    },
    /// One event may, as the probe.
    Probe,
    /// Nothing may for so long.
    Wait(Duration),
}

/// What came of what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BreakerReport {
    /// Whether it was the probe.
    pub is_probe: bool,
    /// Calls that Kochava took.
    pub accepted: u32,
    /// Attempts that failed and may succeed later.
    pub failures: u32,
    /// Answers that asked us to slow down.
    pub limited: u32,
    /// The longest wait that they asked for.
    pub hint: Option<Duration>,
    /// The status of an answer that refuses the configuration.
    pub refused: Option<u16>,
    /// Calls that Kochava rejected.
    pub rejected: u32,
    /// The status of the last of them, and what it said.
    pub rejection: Option<(u16, u64)>,
    /// Whether they said different things.
    pub is_mixed: bool,
}

/// What follows from a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BreakerResponse {
    /// Whether the rejections in it say nothing about their events, which wait and are sent again.
    pub retries_rejected: bool,
    /// For how long everything waits, if it does.
    pub wait: Option<Duration>,
}

impl Breakers {
    /// Asks for a pass.
    pub fn permit(&mut self, route: &str, now: Moment) -> Permit {
        self.0
            .get_mut(route)
            .map_or(Permit::Allowed { is_clean: true }, |breaker| {
                breaker.permit(now)
            })
    }

    /// Reports what came of a pass.
    pub fn report(
        &mut self,
        route: &str,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> BreakerResponse {
        if self.0.get(route).is_none() && self.0.len() >= BREAKERS_MAX {
            // an open breaker has little to remember
            self.0.retain(|_, breaker| breaker.open_state.is_some());
        }
        let breaker = self.0.entry(String::from(route)).or_default();
        let response = breaker.report(report, schedule, now, jitter);
        if *breaker == Breaker::default() {
            self.0.remove(route);
        }
        response
    }

    /// The breakers that are open_state.
    pub fn open(&self) -> impl Iterator<Item = (&str, &OpenState)> {
        self.0
            .iter()
            .filter_map(|(route, breaker)| Some((route.as_str(), breaker.open_state.as_ref()?)))
    }
}

impl Breaker {
    fn permit(&mut self, now: Moment) -> Permit {
        let is_clean = self.level == 0 && self.failures == 0 && self.same == 0;
        let Some(open_state) = &mut self.open_state else {
            return Permit::Allowed { is_clean };
        };
        let opens = open_state.until.max(open_state.probe_until);
        if now < opens {
            return Permit::Wait(between(now, opens));
        }
        open_state.probe_until = later(now, BREAKER_PROBE_LEASE);
        Permit::Probe
    }

    fn report(
        &mut self,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> BreakerResponse {
        self.count(report);
        let is_same_answer =
            report.rejected > 0 && report.accepted == 0 && self.same >= BREAKER_SAME_ANSWERS;
        if let Some(reason) = self.trouble(report, is_same_answer) {
            self.close(reason, report, schedule, now, jitter);
        } else if report.is_probe {
            self.open_state = None;
        }
        BreakerResponse {
            retries_rejected: is_same_answer
                && self
                    .open_state
                    .is_some_and(|open_state| open_state.reason.is_pause()),
            wait: self
                .open_state
                .map(|open_state| between(now, open_state.until)),
        }
    }

    fn count(&mut self, report: &BreakerReport) {
        if report.accepted > 0 {
            (self.failures, self.same, self.same_answer) = (0, 0, 0);
            self.successes =
                self.successes
                    .saturating_add(if self.level > 0 { report.accepted } else { 0 });
        } else {
            self.failures = self.failures.saturating_add(report.failures);
        }
        if let (Some((_, answer)), false) = (report.rejection, report.accepted > 0) {
            let goes_on = self.same_answer == answer && !report.is_mixed;
            self.same = if goes_on {
                self.same.saturating_add(report.rejected)
            } else {
                report.rejected
            };
            self.same_answer = answer;
            if report.is_mixed {
                self.same = 0;
            }
        }
        if self.successes >= BREAKER_SUCCESSES && self.open_state.is_none() {
            self.level = 0;
            self.successes = 0;
        }
    }

    /// TripReason it must be open_state after this report, if it must.
    fn trouble(&self, report: &BreakerReport, is_same_answer: bool) -> Option<TripReason> {
        if let Some(status) = report.refused {
            return Some(TripReason::Refused(status));
        }
        match report.rejection {
            Some((status, _)) if is_same_answer => return Some(TripReason::SameAnswer(status)),
            _ => {}
        }
        if report.limited > 0 {
            return Some(TripReason::Limited);
        }
        let is_down = report.accepted == 0
            && report.failures > 0
            && (report.is_probe || self.failures >= BREAKER_FAILURES);
        is_down.then_some(TripReason::Down)
    }

    fn close(
        &mut self,
        reason: TripReason,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) {
        let before = self.open_state;
        // what was on its way when it was open_state says nothing new
        if before.is_none() || report.is_probe {
            self.level = self.level.saturating_add(1);
        }
        let steps = match reason {
            TripReason::Limited | TripReason::Down => &schedule.slow_steps,
            TripReason::Refused(_) | TripReason::SameAnswer(_) => &schedule.pause_steps,
        };
        let wait = RetrySchedule::equal_jitter(steps, self.level - 1, jitter)
            .max(report.hint.unwrap_or_default().min(RETRY_AFTER_MAX));
        let until = later(now, wait);
        self.successes = 0;
        self.open_state = Some(match before {
            Some(open_state) if !report.is_probe => OpenState {
                reason: worse(open_state.reason, reason),
                until: open_state.until.max(until),
                ..open_state
            },
            Some(open_state) => OpenState {
                reason,
                since: open_state.since,
                until,
                probe_until: now,
            },
            None => OpenState {
                reason,
                since: now,
                until,
                probe_until: now,
            },
        });
    }
}

impl TripReason {
    /// Whether a person has to act.
    #[must_use]
    pub fn is_pause(self) -> bool {
        matches!(self, TripReason::Refused(_) | TripReason::SameAnswer(_))
    }

    /// A stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TripReason::Limited => "kochava-limits",
            TripReason::Down => "kochava-unavailable",
            TripReason::Refused(_) => "kochava-paused",
            TripReason::SameAnswer(_) => "kochava-rejects-all",
        }
    }

    /// The status that says so, if one does.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            TripReason::Refused(status) | TripReason::SameAnswer(status) => Some(status),
            TripReason::Limited | TripReason::Down => None,
        }
    }
}

/// What a person has to act upon counts before what passes by itself.
fn worse(before: TripReason, now: TripReason) -> TripReason {
    if before.is_pause() && !now.is_pause() {
        before
    } else {
        now
    }
}

fn later(now: Moment, wait: Duration) -> Moment {
    Moment::from_millis(
        now.millis
            .saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
    )
}

/// Whole seconds, at least one.
fn between(now: Moment, then: Moment) -> Duration {
    let millis = u64::try_from(then.millis.saturating_sub(now.millis)).unwrap_or(0);
    Duration::from_secs(millis.div_ceil(1_000).max(1))
}
