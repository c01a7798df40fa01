//! The messages that are put into the queue: the remaining events of settled messages, and copies
//! of messages that waited too long as they are.

use super::disposition::{seconds, store_wait};
use super::{Consumer, MessageStage, MessageState, OutgoingMessage};
use crate::digest::Digest;
use crate::durable::{Counters, Message, QueuedEvent, Settlement};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the messages to put into the queue. The failure of one is reported with
    /// [`Consumer::mark_failed`].
    #[must_use]
    pub fn outgoing_messages(&mut self) -> Vec<OutgoingMessage> {
        let mut outgoing = Vec::new();
        for from in 0..self.messages.len() {
            let state = &self.messages[from];
            match &state.stage {
                _ if state.has_failed => {
                    let wait = store_wait(state.queued.attempts);
                    if self.must_requeue(state, state.stage.message(), wait) {
                        outgoing.push(self.requeued(from, wait));
                        self.messages[from].is_requeued = true;
                    }
                }
                MessageStage::Settled(message, settlement) => {
                    outgoing.extend(self.remaining(from, message, settlement));
                }
                MessageStage::Deferred(message, wait)
                    if self.must_requeue(state, message.as_ref(), *wait) =>
                {
                    outgoing.push(self.requeued(from, *wait));
                }
                MessageStage::Poison
                | MessageStage::Read(_)
                | MessageStage::Completed
                | MessageStage::Deferred(..) => {}
            }
        }
        outgoing
    }

    /// Returns a copy of a message; byte for byte where it cannot be read.
    fn requeued(&self, from: usize, wait: Duration) -> OutgoingMessage {
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

    /// Returns a copy of a message with the deferrals of this copy, which are counted when it is
    /// settled.
    fn copy(&self, state: &MessageState<'_>, message: &Message<'_>) -> String {
        let mut copy = Message {
            sent: self.now,
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

    /// Returns the messages that continue a settled one, one for each wait.
    fn remaining(
        &self,
        from: usize,
        message: &Message<'_>,
        settlement: &Settlement,
    ) -> Vec<OutgoingMessage> {
        let mut by_delay: BTreeMap<u32, Vec<QueuedEvent<'_>>> = BTreeMap::default();
        for remaining in &settlement.remaining {
            if let Some(event) = message.events.get(remaining.index) {
                let event = QueuedEvent {
                    progress: remaining.progress,
                    settings: self.settings,
                    ..event.clone()
                };
                by_delay.entry(remaining.delay_s).or_default().push(event);
            }
        }
        let messages = by_delay.into_iter().map(|(delay_s, events)| {
            // derived from the old message, so that two consumers create the same digest and one
            // counts
            let id = Digest::of(&["rest of", &message.id.to_hex(), &delay_s.to_string()]);
            let continued = Message {
                id,
                sent: self.now,
                counters: Counters::default(),
                events,
            };
            OutgoingMessage {
                from,
                text: continued.text(),
                delay_s,
            }
        });
        messages.collect()
    }
}
