//! What follows for each message, and what is left to do for it?

use super::begin::store_wait;
use super::settlement::{RejectedEvent, RemainingEvent, Settlement};
use super::{
    Consumer, DeferReason, Disposition, EventDelivery, EventOutcome, KnownDevices, MessageStage,
    MessageState, OutgoingMessage,
};
use crate::delivery::RetrySchedule;
use crate::delivery::{BreakerReport, BreakerResponse, Permit};
use crate::digest::Digest;
use crate::durable::{Counters, JournalState, SettledMessage};
use crate::durable::{DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, Reject};
use crate::durable::{Message, QueuedEvent};
use crate::limits::{
    BREAKER_DEFERRALS_MAX, HOLD_STEP_MAX, QUEUE_AGE_MAX, QUEUE_DELAY_SECONDS_MAX,
    QUEUE_DELIVERIES_MAX, STORE_WAIT,
};
use crate::plan::{Context, Fate};
use crate::source::ShapeCache;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// What the breakers must be told; nothing where all went well and nothing else is known.
    #[must_use]
    pub fn reports(&self) -> Vec<(String, BreakerReport)> {
        let is_told = |pass: Permit, report: &BreakerReport| {
            let nothing = BreakerReport {
                accepted: 0,
                ..*report
            } == BreakerReport::default();
            !nothing || (report.accepted > 0 && pass != Permit::Allowed { is_clean: true })
        };
        self.routes
            .iter()
            .filter(|(_, route)| is_told(route.pass, &route.report))
            .map(|(name, route)| (name.clone(), route.report))
            .collect()
    }

    /// Learns what follows from a report for all that use the route.
    pub fn ruled(&mut self, name: &str, response: BreakerResponse) {
        if let Some(route) = self.routes.get_mut(name) {
            // a breaker that says of no wait is open: what waited before it follows the probe soon
            route.wait = response
                .wait
                .or(route.wait)
                .or(Some(Duration::from_secs(1)));
            route.retries_rejected = response.retries_rejected;
        }
    }

    /// What the ledger must note: every message in which anything ended or changed. The others come
    /// again as they are. `jitter` is a fresh random number from 0 to 1.
    pub fn to_settle(&mut self, jitter: f64) -> Vec<(usize, SettledMessage)> {
        let mut settled = Vec::new();
        for number in 0..self.messages.len() {
            let MessageStage::Read(_) = self.messages[number].stage else {
                continue;
            };
            self.withhold(number);
            let waits: Vec<_> = (0..self.messages[number].deliveries.len())
                .map(|index| self.wait_of(number, index, jitter))
                .collect();
            let state = &mut self.messages[number];
            let is_unchanged = waits.iter().all(Option::is_some)
                && !waits.is_empty()
                && state
                    .deliveries
                    .iter()
                    .all(|delivery| !delivery.has_changed);
            let MessageStage::Read(message) =
                core::mem::replace(&mut state.stage, MessageStage::Completed)
            else {
                continue;
            };
            if is_unchanged {
                let soonest = waits.into_iter().flatten().min().unwrap_or(STORE_WAIT);
                state.stage = MessageStage::Deferred(Some(message), soonest);
                continue;
            }
            let settlement = settle(state, &waits);
            let counts = counts(&message, state);
            self.counts.add(&counts);
            settled.push((
                number,
                SettledMessage {
                    id: message.id,
                    open: settlement.text(),
                    counts,
                },
            ));
            state.stage = MessageStage::Read(message);
        }
        settled
    }

    /// Learns what holds for a message that was settled, which somebody else may have done before;
    /// nothing where the ledger does not answer: then it comes again, and what Kochava took of
    /// it is sent twice.
    pub fn settled(&mut self, number: usize, known: Option<&JournalState>) {
        let state = &mut self.messages[number];
        let MessageStage::Read(message) =
            core::mem::replace(&mut state.stage, MessageStage::Completed)
        else {
            return;
        };
        let again =
            |message| MessageStage::Deferred(Some(message), store_wait(state.queued.attempts));
        state.stage = match known {
            Some(JournalState::Completed) => MessageStage::Completed,
            Some(JournalState::Open(open)) => match Settlement::read(open) {
                Some(settlement) => MessageStage::Settled(message, settlement),
                None => again(message),
            },
            Some(JournalState::New) | None => again(message),
        };
    }

    /// What must be kept as rejects, by the numbers of their messages.
    #[must_use]
    pub fn rejects(&self) -> Vec<(usize, Reject)> {
        let mut rejects = Vec::new();
        for (number, state) in self.messages.iter().enumerate() {
            match &state.stage {
                MessageStage::Poison => {
                    let (code, sentence) = if state.queued.is_dead {
                        (
                            DEAD_LETTER,
                            "the message came from the dead-letter queue and cannot be read",
                        )
                    } else {
                        (
                            MESSAGE_UNREADABLE,
                            "the message is none that this release can read",
                        )
                    };
                    rejects.push((
                        number,
                        Reject::message(state.queued.text, code, sentence, self.now, self.settings),
                    ));
                }
                MessageStage::Settled(message, settlement) => {
                    let kept = settlement.rejects.iter().filter_map(|rejected| {
                        Some((message.entries.get(rejected.index)?, rejected))
                    });
                    rejects.extend(
                        kept.map(|(entry, rejected)| (number, self.reject_of(entry, rejected))),
                    );
                }
                MessageStage::Read(_) | MessageStage::Completed | MessageStage::Deferred(..) => {}
            }
        }
        rejects
    }

    /// What must go into the queue for the messages: their rests, and copies of those that waited
    /// too long as they are. One that does not get through is told by [`Consumer::failed`].
    #[must_use]
    pub fn resends(&mut self) -> Vec<OutgoingMessage> {
        let mut resends = Vec::new();
        for from in 0..self.messages.len() {
            let state = &self.messages[from];
            match &state.stage {
                _ if state.has_failed => {
                    let wait = store_wait(state.queued.attempts);
                    if self.must_requeue(state, state.stage.message(), wait) {
                        resends.push(self.requeue_copy(from, wait));
                        self.messages[from].is_requeued = true;
                    }
                }
                MessageStage::Settled(message, settlement) => {
                    resends.extend(self.rests(from, message, settlement))
                }
                MessageStage::Deferred(message, wait)
                    if self.must_requeue(state, message.as_ref(), *wait) =>
                {
                    resends.push(self.requeue_copy(from, *wait))
                }
                MessageStage::Poison
                | MessageStage::Read(_)
                | MessageStage::Completed
                | MessageStage::Deferred(..) => {}
            }
        }
        resends
    }

    /// A copy of a message, as far as it can be read with what is to be noted in it.
    fn requeue_copy(&self, from: usize, wait: Duration) -> OutgoingMessage {
        let state = &self.messages[from];
        let text = state.stage.message().map_or_else(
            || state.queued.text.to_string(),
            |message| self.copy(state, message),
        );
        OutgoingMessage {
            from,
            text,
            delay_s: seconds(wait),
        }
    }

    /// What the memory must be told: every device and every link of this round, those that it told
    /// included.
    #[must_use]
    pub fn remembers(&self) -> &KnownDevices {
        &self.known
    }

    /// A message for which something could not be done: it comes again, and then that is completed.
    pub fn failed(&mut self, number: usize) {
        (
            self.messages[number].has_failed,
            self.messages[number].is_requeued,
        ) = (true, false);
    }

    /// The messages of which the ledger must note that they are completed, by their numbers and
    /// names.
    #[must_use]
    pub fn to_complete(&self) -> Vec<(usize, Digest)> {
        let settled = |(at, state): (usize, &MessageState<'_>)| {
            if let MessageStage::Settled(message, _) = &state.stage {
                Some((at, message.id))
            } else {
                None
            }
        };
        self.messages
            .iter()
            .enumerate()
            .filter(|(_, state)| !state.has_failed)
            .filter_map(settled)
            .collect()
    }

    /// What was counted in this round, as far as nobody counted it before.
    #[must_use]
    pub fn counts(&self) -> &Counters {
        &self.counts
    }

    /// Calls that may still be made.
    #[must_use]
    pub fn calls_left(&self) -> usize {
        self.calls_left
    }

    /// What the shell does with a message in the end; what the queue is asked for with
    /// [`Disposition::Requeue`] is among the [`Consumer::resends`].
    #[must_use]
    pub fn verdict(&self, number: usize) -> Disposition {
        let state = &self.messages[number];
        match &state.stage {
            _ if state.is_requeued => Disposition::Requeue(store_wait(state.queued.attempts)),
            _ if state.has_failed => Disposition::Retry(store_wait(state.queued.attempts)),
            MessageStage::Poison | MessageStage::Settled(..) | MessageStage::Completed => {
                Disposition::Ack
            }
            MessageStage::Deferred(message, wait)
                if self.must_requeue(state, message.as_ref(), *wait) =>
            {
                Disposition::Requeue(*wait)
            }
            MessageStage::Deferred(_, wait) => Disposition::Retry(*wait),
            MessageStage::Read(_) => Disposition::Retry(store_wait(state.queued.attempts)),
        }
    }

    /// Whether the platform would soon take the message for dead, or delete it.
    fn must_requeue(
        &self,
        state: &MessageState<'_>,
        message: Option<&Message<'_>>,
        wait: Duration,
    ) -> bool {
        // one that cannot be read does not say when it was sent, but it waited as long each time
        let age = message.map_or(wait.saturating_mul(state.queued.attempts), |message| {
            Duration::from_millis(
                u64::try_from(self.now.millis.saturating_sub(message.sent.millis)).unwrap_or(0),
            )
        });
        state.queued.attempts >= QUEUE_DELIVERIES_MAX || age + wait > QUEUE_AGE_MAX
    }

    /// A message anew, with the deferrals of this copy noted, which are counted when it is settled.
    fn copy(&self, state: &MessageState<'_>, message: &Message<'_>) -> String {
        let mut copy = Message {
            sent: self.now,
            ..message.clone()
        };
        let deferrals = u64::from(state.queued.attempts).saturating_mul(copy.entries.len() as u64);
        match copy
            .counters
            .iter_mut()
            .find(|(name, _)| name == "deferrals")
        {
            Some((_, times)) => *times = times.saturating_add(deferrals),
            None => copy.counters.push(("deferrals".to_string(), deferrals)),
        }
        for entry in &mut copy.entries {
            entry.progress.deferrals = entry
                .progress
                .deferrals
                .saturating_add(state.queued.attempts);
        }
        copy.text()
    }

    /// Takes rejections back that say nothing about their events.
    fn withhold(&mut self, number: usize) {
        for index in 0..self.messages[number].deliveries.len() {
            let name = self.route_of(number, index);
            let Some(route) = self
                .routes
                .get(&name)
                .filter(|route| route.retries_rejected)
            else {
                continue;
            };
            let delivery = &mut self.messages[number].deliveries[index];
            if let Some(EventOutcome::Rejected {
                status: Some(_), ..
            }) = delivery.outcome
                && delivery.progress.breaker_deferrals < BREAKER_DEFERRALS_MAX
            {
                delivery.progress.breaker_deferrals += u32::from(!route.report.is_probe);
                delivery.has_changed = true;
                delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
            }
        }
    }

    /// How long an event waits, if it does.
    fn wait_of(&self, number: usize, index: usize, jitter: f64) -> Option<Duration> {
        let state = &self.messages[number];
        let wait = match state.deliveries[index].outcome.as_ref() {
            Some(EventOutcome::Done | EventOutcome::Rejected { .. }) => return None,
            Some(EventOutcome::RetryLater(wait)) => *wait,
            Some(EventOutcome::Deferred(DeferReason::Behind(ahead))) => {
                return self.wait_of(number, *ahead, jitter);
            }
            // those that waited before a breaker do not all come at once when it opens
            Some(EventOutcome::Deferred(DeferReason::Breaker(name))) => {
                let wait = self
                    .routes
                    .get(name)
                    .and_then(|route| route.wait)
                    .unwrap_or(STORE_WAIT);
                wait + wait.mul_f64(if (0.0..=1.0).contains(&jitter) {
                    jitter
                } else {
                    1.0
                })
            }
            Some(EventOutcome::Deferred(DeferReason::Held)) => {
                let times = state.deliveries[index]
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

    /// The messages in which the rest of a settled one goes on, one for each wait.
    fn rests(
        &self,
        from: usize,
        message: &Message<'_>,
        settlement: &Settlement,
    ) -> Vec<OutgoingMessage> {
        let mut by_delay: BTreeMap<u32, Vec<QueuedEvent<'_>>> = BTreeMap::default();
        for rest in &settlement.rest {
            let Some(entry) = message.entries.get(rest.index) else {
                continue;
            };
            let entry = QueuedEvent {
                progress: rest.progress,
                settings: self.settings,
                ..entry.clone()
            };
            by_delay.entry(rest.delay_s).or_default().push(entry);
        }
        let messages = by_delay.into_iter().map(|(delay_s, entries)| {
            // the same name whoever makes it, so that of two copies one counts
            let id = Digest::of(&["rest of", &message.id.to_hex(), &delay_s.to_string()]);
            let rest = Message {
                id,
                sent: self.now,
                counters: Vec::new(),
                entries,
            };
            OutgoingMessage {
                from,
                text: rest.text(),
                delay_s,
            }
        });
        messages.collect()
    }

    fn reject_of(&self, entry: &QueuedEvent<'_>, rejected: &RejectedEvent) -> Reject {
        let RejectedEvent {
            code,
            status,
            answer,
            progress,
            ..
        } = rejected;
        let context = Context {
            source: entry.source,
            received_at: Some(entry.received),
            limits: None,
        };
        let planned = self
            .planner
            .replan(
                entry.event,
                entry.of_users,
                &context,
                &mut ShapeCache::default(),
            )
            .ok();
        if let Some(planned) = &planned
            && let Fate::Refused(violations) = &planned.fate
            && status.is_none()
            && violations
                .first()
                .is_some_and(|violation| violation.rule.code() == code)
        {
            let refused = Reject::refused(
                &planned.meta,
                violations,
                entry.event,
                entry.source,
                entry.received,
                self.settings,
            );
            return Reject {
                id: entry.id,
                progress: *progress,
                ..refused
            };
        }
        let (fate, name) = planned.map_or((None, None), |planned| {
            (Some(planned.fate), planned.meta.name)
        });
        let calls = if let Some(Fate::Ready(parcel)) = &fate {
            parcel.requests.as_slice()
        } else {
            &[]
        };
        let done = usize::try_from(progress.done)
            .unwrap_or(usize::MAX)
            .min(calls.len());
        let bodies = calls[done..].iter().map(|request| request.body.as_str());
        Reject::undelivered(
            entry,
            name,
            code,
            &sentence(code, *status),
            *progress,
            self.settings,
        )
        .answered(bodies, *status, answer)
    }
}

impl<'a> MessageStage<'a> {
    /// The message, where one could be read and is still of interest.
    fn message(&self) -> Option<&Message<'a>> {
        match self {
            MessageStage::Read(message) | MessageStage::Settled(message, _) => Some(message),
            MessageStage::Deferred(message, _) => message.as_ref(),
            MessageStage::Poison | MessageStage::Completed => None,
        }
    }
}

impl EventDelivery {
    fn is_put_off(&self) -> bool {
        matches!(self.outcome, Some(EventOutcome::Deferred(_)) | None)
    }
}

/// What is left to do for a message, given how long each of its events waits.
fn settle(state: &MessageState<'_>, waits: &[Option<Duration>]) -> Settlement {
    let mut settlement = Settlement::default();
    // the deliveries of this copy that came to nothing were deferrals
    let before = state.queued.attempts.saturating_sub(1);
    for (index, (delivery, wait)) in state.deliveries.iter().zip(waits).enumerate() {
        let mut progress = delivery.progress;
        progress.deferrals = progress
            .deferrals
            .saturating_add(before)
            .saturating_add(u32::from(delivery.is_put_off()));
        if let Some(wait) = wait {
            settlement.rest.push(RemainingEvent {
                index,
                delay_s: seconds(*wait),
                progress,
            });
        } else if let Some(EventOutcome::Rejected {
            code,
            status,
            answer,
        }) = &delivery.outcome
        {
            settlement.rejects.push(RejectedEvent {
                index,
                code: (*code).to_string(),
                status: *status,
                answer: answer.clone(),
                progress,
            });
        }
    }
    settlement
}

/// What is counted for a message.
fn counts(message: &Message<'_>, state: &MessageState<'_>) -> Counters {
    let mut counts = Counters::default();
    message
        .counters
        .iter()
        .for_each(|(name, times)| counts.count(name, *times));
    for delivery in &state.deliveries {
        counts.add(&delivery.counts);
        counts.count(
            "deferrals",
            u64::from(state.queued.attempts.saturating_sub(1)) + u64::from(delivery.is_put_off()),
        );
        match &delivery.outcome {
            Some(EventOutcome::Rejected { code, .. }) => {
                counts.count(&["code:", code].concat(), 1);
                let is_identity = delivery.is_delivered;
                let name = if *code == EXPIRED {
                    "expired"
                } else {
                    "discarded"
                };
                counts.count(
                    if is_identity {
                        "identities-undelivered"
                    } else {
                        name
                    },
                    1,
                );
            }
            Some(EventOutcome::Done | EventOutcome::RetryLater(_) | EventOutcome::Deferred(_))
            | None => {}
        }
    }
    counts
}

/// TripReason an event was not delivered, for people.
fn sentence(code: &str, status: Option<u16>) -> String {
    match (code, status) {
        (EXPIRED, _) => "Kochava did not accept it within the retry schedule".to_string(),
        (DEVICE_UNKNOWN, _) => "no event of its device was accepted, and Kochava drops the identity of a device that it does not know".to_string(),
        (DEAD_LETTER, _) => "no delivery of the message was completed".to_string(),
        (_, Some(status)) => format!("Kochava rejected it with HTTP {status}"),
        (_, None) => "it cannot be sent as it is".to_string(),
    }
}

/// Whole seconds, as far as the queue can count.
fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .clamp(1, QUEUE_DELAY_SECONDS_MAX)
}
