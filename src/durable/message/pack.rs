//! Packs many events into few messages, and messages into batches.
//!
//! A message is billed by started 64 KB and put into the queue by batches; messages and batches
//! have limits in bytes and in number (Cloudflare, Queues limits). All events of a message belong to
//! one shard. Events of one device share a message as long as one can hold them, since the queue
//! promises no order between messages.

use super::{Message, QueuedEvent};
use crate::digest::Digest;
use crate::durable::Counters;
use crate::limits::{
    MESSAGE_BYTES_BILLED, MESSAGE_BYTES_MAX, MESSAGE_METADATA_BYTES, SEND_BATCH_BYTES_MAX,
    SEND_BATCH_MESSAGES_MAX,
};
use crate::time::Moment;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::Range;
use litemap::LiteMap;

/// An event that is to be put into the queue.
#[derive(Clone, Debug)]
pub struct OutboundEvent<'a> {
    /// The event.
    pub event: QueuedEvent<'a>,
    /// The digest of its device, as its sender identifies devices.
    pub ordering_key: Option<Digest>,
    /// The shard of the journal that knows it.
    pub shard: u32,
}

/// Messages, and which events each of them holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedMessages<'a> {
    /// The messages, in the order of their first events.
    pub messages: Vec<Message<'a>>,
    /// For each message the indexes of its events.
    pub holds: Vec<Vec<usize>>,
}

impl OutboundEvent<'_> {
    /// Returns whether the event fits into a message of this sync.
    #[must_use]
    pub fn fits(&self, sync: &str) -> bool {
        Message::frame_bytes(sync) + self.event.bytes() <= MESSAGE_BYTES_MAX
    }
}

/// Packs events that fit into messages of a sync. `seed` must be unique to the call, since the
/// messages' digests are made of it.
#[must_use]
pub fn pack<'a>(
    events: Vec<OutboundEvent<'a>>,
    sync: &'a str,
    seed: &str,
    now: Moment,
) -> PackedMessages<'a> {
    let mut packed = PackedMessages::default();
    let mut bytes: Vec<usize> = Vec::new();
    let mut of_device: LiteMap<(u32, Digest), usize> = LiteMap::default();
    let mut last_of_shard: LiteMap<u32, usize> = LiteMap::default();
    for (index, outbound) in events.into_iter().enumerate() {
        let OutboundEvent {
            event,
            ordering_key,
            shard,
        } = outbound;
        let weight = event.bytes();
        let same_device = ordering_key
            .and_then(|key| of_device.get(&(shard, key)).copied())
            .filter(|&at| bytes[at] + weight <= MESSAGE_BYTES_MAX);
        let last = last_of_shard
            .get(&shard)
            .copied()
            .filter(|&at| bytes[at] + weight <= MESSAGE_BYTES_BILLED);
        let at = same_device.or(last).unwrap_or_else(|| {
            packed.messages.push(Message {
                id: Digest::of(&["message", seed, &packed.messages.len().to_string()]),
                sync: sync.into(),
                sent: now,
                shard,
                counters: Counters::default(),
                events: Vec::new(),
            });
            packed.holds.push(Vec::new());
            bytes.push(Message::frame_bytes(sync));
            last_of_shard.insert(shard, bytes.len() - 1);
            bytes.len() - 1
        });
        bytes[at] += weight;
        if let Some(key) = ordering_key {
            of_device.insert((shard, key), at);
        }
        packed.messages[at].events.push(event);
        packed.holds[at].push(index);
    }
    packed
}

/// Splits messages of these lengths into the ranges that one `sendBatch` each can take.
#[must_use]
pub fn batches(lengths: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, length) in lengths.into_iter().enumerate() {
        let weight = length + MESSAGE_METADATA_BYTES;
        bytes += weight;
        if let Some(batch) = batches
            .last_mut()
            .filter(|batch| bytes <= SEND_BATCH_BYTES_MAX && batch.len() < SEND_BATCH_MESSAGES_MAX)
        {
            batch.end += 1;
        } else {
            bytes = weight;
            batches.push(at..at + 1);
        }
    }
    batches
}
