//! Settles messages: who is at fault for each failure, the counters of each message, and the work
//! that remains for it.

use super::disposition::seconds;
use super::{
    ConsumerStep, DeferReason, EventDelivery, EventOutcome, MessageStage, MessageState, RouteState,
    Wave,
};
use crate::delivery::{Permit, RetrySchedule};
use crate::durable::coverage;
use crate::durable::settlement::{RejectedEvent, RemainingEvent};
use crate::durable::{
    CommitRequest, Counters, DeliveryProgress, EXPIRED, JournalState, MESSAGE_UNREADABLE, Message,
    SettledMessage, Settlement, UNCONFIRMED, WaitingRow,
};
use crate::kochava::RequestKind;
use crate::limits::{COPY_WAIT, HOLD_STEP_MAX, STORE_WAIT};
use crate::time::Moment;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;
use litemap::LiteMap;

/// A wave that is being recorded in the journal.
#[derive(Debug)]
pub struct Committing<'a> {
    wave: Box<Wave<'a>>,
    requests: Rc<[(u32, CommitRequest)]>,
    /// How often it was tried.
    tries: u32,
}

/// Tries at recording a wave: what is not recorded is sent again.
const COMMIT_TRIES_MAX: u32 = 3;

impl<'a> Committing<'a> {
    /// Goes on with the states of each shard's settled messages, in the order of the requests;
    /// `None` where a shard does not answer: it is asked again, which is safe, since a message is
    /// settled once.
    pub fn committed(self, answers: Vec<Option<Vec<JournalState>>>) -> ConsumerStep<'a> {
        let Committing {
            mut wave,
            requests,
            tries,
        } = self;
        let mut answers = answers.into_iter();
        let mut unanswered = Vec::new();
        for entry in requests.iter() {
            match answers.next().flatten() {
                Some(states) => wave.take_states(&entry.1, &states),
                None => unanswered.push(entry.clone()),
            }
        }
        if unanswered.is_empty() || tries >= COMMIT_TRIES_MAX {
            for state in &mut wave.messages {
                if matches!(state.stage, MessageStage::Read(_)) {
                    state.defer_for_store();
                }
            }
            return wave.finish();
        }
        Committing {
            wave,
            requests: unanswered.into(),
            tries: tries + 1,
        }
        .step()
    }

    fn step(self) -> ConsumerStep<'a> {
        ConsumerStep::Commit(self.requests.clone(), self)
    }
}

