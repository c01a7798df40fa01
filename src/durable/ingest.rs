//! The workflow that puts a body into the queue.
//!
//! ```text
//! start ─▶ Store (events too large for a message) ─▶ Send (batches of messages) ─▶ Done
//! ```
//!
//! [`ingest`] begins; each step is consumed by the result of its effect. Only [`IngestStep::Done`]
//! has what a reply needs, so that nobody answers 200 before the events are in the queue. What
//! breaks rules is queued like everything else: the consumer stores it as a reject and counts it,
//! exactly once.
//!
//! ```compile_fail
//! # use kochava_edge::{IngestStep, Ingested};
//! fn answers_early(step: IngestStep<'_>) -> Ingested {
//!     let IngestStep::Send(_, sending) = step else { unreachable!() };
//!     sending.done() // there is no such method: the number of batches that were sent comes first
//! }
//! ```

use crate::digest::Digest;
use crate::durable::{
    Arrival, Arrivals, Counters, DeliveryProgress, Message, OutboundEvent, QueuedEvent, RawEvent,
    batches, pack,
};
use crate::plan::Verdict;
use crate::time::Moment;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

/// What the shell knows of a body beside its elements.
#[derive(Clone, Copy, Debug)]
pub struct IngestContext<'b> {
    /// When the body arrived.
    pub received: Moment,
    /// The digest of the current settings.
    pub settings: Digest,
    /// How many shards the journal has.
    pub shards: u32,
    /// A text that is unique to the body's arrival.
    pub seed: &'b str,
}

/// The next effect of an ingest.
#[derive(Debug)]
#[must_use]
pub enum IngestStep<'b> {
    /// Store these events, all of them or none; then [`StoringLarge::stored`].
    Store(Vec<LargeEvent<'b>>, StoringLarge<'b>),
    /// Put these batches of messages into the queue, one after the other, up to the first that
    /// fails; then [`Sending::sent`].
    Send(Vec<Vec<String>>, Sending),
    /// Reply.
    Done(Ingested),
}

/// An event that is too large for a message.
#[derive(Clone, Debug)]
pub struct LargeEvent<'b> {
    /// Its key in the store.
    pub key: Digest,
    /// The event as it arrived.
    pub event: RawEvent<'b>,
}

/// An ingest whose large events are being stored.
#[derive(Debug)]
pub struct StoringLarge<'b> {
    packing: Packing<'b>,
}

/// An ingest whose messages are being put into the queue.
#[derive(Debug)]
pub struct Sending {
    ingested: Ingested,
    /// The indexes of the elements in each batch.
    holds: Vec<Vec<usize>>,
}

/// What became of each element of a body.
#[derive(Debug)]
pub struct Ingested {
    arrivals: Vec<Arrival>,
    is_queued: Vec<bool>,
}

/// What became of an element of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestStatus {
    /// It is not safe: its sender must send it again.
    Pending,
    /// The operator's settings skip it.
    Skipped,
    /// It breaks rules; it is in the queue and becomes a reject.
    Refused,
    /// It is in the queue.
    Queued,
}

#[derive(Debug)]
struct Packing<'b> {
    context: IngestContext<'b>,
    arrivals: Vec<Arrival>,
    /// Events with the index of their element.
    events: Vec<(usize, OutboundEvent<'b>)>,
}

/// Begins with the elements of a body.
pub fn ingest<'b>(mut arrivals: Arrivals<'b>, context: IngestContext<'b>) -> IngestStep<'b> {
    let mut large = Vec::new();
    let mut events = Vec::new();
    for index in 0..arrivals.elements.len() {
        if matches!(arrivals.elements[index].verdict, Verdict::Skipped(_)) {
            continue;
        }
        let event = RawEvent::strict(arrivals.take_text(index));
        let mut outbound = outbound(event, index, &arrivals.elements[index], &context);
        if !outbound.fits() {
            let key = Digest::of(&["large event", context.seed, &index.to_string()]);
            let event = outbound.event.event.take();
            outbound.event.stored = Some(key);
            large.extend(event.map(|event| LargeEvent { key, event }));
        }
        events.push((index, outbound));
    }
    // of each device an install goes first, and the identity of a user last
    let rank = |&(index, _): &(usize, _)| arrivals.elements[index].first_kind;
    if !events.is_sorted_by_key(rank) {
        events.sort_by_key(rank);
    }
    let packing = Packing {
        context,
        arrivals: arrivals.elements,
        events,
    };
    if large.is_empty() {
        packing.pack()
    } else {
        IngestStep::Store(large, StoringLarge { packing })
    }
}

