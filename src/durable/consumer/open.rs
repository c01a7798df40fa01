//! Reads and plans the messages, and does the lookups that precede sending.

use super::plan_event::{plan_event, route};
use super::{
    Consumer, DeviceSequence, EventDelivery, KnownDevices, MessageStage, MessageState,
    QueueMessage, RouteState, store_wait,
};
use crate::delivery::{BreakerReport, BreakerResponse, Permit};
use crate::digest::Digest;
use crate::durable::{Counters, JournalState, Message, MessageError};
use crate::kochava::RequestKind;
use crate::limits::NEWER_WAIT;
use crate::plan::Planner;
use crate::source::ShapeCache;
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

impl<'a> Consumer<'a> {
    /// Reads messages at `now`. `settings` is the digest of the planner's settings; at most
    /// `calls_max` calls are made.
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
            counters: Counters::default(),
            shapes: ShapeCache::default(),
        }
    }

    /// Returns the messages to look up in the journal, by index and digest.
    #[must_use]
    pub fn journal_lookup(&self) -> Vec<(usize, Digest)> {
        let messages = self.messages.iter().enumerate();
        messages
            .filter_map(|(index, state)| match &state.stage {
                MessageStage::Read(message) => Some((index, message.id)),
                _ => None,
            })
            .collect()
    }

    /// Handles the journal's state of a message, `None` where the journal does not answer. New
    /// messages are planned.
    pub fn handle_journal_state(&mut self, index: usize, known: Option<&JournalState>) {
        let (before, state) = self.messages.split_at_mut(index);
        let Some(state) = state.first_mut() else {
            return;
        };
        let MessageStage::Read(mut message) =
            core::mem::replace(&mut state.stage, MessageStage::Completed)
        else {
            return;
        };
        let is_copy = |other: &MessageState<'_>| matches!(&other.stage, MessageStage::Read(read) if read.id == message.id);
        state.stage = match known {
            // the other copy is sent now, and the journal has it as settled when this one is
            // redelivered
            Some(JournalState::New) if before.iter().any(is_copy) => {
                MessageStage::Deferred(Some(message), Duration::from_secs(1))
            }
            None => MessageStage::Deferred(Some(message), store_wait(state.queued.attempts)),
            Some(JournalState::Completed) => MessageStage::Completed,
            Some(JournalState::Open(settlement)) => {
                MessageStage::Settled(message, settlement.clone())
            }
            Some(JournalState::New) => {
                for event in &mut message.events {
                    let is_dead = state.queued.is_dead;
                    let delivery = plan_event(
                        event,
                        self.planner,
                        &mut self.shapes,
                        self.settings,
                        is_dead,
                    );
                    event.ordering_key = delivery.ordering_key;
                    state.deliveries.push(delivery);
                }
                MessageStage::Read(message)
            }
        };
    }

    /// Returns the dedupe lookup: devices whose identity waits for an event, and devices
    /// whose last link may be the same.
    #[must_use]
    pub fn device_lookup(&self) -> (Vec<Digest>, Vec<Digest>) {
        let holds = self.planner.settings().users.hold_until_event;
        let (mut devices, mut links) = (BTreeSet::new(), BTreeSet::new());
        for delivery in self.open_deliveries() {
            if let Some((request, subject)) = delivery.calls.get(delivery.next_call)
                && request.kind == RequestKind::Identity
                && delivery.progress.done == 0
                && delivery.progress.attempts == 0
                && holds
            {
                devices.extend(subject.devices.iter().copied());
            }
            let subjects = delivery.calls[delivery.next_call..].iter();
            links.extend(subjects.filter_map(|(_, subject)| Some(subject.link?.0)));
        }
        (devices.into_iter().collect(), links.into_iter().collect())
    }

    /// Handles the dedupe store's answer about those devices.
    pub fn handle_known_devices(&mut self, known: KnownDevices) {
        self.known = known;
    }

    /// Returns the routes for which permits are needed.
    #[must_use]
    pub fn routes(&self) -> Vec<String> {
        let calls = self
            .open_deliveries()
            .flat_map(|delivery| &delivery.calls[delivery.next_call..]);
        let routes: BTreeSet<String> = calls
            .map(|(request, subject)| route(request, &subject.app))
            .collect();
        routes.into_iter().collect()
    }

    /// Handles the permits of all routes, and builds the sequences.
    pub fn handle_permits(&mut self, permits: impl IntoIterator<Item = (String, Permit)>) {
        for (name, permit) in permits {
            let wait = match permit {
                Permit::Wait(wait) | Permit::Untried(wait) => Some(wait),
                Permit::Allowed | Permit::Probe => None,
            };
            let route = RouteState {
                permit,
                report: BreakerReport::default(),
                is_stopped: matches!(permit, Permit::Wait(_)),
                wait,
                response: BreakerResponse::default(),
            };
            self.routes.insert(name, route);
        }
        self.sequences = sequences(&self.messages);
    }

    /// Returns how many sequences there are; sequences may run concurrently.
    #[must_use]
    pub fn sequence_count(&self) -> usize {
        self.sequences.len()
    }

    fn open_deliveries(&self) -> impl Iterator<Item = &EventDelivery> {
        self.messages
            .iter()
            .flat_map(|state| &state.deliveries)
            .filter(|delivery| delivery.outcome.is_none())
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

/// Returns one sequence for each device, and one for each event without a device.
fn sequences(messages: &[MessageState<'_>]) -> Vec<DeviceSequence> {
    let mut sequences: Vec<DeviceSequence> = Vec::new();
    let mut of_device: BTreeMap<Digest, usize> = BTreeMap::default();
    for (number, state) in messages.iter().enumerate() {
        for (index, delivery) in state.deliveries.iter().enumerate() {
            let known = delivery
                .ordering_key
                .and_then(|key| of_device.get(&key).copied());
            let at = known.unwrap_or_else(|| {
                sequences.push(DeviceSequence::default());
                sequences.len() - 1
            });
            if let Some(key) = delivery.ordering_key {
                of_device.insert(key, at);
            }
            sequences[at].deliveries.push((number, index));
        }
    }
    sequences
}
