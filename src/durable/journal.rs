//! The journal: settled messages, the work that remains for each, and the counters.
//!
//! A message is settled once: the result of its deliveries is recorded under its digest and counted
//! in the same step, before it leaves the queue. A consumer that gets a copy later, after a crash
//! or because the queue delivers at least once, finds it settled and only does the remaining work.
//! So nothing is counted twice, and no call that Kochava accepted is sent again.
//!
//! Every change returns the [`JournalWrite`]s that make it durable; the shell stores all of them or
//! none.

use super::dedupe::{DedupeChunk, DedupeSet};
use super::metrics::{Counters, TimeBucket};
use super::settlement::Settlement;
use crate::digest::Digest;
use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The journal of one shard.
#[derive(Clone, Debug)]
pub struct Journal {
    completed: DedupeSet,
    /// The remaining work, by the message's digest.
    open: BTreeMap<Digest, Settlement>,
    buckets: BTreeMap<TimeBucket, Counters>,
}

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalState {
    /// It is not settled.
    New,
    /// It is settled and completed.
    Completed,
    /// It is settled, and this work remains.
    Open(Settlement),
}

/// The result of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledMessage {
    /// The message's digest.
    pub id: Digest,
    /// The work that remains.
    #[serde(default, skip_serializing_if = "Settlement::is_empty")]
    pub open: Settlement,
    /// The counters.
    pub counters: Counters,
}

/// A change of the journal's store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalWrite {
    /// A chunk of completed messages is stored.
    Chunk(DedupeChunk),
    /// A chunk is dropped.
    DropChunk(u32),
    /// The remaining work of a message is stored.
    Open(Digest, Settlement),
    /// A message is completed.
    DropOpen(Digest),
    /// The counters of a bucket are stored.
    Bucket(TimeBucket, Counters),
    /// A bucket is dropped.
    DropBucket(TimeBucket),
}

impl Journal {
    /// Restores a journal from its stored form.
    #[must_use]
    pub fn open(
        completed: DedupeSet,
        open: impl IntoIterator<Item = (Digest, Settlement)>,
        buckets: impl IntoIterator<Item = (TimeBucket, Counters)>,
    ) -> Self {
        Journal {
            completed,
            open: open.into_iter().collect(),
            buckets: buckets.into_iter().collect(),
        }
    }

    /// Returns the state of a message.
    #[must_use]
    pub fn state(&self, id: Digest) -> JournalState {
        if let Some(open) = self.open.get(&id) {
            return JournalState::Open(open.clone());
        }
        if self.completed.has(id.fingerprint()) {
            JournalState::Completed
        } else {
            JournalState::New
        }
    }

    /// Settles messages, each once. Returns the state of each: for one that was settled before, the
    /// state that was recorded then.
    pub fn settle(
        &mut self,
        settled: Vec<SettledMessage>,
        now: Moment,
    ) -> (Vec<JournalState>, Vec<JournalWrite>) {
        let mut writes = Vec::new();
        let mut completed = Vec::new();
        let mut added = Counters::default();
        let mut states = Vec::new();
        for SettledMessage { id, open, counters } in settled {
            let before = self.state(id);
            states.push(if before != JournalState::New {
                before
            } else if completed.contains(&id.fingerprint()) {
                JournalState::Completed
            } else {
                added.add(&counters);
                if open.is_empty() {
                    completed.push(id.fingerprint());
                    JournalState::Completed
                } else {
                    self.open.insert(id, open.clone());
                    writes.push(JournalWrite::Open(id, open.clone()));
                    JournalState::Open(open)
                }
            });
        }
        if !added.is_empty() {
            let bucket = TimeBucket::minute(now);
            let counters = self.buckets.entry(bucket).or_default();
            counters.add(&added);
            writes.push(JournalWrite::Bucket(bucket, counters.clone()));
        }
        let chunks = self.completed.add(completed, hour_of(now));
        writes.extend(chunks.into_iter().cloned().map(JournalWrite::Chunk));
        (states, writes)
    }

    /// Records that these messages are completed.
    pub fn complete(&mut self, ids: &[Digest], now: Moment) -> Vec<JournalWrite> {
        let open: Vec<Digest> = ids
            .iter()
            .copied()
            .filter(|id| self.open.remove(id).is_some())
            .collect();
        let chunks = self
            .completed
            .add(open.iter().map(|id| id.fingerprint()), hour_of(now));
        let chunks: Vec<JournalWrite> = chunks
            .into_iter()
            .cloned()
            .map(JournalWrite::Chunk)
            .collect();
        open.into_iter()
            .map(JournalWrite::DropOpen)
            .chain(chunks)
            .collect()
    }

    /// Folds old minutes into hours, and drops entries past their retention.
    pub fn sweep(&mut self, now: Moment) -> Vec<JournalWrite> {
        let oldest = hour_of(now).saturating_sub(COMPLETED_HOURS);
        let mut writes: Vec<JournalWrite> = self
            .completed
            .drop_before(oldest)
            .into_iter()
            .map(JournalWrite::DropChunk)
            .collect();
        for minute in self.buckets_where(|bucket| bucket.is_to_be_folded(now)) {
            let counters = self.buckets.remove(&minute).unwrap_or_default();
            writes.push(JournalWrite::DropBucket(minute));
            let hour = self.buckets.entry(minute.hour()).or_default();
            hour.add(&counters);
            writes.push(JournalWrite::Bucket(minute.hour(), hour.clone()));
        }
        for bucket in self.buckets_where(|bucket| bucket.is_expired(now)) {
            self.buckets.remove(&bucket);
            writes.push(JournalWrite::DropBucket(bucket));
        }
        writes
    }

    /// Returns the sum of the counters from one moment to another: to the minute within the last
    /// hours, before that to the hour.
    #[must_use]
    pub fn counters(&self, from: Moment, to: Moment) -> Counters {
        let mut sum = Counters::default();
        self.buckets
            .iter()
            .filter(|(bucket, _)| bucket.is_within(from, to))
            .for_each(|(_, counters)| sum.add(counters));
        sum
    }

    /// Returns the number of messages that are settled but not completed.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    fn buckets_where(&self, matches: impl Fn(TimeBucket) -> bool) -> Vec<TimeBucket> {
        self.buckets
            .keys()
            .copied()
            .filter(|&bucket| matches(bucket))
            .collect()
    }
}

/// Returns the hours since the epoch.
fn hour_of(now: Moment) -> u32 {
    u32::try_from(now.seconds() / 3_600).unwrap_or(0)
}

/// Hours for which a completed message is known: the queue delivers a copy within minutes, after an
/// outage of the Worker within days.
const COMPLETED_HOURS: u32 = 4 * 24;
