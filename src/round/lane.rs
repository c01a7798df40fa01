//! What is sent next, and what follows from the answer?

use super::open::route;
use super::{Ending, Job, Round, Wait};
use crate::delivery::{Confirmation, Delivery, Outcome, Policy, Reason, Step};
use crate::gate::Pass;
use crate::key::Key;
use crate::limits::{
    ANSWER_CHARS_KEPT, BEHIND_MAX, GATE_FAILURES, GATE_SAME_ANSWERS, HOLD_MAX, WITHHELD_MAX,
};
use crate::reject::{DEVICE_UNKNOWN, EXPIRED};
use crate::request::{Request, RequestKind};
use crate::time::Moment;
use alloc::string::String;
use core::time::Duration;

impl Round<'_> {
    /// The call that goes next on a lane, with the time that it may take; nothing where the lane
    /// has come to its end. What came of it must be told by [`Round::after`] before the lane is
    /// asked again.
    pub fn next(&mut self, lane: usize) -> Option<(Request, Duration)> {
        while let Some(&(number, index)) = self.lanes[lane].jobs.get(self.lanes[lane].at) {
            if self.works[number].jobs[index].ending.is_none() {
                match self.wait(number, index) {
                    Some(ending) => self.works[number].jobs[index].ending = Some(ending),
                    None => return Some(self.call(number, index)),
                }
            }
            if self.works[number].jobs[index].ending.is_some() {
                self.lanes[lane].at += 1;
            }
        }
        None
    }

    /// Takes what came of the call that went last on a lane; `jitter` is a fresh random number from
    /// 0 to 1.
    pub fn after(&mut self, lane: usize, outcome: &Outcome<'_>, now: Moment, jitter: f64) {
        let lane = &self.lanes[lane];
        let (number, index) = lane.jobs[lane.at];
        let name = self.route_of(number, index);
        let step =
            one_attempt(self.planner.settings().delivery).after(outcome, jitter, Duration::ZERO);
        let job = &mut self.works[number].jobs[index];
        job.counts.count("attempts", 1);
        match step {
            Step::Done(confirmation) => self.accept(number, index, confirmation, now),
            Step::GiveUp(Reason::Rejected { status }) => {
                self.reject(&name, number, index, status, outcome)
            }
            Step::GiveUp(Reason::Paused { status }) => self.refuse(&name, number, index, status),
            Step::GiveUp(Reason::Exhausted { hint }) => match outcome {
                Outcome::Answered { status: 429, .. } => self.limit(&name, number, index, hint),
                _ if hint.is_some() => self.limit(&name, number, index, hint),
                _ => self.fail(&name, number, index, jitter),
            },
            Step::Send { .. } | Step::Wait(..) => {
                unreachable!("a policy of one attempt has no second")
            }
        }
    }

    /// What an event has to wait for before its next call, if anything.
    fn wait(&mut self, number: usize, index: usize) -> Option<Ending> {
        if let Some(ahead) = self.blocking(number, index) {
            let fails = matches!(
                self.works[number].jobs[ahead].ending,
                Some(Ending::Later(_))
            );
            let job = &mut self.works[number].jobs[index];
            if fails {
                job.progress.behind += 1;
                job.has_changed = true;
            }
            return Some(Ending::PutOff(Wait::Behind(ahead)));
        }
        if let Some(ending) = self.hold_or_skip(number, index) {
            return Some(ending);
        }
        if self.calls_left == 0 {
            return Some(Ending::PutOff(Wait::Calls));
        }
        let name = self.route_of(number, index);
        let Some(route) = self.routes.get_mut(&name).filter(|route| !route.is_stopped) else {
            return Some(Ending::PutOff(Wait::Gate(name)));
        };
        if route.pass == Pass::Probe {
            // one event goes, and this is it
            (route.report.is_probe, route.is_stopped) = (true, true);
        }
        self.calls_left -= 1;
        None
    }

    /// The event of the same device before it that it must not pass: one that waits, unless its
    /// attempts failed again and again.
    fn blocking(&self, number: usize, index: usize) -> Option<usize> {
        let jobs = &self.works[number].jobs;
        let lane = jobs[index].lane?;
        let is = |job: &Job, kind| {
            job.calls
                .get(job.made)
                .is_some_and(|(request, _)| request.kind == kind)
        };
        jobs[..index]
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, job)| job.lane == Some(lane))
            .find_map(|(at, job)| match job.ending {
                Some(Ending::Later(_)) => (job.progress.attempts < BEHIND_MAX
                    && jobs[index].progress.behind < BEHIND_MAX)
                    .then_some(at),
                // identities have a gate of their own, which may be closed for ever: no event waits
                // for that
                Some(Ending::PutOff(Wait::Gate(_) | Wait::Behind(_)))
                    if is(job, RequestKind::Identity) && is(&jobs[index], RequestKind::Event) =>
                {
                    None
                }
                Some(Ending::PutOff(Wait::Gate(_) | Wait::Behind(_) | Wait::Calls)) => Some(at),
                // an identity that waits for an event must not keep that event from being sent
                Some(Ending::PutOff(Wait::Held) | Ending::Done | Ending::Rejected { .. })
                | None => None,
            })
    }

    /// Whether an identity waits for an event of its device, or need not be sent at all: then it
    /// counts as made.
    fn hold_or_skip(&mut self, number: usize, index: usize) -> Option<Ending> {
        let holds = self.planner.settings().users.hold_until_event;
        let job = &mut self.works[number].jobs[index];
        while let Some((request, named)) = job.calls.get(job.made) {
            if request.kind == RequestKind::Event {
                return None;
            }
            let is_known = |device: &Key| self.remembered.devices.contains(device);
            // one that was attempted before was let go then
            let may_wait =
                holds && job.progress.done == 0 && job.progress.attempts == 0 && job.made == 0;
            if may_wait && !named.devices.iter().any(is_known) {
                let waited =
                    u64::try_from(self.now.millis.saturating_sub(job.received.millis)).unwrap_or(0);
                let is_over = Duration::from_millis(waited) >= HOLD_MAX;
                return Some(if is_over {
                    rejected(DEVICE_UNKNOWN, None, "")
                } else {
                    Ending::PutOff(Wait::Held)
                });
            }
            let is_same = named
                .link
                .is_some_and(|(device, link)| self.remembered.links.get(&device) == Some(&link));
            if !is_same {
                return None;
            }
            if job.made == 0 {
                job.counts.count("skipped", 1);
            }
            job.counts.count("code:identity-unchanged", 1);
            job.made += 1;
        }
        Some(Ending::Done)
    }

    fn call(&mut self, number: usize, index: usize) -> (Request, Duration) {
        let job = &self.works[number].jobs[index];
        (
            job.calls[job.made].0.clone(),
            self.planner.settings().delivery.timeout,
        )
    }

    pub(super) fn route_of(&self, number: usize, index: usize) -> String {
        let job = &self.works[number].jobs[index];
        job.calls
            .get(job.made)
            .map_or_else(String::new, |(request, named)| route(request, &named.app))
    }

    fn accept(&mut self, number: usize, index: usize, confirmation: Confirmation, now: Moment) {
        let name = self.route_of(number, index);
        let job = &mut self.works[number].jobs[index];
        let (request, named) = &job.calls[job.made];
        let is_identity = request.kind == RequestKind::Identity;
        if is_identity {
            if let Some((device, link)) = named.link {
                self.remembered.links.insert(device, link);
            }
        } else {
            for &device in &named.devices {
                self.remembered.devices.insert(device);
            }
        }
        if let Some(route) = self.routes.get_mut(&name) {
            route.report.accepted += 1;
        }
        if !job.is_delivered {
            job.is_delivered = true;
            count_delivered(job, now);
        }
        if is_identity {
            job.counts.count("identities", 1);
        }
        if confirmation == Confirmation::Unconfirmed && !job.progress.is_unsure {
            job.progress.is_unsure = true;
            job.counts.count("unconfirmed", 1);
        }
        job.made += 1;
        job.progress.done = u32::try_from(job.made).unwrap_or(u32::MAX);
        (job.progress.attempts, job.progress.waited_s) = (0, 0);
        job.has_changed = true;
        if job.made == job.calls.len() {
            job.ending = Some(Ending::Done);
        }
    }

    fn reject(
        &mut self,
        name: &str,
        number: usize,
        index: usize,
        status: u16,
        outcome: &Outcome<'_>,
    ) {
        let answer = answer_of(outcome);
        let said = Key::of(&[&alloc::format!("{status}"), &answer]).fingerprint();
        if let Some(route) = self.routes.get_mut(name) {
            let report = &mut route.report;
            report.is_mixed |= report.rejection.is_some_and(|(_, before)| before != said);
            report.rejection = Some((status, said));
            report.rejected += 1;
            route.is_stopped |=
                report.accepted == 0 && !report.is_mixed && report.rejected >= GATE_SAME_ANSWERS;
        }
        self.works[number].jobs[index].ending =
            Some(rejected("kochava-rejected", Some(status), &answer));
    }

    fn refuse(&mut self, name: &str, number: usize, index: usize, status: u16) {
        let job = &mut self.works[number].jobs[index];
        if job.progress.withheld >= WITHHELD_MAX {
            job.ending = Some(rejected("kochava-paused", Some(status), ""));
            return;
        }
        let Some(route) = self.routes.get_mut(name) else {
            return;
        };
        route.is_stopped = true;
        route.report.refused = Some(status);
        if !route.report.is_probe {
            job.progress.withheld += 1;
            job.has_changed = true;
        }
        job.ending = Some(Ending::PutOff(Wait::Gate(String::from(name))));
    }

    fn limit(&mut self, name: &str, number: usize, index: usize, hint: Option<Duration>) {
        if let Some(route) = self.routes.get_mut(name) {
            route.is_stopped = true;
            route.report.limited += 1;
            route.report.hint = route.report.hint.max(hint);
        }
        self.works[number].jobs[index].ending =
            Some(Ending::PutOff(Wait::Gate(String::from(name))));
    }

    fn fail(&mut self, name: &str, number: usize, index: usize, jitter: f64) {
        if let Some(route) = self.routes.get_mut(name) {
            route.report.failures += 1;
            route.is_stopped |=
                route.report.accepted == 0 && route.report.failures >= GATE_FAILURES;
        }
        let job = &mut self.works[number].jobs[index];
        let progress = &mut job.progress;
        progress.attempts += 1;
        job.has_changed = true;
        let waited = Duration::from_secs(u64::from(progress.waited_s));
        job.ending = Some(
            match self
                .planner
                .settings()
                .schedule
                .after(progress.attempts, waited, jitter)
            {
                Some(wait) => {
                    progress.waited_s = progress
                        .waited_s
                        .saturating_add(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX));
                    Ending::Later(wait)
                }
                None => rejected(EXPIRED, None, ""),
            },
        );
    }
}

fn count_delivered(job: &mut Job, now: Moment) {
    let latency = u64::try_from(now.millis.saturating_sub(job.received.millis)).unwrap_or(0);
    job.counts
        .count_delivered(latency, job.progress.attempts > 0);
}

/// The machine of the delivery, with the one attempt that a round makes.
fn one_attempt(policy: Policy) -> Delivery {
    match Delivery::start(
        Policy {
            attempts_max: 1,
            ..policy
        },
        Duration::ZERO,
    ) {
        Step::Send { delivery, .. } => delivery,
        Step::Wait(..) | Step::Done(_) | Step::GiveUp(_) => unreachable!("a budget is never empty"),
    }
}

fn rejected(code: &'static str, status: Option<u16>, answer: &str) -> Ending {
    Ending::Rejected {
        code,
        status,
        answer: String::from(answer),
    }
}

/// The beginning of what Kochava said.
fn answer_of(outcome: &Outcome<'_>) -> String {
    let Outcome::Answered {
        body: Some(body), ..
    } = outcome
    else {
        return String::new();
    };
    String::from_utf8_lossy(body)
        .chars()
        .take(ANSWER_CHARS_KEPT)
        .collect()
}