impl<'a> Wave<'a> {
    /// Settles every message in which anything ended or changed; the others are redelivered
    /// unchanged. `jitter` is a fresh random number from 0 to 1.
    pub(super) fn settle(mut self: Box<Self>, now: Moment, jitter: f64) -> ConsumerStep<'a> {
        self.judge_failures(now, jitter);
        let mut requests: LiteMap<u32, CommitRequest> = LiteMap::new();
        for number in 0..self.messages.len() {
            let state = &self.messages[number];
            let MessageStage::Read(message) = &state.stage else {
                continue;
            };
            let (shard, id) = (message.shard, message.id);
            let request = requests.entry(shard).or_default();
            match self.settle_message(number, jitter, &mut request.waiting) {
                Some(settled) => {
                    request.settled.push(settled);
                    self.add_live(number, &mut request.live);
                }
                None => request.released.push(id),
            }
            self.add_tests(number, now, &mut request.tests);
        }
        for ((shard, name), route) in core::mem::take(&mut self.routes) {
            let request = requests.entry(shard).or_default();
            if route.permit == Permit::Probe && !route.report.is_probe {
                request.unused_probes.push(name);
            } else if !route.report.is_empty() {
                request.reports.push((name, route.report));
            }
        }
        for (shard, accepted) in core::mem::take(&mut self.accepted) {
            let request = requests.entry(shard).or_default();
            request.devices = accepted.devices.into_vec();
            request.installs = accepted.installs.into_vec();
            request.links = accepted.links.into_iter().collect();
        }
        let requests: Rc<[_]> = requests
            .into_iter()
            .filter(|(_, request)| !request.is_empty())
            .collect();
        if requests.is_empty() {
            return self.finish();
        }
        Committing {
            wave: self,
            requests,
            tries: 1,
        }
        .step()
    }

    /// Settles a message; `None` where nothing of it ended or changed: then what waits of it is added
    /// to `released`.
    fn settle_message(
        &mut self,
        number: usize,
        jitter: f64,
        released: &mut Vec<WaitingRow>,
    ) -> Option<SettledMessage> {
        let mut waits = Vec::new();
        for index in 0..self.messages[number].deliveries.len() {
            waits.push(self.wait_of(number, index, &waits, jitter));
        }
        let state = &self.messages[number];
        let is_unchanged = !waits.is_empty()
            && waits.iter().all(Option::is_some)
            && !state.deliveries.iter().any(|delivery| delivery.has_changed);
        if is_unchanged {
            released.extend(self.waiting_rows(number, &waits, false));
            let soonest = waits.into_iter().flatten().min().unwrap_or(STORE_WAIT);
            self.messages[number].defer(soonest);
            return None;
        }
        let MessageStage::Read(message) = &state.stage else {
            return None;
        };
        let keeps_answers = self
            .context
            .planner
            .is_some_and(|planner| planner.settings().rejects.keep_events);
        let settled = SettledMessage {
            waiting: self.waiting_rows(number, &waits, true),
            ..settled(message, state, &waits, keeps_answers)
        };
        self.counters.add(&settled.counters);
        Some(settled)
    }

    /// Returns how long an event waits, given the waits of those before it; `None` where its delivery
    /// has ended.
    fn wait_of(
        &self,
        number: usize,
        index: usize,
        earlier: &[Option<Duration>],
        jitter: f64,
    ) -> Option<Duration> {
        let state = &self.messages[number];
        let delivery = &state.deliveries[index];
        let wait = match delivery.outcome.as_ref() {
            Some(EventOutcome::Done | EventOutcome::Rejected { .. }) => return None,
            Some(EventOutcome::RetryLater(wait)) => *wait,
            // with the event that it comes behind; soon, if the attempts of that are used up
            Some(EventOutcome::Deferred(DeferReason::Behind(ahead))) => {
                earlier[*ahead].unwrap_or(Duration::from_secs(1))
            }
            Some(EventOutcome::Deferred(DeferReason::Breaker(route))) => {
                breaker_wait(self.routes.get(&(state.shard(), route.clone())), jitter)
            }
            Some(EventOutcome::Deferred(DeferReason::Held | DeferReason::Switch)) => {
                let times = delivery
                    .progress
                    .deferrals
                    .saturating_add(state.queued.attempts);
                let steps = self
                    .context
                    .planner
                    .map_or(&[][..], |planner| &planner.settings().schedule.steps);
                RetrySchedule::equal_jitter(steps, times, jitter).min(HOLD_STEP_MAX)
            }
            // in one message with those of its device that it comes behind
            Some(EventOutcome::Deferred(DeferReason::Copy)) => {
                let key = delivery.ordering_key();
                let is_of_device =
                    |at: &usize| key.is_some() && state.deliveries[*at].ordering_key() == key;
                let mut before = (0..index).rev().filter(is_of_device);
                before.find_map(|at| earlier[at]).unwrap_or(COPY_WAIT)
            }
            Some(EventOutcome::Deferred(DeferReason::Calls) | EventOutcome::Failed { .. })
            | None => Duration::from_secs(1),
        };
        Some(Duration::from_secs(u64::from(seconds(wait))))
    }

    fn take_states(&mut self, request: &CommitRequest, states: &[JournalState]) {
        for (settled, known) in request.settled.iter().zip(states) {
            let is_it = |state: &&mut MessageState<'_>| matches!(&state.stage, MessageStage::Read(message) if message.id == settled.id);
            let Some(state) = self.messages.iter_mut().find(is_it) else {
                continue;
            };
            match known {
                JournalState::Completed => state.stage = MessageStage::Completed,
                JournalState::Open(open) => state.take_settlement(open.clone()),
                JournalState::New | JournalState::Busy => state.defer_for_store(),
            }
        }
    }

    /// Returns the name of an event for the journal and the breakers.
    pub(super) fn fingerprint(&self, number: usize, index: usize) -> u64 {
        let message = self.messages[number].stage.message();
        let event = message.and_then(|message| message.events.get(index));
        event.map_or(0, |event| event.id.fingerprint())
    }
}

