//! What is in the messages, and what must be known before anything is sent?

use super::settlement::Settlement;
use super::{
    Consumer, DeviceSequence, EventDelivery, EventOutcome, KnownDevices, MessageStage,
    MessageState, QueueMessage, RouteState,
};
use crate::delivery::{BreakerReport, Permit};
use crate::digest::Digest;
use crate::durable::DEAD_LETTER;
use crate::durable::{Counters, JournalState};
use crate::durable::{Message, MessageError, QueuedEvent};
use crate::kochava::read_subject;
use crate::kochava::{Request, RequestKind};
use crate::limits::{NEWER_WAIT, STORE_WAIT, STORE_WAIT_MAX};
use crate::plan::{Context, Fate, Planner};
use crate::source::ShapeCache;
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

impl<'a> Consumer<'a> {
    /// Reads messages, at `now`, under the settings of this name; `calls_max` calls may be made.
    #[must_use]
    pub fn open(
        queued: &[QueueMessage<'a>],
        planner: &'a Planner,
        settings: Digest,
        now: Moment,
        calls_max: usize,
    ) -> Self {
        let messages = queued.iter().map(|&queued| MessageState {
            queued,
            stage: MessageStage::of(queued.text),
            deliveries: Vec::new(),
            has_failed: false,
            is_requeued: false,
        });
        Consumer {
            planner,
            settings,
            now,
            messages: messages.collect(),
            sequences: Vec::new(),
            routes: BTreeMap::default(),
            known: KnownDevices::default(),
            calls_left: calls_max,
            counts: Counters::default(),
            shapes: ShapeCache::default(),
        }
    }

    /// The messages that the ledger must be asked for, by their numbers and names.
    #[must_use]
    pub fn to_recall(&self) -> Vec<(usize, Digest)> {
        let read = |(at, state): (usize, &MessageState<'a>)| {
            if let MessageStage::Read(message) = &state.stage {
                Some((at, message.id))
            } else {
                None
            }
        };
        self.messages.iter().enumerate().filter_map(read).collect()
    }

    /// Learns what the ledger knows of a message; nothing where it does not answer. New ones are
    /// planned.
    pub fn recalled(&mut self, number: usize, known: Option<&JournalState>) {
        let (before, state) = self.messages.split_at_mut(number);
        let Some(state) = state.first_mut() else {
            return;
        };
        let MessageStage::Read(message) =
            core::mem::replace(&mut state.stage, MessageStage::Completed)
        else {
            return;
        };
        let is_copy = |other: &MessageState<'_>| matches!(&other.stage, MessageStage::Read(read) if read.id == message.id);
        state.stage = match known {
            // the other copy is sent now, and this one is known as settled when it comes again
            Some(JournalState::New) if before.iter().any(is_copy) => {
                MessageStage::Deferred(Some(message), Duration::from_secs(1))
            }
            None => MessageStage::Deferred(Some(message), store_wait(state.queued.attempts)),
            Some(JournalState::Completed) => MessageStage::Completed,
            Some(JournalState::Open(open)) => match Settlement::read(open) {
                Some(settlement) => MessageStage::Settled(message, settlement),
                None => MessageStage::Deferred(Some(message), store_wait(state.queued.attempts)),
            },
            Some(JournalState::New) => {
                let shapes = &mut self.shapes;
                state.deliveries = message
                    .entries
                    .iter()
                    .map(|entry| {
                        let is_dead = state.queued.is_dead;
                        delivery(entry, self.planner, shapes, self.settings, is_dead)
                    })
                    .collect();
                MessageStage::Read(message)
            }
        };
        if let MessageStage::Read(message) = &mut state.stage {
            message
                .entries
                .iter_mut()
                .zip(&state.deliveries)
                .for_each(|(entry, delivery)| entry.ordering_key = delivery.ordering_key);
        }
    }

    /// What must be asked of the memory: devices whose identity waits for an event, and devices
    /// whose last link may be the same.
    #[must_use]
    pub fn to_look_up(&self) -> (Vec<Digest>, Vec<Digest>) {
        let holds = self.planner.settings().users.hold_until_event;
        let (mut devices, mut links) = (BTreeSet::new(), BTreeSet::new());
        for delivery in self
            .messages
            .iter()
            .flat_map(|state| &state.deliveries)
            .filter(|delivery| delivery.outcome.is_none())
        {
            if let Some((request, named)) = delivery.calls.get(delivery.made)
                && request.kind == RequestKind::Identity
                && delivery.progress.done == 0
                && delivery.progress.attempts == 0
                && holds
            {
                devices.extend(named.devices.iter().copied());
            }
            for (device, _) in delivery.calls[delivery.made..]
                .iter()
                .filter_map(|(_, named)| named.link)
            {
                links.insert(device);
            }
        }
        (devices.into_iter().collect(), links.into_iter().collect())
    }

    /// Learns what the memory knows of those.
    pub fn known(&mut self, known: KnownDevices) {
        self.known = known;
    }

    /// The routes for which a pass must be asked.
    #[must_use]
    pub fn to_permit(&self) -> Vec<String> {
        let deliveries = self
            .messages
            .iter()
            .flat_map(|state| &state.deliveries)
            .filter(|delivery| delivery.outcome.is_none());
        let mut routes = BTreeSet::new();
        for (request, named) in deliveries.flat_map(|delivery| &delivery.calls[delivery.made..]) {
            routes.insert(route(request, &named.app));
        }
        routes.into_iter().collect()
    }

    /// Learns whether anything may be sent on a route, and makes the sequences once all are known.
    pub fn permitted(&mut self, passes: impl IntoIterator<Item = (String, Permit)>) {
        for (name, pass) in passes {
            let wait = if let Permit::Wait(wait) = pass {
                Some(wait)
            } else {
                None
            };
            self.routes.insert(
                name,
                RouteState {
                    pass,
                    report: BreakerReport::default(),
                    is_stopped: wait.is_some(),
                    wait,
                    retries_rejected: false,
                },
            );
        }
        let mut of_device: BTreeMap<Digest, usize> = BTreeMap::default();
        for (number, state) in self.messages.iter().enumerate() {
            for (index, delivery) in state.deliveries.iter().enumerate() {
                let known = delivery
                    .ordering_key
                    .and_then(|ordering_key| of_device.get(&ordering_key).copied());
                let at = known.unwrap_or_else(|| {
                    self.sequences.push(DeviceSequence::default());
                    self.sequences.len() - 1
                });
                if let Some(ordering_key) = delivery.ordering_key {
                    of_device.insert(ordering_key, at);
                }
                self.sequences[at].deliveries.push((number, index));
            }
        }
    }

    /// How many sequences there are; each is gone along by itself.
    #[must_use]
    pub fn sequences(&self) -> usize {
        self.sequences.len()
    }
}

impl<'a> MessageStage<'a> {
    fn of(text: &'a str) -> Self {
        match Message::read(text) {
            Ok(message) => MessageStage::Read(message),
            Err(MessageError::Poison) => MessageStage::Poison,
            Err(MessageError::Newer) => MessageStage::Deferred(None, NEWER_WAIT),
        }
    }
}

/// How long a message waits for one of our own stores that does not answer, by how often it was
/// delivered: longer each time, so that its deliveries outlast an outage of days.
#[must_use]
pub fn store_wait(deliveries: u32) -> Duration {
    STORE_WAIT
        .saturating_mul(2_u32.saturating_pow(deliveries.saturating_sub(1)))
        .min(STORE_WAIT_MAX)
}

/// The name of a request's route.
pub(super) fn route(request: &Request, app: &str) -> String {
    [request.kind.as_str(), " ", app].concat()
}

/// Plans an entry under the settings of today.
fn delivery(
    entry: &QueuedEvent<'_>,
    planner: &Planner,
    shapes: &mut ShapeCache,
    settings: Digest,
    is_dead: bool,
) -> EventDelivery {
    let context = Context {
        source: entry.source,
        received_at: Some(entry.received),
        limits: None,
    };
    let mut delivery = EventDelivery {
        calls: Vec::new(),
        made: 0,
        progress: entry.progress,
        is_delivered: entry.progress.done > 0,
        ordering_key: None,
        name: None,
        received: entry.received,
        outcome: None,
        counts: Counters::default(),
        has_changed: false,
    };
    let rejected = |code| {
        Some(EventOutcome::Rejected {
            code,
            status: None,
            answer: String::new(),
        })
    };
    let Ok(planned) = planner.replan(entry.event, entry.of_users, &context, shapes) else {
        delivery.outcome = rejected(crate::durable::MESSAGE_UNREADABLE);
        return delivery;
    };
    (delivery.ordering_key, delivery.name) = (planned.meta.ordering_key, planned.meta.name);
    match planned.fate {
        _ if is_dead => delivery.outcome = rejected(DEAD_LETTER),
        Fate::Skipped(skip) => {
            delivery.outcome = Some(EventOutcome::Done);
            delivery.counts.count("skipped", 1);
            delivery.counts.count(&["code:", skip.code()].concat(), 1);
        }
        Fate::Refused(violations) => {
            delivery.outcome = rejected(
                violations
                    .first()
                    .map_or("refused", |violation| violation.rule.code()),
            )
        }
        Fate::Ready(parcel) => {
            delivery.calls = parcel
                .requests
                .into_iter()
                .map(|request| (read_subject(&request.body), request))
                .map(|(named, request)| (request, named))
                .collect();
            delivery.made = made(&delivery, entry, settings);
            delivery.progress.done = u32::try_from(delivery.made).unwrap_or(u32::MAX);
            if delivery.made == delivery.calls.len() {
                delivery.outcome = Some(EventOutcome::Done);
            }
        }
    }
    delivery
}

/// How many of its calls were made: the number that was noted, unless the settings changed since.
/// Then an event that was planned is not sent again, and its identities, which may be other ones,
/// are.
fn made(delivery: &EventDelivery, entry: &QueuedEvent<'_>, settings: Digest) -> usize {
    let done = usize::try_from(entry.progress.done).unwrap_or(usize::MAX);
    let events = delivery
        .calls
        .iter()
        .filter(|(request, _)| request.kind == RequestKind::Event)
        .count();
    if entry.settings == settings || done == 0 {
        done.min(delivery.calls.len())
    } else {
        events
    }
}
