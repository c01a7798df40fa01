//! The workflow that puts a body into the queue.
//!
//! ```text
//! start ─▶ Store (events too large for a message) ─▶ Send (batches of messages) ─▶ Done
//! ```
//!
//! Each sync has decided about the elements that concern it; the messages of all of them go out
//! together. [`ingest`] begins; each step is consumed by the result of its effect. Only [`IngestStep::Done`]
//! has what a reply needs, so that nobody answers 200 before the events are in the queue. What
//! breaks rules is queued like everything else: the consumer stores it as a reject and counts it,
//! exactly once.
//!
//! What a sync with faults may want stays with its sender ([`IngestContext::blocked`]), who sends
//! the whole body again. The other syncs queue their events now, and know them by their ids when they
//! come again; an event without an id would be sent twice by them, and waits, too.
//!
//! ```compile_fail
//! # use kochava_edge::{IngestStep, Ingested};
//! fn answers_early(step: IngestStep<'_>) -> Ingested {
//!     let IngestStep::Send(_, sending) = step else { unreachable!() };
//!     sending.done() // there is no such method: the number of batches that were sent comes first
//! }
//! ```

mod packing;

use crate::digest::Digest;
use crate::durable::{Arrival, Arrivals, RawEvent};
use crate::plan::Verdict;
use crate::source::Source;
use crate::time::Moment;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use packing::{Held, Packing, PackingSync};

/// What the shell knows of a body beside its elements.
#[derive(Clone, Copy, Debug)]
pub struct IngestContext<'b> {
    /// When the body arrived.
    pub received: Moment,
    /// How many shards the journal has.
    pub shards: u32,
    /// A text that is unique to the body's arrival.
    pub seed: &'b str,
    /// The senders of each sync whose settings have faults; `None` where it may take all.
    pub blocked: &'b [Option<Vec<Source>>],
}

/// The elements of a body, as one sync has decided about them.
#[derive(Debug)]
pub struct SyncArrivals<'b> {
    /// The sync; empty for the one without a name.
    pub sync: &'b str,
    /// The digest of its settings.
    pub settings: Digest,
    /// The elements.
    pub arrivals: Arrivals<'b>,
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
    /// The elements in each batch, by their sync and their index.
    holds: Vec<Held>,
}

/// What became of each element of a body.
#[derive(Debug)]
pub struct Ingested {
    syncs: Vec<IngestedSync>,
    blocked: Vec<Vec<usize>>,
}

/// What became of each element for one sync.
#[derive(Debug)]
struct IngestedSync {
    arrivals: Vec<Arrival>,
    is_queued: Vec<bool>,
    /// The elements that do not concern it are left out.
    concerns: Vec<bool>,
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

/// Begins with the elements of a body as each sync has decided about them: at least one sync, each
/// with the same elements.
pub fn ingest<'b>(syncs: Vec<SyncArrivals<'b>>, context: IngestContext<'b>) -> IngestStep<'b> {
    let mut large = Vec::new();
    let elements = |sync: &SyncArrivals<'b>| sync.arrivals.elements.len();
    let count = syncs.iter().map(elements).max().unwrap_or(0);
    let mut is_held = vec![false; if context.blocked.is_empty() { 0 } else { count }];
    let mut blocked = Vec::new();
    for sources in context.blocked {
        let first = syncs.first().into_iter();
        let arrivals = first.flat_map(|sync| sync.arrivals.elements.iter().enumerate());
        let wanted = arrivals.filter(|(_, arrival)| arrival.may_be_of(sources.as_deref()));
        let wanted: Vec<usize> = wanted.map(|(index, _)| index).collect();
        for &index in &wanted {
            is_held[index] = true;
        }
        blocked.push(wanted);
    }
    let concerns = concerns(&syncs, &is_held);
    let syncs = syncs
        .into_iter()
        .zip(concerns)
        .map(|(sync, concerns)| PackingSync::of(sync, concerns, &is_held, &context, &mut large));
    let packing = Packing {
        syncs: syncs.collect(),
        context,
        blocked,
    };
    if large.is_empty() {
        packing.pack()
    } else {
        IngestStep::Store(large, StoringLarge { packing })
    }
}

/// Returns which elements concern each sync; empty where all concern the only one. What no sync
/// takes is the first one's, so that every element is counted.
fn concerns(syncs: &[SyncArrivals<'_>], is_held: &[bool]) -> Vec<Vec<bool>> {
    if syncs.len() == 1 && is_held.is_empty() {
        return vec![Vec::new()];
    }
    let is_foreign = |sync: &SyncArrivals<'_>, index: usize| {
        let arrival = sync.arrivals.elements.get(index);
        arrival.is_none_or(|arrival| arrival.is_foreign)
    };
    let of_sync = |(number, sync): (usize, &SyncArrivals<'_>)| {
        let indexes = 0..sync.arrivals.elements.len();
        let concerns = indexes.map(|index| {
            let is_nobodys = || {
                let is_held = is_held.get(index) == Some(&true);
                !is_held && syncs.iter().all(|sync| is_foreign(sync, index))
            };
            !is_foreign(sync, index) || (number == 0 && is_nobodys())
        });
        concerns.collect()
    };
    syncs.iter().enumerate().map(of_sync).collect()
}

impl<'b> StoringLarge<'b> {
    /// Goes on when the large events are stored, or when that failed: then they stay with their
    /// sender.
    pub fn stored(mut self, is_stored: bool) -> IngestStep<'b> {
        if !is_stored {
            for sync in &mut self.packing.syncs {
                sync.events
                    .retain(|(_, outbound)| outbound.event.stored.is_none());
            }
        }
        self.packing.pack()
    }
}

impl Sending {
    /// Goes on when the first `sent` batches are in the queue.
    pub fn sent<'b>(mut self, sent: usize) -> IngestStep<'b> {
        for &(sync, index) in self.holds.iter().take(sent).flatten() {
            self.ingested.syncs[sync].is_queued[index] = true;
        }
        IngestStep::Done(self.ingested)
    }
}

impl Ingested {
    /// Returns the index, the verdict and the status of every element that concerns a sync, by its
    /// number, in the body's order.
    pub fn elements(&self, sync: usize) -> impl Iterator<Item = (usize, &Verdict, IngestStatus)> {
        let sync = &self.syncs[sync];
        let elements = sync.arrivals.iter().zip(&sync.is_queued).enumerate();
        let elements = elements.filter(|(index, _)| sync.concerns.get(*index) != Some(&false));
        elements.map(|(index, (arrival, is_queued))| {
            let status = match (&arrival.verdict, is_queued) {
                (Verdict::Skipped(_), _) => IngestStatus::Skipped,
                (_, false) => IngestStatus::Pending,
                (Verdict::Ready, true) => IngestStatus::Queued,
                (Verdict::Refused(_), true) => IngestStatus::Refused,
            };
            (index, &arrival.verdict, status)
        })
    }

    /// Returns the elements that each sync with faults may want, in the order of
    /// [`IngestContext::blocked`].
    #[must_use]
    pub fn blocked(&self) -> &[Vec<usize>] {
        &self.blocked
    }

    /// Returns how many elements the body has.
    #[must_use]
    pub fn len(&self) -> usize {
        let elements = self.syncs.iter().map(|sync| sync.arrivals.len());
        elements.max().unwrap_or(0)
    }

    /// Returns whether the body has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
