//! The calls to Kochava: the next call of a sequence, and the effect of its outcome.

use super::{Consumer, EventDelivery, EventOutcome};
use crate::delivery::{Answer, Breaker, Confirmation, FailureReason, Outcome};
use crate::digest::Digest;
use crate::durable::EXPIRED;
use crate::kochava::{Request, RequestKind};
use crate::limits::ANSWER_CHARS_KEPT;
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
        let delivery = &mut self.messages[number].deliveries[index];
        delivery.counters.count("attempts", 1);
        match Answer::of(outcome) {
            Answer::Accepted(confirmation) => self.accept(number, index, confirmation, now),
            Answer::Failed(reason) => self.fail(number, index, reason, outcome, jitter),
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
            route.report.accept(confirmation);
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

    /// Handles a failed call. Whether the event spends an attempt or is rejected is known once the
    /// breaker has the report.
    fn fail(
        &mut self,
        number: usize,
        index: usize,
        reason: FailureReason,
        outcome: &Outcome<'_>,
        jitter: f64,
    ) {
        let schedule = &self.planner.settings().schedule;
        let delivery = &mut self.messages[number].deliveries[index];
        let answer = answer_of(outcome);
        let status = match reason {
            FailureReason::Rejected { status } | FailureReason::Refused { status } => Some(status),
            FailureReason::Limited { .. } | FailureReason::Unavailable => None,
        };
        let hash = Digest::of(&[&status.unwrap_or(0).to_string(), &answer]).fingerprint();
        if let Some(route) = self.routes.get_mut(&delivery.next_route()) {
            let was_refused = delivery.progress.breaker_deferrals > 0;
            route
                .report
                .fail(delivery.fingerprint, was_refused, reason, hash);
            route.is_stopped |= Breaker::default().is_stopped_by(&route.report);
        }
        delivery.before_failure = Some(delivery.progress);
        delivery.has_changed = true;
        if let FailureReason::Rejected { status } = reason {
            let code = reason.code();
            delivery.outcome = Some(EventOutcome::rejected(code, Some(status), &answer));
            return;
        }
        let progress = &mut delivery.progress;
        progress.attempts += 1;
        let waited = Duration::from_secs(u64::from(progress.waited_s));
        delivery.outcome = Some(match schedule.after(progress.attempts, waited, jitter) {
            Some(wait) => {
                let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
                progress.waited_s = progress.waited_s.saturating_add(wait_s);
                EventOutcome::RetryLater(wait)
            }
            None => EventOutcome::rejected(EXPIRED, status, &answer),
        });
    }
}

fn count_delivered(delivery: &mut EventDelivery, now: Moment) {
    let latency = u64::try_from(now.millis.saturating_sub(delivery.received.millis)).unwrap_or(0);
    delivery
        .counters
        .count_delivered(latency, delivery.progress.attempts > 0);
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
