//! How does an event wait in a queue?
//!
//! Nouns: a [`Message`] of entries, each an event as it came and how far its delivery has got. The
//! calls for Kochava are not in it: they are a pure function of event, settings and time of
//! arrival, so that what waits follows a mended mapping, App GUID or credential, and no credential
//! lies in a queue. Behind this door: `text` spells a message and reads it, `pack` makes as few of
//! many events as the platform allows.

mod pack;
mod text;

use crate::digest::Digest;
use crate::durable::Counters;
use crate::durable::EventMeta;
use crate::source::Source;
use crate::time::Moment;
use alloc::string::String;
use alloc::vec::Vec;

pub use pack::{PackedMessages, batches, pack};
pub use text::MessageError;

/// What one message of the queue carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its own name; the platform's is another for each copy.
    pub id: Digest,
    /// When this copy of it was put into the queue.
    pub sent: Moment,
    /// What is to be counted beside its entries.
    pub counters: Vec<(String, u64)>,
    /// The events, those of one device in their order.
    pub entries: Vec<QueuedEvent<'a>>,
}

/// One event on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedEvent<'a> {
    /// Its own name, the same for its whole life.
    pub id: Digest,
    /// Who sent it.
    pub source: Source,
    /// When it arrived.
    pub received: Moment,
    /// Whether its place in the body said that it is a user.
    pub of_users: bool,
    /// Its device, if the sender names one; not part of the message, since the event says it.
    pub ordering_key: Option<Digest>,
    /// The settings under which its progress was made.
    pub settings: Digest,
    /// How far it has got.
    pub progress: DeliveryProgress,
    /// The event as it came: JSON.
    pub event: &'a str,
}

impl Message<'_> {
    /// A message that only counts: what ended without ever waiting in the queue.
    #[must_use]
    pub fn of_counts(seed: &str, now: Moment, counts: &Counters) -> Self {
        let counters = counts
            .iter()
            .map(|(name, times)| (String::from(name), times))
            .collect();
        Message {
            id: Digest::of(&["counters", seed]),
            sent: now,
            counters,
            entries: Vec::new(),
        }
    }
}

impl<'a> QueuedEvent<'a> {
    /// An element of `body` that begins its way.
    #[must_use]
    pub fn begin(
        tag: &EventMeta,
        body: &'a str,
        source: Source,
        received: Moment,
        settings: Digest,
    ) -> Self {
        QueuedEvent {
            id: tag.id,
            source,
            received,
            of_users: tag.of_users,
            ordering_key: tag.ordering_key,
            settings,
            progress: DeliveryProgress::default(),
            event: body.get(tag.at.clone()).unwrap_or_default(),
        }
    }
}

/// How far the delivery of one event has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryProgress {
    /// Calls that Kochava has taken.
    pub done: u32,
    /// Whether one of them was answered with nothing readable.
    pub is_unsure: bool,
    /// Attempts at the call that comes next, as far as they failed.
    pub attempts: u32,
    /// What the waits between them came to, in seconds: this is what the schedule's span is spent
    /// by, and no pause spends it.
    pub waited_s: u32,
    /// How often it was put off without an attempt.
    pub deferrals: u32,
    /// How often it stayed behind another event of its device.
    pub behind: u32,
    /// How often a refusal of it was taken for one of the configuration.
    pub breaker_deferrals: u32,
}
