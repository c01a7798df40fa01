//! The calls to Kochava: the next call of a sequence, and the effect of its outcome.

use super::{Consumer, DeferReason, EventDelivery, EventOutcome};
use crate::delivery::{Confirmation, Delivery, FailureReason, Outcome, RetryPolicy, Step};
use crate::digest::Digest;
use crate::durable::EXPIRED;
use crate::kochava::{Request, RequestKind};
use crate::limits::{
    ANSWER_CHARS_KEPT, BREAKER_DEFERRALS_MAX, BREAKER_FAILURES, BREAKER_SAME_ANSWERS,
};
use crate::time::Moment;
use alloc::string::{String, ToString};
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the next call of a sequence and its timeout; `None` where the sequence has ended.
    /// Its outcome must be passed to [`Consumer::handle_outcome`] before the next call of this
    /// method.
    pub fn next_request(&mut self, sequence: usize) -> Option<(Request, Duration)> {
        while let Some(&(number, index)) = self.sequences[sequence]
            .deliveries
            .get(self.sequences[sequence].position)
        {
            if self.messages[number].deliveries[index].outcome.is_none() {
                match self.reserve_call(number, index) {
                    Some(outcome) => {
                        self.messages[number].deliveries[index].outcome = Some(outcome);
                    }
                    None => return Some(self.request(number, index)),
                }
            }
            self.sequences[sequence].position += 1;
        }
        None
    }

    fn request(&self, number: usize, index: usize) -> (Request, Duration) {
        let delivery = &self.messages[number].deliveries[index];
        let request = delivery.calls[delivery.next_call].0.clone();
        (request, self.planner.settings().delivery.timeout)
    }

    /// Handles the outcome of the last call of a sequence. `jitter` is a fresh random number from 0
    /// to 1.
    pub fn handle_outcome(
        &mut self,
        sequence: usize,
        outcome: &Outcome<'_>,
        now: Moment,
        jitter: f64,
    ) {
        let sequence = &self.sequences[sequence];
        let (number, index) = sequence.deliveries[sequence.position];
        let step =
            single_attempt(self.planner.settings().delivery).after(outcome, jitter, Duration::ZERO);
        let delivery = &mut self.messages[number].deliveries[index];
        delivery.counters.count("attempts", 1);
        match step {
            Step::Done(confirmation) => self.accept(number, index, confirmation, now),
            Step::GiveUp(FailureReason::Rejected { status }) => {
                self.reject(number, index, status, outcome);
            }
            Step::GiveUp(FailureReason::Paused { status }) => self.pause(number, index, status),
            Step::GiveUp(FailureReason::Exhausted { hint }) => match outcome {
                Outcome::Answered { status: 429, .. } => self.limit(number, index, hint),
                _ if hint.is_some() => self.limit(number, index, hint),
                _ => self.fail(number, index, jitter),
            },
            Step::Send { .. } | Step::Wait(..) => {
                unreachable!("a policy of one attempt has no second")
            }
        }
    }

    fn accept(&mut self, number: usize, index: usize, confirmation: Confirmation, now: Moment) {
        let delivery = &mut self.messages[number].deliveries[index];
        let name = delivery.next_route();
        let (request, subject) = &delivery.calls[delivery.next_call];
        if request.kind == RequestKind::Identity {
            self.known.links.extend(subject.link);
            delivery.counters.count("identities", 1);
        } else {
            self.known.devices.extend(subject.devices.iter().copied());
        }
        if let Some(route) = self.routes.get_mut(&name) {
            route.report.accepted += 1;
        }
        if !delivery.is_delivered {
            delivery.is_delivered = true;
            count_delivered(delivery, now);
        }
        let progress = &mut delivery.progress;
        if confirmation == Confirmation::Unconfirmed && !progress.is_unconfirmed {
            progress.is_unconfirmed = true;
            delivery.counters.count("unconfirmed", 1);
        }
        delivery.next_call += 1;
        progress.done = u32::try_from(delivery.next_call).unwrap_or(u32::MAX);
        (progress.attempts, progress.waited_s) = (0, 0);
        delivery.has_changed = true;
        if delivery.next_call == delivery.calls.len() {
            delivery.outcome = Some(EventOutcome::Done);
        }
    }

    /// Handles a rejection: Kochava will never accept the call as it is.
    fn reject(&mut self, number: usize, index: usize, status: u16, outcome: &Outcome<'_>) {
        let delivery = &mut self.messages[number].deliveries[index];
        let answer = answer_of(outcome);
        let hash = Digest::of(&[&status.to_string(), &answer]).fingerprint();
        if let Some(route) = self.routes.get_mut(&delivery.next_route()) {
            let report = &mut route.report;
            report.is_mixed |= report.rejection.is_some_and(|(_, before)| before != hash);
            report.rejection = Some((status, hash));
            report.rejected += 1;
            route.is_stopped |=
                report.accepted == 0 && !report.is_mixed && report.rejected >= BREAKER_SAME_ANSWERS;
        }
        delivery.outcome = Some(EventOutcome::rejected(
            "kochava-rejected",
            Some(status),
            &answer,
        ));
    }

    /// Handles a refusal, of the configuration or of this event: the answer does not distinguish
    /// them. An event that was refused too often is rejected.
    fn pause(&mut self, number: usize, index: usize, status: u16) {
        let delivery = &mut self.messages[number].deliveries[index];
        if delivery.progress.breaker_deferrals >= BREAKER_DEFERRALS_MAX {
            delivery.outcome = Some(EventOutcome::rejected("kochava-paused", Some(status), ""));
            return;
        }
        let name = delivery.next_route();
        let Some(route) = self.routes.get_mut(&name) else {
            return;
        };
        route.is_stopped = true;
        route.report.refused = Some(status);
        if !route.report.is_probe {
            delivery.progress.breaker_deferrals += 1;
            delivery.has_changed = true;
        }
        delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
    }

    /// Handles an answer that requests a lower rate.
    fn limit(&mut self, number: usize, index: usize, hint: Option<Duration>) {
        let delivery = &mut self.messages[number].deliveries[index];
        let name = delivery.next_route();
        if let Some(route) = self.routes.get_mut(&name) {
            route.is_stopped = true;
            route.report.limited += 1;
            route.report.hint = route.report.hint.max(hint);
        }
        delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
    }

    /// Handles a failed attempt that may succeed later.
    fn fail(&mut self, number: usize, index: usize, jitter: f64) {
        let schedule = &self.planner.settings().schedule;
        let delivery = &mut self.messages[number].deliveries[index];
        if let Some(route) = self.routes.get_mut(&delivery.next_route()) {
            route.report.failures += 1;
            route.is_stopped |=
                route.report.accepted == 0 && route.report.failures >= BREAKER_FAILURES;
        }
        let progress = &mut delivery.progress;
        progress.attempts += 1;
        delivery.has_changed = true;
        let waited = Duration::from_secs(u64::from(progress.waited_s));
        delivery.outcome = Some(match schedule.after(progress.attempts, waited, jitter) {
            Some(wait) => {
                let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
                progress.waited_s = progress.waited_s.saturating_add(wait_s);
                EventOutcome::RetryLater(wait)
            }
            None => EventOutcome::rejected(EXPIRED, None, ""),
        });
    }
}

fn count_delivered(delivery: &mut EventDelivery, now: Moment) {
    let latency = u64::try_from(now.millis.saturating_sub(delivery.received.millis)).unwrap_or(0);
    delivery
        .counters
        .count_delivered(latency, delivery.progress.attempts > 0);
}

/// Returns the retry machine, limited to the one attempt that a batch makes.
fn single_attempt(policy: RetryPolicy) -> Delivery {
    let policy = RetryPolicy {
        attempts_max: 1,
        ..policy
    };
    match Delivery::start(policy, Duration::ZERO) {
        Step::Send { delivery, .. } => delivery,
        Step::Wait(..) | Step::Done(_) | Step::GiveUp(_) => unreachable!("a budget is never empty"),
    }
}

/// Returns the beginning of Kochava's answer.
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
