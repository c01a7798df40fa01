//! What is sent next, and what follows from the answer?

use super::begin::route;
use super::{Consumer, DeferReason, EventDelivery, EventOutcome};
use crate::delivery::Permit;
use crate::delivery::{Confirmation, Delivery, FailureReason, Outcome, RetryPolicy, Step};
use crate::digest::Digest;
use crate::durable::{DEVICE_UNKNOWN, EXPIRED};
use crate::kochava::{Request, RequestKind};
use crate::limits::{
    ANSWER_CHARS_KEPT, BEHIND_MAX, BREAKER_DEFERRALS_MAX, BREAKER_FAILURES, BREAKER_SAME_ANSWERS,
    HOLD_MAX,
};
use crate::time::Moment;
use alloc::string::String;
use core::time::Duration;

impl Consumer<'_> {
    /// The call that goes next on a sequence, with the time that it may take; nothing where the sequence
    /// has come to its end. What came of it must be told by [`Consumer::after`] before the sequence is
    /// asked again.
    pub fn next(&mut self, sequence: usize) -> Option<(Request, Duration)> {
        while let Some(&(number, index)) = self.sequences[sequence]
            .deliveries
            .get(self.sequences[sequence].at)
        {
            if self.messages[number].deliveries[index].outcome.is_none() {
                match self.wait(number, index) {
                    Some(outcome) => {
                        self.messages[number].deliveries[index].outcome = Some(outcome)
                    }
                    None => return Some(self.call(number, index)),
                }
            }
            if self.messages[number].deliveries[index].outcome.is_some() {
                self.sequences[sequence].at += 1;
            }
        }
        None
    }

    /// Takes what came of the call that went last on a sequence; `jitter` is a fresh random number from
    /// 0 to 1.
    pub fn after(&mut self, sequence: usize, outcome: &Outcome<'_>, now: Moment, jitter: f64) {
        let sequence = &self.sequences[sequence];
        let (number, index) = sequence.deliveries[sequence.at];
        let name = self.route_of(number, index);
        let step =
            one_attempt(self.planner.settings().delivery).after(outcome, jitter, Duration::ZERO);
        let delivery = &mut self.messages[number].deliveries[index];
        delivery.counts.count("attempts", 1);
        match step {
            Step::Done(confirmation) => self.accept(number, index, confirmation, now),
            Step::GiveUp(FailureReason::Rejected { status }) => {
                self.reject(&name, number, index, status, outcome)
            }
            Step::GiveUp(FailureReason::Paused { status }) => {
                self.refuse(&name, number, index, status)
            }
            Step::GiveUp(FailureReason::Exhausted { hint }) => match outcome {
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
    fn wait(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        if let Some(ahead) = self.blocking(number, index) {
            let fails = matches!(
                self.messages[number].deliveries[ahead].outcome,
                Some(EventOutcome::RetryLater(_))
            );
            let delivery = &mut self.messages[number].deliveries[index];
            if fails {
                delivery.progress.behind += 1;
                delivery.has_changed = true;
            }
            return Some(EventOutcome::Deferred(DeferReason::Behind(ahead)));
        }
        if let Some(outcome) = self.hold_or_skip(number, index) {
            return Some(outcome);
        }
        if self.calls_left == 0 {
            return Some(EventOutcome::Deferred(DeferReason::Calls));
        }
        let name = self.route_of(number, index);
        let Some(route) = self.routes.get_mut(&name).filter(|route| !route.is_stopped) else {
            return Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
        };
        if route.pass == Permit::Probe {
            // one event goes, and this is it
            (route.report.is_probe, route.is_stopped) = (true, true);
        }
        self.calls_left -= 1;
        None
    }

    /// The event of the same device before it that it must not pass: one that waits, unless its
    /// attempts failed again and again.
    fn blocking(&self, number: usize, index: usize) -> Option<usize> {
        let deliveries = &self.messages[number].deliveries;
        let ordering_key = deliveries[index].ordering_key?;
        let is = |delivery: &EventDelivery, kind| {
            delivery
                .calls
                .get(delivery.made)
                .is_some_and(|(request, _)| request.kind == kind)
        };
        deliveries[..index]
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, delivery)| delivery.ordering_key == Some(ordering_key))
            .find_map(|(at, delivery)| match delivery.outcome {
                Some(EventOutcome::RetryLater(_)) => (delivery.progress.attempts < BEHIND_MAX
                    && deliveries[index].progress.behind < BEHIND_MAX)
                    .then_some(at),
                // identities have a breaker of their own, which may be closed for ever: no event waits
                // for that
                Some(EventOutcome::Deferred(DeferReason::Breaker(_) | DeferReason::Behind(_)))
                    if is(delivery, RequestKind::Identity)
                        && is(&deliveries[index], RequestKind::Event) =>
                {
                    None
                }
                Some(EventOutcome::Deferred(
                    DeferReason::Breaker(_) | DeferReason::Behind(_) | DeferReason::Calls,
                )) => Some(at),
                // an identity that waits for an event must not keep that event from being sent
                Some(
                    EventOutcome::Deferred(DeferReason::Held)
                    | EventOutcome::Done
                    | EventOutcome::Rejected { .. },
                )
                | None => None,
            })
    }

    /// Whether an identity waits for an event of its device, or need not be sent at all: then it
    /// counts as made.
    fn hold_or_skip(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        let holds = self.planner.settings().users.hold_until_event;
        let delivery = &mut self.messages[number].deliveries[index];
        while let Some((request, named)) = delivery.calls.get(delivery.made) {
            if request.kind == RequestKind::Event {
                return None;
            }
            let is_known = |device: &Digest| self.known.devices.contains(device);
            // one that was attempted before was let go then
            let may_wait = holds
                && delivery.progress.done == 0
                && delivery.progress.attempts == 0
                && delivery.made == 0;
            if may_wait && !named.devices.iter().any(is_known) {
                let waited =
                    u64::try_from(self.now.millis.saturating_sub(delivery.received.millis))
                        .unwrap_or(0);
                let is_over = Duration::from_millis(waited) >= HOLD_MAX;
                return Some(if is_over {
                    rejected(DEVICE_UNKNOWN, None, "")
                } else {
                    EventOutcome::Deferred(DeferReason::Held)
                });
            }
            let is_same = named
                .link
                .is_some_and(|(device, link)| self.known.links.get(&device) == Some(&link));
            if !is_same {
                return None;
            }
            if delivery.made == 0 {
                delivery.counts.count("skipped", 1);
            }
            delivery.counts.count("code:identity-unchanged", 1);
            delivery.made += 1;
        }
        Some(EventOutcome::Done)
    }

    fn call(&mut self, number: usize, index: usize) -> (Request, Duration) {
        let delivery = &self.messages[number].deliveries[index];
        (
            delivery.calls[delivery.made].0.clone(),
            self.planner.settings().delivery.timeout,
        )
    }

    pub(super) fn route_of(&self, number: usize, index: usize) -> String {
        let delivery = &self.messages[number].deliveries[index];
        delivery
            .calls
            .get(delivery.made)
            .map_or_else(String::new, |(request, named)| route(request, &named.app))
    }

    fn accept(&mut self, number: usize, index: usize, confirmation: Confirmation, now: Moment) {
        let name = self.route_of(number, index);
        let delivery = &mut self.messages[number].deliveries[index];
        let (request, named) = &delivery.calls[delivery.made];
        let is_identity = request.kind == RequestKind::Identity;
        if is_identity {
            if let Some((device, link)) = named.link {
                self.known.links.insert(device, link);
            }
        } else {
            for &device in &named.devices {
                self.known.devices.insert(device);
            }
        }
        if let Some(route) = self.routes.get_mut(&name) {
            route.report.accepted += 1;
        }
        if !delivery.is_delivered {
            delivery.is_delivered = true;
            count_delivered(delivery, now);
        }
        if is_identity {
            delivery.counts.count("identities", 1);
        }
        if confirmation == Confirmation::Unconfirmed && !delivery.progress.is_unsure {
            delivery.progress.is_unsure = true;
            delivery.counts.count("unconfirmed", 1);
        }
        delivery.made += 1;
        delivery.progress.done = u32::try_from(delivery.made).unwrap_or(u32::MAX);
        (delivery.progress.attempts, delivery.progress.waited_s) = (0, 0);
        delivery.has_changed = true;
        if delivery.made == delivery.calls.len() {
            delivery.outcome = Some(EventOutcome::Done);
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
        let said = Digest::of(&[&alloc::format!("{status}"), &answer]).fingerprint();
        if let Some(route) = self.routes.get_mut(name) {
            let report = &mut route.report;
            report.is_mixed |= report.rejection.is_some_and(|(_, before)| before != said);
            report.rejection = Some((status, said));
            report.rejected += 1;
            route.is_stopped |=
                report.accepted == 0 && !report.is_mixed && report.rejected >= BREAKER_SAME_ANSWERS;
        }
        self.messages[number].deliveries[index].outcome =
            Some(rejected("kochava-rejected", Some(status), &answer));
    }

    fn refuse(&mut self, name: &str, number: usize, index: usize, status: u16) {
        let delivery = &mut self.messages[number].deliveries[index];
        if delivery.progress.breaker_deferrals >= BREAKER_DEFERRALS_MAX {
            delivery.outcome = Some(rejected("kochava-paused", Some(status), ""));
            return;
        }
        let Some(route) = self.routes.get_mut(name) else {
            return;
        };
        route.is_stopped = true;
        route.report.refused = Some(status);
        if !route.report.is_probe {
            delivery.progress.breaker_deferrals += 1;
            delivery.has_changed = true;
        }
        delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(String::from(
            name,
        ))));
    }

    fn limit(&mut self, name: &str, number: usize, index: usize, hint: Option<Duration>) {
        if let Some(route) = self.routes.get_mut(name) {
            route.is_stopped = true;
            route.report.limited += 1;
            route.report.hint = route.report.hint.max(hint);
        }
        self.messages[number].deliveries[index].outcome = Some(EventOutcome::Deferred(
            DeferReason::Breaker(String::from(name)),
        ));
    }

    fn fail(&mut self, name: &str, number: usize, index: usize, jitter: f64) {
        if let Some(route) = self.routes.get_mut(name) {
            route.report.failures += 1;
            route.is_stopped |=
                route.report.accepted == 0 && route.report.failures >= BREAKER_FAILURES;
        }
        let delivery = &mut self.messages[number].deliveries[index];
        let progress = &mut delivery.progress;
        progress.attempts += 1;
        delivery.has_changed = true;
        let waited = Duration::from_secs(u64::from(progress.waited_s));
        delivery.outcome = Some(
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
                    EventOutcome::RetryLater(wait)
                }
                None => rejected(EXPIRED, None, ""),
            },
        );
    }
}

fn count_delivered(delivery: &mut EventDelivery, now: Moment) {
    let latency = u64::try_from(now.millis.saturating_sub(delivery.received.millis)).unwrap_or(0);
    delivery
        .counts
        .count_delivered(latency, delivery.progress.attempts > 0);
}

/// The machine of the delivery, with the one attempt that a round makes.
fn one_attempt(policy: RetryPolicy) -> Delivery {
    match Delivery::start(
        RetryPolicy {
            attempts_max: 1,
            ..policy
        },
        Duration::ZERO,
    ) {
        Step::Send { delivery, .. } => delivery,
        Step::Wait(..) | Step::Done(_) | Step::GiveUp(_) => unreachable!("a budget is never empty"),
    }
}

fn rejected(code: &'static str, status: Option<u16>, answer: &str) -> EventOutcome {
    EventOutcome::Rejected {
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
