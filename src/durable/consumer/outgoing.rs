//! The messages that are put into the queue: the remaining events of settled messages, and copies
//! of messages that waited too long as they are.

use super::disposition::{seconds, store_wait};
use super::watch::rest_of;
use super::{MessageStage, MessageState, Wave};
use crate::durable::{Counters, Message, QueuedEvent, Settlement};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;
use litemap::LiteMap;

/// A message that is put into the queue in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// Its text.
    pub text: String,
    /// How long it waits in the queue, in seconds.
    pub delay_s: u32,
}

impl Wave<'_> {
    /// Returns the messages to put into the queue, each with the index of the one that it continues.
    pub(super) fn outgoing(&self) -> Vec<(usize, OutgoingMessage)> {
        let mut outgoing = Vec::new();
        for (from, state) in self.messages.iter().enumerate() {
            match &state.stage {
                MessageStage::Settled(message, settlement) => {
                    let rest = self.remaining(message, settlement);
                    outgoing.extend(rest.map(|message| (from, message)));
                }
                MessageStage::Deferred(message, wait)
                    if self.must_requeue(state, message.as_ref(), *wait) =>
                {
                    outgoing.push((from, self.copy(state, *wait)));
                }
                MessageStage::Read(_) | MessageStage::Completed | MessageStage::Deferred(..) => {}
            }
        }
        outgoing
    }

    /// Returns copies of failed messages that would soon be too old.
    pub(super) fn copies_of_failed(&self) -> Vec<(usize, OutgoingMessage)> {
        let failed = self.messages.iter().enumerate();
        failed
            .filter(|(_, state)| state.has_failed && !state.is_requeued)
            .filter_map(|(from, state)| {
                let wait = store_wait(state.queued.attempts);
                self.must_requeue(state, state.stage.message(), wait)
                    .then(|| (from, self.copy(state, wait)))
            })
            .collect()
    }

    /// Returns a copy of a message, with the deferrals of this copy, which are counted when it is
    /// settled; byte for byte where it cannot be read.
    fn copy(&self, state: &MessageState<'_>, wait: Duration) -> OutgoingMessage {
        let text = match state.stage.message() {
            Some(message) if !state.is_unreadable => {
                let mut copy = Message {
                    sent: self.context.now,
                    ..message.clone()
                };
                let attempts = state.queued.attempts;
                let deferrals = u64::from(attempts).saturating_mul(copy.events.len() as u64);
                copy.counters.count("deferrals", deferrals);
                for event in &mut copy.events {
                    event.progress.deferrals = event.progress.deferrals.saturating_add(attempts);
                }
                copy.text()
            }
            _ => state.queued.text.to_string(),
        };
        OutgoingMessage {
            text,
            delay_s: seconds(wait),
        }
    }

    /// Returns the messages that continue a settled one, one for each wait.
    fn remaining(
        &self,
        message: &Message<'_>,
        settlement: &Settlement,
    ) -> impl Iterator<Item = OutgoingMessage> {
        let mut by_delay: LiteMap<u32, Vec<QueuedEvent<'_>>> = LiteMap::default();
        for remaining in &settlement.remaining {
            if let Some(event) = message.events.get(remaining.index) {
                let event = QueuedEvent {
                    // what is left of a replay whose event was accepted is no copy of anything
                    is_replay: event.is_replay && remaining.progress.done == event.progress.done,
                    progress: remaining.progress,
                    settings: self.context.settings,
                    ..event.clone()
                };
                by_delay.entry(remaining.delay_s).or_default().push(event);
            }
        }
        by_delay.into_iter().map(|(delay_s, events)| {
            let id = rest_of(message.id, delay_s);
            let continued = Message {
                id,
                sync: message.sync.clone(),
                sent: self.context.now,
                shard: message.shard,
                counters: Counters::default(),
                events,
            };
            OutgoingMessage {
                text: continued.text(),
                delay_s,
            }
        })
    }
}
