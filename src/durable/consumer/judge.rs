//! Decides who is at fault for each failure of a wave: the route or the event.

use super::{DeferReason, EventDelivery, EventOutcome, Wave};
use crate::delivery::{FailureReason, RetrySchedule};
use crate::durable::EXPIRED;
use crate::kochava::Route;
use crate::limits::RETRY_AFTER_MAX;
use crate::time::Moment;
use core::time::Duration;
use litemap::LiteMap;

impl Wave<'_> {
    /// Lets the breakers judge every failure: of the route, so that the event waits and spends no
    /// attempt, or of the event.
    pub(super) fn judge_failures(&mut self, now: Moment, jitter: f64) {
        let Some(planner) = self.context.planner else {
            return;
        };
        let schedule = &planner.settings().schedule;
        let mut responses = LiteMap::new_vec();
        for (name, route) in &mut self.routes {
            // a copy: the journal's own breaker gets the report with the commit
            let mut breaker = route.breaker.clone();
            let response = breaker.report(&route.report, schedule, now, jitter);
            route.wait = response.wait;
            route.reason = breaker.open_state.map(|open| open.reason);
            responses.insert(name.clone(), response);
        }
        for number in 0..self.messages.len() {
            let shard = self.messages[number].shard();
            for index in 0..self.messages[number].deliveries.len() {
                let event = self.fingerprint(number, index);
                let delivery = &mut self.messages[number].deliveries[index];
                let Some(route) = delivery.next_route().cloned() else {
                    continue;
                };
                let key = (shard, route);
                let is_excused = responses
                    .get(&key)
                    .zip(self.routes.get(&key))
                    .is_some_and(|(response, route)| response.excuses(&route.report, event));
                delivery.judge(is_excused, key.1, schedule);
            }
            self.count_behind(number);
        }
    }

    /// Counts how often an event waited for one of its device that fails.
    fn count_behind(&mut self, number: usize) {
        let deliveries = &mut self.messages[number].deliveries;
        for index in 0..deliveries.len() {
            if let Some(EventOutcome::Deferred(DeferReason::Behind(ahead))) =
                deliveries[index].outcome
                && matches!(deliveries[ahead].outcome, Some(EventOutcome::RetryLater(_)))
            {
                deliveries[index].progress.behind += 1;
                deliveries[index].has_changed = true;
            }
        }
    }
}

impl EventDelivery {
    /// Ends a failed attempt: blamed on the route, the event waits for its breaker; else it spends
    /// an attempt of its schedule, and is rejected when that is used up.
    fn judge(&mut self, is_excused: bool, route: Route, schedule: &RetrySchedule) {
        let outcome = match self.outcome.take() {
            Some(EventOutcome::Failed { reason, .. }) if is_excused => {
                if !matches!(reason, FailureReason::Unavailable) {
                    self.progress.refusals = self.progress.refusals.saturating_add(1);
                    self.has_changed = true;
                }
                Some(EventOutcome::Deferred(DeferReason::Breaker(route)))
            }
            Some(EventOutcome::Rejected {
                status: Some(_), ..
            }) if is_excused => Some(EventOutcome::Deferred(DeferReason::Breaker(route))),
            Some(EventOutcome::Failed {
                reason,
                answer,
                jitter,
            }) => Some(self.spend_attempt(reason, &answer, jitter, schedule)),
            outcome => outcome,
        };
        self.outcome = outcome;
    }

    fn spend_attempt(
        &mut self,
        reason: FailureReason,
        answer: &str,
        jitter: f64,
        schedule: &RetrySchedule,
    ) -> EventOutcome {
        self.has_changed = true;
        let progress = &mut self.progress;
        progress.attempts = progress.attempts.saturating_add(1);
        let waited = Duration::from_secs(u64::from(progress.waited_s));
        let Some(wait) = schedule.after(progress.attempts, waited, jitter) else {
            return EventOutcome::rejected(EXPIRED, reason.status(), answer);
        };
        let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        progress.waited_s = progress.waited_s.saturating_add(wait_s);
        let hint = match reason {
            FailureReason::Limited { hint, .. } => hint.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        EventOutcome::RetryLater(wait.max(hint.min(RETRY_AFTER_MAX)))
    }
}