/// Returns from one to two times the breaker's wait, so that not everything comes back at once when
/// the breaker closes.
fn breaker_wait(route: Option<&RouteState>, jitter: f64) -> Duration {
    let wait = route.map_or(STORE_WAIT, |route| {
        // closed by this wave: what was held back by it is sent soon
        let permitted = match route.permit {
            Permit::Wait(wait) | Permit::Untried(wait) => Some(wait),
            Permit::Allowed | Permit::Probe => None,
        };
        route.wait.or(permitted).unwrap_or(Duration::from_secs(1))
    });
    let spread = if (0.0..=1.0).contains(&jitter) {
        jitter
    } else {
        1.0
    };
    wait + wait.mul_f64(spread)
}

/// Returns what is recorded of a message, given how long each of its events waits.
fn settled(
    message: &Message<'_>,
    state: &MessageState<'_>,
    waits: &[Option<Duration>],
    keeps_answers: bool,
) -> SettledMessage {
    let mut settled = SettledMessage {
        id: message.id,
        open: Settlement {
            is_unreadable: state.is_unreadable,
            ..Settlement::default()
        },
        counters: message.counters.without_names(),
        delivered: Vec::new(),
        rejected: Vec::new(),
        resolved: Vec::new(),
        coverage: Vec::new(),
        waiting: Vec::new(),
    };
    if state.is_unreadable {
        settled.counters.count("discarded", 1);
        let code = ["code:", MESSAGE_UNREADABLE].concat();
        settled.counters.count(&code, 1);
    }
    for (index, delivery) in state.deliveries.iter().enumerate() {
        let event = &message.events[index];
        let progress = progress(state, delivery);
        let rejected = |code: &str, status, answer: &str, progress| RejectedEvent {
            index,
            code: code.to_string(),
            status,
            answer: String::from(if keeps_answers { answer } else { "" }),
            progress,
        };
        let open = &mut settled.open;
        if let Some(wait) = waits[index] {
            open.remaining.push(RemainingEvent {
                index,
                delay_s: seconds(wait),
                progress,
            });
        }
        // what becomes of a synthetic event is told by its outcome alone
        if delivery.test.is_some() {
            continue;
        }
        if let (
            None,
            Some(EventOutcome::Rejected {
                code,
                status,
                answer,
            }),
        ) = (waits[index], &delivery.outcome)
        {
            open.rejected
                .push(rejected(code, *status, answer, progress));
            if !delivery.is_delivered {
                settled.rejected.push(event.id.fingerprint());
            }
        }
        if delivery.is_newly_unconfirmed {
            let unsent = DeliveryProgress::default();
            open.rejected.push(rejected(UNCONFIRMED, None, "", unsent));
        }
        let is_done = delivery.outcome == Some(EventOutcome::Done);
        if waits[index].is_none() {
            // the text of what becomes a reject is needed until that is stored
            let is_kept = !is_done || delivery.is_newly_unconfirmed;
            let texts = if is_kept {
                &mut open.replaced
            } else {
                &mut open.ended
            };
            texts.extend(event.stored);
        }
        let is_new = event.progress.done == 0 || (event.is_replay && is_done);
        if delivery.is_delivered && is_new {
            if delivery.has_id() || event.is_replay || delivery.was_rejected {
                settled.delivered.push(event.id.fingerprint());
            }
            if delivery.was_rejected {
                settled.resolved.push(event.id.fingerprint());
                open.resolved.push(event.id);
            }
        }
        if let Some(coverage) = delivery.coverage {
            coverage::add_event(&mut settled.coverage, coverage);
        }
        count(&mut settled.counters, state, delivery, event.is_replay);
    }
    settled
}

/// Adds the counters of an event to those of its message.
fn count(
    counters: &mut Counters,
    state: &MessageState<'_>,
    delivery: &EventDelivery,
    is_replay: bool,
) {
    counters.add(&delivery.counters);
    let deferrals = deferrals_of_copy(state, delivery);
    counters.count("deferrals", u64::from(deferrals));
    if let Some(EventOutcome::Rejected { code, .. }) = &delivery.outcome {
        // a copy of an event that is kept as a reject already
        if delivery.was_rejected && !is_replay {
            counters.count("duplicates", 1);
            return;
        }
        counters.count(&["code:", code].concat(), 1);
        if delivery.next_kind() == Some(RequestKind::Install) {
            counters.count("installs-undelivered", 1);
        }
        let name = match *code {
            _ if delivery.is_delivered => "identities-undelivered",
            EXPIRED => "expired",
            _ => "discarded",
        };
        counters.count(name, 1);
    }
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
