//! Reads the messages of a wave, and plans their events.

use super::plan_event::plan_event;
use super::{
    BeginRequest, Beginning, ConsumerContext, ConsumerStep, EventDelivery, KnownDevices,
    MessageStage, MessageState, QueueMessage, Wave, store_wait,
};
use crate::digest::Digest;
use crate::durable::{BeginMessage, Counters, Message, MessageError};
use crate::kochava::RequestKind;
use crate::limits::{FAULTY_WAIT, NEWER_WAIT};
use crate::plan::Planner;
use crate::sorted::SortedSet;
use crate::source::ShapeCache;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use litemap::LiteMap;

/// A wave whose large events are being read.
#[derive(Debug)]
pub struct Loading<'a> {
    wave: Box<Wave<'a>>,
    keys: Vec<Digest>,
}

/// What the store of large events answers about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadedEvent {
    /// The event as it arrived.
    Found(String),
    /// There is none.
    Missing,
    /// The store does not answer.
    Failed,
}

/// Begins with messages that the queue delivers.
pub fn consume<'a>(queued: &[QueueMessage<'a>], context: ConsumerContext<'a>) -> ConsumerStep<'a> {
    let messages = queued
        .iter()
        .map(|&queued| MessageState::read(queued, &context))
        .collect();
    let wave = Box::new(Wave {
        context,
        messages,
        large: LiteMap::new(),
        routes: LiteMap::new(),
        known: KnownDevices::default(),
        accepted: LiteMap::new(),
        calls_left: context.calls_max,
        is_over: false,
        requeued: 0,
        counters: Counters::default(),
        is_watched: false,
    });
    let keys: Vec<Digest> = wave
        .messages
        .iter()
        .filter_map(|state| match &state.stage {
            MessageStage::Read(message) => Some(&message.events),
            _ => None,
        })
        .flatten()
        .filter_map(|event| event.stored)
        .collect();
    if keys.is_empty() {
        wave.plan()
    } else {
        ConsumerStep::Load(keys.clone(), Loading { wave, keys })
    }
}

impl<'a> Loading<'a> {
    /// Goes on with what the store answered about each key, in their order; where the answer is too
    /// short, the store failed.
    pub fn loaded(mut self, events: Vec<LoadedEvent>) -> ConsumerStep<'a> {
        let mut failed = SortedSet::default();
        let events = events
            .into_iter()
            .chain(core::iter::repeat(LoadedEvent::Failed));
        for (key, event) in self.keys.into_iter().zip(events) {
            match event {
                LoadedEvent::Found(text) => {
                    self.wave.large.insert(key, text);
                }
                LoadedEvent::Missing => {}
                LoadedEvent::Failed => {
                    failed.insert(key);
                }
            }
        }
        for state in &mut self.wave.messages {
            let is_failed = |message: &Message<'_>| {
                let mut stored = message.events.iter().filter_map(|event| event.stored);
                stored.any(|key| failed.contains(&key))
            };
            if matches!(&state.stage, MessageStage::Read(message) if is_failed(message)) {
                state.defer_for_store();
            }
        }
        self.wave.plan()
    }
}

impl<'a> MessageState<'a> {
    fn read(queued: QueueMessage<'a>, context: &ConsumerContext<'a>) -> Self {
        let read = Message::read(queued.text);
        let is_unreadable = read == Err(MessageError::Poison);
        let stage = match read {
            Ok(message) => MessageStage::Read(message),
            Err(MessageError::Poison) => MessageStage::Read(Message {
                id: Digest::of(&["unreadable message", queued.text]),
                sync: context.sync.into(),
                sent: context.now,
                shard: 0,
                counters: Counters::default(),
                events: Vec::new(),
            }),
            Err(MessageError::Newer) => MessageStage::Deferred(None, NEWER_WAIT),
        };
        let stage = match stage {
            MessageStage::Read(message)
                if context.planner.is_none() || message.sync != context.sync =>
            {
                let wait = store_wait(queued.attempts).max(FAULTY_WAIT);
                let message = Some(message).filter(|_| !is_unreadable);
                MessageStage::Deferred(message, wait)
            }
            stage => stage,
        };
        MessageState {
            queued,
            stage,
            deliveries: Vec::new(),
            is_unreadable,
            is_claimed: false,
            has_failed: false,
            is_requeued: false,
        }
    }

