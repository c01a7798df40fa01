//! May anything be sent now?
//!
//! One gate for each route: what kind of call, and for which app. It is shared by every isolate, so
//! that a refusal or a 429 slows the whole consumer and not one message. A closed gate lets one
//! event through at a time, the probe; what waits before it spends no attempt.

mod text;

use crate::delivery::Schedule;
use crate::limits::{
    GATE_CALM_ANSWERS, GATE_FAILURES, GATE_PROBE_LEASE, GATE_SAME_ANSWERS, GATES_MAX,
    RETRY_AFTER_MAX,
};
use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::time::Duration;

/// The gates of all routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates(BTreeMap<String, Gate>);

/// The gate of one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Why it is closed, if it is.
    pub closed: Option<Closed>,
    /// How often it was closed or a probe failed, since Kochava last took many calls.
    level: u32,
    /// Calls taken since it was opened.
    calm: u32,
    /// Attempts that failed without an acceptance between them.
    failures: u32,
    /// Rejections in a row that said the same.
    same: u32,
    /// What they said.
    same_answer: u64,
}

/// A gate that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub why: Why,
    /// Since when.
    pub since: Moment,
    /// When the next probe may go.
    pub until: Moment,
    /// Until when a probe that is on its way is waited for.
    probe_until: Moment,
}

/// Why a gate is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
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
pub enum Pass {
    /// It may; `is_calm` where an acceptance need not even be reported.
    Open {
        /// Nothing is remembered that an acceptance would change.
        is_calm: bool,
    },
    /// One event may, as the probe.
    Probe,
    /// Nothing may for so long.
    Wait(Duration),
}

/// What came of what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
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
pub struct Ruling {
    /// Whether the rejections in it say nothing about their events, which wait and are sent again.
    pub withholds: bool,
    /// For how long everything waits, if it does.
    pub wait: Option<Duration>,
}

impl Gates {
    /// Asks for a pass.
    pub fn enter(&mut self, route: &str, now: Moment) -> Pass {
        self.0
            .get_mut(route)
            .map_or(Pass::Open { is_calm: true }, |gate| gate.enter(now))
    }

    /// Reports what came of a pass.
    pub fn report(
        &mut self,
        route: &str,
        report: &Report,
        schedule: &Schedule,
        now: Moment,
        jitter: f64,
    ) -> Ruling {
        if self.0.get(route).is_none() && self.0.len() >= GATES_MAX {
            // an open gate has little to remember
            self.0.retain(|_, gate| gate.closed.is_some());
        }
        let gate = self.0.entry(String::from(route)).or_default();
        let ruling = gate.report(report, schedule, now, jitter);
        if *gate == Gate::default() {
            self.0.remove(route);
        }
        ruling
    }

    /// The gates that are closed.
    pub fn closed(&self) -> impl Iterator<Item = (&str, &Closed)> {
        self.0
            .iter()
            .filter_map(|(route, gate)| Some((route.as_str(), gate.closed.as_ref()?)))
    }
}

impl Gate {
    fn enter(&mut self, now: Moment) -> Pass {
        let is_calm = self.level == 0 && self.failures == 0 && self.same == 0;
        let Some(closed) = &mut self.closed else {
            return Pass::Open { is_calm };
        };
        let opens = closed.until.max(closed.probe_until);
        if now < opens {
            return Pass::Wait(between(now, opens));
        }
        closed.probe_until = later(now, GATE_PROBE_LEASE);
        Pass::Probe
    }

    fn report(&mut self, report: &Report, schedule: &Schedule, now: Moment, jitter: f64) -> Ruling {
        self.count(report);
        let is_same_answer =
            report.rejected > 0 && report.accepted == 0 && self.same >= GATE_SAME_ANSWERS;
        if let Some(why) = self.trouble(report, is_same_answer) {
            self.close(why, report, schedule, now, jitter);
        } else if report.is_probe {
            self.closed = None;
        }
        Ruling {
            withholds: is_same_answer && self.closed.is_some_and(|closed| closed.why.is_pause()),
            wait: self.closed.map(|closed| between(now, closed.until)),
        }
    }

    fn count(&mut self, report: &Report) {
        if report.accepted > 0 {
            (self.failures, self.same, self.same_answer) = (0, 0, 0);
            self.calm = self
                .calm
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
        if self.calm >= GATE_CALM_ANSWERS && self.closed.is_none() {
            self.level = 0;
            self.calm = 0;
        }
    }

    /// Why it must be closed after this report, if it must.
    fn trouble(&self, report: &Report, is_same_answer: bool) -> Option<Why> {
        if let Some(status) = report.refused {
            return Some(Why::Refused(status));
        }
        match report.rejection {
            Some((status, _)) if is_same_answer => return Some(Why::SameAnswer(status)),
            _ => {}
        }
        if report.limited > 0 {
            return Some(Why::Limited);
        }
        let is_down = report.accepted == 0
            && report.failures > 0
            && (report.is_probe || self.failures >= GATE_FAILURES);
        is_down.then_some(Why::Down)
    }

    fn close(&mut self, why: Why, report: &Report, schedule: &Schedule, now: Moment, jitter: f64) {
        let before = self.closed;
        // what was on its way when it was closed says nothing new
        if before.is_none() || report.is_probe {
            self.level = self.level.saturating_add(1);
        }
        let steps = match why {
            Why::Limited | Why::Down => &schedule.slow_steps,
            Why::Refused(_) | Why::SameAnswer(_) => &schedule.pause_steps,
        };
        let wait = Schedule::closed(steps, self.level - 1, jitter)
            .max(report.hint.unwrap_or_default().min(RETRY_AFTER_MAX));
        let until = later(now, wait);
        self.calm = 0;
        self.closed = Some(match before {
            Some(closed) if !report.is_probe => Closed {
                why: worse(closed.why, why),
                until: closed.until.max(until),
                ..closed
            },
            Some(closed) => Closed {
                why,
                since: closed.since,
                until,
                probe_until: now,
            },
            None => Closed {
                why,
                since: now,
                until,
                probe_until: now,
            },
        });
    }
}

impl Why {
    /// Whether a person has to act.
    #[must_use]
    pub fn is_pause(self) -> bool {
        matches!(self, Why::Refused(_) | Why::SameAnswer(_))
    }

    /// A stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Why::Limited => "kochava-limits",
            Why::Down => "kochava-unavailable",
            Why::Refused(_) => "kochava-paused",
            Why::SameAnswer(_) => "kochava-rejects-all",
        }
    }

    /// The status that says so, if one does.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            Why::Refused(status) | Why::SameAnswer(status) => Some(status),
            Why::Limited | Why::Down => None,
        }
    }
}

/// What a person has to act upon counts before what passes by itself.
fn worse(before: Why, now: Why) -> Why {
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
