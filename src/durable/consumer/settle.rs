//! Settles messages: the counters of each, and the work that remains for it.

use super::disposition::{seconds, store_wait};
use super::{Consumer, DeferReason, EventDelivery, EventOutcome, MessageStage, MessageState};
use crate::delivery::RetrySchedule;
use crate::durable::settlement::{RejectedEvent, RemainingEvent};
use crate::durable::{
    Counters, DeliveryProgress, EXPIRED, JournalState, Message, SettledMessage, Settlement,
};
use crate::limits::{HOLD_STEP_MAX, STORE_WAIT};
use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the settlements to record, with the index of each message: every message in which
    /// anything ended or changed. The others are redelivered unchanged. `jitter` is a fresh random
    /// number from 0 to 1.
    pub fn settle(&mut self, jitter: f64) -> Vec<(usize, SettledMessage)> {
        (0..self.messages.len())
            .filter_map(|number| Some((number, self.settle_message(number, jitter)?)))
            .collect()
    }

    fn settle_message(&mut self, number: usize, jitter: f64) -> Option<SettledMessage> {
        let MessageStage::Read(_) = self.messages[number].stage else {
            return None;
        };
        self.defer_failures_of_routes(number);
        let waits: Vec<Option<Duration>> = (0..self.messages[number].deliveries.len())
            .map(|index| self.wait_of(number, index, jitter))
            .collect();
        let state = &mut self.messages[number];
        let is_unchanged = !waits.is_empty()
            && waits.iter().all(Option::is_some)
            && !state.deliveries.iter().any(|delivery| delivery.has_changed);
        let MessageStage::Read(message) =
            core::mem::replace(&mut state.stage, MessageStage::Completed)
        else {
            return None;
        };
        if is_unchanged {
            let soonest = waits.into_iter().flatten().min().unwrap_or(STORE_WAIT);
            state.stage = MessageStage::Deferred(Some(message), soonest);
            return None;
        }
        let settled = SettledMessage {
            id: message.id,
            open: settlement(state, &waits),
            counters: counters(&message, state),
        };
        state.stage = MessageStage::Read(message);
        self.counters.add(&settled.counters);
        Some(settled)
    }

    /// Handles the journal's state of a settled message, which another consumer may have settled
    /// before; `None` where the journal does not answer. Then the message is redelivered, and
    /// its accepted calls are sent twice.
    pub fn handle_settled(&mut self, index: usize, known: Option<&JournalState>) {
        let state = &mut self.messages[index];
        let MessageStage::Read(message) =
            core::mem::replace(&mut state.stage, MessageStage::Completed)
        else {
            return;
        };
        state.stage = match known {
            Some(JournalState::Completed) => MessageStage::Completed,
            Some(JournalState::Open(open)) => MessageStage::Settled(message, open.clone()),
            Some(JournalState::New) | None => {
                MessageStage::Deferred(Some(message), store_wait(state.queued.attempts))
            }
        };
    }

    /// Returns how long an event waits; `None` where its delivery has ended.
    fn wait_of(&self, number: usize, index: usize, jitter: f64) -> Option<Duration> {
        let state = &self.messages[number];
        let delivery = &state.deliveries[index];
        let wait = match delivery.outcome.as_ref() {
            Some(EventOutcome::Done | EventOutcome::Rejected { .. }) => return None,
            Some(EventOutcome::RetryLater(wait)) => *wait,
            Some(EventOutcome::Deferred(DeferReason::Behind(ahead))) => {
                return self.wait_of(number, *ahead, jitter);
            }
            Some(EventOutcome::Deferred(DeferReason::Breaker(name))) => {
                self.breaker_wait(name, jitter)
            }
            Some(EventOutcome::Deferred(DeferReason::Held)) => {
                let times = delivery
                    .progress
                    .deferrals
                    .saturating_add(state.queued.attempts);
                RetrySchedule::equal_jitter(&self.planner.settings().schedule.steps, times, jitter)
                    .min(HOLD_STEP_MAX)
            }
            Some(EventOutcome::Deferred(DeferReason::Calls)) | None => Duration::from_secs(1),
        };
        Some(Duration::from_secs(u64::from(seconds(wait))))
    }

    /// From one to two times the breaker's wait, so that not everything comes back at once when
    /// the breaker closes.
    fn breaker_wait(&self, name: &str, jitter: f64) -> Duration {
        let route = self.routes.get(name);
        let wait = route.and_then(|route| route.wait).unwrap_or(STORE_WAIT);
        let spread = if (0.0..=1.0).contains(&jitter) {
            jitter
        } else {
            1.0
        };
        wait + wait.mul_f64(spread)
    }
}

/// Returns the work that remains for a message, given how long each of its events waits.
fn settlement(state: &MessageState<'_>, waits: &[Option<Duration>]) -> Settlement {
    let mut settlement = Settlement::default();
    for (index, (delivery, wait)) in state.deliveries.iter().zip(waits).enumerate() {
        let progress = progress(state, delivery);
        match (wait, &delivery.outcome) {
            (Some(wait), _) => settlement.remaining.push(RemainingEvent {
                index,
                delay_s: seconds(*wait),
                progress,
            }),
            (
                None,
                Some(EventOutcome::Rejected {
                    code,
                    status,
                    answer,
                }),
            ) => settlement.rejected.push(RejectedEvent {
                index,
                code: (*code).to_string(),
                status: *status,
                answer: answer.clone(),
                progress,
            }),
            (None, _) => {}
        }
    }
    settlement
}

/// Returns the progress of an event, with the deferrals of this copy of its message.
fn progress(state: &MessageState<'_>, delivery: &EventDelivery) -> DeliveryProgress {
    let deferrals = delivery.progress.deferrals;
    DeliveryProgress {
        deferrals: deferrals.saturating_add(deferrals_of_copy(state, delivery)),
        ..delivery.progress
    }
}

/// Each earlier delivery of this copy was a deferral, since otherwise the copy would have been
/// settled.
fn deferrals_of_copy(state: &MessageState<'_>, delivery: &EventDelivery) -> u32 {
    let before = state.queued.attempts.saturating_sub(1);
    before.saturating_add(u32::from(delivery.is_deferred()))
}

/// Returns the counters of a message.
fn counters(message: &Message<'_>, state: &MessageState<'_>) -> Counters {
    let mut counters = message.counters.clone();
    for delivery in &state.deliveries {
        counters.add(&delivery.counters);
        let deferrals = deferrals_of_copy(state, delivery);
        counters.count("deferrals", u64::from(deferrals));
        if let Some(EventOutcome::Rejected { code, .. }) = &delivery.outcome {
            counters.count(&["code:", code].concat(), 1);
            let name = match *code {
                _ if delivery.is_delivered => "identities-undelivered",
                EXPIRED => "expired",
                _ => "discarded",
            };
            counters.count(name, 1);
        }
    }
    counters
}
