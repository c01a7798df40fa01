//! Hands out the calls to Kochava, and takes their outcomes.

use super::order::sequences;
use super::{ConsumerStep, EventDelivery, EventOutcome, Wave};
use crate::delivery::{
    Answer, Confirmation, FailureReason, Outcome, ParcelDelivery, ParcelStep, PostedCall,
    RetryPolicy,
};
use crate::digest::Digest;
use crate::kochava::{Request, RequestKind};
use crate::limits::{ANSWER_CHARS_KEPT, WAVE_TIME_MAX};
use crate::time::Moment;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

/// A wave whose calls are being sent. The calls of a sequence go one after the other, since its
/// events are of one device; sequences may go side by side.
#[derive(Debug)]
pub struct Posting<'a> {
    wave: Box<Wave<'a>>,
    sequences: Vec<Vec<(usize, usize)>>,
    /// How many events of each sequence have ended.
    positions: Vec<usize>,
    /// When the last call of the wave may be handed out.
    deadline: Moment,
    policy: RetryPolicy,
}

/// A call to be made.
#[derive(Debug)]
pub struct OutgoingCall {
    /// The request.
    pub request: Request,
    /// The time after which the attempt is given up.
    pub timeout: Duration,
    /// What [`Posting::answered`] takes back.
    pub ticket: CallTicket,
}

/// A call on its way.
#[derive(Debug)]
pub struct CallTicket {
    sequence: usize,
    /// The number of the message and of its event.
    event: (usize, usize),
    posted: PostedCall,
}

impl<'a> Posting<'a> {
    pub(super) fn begin(mut wave: Box<Wave<'a>>) -> Self {
        let sequences = sequences(&wave.messages);
        wave.choose_probes(&sequences);
        let time = i64::try_from(WAVE_TIME_MAX.as_millis()).unwrap_or(i64::MAX);
        let end = wave.context.now.millis.saturating_add(time);
        let policy = wave
            .context
            .planner
            .map_or_else(RetryPolicy::default, |planner| planner.settings().delivery);
        Posting {
            positions: alloc::vec![0; sequences.len()],
            sequences,
            deadline: Moment::from_millis(end.min(wave.context.deadline.millis)),
            // one attempt: the next one comes from the queue
            policy: RetryPolicy {
                attempts_max: 1,
                budget: Duration::MAX,
                ..policy
            },
            wave,
        }
    }

    /// Returns how many sequences there are.
    #[must_use]
    pub fn sequences(&self) -> usize {
        self.sequences.len()
    }

    /// Returns the next call of a sequence, by number; `None` where it has ended, or while a call of
    /// it is on its way.
    pub fn next_call(&mut self, sequence: usize, now: Moment) -> Option<OutgoingCall> {
        while let Some(&(number, index)) = self.sequences[sequence].get(self.positions[sequence]) {
            if self.wave.messages[number].deliveries[index]
                .outcome
                .is_none()
            {
                self.wave.is_over |= now >= self.deadline;
                match self.wave.reserve_call(number, index) {
                    Some(outcome) => {
                        self.wave.messages[number].deliveries[index].outcome = Some(outcome);
                    }
                    None => return self.hand_out(sequence, (number, index)),
                }
            }
            self.positions[sequence] += 1;
        }
        None
    }

    fn hand_out(&self, sequence: usize, event: (usize, usize)) -> Option<OutgoingCall> {
        let delivery = &self.wave.messages[event.0].deliveries[event.1];
        let (calls, done) = (delivery.calls().len(), delivery.next_call);
        match ParcelDelivery::start(self.policy, calls, done, Duration::ZERO) {
            ParcelStep::Post {
                call,
                timeout,
                posted,
            } => Some(OutgoingCall {
                request: delivery.calls()[call].request.clone(),
                timeout,
                ticket: CallTicket {
                    sequence,
                    event,
                    posted,
                },
            }),
            ParcelStep::Wait(..) | ParcelStep::End(_) => None,
        }
    }

    /// Takes the outcome of a call. `jitter` is a fresh random number from 0 to 1.
    pub fn answered(
        &mut self,
        ticket: CallTicket,
        outcome: &Outcome<'_>,
        now: Moment,
        jitter: f64,
    ) {
        let answer = Answer::of(outcome);
        let step = ticket.posted.judged(answer, jitter, Duration::ZERO);
        let (number, index) = ticket.event;
        let delivery = &mut self.wave.messages[number].deliveries[index];
        delivery.counters.count("attempts", 1);
        let kind = delivery.next_kind();
        if let (Some(test), Some(kind)) = (&mut delivery.test, kind) {
            let status = match outcome {
                Outcome::Answered { status, .. } => Some(*status),
                Outcome::Unreachable | Outcome::TimedOut => None,
            };
            test.answer(kind, status, &answer_of(outcome), now);
        }
        match answer {
            Answer::Accepted(confirmation) => {
                let is_last = matches!(step, ParcelStep::End(_));
                self.wave.accept(number, index, confirmation, now, is_last);
            }
            Answer::Failed(reason) => self.wave.fail(number, index, reason, outcome, jitter),
        }
        if self.wave.messages[number].deliveries[index]
            .outcome
            .is_some()
        {
            self.positions[ticket.sequence] += 1;
        }
    }

