//! Circuit breakers, one for each route: a kind of call and the app it is for.
//!
//! In go requests for permits and reports of what was sent; out come permits and waits. Every
//! isolate shares the breakers, so a refusal or a 429 slows the whole consumer and not one message.
//! A closed breaker lets everything through. An open one lets one event through at a time, the
//! probe; what waits for it spends no attempt. The state and the protocol of the store that holds
//! the breakers are the JSON that serde derives here.

use crate::delivery::RetrySchedule;
use crate::limits::{
    BREAKER_FAILURES, BREAKER_PROBE_LEASE, BREAKER_SAME_ANSWERS, BREAKER_SUCCESSES, BREAKERS_MAX,
    RETRY_AFTER_MAX,
};
use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// The breakers of all routes. A breaker in its initial state is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Breakers(BTreeMap<String, Breaker>);

/// The breaker of one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breaker {
    /// Why and until when it is open; `None` while it is closed.
    pub open_state: Option<OpenState>,
    /// How often it opened or a probe failed since the last run of [`BREAKER_SUCCESSES`]
    /// acceptances; chooses the step of the schedule.
    level: u32,
    /// Calls that were accepted since it closed.
    successes: u32,
    /// Attempts that failed without an acceptance between them.
    failures: u32,
    /// Rejections in a row that gave the same answer.
    same_answers: u32,
    /// The hash of that answer.
    answer_hash: u64,
}

/// Why and until when a breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenState {
    /// Why it opened.
    pub reason: TripReason,
    /// When it opened.
    pub since: Moment,
    /// When the next probe may go.
    pub until: Moment,
    /// Until when the result of a probe that is on its way is awaited.
    probe_until: Moment,
}

/// Why a breaker is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripReason {
    /// Kochava asks for fewer requests.
    Limited,
    /// No call gets through.
    Down,
    /// Kochava refuses the API key, the App GUID or the address, with this status.
    Refused(u16),
    /// Kochava rejects every call with the same answer, which has this status.
    SameAnswer(u16),
}

/// Whether calls may be sent on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permit {
    /// All calls may be sent.
    Allowed {
        /// Whether the breaker is in its initial state, so that an acceptance changes nothing and
        /// need not be reported.
        is_clean: bool,
    },
    /// One event may be sent, as the probe.
    Probe,
    /// No call may be sent for this long.
    Wait(Duration),
}

/// The results of the calls that were sent with one permit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BreakerReport {
    /// Whether the permit was for a probe.
    pub is_probe: bool,
    /// Calls that Kochava accepted.
    pub accepted: u32,
    /// Attempts that failed and may succeed later.
    pub failures: u32,
    /// Answers that request a lower rate.
    pub limited: u32,
    /// The longest `Retry-After` of those answers.
    pub hint: Option<Duration>,
    /// The status of an answer that refuses the configuration.
    pub refused: Option<u16>,
    /// Calls that Kochava rejected.
    pub rejected: u32,
    /// The status of the last rejection, and the hash of its answer.
    pub rejection: Option<(u16, u64)>,
    /// Whether the rejections gave different answers.
    pub is_mixed: bool,
}

/// What follows from a report for everything that waits for its route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerResponse {
    /// Whether the rejections in the report concern the configuration and not their events, which
    /// are sent again.
    pub retries_rejected: bool,
    /// How long everything waits; `None` where the breaker is closed.
    pub wait: Option<Duration>,
}

impl Breakers {
    /// Returns a permit for a route.
    pub fn permit(&mut self, route: &str, now: Moment) -> Permit {
        self.0
            .get_mut(route)
            .map_or(Permit::Allowed { is_clean: true }, |breaker| {
                breaker.permit(now)
            })
    }

