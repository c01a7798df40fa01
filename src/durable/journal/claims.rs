//! Who is delivering what: the messages and events of waves that have begun and are not committed.
//!
//! Claims are kept in memory. Those of a consumer that died lapse after [`CLAIM_LEASE`].

use crate::digest::Digest;
use crate::limits::CLAIM_LEASE;
use crate::time::Moment;
use alloc::collections::BTreeMap;

/// The claims of a shard.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    /// Until when each message is claimed.
    messages: BTreeMap<Digest, Moment>,
    /// The message that claims each event.
    events: BTreeMap<u64, Digest>,
}

impl Claims {
    /// Claims a message; returns false where another wave has it.
    pub(super) fn claim(&mut self, message: Digest, now: Moment) -> bool {
        if self.holds(message, now) {
            return false;
        }
        let lease = i64::try_from(CLAIM_LEASE.as_millis()).unwrap_or(i64::MAX);
        let until = Moment::from_millis(now.millis.saturating_add(lease));
        self.messages.insert(message, until);
        true
    }

    /// Returns whether a message is claimed, perhaps longer than its claim holds.
    pub(super) fn has(&self, message: Digest) -> bool {
        self.messages.contains_key(&message)
    }

    /// Claims an event for a message; returns false where another message has it.
    pub(super) fn claim_event(&mut self, event: u64, message: Digest, now: Moment) -> bool {
        let is_taken = self
            .events
            .get(&event)
            .is_some_and(|&holder| holder != message && self.holds(holder, now));
        if !is_taken {
            self.events.insert(event, message);
        }
        !is_taken
    }

    /// Releases messages and their events: all of a wave at once, since each time looks at every event.
    pub(super) fn release(&mut self, messages: impl Iterator<Item = Digest>) {
        for message in messages {
            self.messages.remove(&message);
        }
        self.release_events();
    }

    /// Releases what has lapsed.
    pub(super) fn sweep(&mut self, now: Moment) {
        self.messages.retain(|_, until| now < *until);
        self.release_events();
    }

    /// Releases the events of messages that are not claimed.
    fn release_events(&mut self) {
        let messages = &self.messages;
        self.events
            .retain(|_, holder| messages.contains_key(holder));
    }

    fn holds(&self, message: Digest, now: Moment) -> bool {
        self.messages
            .get(&message)
            .is_some_and(|until| now < *until)
    }
}