/// Returns the queued form of an element.
fn outbound<'b>(
    event: RawEvent<'b>,
    index: usize,
    arrival: &Arrival,
    context: &IngestContext<'b>,
) -> OutboundEvent<'b> {
    let id = arrival
        .key
        .unwrap_or_else(|| Digest::of(&["arrival", context.seed, &index.to_string()]));
    let event = QueuedEvent {
        id,
        source: arrival.source,
        received: context.received,
        of_users: arrival.of_users,
        settings: context.settings,
        is_replay: false,
        progress: DeliveryProgress::default(),
        event: Some(event),
        stored: None,
    };
    let home = arrival.device.or(arrival.ordering_key).unwrap_or(id);
    OutboundEvent {
        event,
        ordering_key: arrival.ordering_key,
        shard: home.shard(context.shards),
    }
}

impl<'b> StoringLarge<'b> {
    /// Goes on when the large events are stored, or when that failed: then they stay with their
    /// sender.
    pub fn stored(mut self, is_stored: bool) -> IngestStep<'b> {
        if !is_stored {
            self.packing
                .events
                .retain(|(_, outbound)| outbound.event.stored.is_none());
        }
        self.packing.pack()
    }
}

impl<'b> Packing<'b> {
    fn pack(self) -> IngestStep<'b> {
        let Packing {
            context,
            arrivals,
            events,
        } = self;
        let (indexes, events): (Vec<usize>, Vec<_>) = events.into_iter().unzip();
        let skipped = skipped(&arrivals);
        let wanted = arrivals
            .iter()
            .filter(|arrival| !matches!(arrival.verdict, Verdict::Skipped(_)));
        let is_whole = wanted.count() == events.len();
        let packed = pack(events, context.seed, context.received);
        let mut messages = packed.messages;
        let mut holds = packed.holds;
        // in the last message, which is sent only if all others are: a sender that must send the
        // body again is not counted twice
        if is_whole && !skipped.is_empty() {
            if messages.is_empty() {
                messages.push(Message {
                    id: Digest::of(&["counters", context.seed]),
                    sent: context.received,
                    shard: 0,
                    counters: Counters::default(),
                    events: Vec::new(),
                });
                holds.push(Vec::new());
            }
            if let Some(last) = messages.last_mut() {
                last.counters = skipped;
            }
        }
        let ingested = Ingested {
            is_queued: vec![false; arrivals.len()],
            arrivals,
        };
        if messages.is_empty() {
            return IngestStep::Done(ingested);
        }
        let mut texts: Vec<String> = messages.iter().map(Message::text).collect();
        let ranges = batches(texts.iter().map(String::len));
        let holds = ranges
            .iter()
            .map(|range| {
                let elements = holds[range.clone()].iter().flatten();
                elements.map(|&at| indexes[at]).collect()
            })
            .collect();
        let batches = ranges
            .iter()
            .map(|range| texts.drain(..range.len()).collect())
            .collect();
        IngestStep::Send(batches, Sending { ingested, holds })
    }
}

fn skipped(arrivals: &[Arrival]) -> Counters {
    let mut counters = Counters::default();
    for arrival in arrivals {
        if let Verdict::Skipped(skip) = &arrival.verdict {
            counters.count("skipped", 1);
            counters.count(&["code:", skip.code()].concat(), 1);
        }
    }
    counters
}

impl Sending {
    /// Goes on when the first `sent` batches are in the queue.
    pub fn sent<'b>(mut self, sent: usize) -> IngestStep<'b> {
        for &index in self.holds.iter().take(sent).flatten() {
            self.ingested.is_queued[index] = true;
        }
        IngestStep::Done(self.ingested)
    }
}

impl Ingested {
    /// Returns the verdict and the status of every element, in the body's order.
    pub fn elements(&self) -> impl Iterator<Item = (&Verdict, IngestStatus)> {
        let elements = self.arrivals.iter().zip(&self.is_queued);
        elements.map(|(arrival, is_queued)| {
            let status = match (&arrival.verdict, is_queued) {
                (Verdict::Skipped(_), _) => IngestStatus::Skipped,
                (_, false) => IngestStatus::Pending,
                (Verdict::Ready, true) => IngestStatus::Queued,
                (Verdict::Refused(_), true) => IngestStatus::Refused,
            };
            (&arrival.verdict, status)
        })
    }
}
