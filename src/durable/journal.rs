//! What became of each message, and how often did what happen?
//!
//! A message is settled once: what became of it is noted under its name and counted in the same
//! step, before it leaves the queue. Whoever gets a copy of it later, after a crash or because the
//! queue delivers at least once, finds it settled and only completes what may be missing: so
//! nothing is counted twice, and nothing that Kochava took is sent again.

use super::dedupe::{DedupeChunk, DedupeSet};
use super::metrics::{Counters, TimeBucket};
use crate::digest::Digest;
use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The book of one shard.
#[derive(Clone, Debug)]
pub struct Journal {
    settled: DedupeSet,
    /// What is still to be completed, by the message's name.
    open: BTreeMap<Digest, String>,
    buckets: BTreeMap<TimeBucket, Counters>,
}

/// What the ledger knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalState {
    /// Nothing.
    New,
    /// It is settled and completed.
    Completed,
    /// It is settled, and this is still to be completed.
    Open(String),
}

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledMessage {
    /// Its name.
    pub id: Digest,
    /// What is still to be completed; empty where nothing is.
    pub open: String,
    /// What is counted.
    pub counts: Counters,
}

/// What is to be written down, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalWrite {
    /// A chunk of settled names.
    Chunk(DedupeChunk),
    /// A chunk that is forgotten.
    DropChunk(u32),
    /// A message that is still to be completed.
    Open(Digest, String),
    /// A message that is completed.
    DropOpen(Digest),
    /// The counts of a bucket.
    Bucket(TimeBucket, String),
    /// A bucket that is forgotten.
    DropBucket(TimeBucket),
}

impl Journal {
    /// A book with what was written down of it.
    #[must_use]
    pub fn open(
        settled: DedupeSet,
        open: Vec<(Digest, String)>,
        buckets: Vec<(TimeBucket, Counters)>,
    ) -> Self {
        let mut ledger = Journal {
            settled,
            open: BTreeMap::default(),
            buckets: BTreeMap::default(),
        };
        for (id, text) in open {
            ledger.open.insert(id, text);
        }
        for (bucket, counts) in buckets {
            ledger.buckets.insert(bucket, counts);
        }
        ledger
    }

    /// What is known of a message.
    #[must_use]
    pub fn recall(&self, id: Digest) -> JournalState {
        if let Some(open) = self.open.get(&id) {
            return JournalState::Open(open.clone());
        }
        if self.settled.has(id.fingerprint()) {
            JournalState::Completed
        } else {
            JournalState::New
        }
    }

    /// Settles messages, each once; answers what holds for each, which for one that was settled
    /// before is what was noted then.
    pub fn settle(
        &mut self,
        settled: Vec<SettledMessage>,
        now: Moment,
    ) -> (Vec<JournalState>, Vec<JournalWrite>) {
        let mut writes = Vec::new();
        let mut completed = Vec::new();
        let mut added = Counters::default();
        let known = settled
            .into_iter()
            .map(|SettledMessage { id, open, counts }| {
                let before = self.recall(id);
                if before != JournalState::New || completed.contains(&id.fingerprint()) {
                    return if before == JournalState::New {
                        JournalState::Completed
                    } else {
                        before
                    };
                }
                added.add(&counts);
                if open.is_empty() {
                    completed.push(id.fingerprint());
                    return JournalState::Completed;
                }
                self.open.insert(id, open.clone());
                writes.push(JournalWrite::Open(id, open.clone()));
                JournalState::Open(open)
            });
        let known = known.collect();
        if !added.is_empty() {
            let bucket = TimeBucket::minute(now);
            let counts = self.buckets.entry(bucket).or_default();
            counts.add(&added);
            writes.push(JournalWrite::Bucket(bucket, counts.text()));
        }
        let chunks = self.settled.add(completed, hour(now));
        writes.extend(chunks.into_iter().cloned().map(JournalWrite::Chunk));
        (known, writes)
    }

    /// Notes that messages are completed.
    pub fn complete(&mut self, ids: &[Digest], now: Moment) -> Vec<JournalWrite> {
        let open: Vec<Digest> = ids
            .iter()
            .copied()
            .filter(|id| self.open.remove(id).is_some())
            .collect();
        let chunks = self
            .settled
            .add(open.iter().map(|id| id.fingerprint()), hour(now));
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

    /// Folds old minutes into hours, and forgets what nobody will ask for.
    pub fn sweep(&mut self, now: Moment) -> Vec<JournalWrite> {
        let mut writes: Vec<JournalWrite> = self
            .settled
            .forget(hour(now).saturating_sub(SETTLED_HOURS))
            .into_iter()
            .map(JournalWrite::DropChunk)
            .collect();
        let old = self.buckets_that(|bucket| bucket.is_to_be_folded(now));
        for minute in old {
            let counts = self.buckets.remove(&minute).unwrap_or_default();
            writes.push(JournalWrite::DropBucket(minute));
            let hour = self.buckets.entry(minute.hour()).or_default();
            hour.add(&counts);
            writes.push(JournalWrite::Bucket(minute.hour(), hour.text()));
        }
        let gone = self.buckets_that(|bucket| bucket.is_forgotten(now));
        for bucket in gone {
            self.buckets.remove(&bucket);
            writes.push(JournalWrite::DropBucket(bucket));
        }
        writes
    }

    /// What was counted from one moment to another: to the minute within the last hours, before
    /// that to the hour.
    #[must_use]
    pub fn counts(&self, from: Moment, to: Moment) -> Counters {
        let mut sum = Counters::default();
        self.buckets
            .iter()
            .filter(|(bucket, _)| bucket.is_within(from, to))
            .for_each(|(_, counts)| sum.add(counts));
        sum
    }

    /// How many messages are settled and not completed.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    fn buckets_that(&self, is_meant: impl Fn(TimeBucket) -> bool) -> Vec<TimeBucket> {
        self.buckets
            .iter()
            .map(|(bucket, _)| *bucket)
            .filter(|&bucket| is_meant(bucket))
            .collect()
    }
}

impl JournalState {
    /// As one line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            JournalState::New => "new".to_string(),
            JournalState::Completed => "completed".to_string(),
            JournalState::Open(open) => ["open ", open].concat(),
        }
    }

    /// Reads what [`JournalState::text`] writes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "new" => Some(JournalState::New),
            "completed" => Some(JournalState::Completed),
            _ => Some(JournalState::Open(text.strip_prefix("open ")?.to_string())),
        }
    }
}

/// Hours since the epoch.
fn hour(now: Moment) -> u32 {
    u32::try_from(now.seconds() / 3_600).unwrap_or(0)
}

/// Hours for which a settled message is known: the queue delivers a copy within minutes, after an
/// outage of ours within days.
const SETTLED_HOURS: u32 = 4 * 24;