    /// Takes the report on a permit. `jitter` is a fresh random number from 0 to 1.
    pub fn report(
        &mut self,
        route: &str,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> BreakerResponse {
        if !self.0.contains_key(route) && self.0.len() >= BREAKERS_MAX {
            // losing the counts of a closed breaker at worst delays its next opening
            self.0.retain(|_, breaker| breaker.open_state.is_some());
        }
        let breaker = self.0.entry(String::from(route)).or_default();
        let response = breaker.report(report, schedule, now, jitter);
        if *breaker == Breaker::default() {
            self.0.remove(route);
        }
        response
    }

    /// Returns the breakers that are open, by route.
    pub fn open(&self) -> impl Iterator<Item = (&str, &OpenState)> {
        self.0
            .iter()
            .filter_map(|(route, breaker)| Some((route.as_str(), breaker.open_state.as_ref()?)))
    }
}

impl Breaker {
    fn permit(&mut self, now: Moment) -> Permit {
        let is_clean = self.level == 0 && self.failures == 0 && self.same_answers == 0;
        let Some(open) = &mut self.open_state else {
            return Permit::Allowed { is_clean };
        };
        let next_probe = open.until.max(open.probe_until);
        if now < next_probe {
            return Permit::Wait(whole_seconds(now, next_probe));
        }
        open.probe_until = later(now, BREAKER_PROBE_LEASE);
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
        let is_same_answer = report.rejected > 0
            && report.accepted == 0
            && self.same_answers >= BREAKER_SAME_ANSWERS;
        if let Some(reason) = self.trip_reason(report, is_same_answer) {
            self.trip(reason, report, schedule, now, jitter);
        } else if report.is_probe {
            self.open_state = None;
        }
        BreakerResponse {
            retries_rejected: is_same_answer
                && self.open_state.is_some_and(|open| open.reason.is_pause()),
            wait: self.open_state.map(|open| whole_seconds(now, open.until)),
        }
    }

    fn count(&mut self, report: &BreakerReport) {
        if report.accepted > 0 {
            (self.failures, self.same_answers, self.answer_hash) = (0, 0, 0);
            if self.level > 0 {
                self.successes = self.successes.saturating_add(report.accepted);
            }
        } else {
            self.failures = self.failures.saturating_add(report.failures);
        }
        if let (Some((_, answer)), 0) = (report.rejection, report.accepted) {
            let before = if self.answer_hash == answer {
                self.same_answers
            } else {
                0
            };
            self.same_answers = if report.is_mixed {
                0
            } else {
                before.saturating_add(report.rejected)
            };
            self.answer_hash = answer;
        }
        if self.successes >= BREAKER_SUCCESSES && self.open_state.is_none() {
            (self.level, self.successes) = (0, 0);
        }
    }

    /// Returns why the breaker must be open after this report, if it must.
    fn trip_reason(&self, report: &BreakerReport, is_same_answer: bool) -> Option<TripReason> {
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

    fn trip(
        &mut self,
        reason: TripReason,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) {
        let before = self.open_state;
        // a call that was on its way when the breaker opened is no new evidence
        if before.is_none() || report.is_probe {
            self.level = self.level.saturating_add(1);
        }
        let steps = if reason.is_pause() {
            &schedule.pause_steps
        } else {
            &schedule.slow_steps
        };
        let wait = RetrySchedule::equal_jitter(steps, self.level - 1, jitter)
            .max(report.hint.unwrap_or_default().min(RETRY_AFTER_MAX));
        let until = later(now, wait);
        self.successes = 0;
        self.open_state = Some(match before {
            Some(open) if !report.is_probe => OpenState {
                reason: more_severe(open.reason, reason),
                until: open.until.max(until),
                ..open
            },
            _ => OpenState {
                reason,
                since: before.map_or(now, |open| open.since),
                until,
                probe_until: now,
            },
        });
    }
}

impl TripReason {
    /// Returns whether a person has to act before calls get through again.
    #[must_use]
    pub fn is_pause(self) -> bool {
        matches!(self, TripReason::Refused(_) | TripReason::SameAnswer(_))
    }

    /// Returns a stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TripReason::Limited => "kochava-limits",
            TripReason::Down => "kochava-unavailable",
            TripReason::Refused(_) => "kochava-paused",
            TripReason::SameAnswer(_) => "kochava-rejects-all",
        }
    }

    /// Returns the HTTP status of the answers that opened the breaker; `None` where there was no
    /// such answer.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            TripReason::Refused(status) | TripReason::SameAnswer(status) => Some(status),
            TripReason::Limited | TripReason::Down => None,
        }
    }
}

/// Orders reasons: one that needs a person takes precedence over one that passes by itself.
fn more_severe(before: TripReason, now: TripReason) -> TripReason {
    if before.is_pause() && !now.is_pause() {
        before
    } else {
        now
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
