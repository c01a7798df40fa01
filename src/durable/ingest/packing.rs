//! Packs the events of a body into messages, those of each sync in messages of their own, and all
//! messages into as few batches as hold them.

use super::{IngestContext, IngestStep, Ingested, IngestedSync, LargeEvent, Sending, SyncArrivals};
use crate::digest::Digest;
use crate::durable::{
    Arrival, Counters, DeliveryProgress, Message, OutboundEvent, QueuedEvent, RawEvent, batches,
    pack,
};
use crate::kochava::RequestKind;
use crate::limits::MESSAGE_BYTES_BILLED;
use crate::plan::Verdict;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::iter;
use core::ops::Range;

#[derive(Debug)]
pub(super) struct Packing<'b> {
    pub(super) context: IngestContext<'b>,
    pub(super) syncs: Vec<PackingSync<'b>>,
    pub(super) blocked: Vec<Vec<usize>>,
}

/// The part of one sync.
#[derive(Debug)]
pub(super) struct PackingSync<'b> {
    pub(super) sync: &'b str,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) concerns: Vec<bool>,
    /// Events with the index of their element.
    pub(super) events: Vec<(usize, OutboundEvent<'b>)>,
    /// How many events there were.
    pub(super) wanted: usize,
    /// Names of what is skipped.
    pub(super) skipped: Counters,
}

impl<'b> PackingSync<'b> {
    /// Takes the events that are to be queued; those that are too large for a message go into
    /// `large` as well.
    pub(super) fn of(
        sync: SyncArrivals<'b>,
        concerns: Vec<bool>,
        is_held: &[bool],
        context: &IngestContext<'b>,
        large: &mut Vec<LargeEvent<'b>>,
    ) -> Self {
        let SyncArrivals {
            sync,
            settings,
            mut arrivals,
        } = sync;
        let (mut events, mut wanted) = (Vec::new(), 0);
        for index in 0..arrivals.elements.len() {
            let arrival = &arrivals.elements[index];
            let is_skipped = matches!(arrival.verdict, Verdict::Skipped(_));
            if is_skipped || concerns.get(index) == Some(&false) {
                continue;
            }
            wanted += 1;
            // it comes again, and nothing would tell
            if arrival.key.is_none() && is_held.get(index) == Some(&true) {
                continue;
            }
            let event = RawEvent::strict(arrivals.take_text(index));
            let arrival = &arrivals.elements[index];
            let mut outbound = outbound(event, index, arrival, (sync, settings), context);
            if !outbound.fits(sync) {
                let key = named(sync, &["large event", context.seed, &index.to_string()]);
                let event = outbound.event.event.take();
                outbound.event.stored = Some(key);
                large.extend(event.map(|event| LargeEvent { key, event }));
            }
            events.push((index, outbound));
        }
        // of each device an install goes first, and the identity of a user last
        let rank = |&(index, _): &(usize, _)| arrivals.elements[index].first_kind;
        if !events.is_sorted_by_key(rank) {
            let mut unsorted = core::mem::take(&mut events);
            let kinds = RequestKind::ALL.map(Some);
            for kind in iter::once(None).chain(kinds) {
                events.extend(unsorted.extract_if(.., |event| rank(event) == kind));
            }
        }
        PackingSync {
            sync,
            arrivals: arrivals.elements,
            skipped: arrivals.skipped,
            concerns,
            events,
            wanted,
        }
    }
}

/// Returns the queued form of an element.
fn outbound<'b>(
    event: RawEvent<'b>,
    index: usize,
    arrival: &Arrival,
    (sync, settings): (&str, Digest),
    context: &IngestContext<'b>,
) -> OutboundEvent<'b> {
    let key = arrival
        .key
        .unwrap_or_else(|| Digest::of(&["arrival", context.seed, &index.to_string()]));
    let id = match sync {
        "" => key,
        // the reject of an event has its id, and syncs share the store of rejects
        _ => named(sync, &[&key.to_hex()]),
    };
    let event = QueuedEvent {
        id,
        source: arrival.source,
        received: context.received,
        of_users: arrival.of_users,
        settings,
        is_replay: false,
        is_test: false,
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

/// Returns a digest of these parts that differs from sync to sync; for the one without a name, of
/// the parts alone.
fn named(sync: &str, parts: &[&str]) -> Digest {
    match sync {
        "" => Digest::of(parts),
        _ => Digest::of(&[parts, &["sync", sync]].concat()),
    }
}

/// The most bytes that the names of skipped events and the rest of a message without events take: four
/// names of 60 characters, each of at most 6 bytes, with 40 bytes about each, beside 2,000.
const NAMED_BYTES: usize = 4 * (60 * 6 + 40) + 2_000;

/// The elements that a message or a batch holds: the number of a sync and an index in its arrivals.
pub(super) type Held = Vec<(usize, usize)>;

/// The messages of a body while they are packed.
#[derive(Default)]
struct Packed<'b> {
    messages: Vec<Message<'b>>,
    /// The elements in each message, by their sync and their index.
    holds: Vec<Held>,
    /// The messages with what their syncs skip.
    counting: Vec<usize>,
}