    /// Has the message redelivered unchanged, since a store does not answer.
    pub(super) fn defer_for_store(&mut self) {
        let wait = store_wait(self.queued.attempts);
        self.defer(wait);
    }

    pub(super) fn defer(&mut self, wait: core::time::Duration) {
        let stage = core::mem::replace(&mut self.stage, MessageStage::Completed);
        let message = match stage {
            MessageStage::Read(message) | MessageStage::Settled(message, _) => {
                Some(message).filter(|_| !self.is_unreadable)
            }
            MessageStage::Deferred(message, _) => message,
            MessageStage::Completed => return,
        };
        self.stage = MessageStage::Deferred(message, wait);
    }
}

impl<'a> Wave<'a> {
    /// Plans every event once, and asks the journal.
    fn plan(mut self: Box<Self>) -> ConsumerStep<'a> {
        let mut shapes = ShapeCache::default();
        for state in &mut self.messages {
            let MessageStage::Read(message) = &state.stage else {
                continue;
            };
            state.deliveries = message
                .events
                .iter()
                .map(|event| {
                    let text = event.text(&self.large);
                    plan_event(
                        event,
                        text,
                        &self.context,
                        state.queued.is_dead,
                        &mut shapes,
                    )
                })
                .collect();
        }
        let requests = self.begin_requests();
        if requests.is_empty() {
            return self.finish();
        }
        let requests: Rc<[_]> = requests.into_iter().collect();
        ConsumerStep::Begin(requests.clone(), Beginning::new(self, requests))
    }

    fn begin_requests(&self) -> LiteMap<u32, BeginRequest> {
        let settings = self.context.planner.map(Planner::settings);
        let holds = settings.is_some_and(|settings| settings.users.hold_until_event);
        let repeats = settings.is_none_or(|settings| settings.installs.reinstalls);
        let mut requests: LiteMap<u32, BeginRequest> = LiteMap::new();
        for state in &self.messages {
            let MessageStage::Read(message) = &state.stage else {
                continue;
            };
            let request = requests.entry(message.shard).or_default();
            let installs = if repeats {
                Vec::new()
            } else {
                installs_of(&state.deliveries)
            };
            let marks = installs.iter().flat_map(|(_, marks)| marks);
            request.devices.extend(marks.copied());
            request.messages.push(BeginMessage {
                id: message.id,
                events: message
                    .events
                    .iter()
                    .map(|event| event.id.fingerprint())
                    .collect(),
                installs,
            });
            let open = state.deliveries.iter();
            for delivery in open.filter(|delivery| delivery.outcome.is_none()) {
                let calls = &delivery.calls()[delivery.next_call..];
                for call in calls {
                    if !request.routes.contains(&call.route) {
                        request.routes.insert(call.route.clone());
                    }
                    request
                        .links
                        .extend(call.subject.link.map(|(device, _)| device));
                }
                if let Some(first) = calls.first()
                    && first.route.kind == RequestKind::Identity
                    && holds
                    && delivery.is_first_attempt()
                {
                    let devices = first.subject.devices.iter();
                    request
                        .devices
                        .extend(devices.map(|device| device.fingerprint()));
                }
            }
        }
        requests
    }
}

/// Returns the index and the marks of each install that is to be sent.
fn installs_of(deliveries: &[EventDelivery]) -> Vec<(usize, Vec<u64>)> {
    let mut installs = Vec::new();
    for (index, delivery) in deliveries.iter().enumerate() {
        let next = delivery.calls().get(delivery.next_call);
        let install = next.filter(|call| call.route.kind == RequestKind::Install);
        if let Some(call) = install.filter(|_| delivery.outcome.is_none()) {
            installs.push((index, call.subject.install_marks().collect()));
        }
    }
    installs
}
