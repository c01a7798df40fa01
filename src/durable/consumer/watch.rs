//! What an operator sees of a wave: what waits and why, and what became of single events.

use super::disposition::seconds;
use super::{DeferReason, EventDelivery, EventOutcome, MessageStage, Wave};
use crate::digest::Digest;
use crate::durable::Message;
use crate::durable::live::{LIVE_OUTCOMES_MAX, LIVE_OUTCOMES_UNWATCHED, LiveOutcome, shown_name};
use crate::durable::waiting::{self, WaitState, WaitingRow};
use crate::kochava::RequestKind;
use crate::plan::WaitingFate;
use crate::time::Moment;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

/// Returns the digest of the message that continues a settled one with the events that wait so long.
/// It is derived from the old message, so that two consumers create the same digest and one counts.
pub(super) fn rest_of(message: Digest, delay_s: u32) -> Digest {
    Digest::of(&["rest of", &message.to_hex(), &delay_s.to_string()])
}

/// Returns what ingest counted as skipped in a message: by name, as far as the message tells, and the
/// others by their reason.
fn skipped_at_ingest(message: &Message<'_>) -> Vec<LiveOutcome> {
    let mut live = Vec::new();
    for (code, times) in message.counters.skips() {
        let mut left = times;
        for (name, times) in message.counters.named_skips(code) {
            let times = left.min(times);
            live.extend(skipped(Some(shown_name(name)), code, times));
            left -= times;
        }
        live.extend(skipped(None, code, left));
    }
    live
}

fn skipped(event: Option<&str>, code: &str, times: u64) -> Option<LiveOutcome> {
    (times > 0).then(|| LiveOutcome {
        event: event.map(String::from),
        kind: String::from(RequestKind::Event.as_str()),
        outcome: String::from("skipped"),
        code: Some(String::from(code)),
        times: (times > 1).then_some(times),
        ..LiveOutcome::default()
    })
}

impl Wave<'_> {
    /// Returns what waits of a message, given how long each of its events waits: in the message
    /// itself, or, once it is settled, in those that continue it.
    pub(super) fn waiting_rows(
        &self,
        number: usize,
        waits: &[Option<Duration>],
        is_settled: bool,
    ) -> Vec<WaitingRow> {
        let mut rows = Vec::new();
        let state = &self.messages[number];
        let Some(message) = state.stage.message() else {
            return rows;
        };
        for (index, wait) in waits.iter().enumerate() {
            // a synthetic event is no traffic that waits
            if let Some(wait) = wait
                && state.deliveries[index].test.is_none()
            {
                let id = if is_settled {
                    rest_of(message.id, seconds(*wait))
                } else {
                    message.id
                };
                let received = state.deliveries[index].received;
                waiting::add_event(&mut rows, id, self.wait_state(number, index), received);
            }
        }
        rows
    }

    /// Returns what an event waits for.
    fn wait_state(&self, number: usize, index: usize) -> WaitState {
        let state = &self.messages[number];
        match &state.deliveries[index].outcome {
            Some(EventOutcome::Deferred(DeferReason::Breaker(route))) => {
                let route = self.routes.get(&(state.shard(), route.clone()));
                let reason = route.and_then(|route| route.reason);
                reason.map_or(WaitState::Queued, WaitState::of)
            }
            Some(EventOutcome::Deferred(DeferReason::Behind(ahead))) => {
                self.wait_state(number, *ahead)
            }
            Some(EventOutcome::Deferred(DeferReason::Held | DeferReason::Switch)) => {
                WaitState::Held
            }
            _ => WaitState::Queued,
        }
    }

    /// Adds what became of the events of a message; few of a wave unless somebody watches.
    pub(super) fn add_live(&self, number: usize, live: &mut Vec<LiveOutcome>) {
        let outcomes_max = if self.is_watched {
            LIVE_OUTCOMES_MAX
        } else {
            LIVE_OUTCOMES_UNWATCHED
        };
        for (index, delivery) in self.messages[number].deliveries.iter().enumerate() {
            if live.len() >= outcomes_max {
                return;
            }
            live.push(self.live_outcome(number, index, delivery));
        }
        if let MessageStage::Read(message) = &self.messages[number].stage {
            let left = outcomes_max - live.len();
            live.extend(skipped_at_ingest(message).into_iter().take(left));
        }
    }

    /// Adds what became of the synthetic events of a message.
    pub(super) fn add_tests(&self, number: usize, now: Moment, tests: &mut Vec<(Digest, String)>) {
        for (index, delivery) in self.messages[number].deliveries.iter().enumerate() {
            if let Some(test) = &delivery.test {
                tests.push(test.tell(&self.live_outcome(number, index, delivery), now));
            }
        }
    }

    fn live_outcome(&self, number: usize, index: usize, delivery: &EventDelivery) -> LiveOutcome {
        let planned = delivery.planned.event.as_ref();
        let (outcome, code, status) = match (&delivery.outcome, planned.map(|event| &event.fate)) {
            (Some(EventOutcome::Rejected { code, status, .. }), _) => {
                ("rejected", Some(*code), *status)
            }
            (Some(EventOutcome::RetryLater(_)), _) => ("retry", None, None),
            (Some(EventOutcome::Done), Some(WaitingFate::Skipped(skip))) => {
                ("skipped", Some(skip.code()), None)
            }
            (Some(EventOutcome::Done), _) if delivery.is_duplicate => ("duplicate", None, None),
            (Some(EventOutcome::Done), _) => ("delivered", None, None),
            _ => ("waits", Some(self.wait_state(number, index).name()), None),
        };
        let kind = delivery.calls().first().map(|call| call.route.kind);
        let name = planned.and_then(|event| event.name.as_deref());
        LiveOutcome {
            event: name.map(|name| String::from(shown_name(name))),
            kind: String::from(kind.unwrap_or(RequestKind::Event).as_str()),
            outcome: String::from(outcome),
            code: code.map(String::from),
            status,
            ..LiveOutcome::default()
        }
    }
}