impl<'b> Packing<'b> {
    pub(super) fn pack(self) -> IngestStep<'b> {
        let Packing {
            context,
            syncs,
            blocked,
        } = self;
        // a sender that must send the body again is not counted twice
        let is_whole = syncs.iter().all(|sync| sync.wanted == sync.events.len())
            && blocked.iter().all(Vec::is_empty);
        let mut packed = Packed::default();
        let mut ended = Vec::with_capacity(syncs.len());
        for (number, sync) in syncs.into_iter().enumerate() {
            let counters = if is_whole {
                skipped(&sync)
            } else {
                Counters::default()
            };
            let (indexes, events): (Vec<usize>, Vec<_>) = sync.events.into_iter().unzip();
            packed.add(number, &indexes, events, sync.sync, counters, &context);
            ended.push(IngestedSync {
                is_queued: vec![false; sync.arrivals.len()],
                arrivals: sync.arrivals,
                concerns: sync.concerns,
            });
        }
        let ingested = Ingested {
            syncs: ended,
            blocked,
        };
        if packed.messages.is_empty() {
            return IngestStep::Done(ingested);
        }
        let (batches, holds) = packed.batches(&context);
        IngestStep::Send(batches, Sending { ingested, holds })
    }
}

impl<'b> Packed<'b> {
    /// Adds the events of a sync, and what it skips: in its last message.
    fn add(
        &mut self,
        number: usize,
        indexes: &[usize],
        events: Vec<OutboundEvent<'b>>,
        sync: &'b str,
        counters: Counters,
        context: &IngestContext<'b>,
    ) {
        let (seed, now) = (context.seed, context.received);
        let packed = match sync {
            "" => pack(events, sync, seed, now),
            _ => pack(events, sync, &[seed, " ", sync].concat(), now),
        };
        let before = self.messages.len();
        self.messages.extend(packed.messages);
        let elements =
            |held: Vec<usize>| held.into_iter().map(|at| (number, indexes[at])).collect();
        self.holds.extend(packed.holds.into_iter().map(elements));
        if counters.is_empty() {
            return;
        }
        if self.messages.len() == before {
            self.push_counters(sync, Counters::default(), context);
        }
        self.counting.push(self.messages.len() - 1);
        if let Some(last) = self.messages.last_mut() {
            last.counters = counters;
        }
    }

    /// Adds a message without events.
    fn push_counters(&mut self, sync: &'b str, counters: Counters, context: &IngestContext<'b>) {
        self.messages.push(Message {
            id: named(sync, &["counters", context.seed]),
            sync: sync.into(),
            sent: context.received,
            shard: 0,
            counters,
            events: Vec::new(),
        });
        self.holds.push(Vec::new());
    }

    /// Splits the messages into batches, what is skipped in the last one, which is sent only if all
    /// others are.
    fn batches(mut self, context: &IngestContext<'b>) -> (Vec<Vec<String>>, Vec<Held>) {
        let mut texts: Vec<String> = self.messages.iter().map(Message::text).collect();
        let mut ranges = batches(texts.iter().map(String::len));
        let is_apart = |&at: &usize| {
            ranges
                .last()
                .is_none_or(|last: &Range<usize>| at < last.start)
        };
        if self.counting.iter().any(is_apart) {
            let end = texts.len();
            for at in core::mem::take(&mut self.counting) {
                let message = &mut self.messages[at];
                let counters = core::mem::take(&mut message.counters);
                texts[at] = message.text();
                if let alloc::borrow::Cow::Borrowed(sync) = message.sync {
                    self.push_counters(sync, counters, context);
                }
            }
            texts.extend(self.messages[end..].iter().map(Message::text));
            ranges = batches(texts[..end].iter().map(String::len));
            ranges.push(end..texts.len());
        }
        let elements = ranges
            .iter()
            .map(|range| self.holds[range.clone()].concat());
        let elements = elements.collect();
        let batches = ranges
            .iter()
            .map(|range| texts.drain(..range.len()).collect())
            .collect();
        (batches, elements)
    }
}

fn skipped(sync: &PackingSync<'_>) -> Counters {
    let bytes = sync
        .events
        .iter()
        .map(|(_, outbound)| outbound.event.bytes());
    // only where all events and the names fit into one billed unit, so that the names cost nothing
    let mut counters = if bytes.sum::<usize>() + NAMED_BYTES <= MESSAGE_BYTES_BILLED {
        sync.skipped.clone()
    } else {
        Counters::default()
    };
    for (index, arrival) in sync.arrivals.iter().enumerate() {
        if let Verdict::Skipped(skip) = &arrival.verdict
            && sync.concerns.get(index) != Some(&false)
        {
            counters.count("skipped", 1);
            counters.count(&["code:", skip.code()].concat(), 1);
        }
    }
    counters
}