    /// Ends the wave: what was not sent waits.
    pub fn end(self, now: Moment, jitter: f64) -> ConsumerStep<'a> {
        self.wave.settle(now, jitter)
    }
}

impl Wave<'_> {
    fn accept(
        &mut self,
        number: usize,
        index: usize,
        confirmation: Confirmation,
        now: Moment,
        is_last: bool,
    ) {
        let shard = self.messages[number].shard();
        let users = self
            .context
            .planner
            .map(|planner| &planner.settings().users);
        let (sends_users, holds) = users.map_or((false, false), |users| {
            (users.send, users.send && users.hold_until_event)
        });
        let delivery = &mut self.messages[number].deliveries[index];
        let call = &delivery.planned.calls[delivery.next_call];
        let accepted = self.accepted.entry(shard).or_default();
        if call.route.kind == RequestKind::Install {
            self.known.devices.extend(call.subject.install_marks());
            accepted.installs.extend(call.subject.install_marks());
            delivery.counters.count("installs", 1);
        }
        if call.route.kind == RequestKind::Identity {
            if let Some((device, link)) = call.subject.link.filter(|_| sends_users) {
                self.known.links.insert(device, link);
                accepted.links.insert(device, link);
            }
            delivery.counters.count("identities", 1);
        } else if holds {
            let devices = || {
                call.subject
                    .devices
                    .iter()
                    .map(|device| device.fingerprint())
            };
            self.known.devices.extend(devices());
            accepted.devices.extend(devices());
        }
        if let Some(route) = self.routes.get_mut(&(shard, call.route.clone())) {
            route.report.accept(confirmation);
        }
        if !delivery.is_delivered {
            let is_event = call.route.kind == RequestKind::Event;
            delivery.coverage = is_event.then_some(call.coverage);
            delivery.is_delivered = true;
            delivery.count_delivered(now);
        }
        let progress = &mut delivery.progress;
        if confirmation == Confirmation::Unconfirmed && !progress.is_unconfirmed {
            progress.is_unconfirmed = true;
            delivery.is_newly_unconfirmed = true;
            delivery.counters.count("unconfirmed", 1);
        }
        delivery.next_call += 1;
        progress.done = u32::try_from(delivery.next_call).unwrap_or(u32::MAX);
        (progress.attempts, progress.waited_s) = (0, 0);
        delivery.has_changed = true;
        if is_last {
            delivery.outcome = Some(EventOutcome::Done);
        }
    }

    /// Takes the failure of a call. Whether the route or the event is at fault is known once the
    /// wave has ended.
    fn fail(
        &mut self,
        number: usize,
        index: usize,
        reason: FailureReason,
        outcome: &Outcome<'_>,
        jitter: f64,
    ) {
        let shard = self.messages[number].shard();
        let event = self.fingerprint(number, index);
        let delivery = &mut self.messages[number].deliveries[index];
        let answer = answer_of(outcome);
        let status = reason.status();
        let hash = Digest::of(&[&status.unwrap_or(0).to_string(), &answer]).fingerprint();
        let was_refused = delivery.progress.refusals > 0;
        let route = delivery.next_route().cloned();
        let route = route.and_then(|route| self.routes.get_mut(&(shard, route)));
        if let Some(route) = route {
            route.report.fail(event, was_refused, reason, hash);
        }
        delivery.outcome = Some(match reason {
            FailureReason::Rejected { .. } => {
                EventOutcome::rejected(reason.code(), status, &answer)
            }
            FailureReason::Refused { .. }
            | FailureReason::Limited { .. }
            | FailureReason::Unavailable => EventOutcome::Failed {
                reason,
                answer,
                jitter,
            },
        });
    }
}

impl EventDelivery {
    fn count_delivered(&mut self, now: Moment) {
        let millis = now.millis.saturating_sub(self.received.millis);
        let latency = u64::try_from(millis).unwrap_or(0);
        let is_retry = self.progress.attempts > 0;
        self.counters.count_delivered(latency, is_retry);
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
