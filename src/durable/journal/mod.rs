//! The journal of one shard: everything that consumers must agree about.
//!
//! It knows the messages that are settled and the work that remains for each; the events that are
//! being delivered (claims), were delivered, or are kept as rejects; the counters; the breakers; and
//! which devices and identity links Kochava accepted. A consumer makes two requests for a wave of
//! messages: [`Journal::begin`] before it sends anything, [`Journal::commit`] afterwards.
//!
//! A message is settled once: its result is recorded under its digest and counted in the same step,
//! before it leaves the queue. A consumer that gets a copy later, after a crash or because the queue
//! delivers at least once, finds it settled and only does the remaining work. So nothing is counted
//! twice, and no call that Kochava accepted is sent again.
//!
//! Every change returns the [`JournalWrite`]s that make it durable; the shell stores all of them or
//! none. Claims are in memory only: they lapse when the shard restarts or [`CLAIM_LEASE`] is over.

mod begin;
mod claims;
mod commit;
mod incidents;
mod series;

use super::dedupe::{DedupeChunk, DedupeSet, DedupeWrite};
use super::metrics::{Counters, TimeBucket};
use super::settlement::Settlement;
use super::waiting::{WaitingRow, WaitingSum, add_sums, as_of_now};
use crate::delivery::Breakers;
use crate::digest::Digest;
use crate::kochava::Route;
use crate::limits::{COMPLETED_HOURS, COMPLETED_MESSAGES_MAX, DEDUPE_EVENTS_MAX, DEDUPE_HOURS};
use crate::time::Moment;
use alloc::vec::Vec;
use claims::Claims;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

pub use begin::{
    BeginAnswer, BeginMessage, BeginRequest, BegunMessage, EventClaim, KnownRows, RoutePermit,
};
pub use commit::{CommitRequest, SettledMessage};
pub use incidents::{Incident, Incidents};
pub use series::{Series, SeriesPoint, SeriesRequest};

/// The journal of one shard.
#[derive(Clone, Debug)]
pub struct Journal {
    completed: DedupeSet,
    delivered: DedupeSet,
    /// The remaining work, by the message's digest.
    open: LiteMap<Digest, Settlement>,
    buckets: LiteMap<TimeBucket, Counters>,
    breakers: Breakers<Route>,
    incidents: Incidents,
    claims: Claims,
    /// Whether the store may have rows of messages that wait.
    may_wait: bool,
}

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalState {
    /// It is not settled.
    New,
    /// Another consumer is delivering a copy of it.
    Busy,
    /// It is settled and completed.
    Completed,
    /// It is settled, and this work remains.
    Open(Settlement),
}

/// A set of keys that the journal keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalSet {
    /// Completed messages.
    Completed,
    /// Delivered events.
    Delivered,
}

/// One row of the journal's store. A row of the same key replaces the one before.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalRow {
    /// A chunk of a set.
    Chunk(JournalSet, DedupeChunk),
    /// The remaining work of a message.
    Open(Digest, Settlement),
    /// The counters of a bucket.
    Bucket(TimeBucket, Counters),
    /// The breakers that are not in their initial state.
    Breakers(Breakers<Route>),
    /// The incidents.
    Incidents(Incidents),
}

/// A change of the journal's store.
#[derive(Clone, Debug, PartialEq)]
pub enum JournalWrite {
    /// A row is stored.
    Row(JournalRow),
    /// A chunk is dropped.
    DropChunk(JournalSet, u32),
    /// A message is completed.
    DropOpen(Digest),
    /// A bucket is dropped.
    DropBucket(TimeBucket),
    /// The fingerprints of devices of which Kochava accepted an event in this hour; or marks of
    /// installs, whose hour lies so far ahead that they are kept longer.
    Devices(Vec<u64>, u32),
    /// The last identity link of a device, accepted in this hour.
    Link(Digest, Digest, u32),
    /// The name of an event that is kept as a reject, since this hour.
    Rejected(u64, u32),
    /// An event is no longer kept as a reject.
    DropRejected(u64),
    /// What waits of some messages: all rows of each message are replaced. `day` is today.
    Waiting {
        /// The rows, those of a message together.
        rows: Vec<WaitingRow>,
        /// Days since the epoch.
        day: u32,
    },
    /// Messages that wait no more.
    DropWaiting(Vec<Digest>),
    /// Devices, links and names of rejects of earlier hours than these are dropped, and what nobody
    /// has seen waiting since this day.
    DropBefore {
        /// Of devices and links.
        devices: u32,
        /// Of names of rejects.
        rejected: u32,
        /// Of messages that wait.
        waiting_day: u32,
    },
}

/// What an operator sees of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalOverview {
    /// The sum of the counters over the period.
    pub counters: Counters,
    /// Messages that are settled but not completed.
    pub open_messages: u64,
    /// Events that were delivered and are recognised if they come again.
    pub known_events: u64,
    /// Whether there are so many that the oldest are forgotten before their time.
    pub forgets_early: bool,
    /// The breakers that are not in their initial state.
    pub breakers: Breakers<Route>,
    /// What waits, as far as consumers have seen it.
    #[serde(default)]
    pub waiting: Vec<WaitingSum>,
    /// The bytes of the store of the largest shard, as the shell knows them.
    #[serde(default)]
    pub store_bytes: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Journal {
            completed: DedupeSet::new(COMPLETED_MESSAGES_MAX),
            delivered: DedupeSet::new(DEDUPE_EVENTS_MAX),
            open: LiteMap::new(),
            buckets: LiteMap::new(),
            breakers: Breakers::default(),
            incidents: Incidents::default(),
            claims: Claims::default(),
            may_wait: false,
        }
    }
}

impl Journal {
    /// Adds a stored row; the chunks of a set come by ascending number.
    pub fn restore(&mut self, row: JournalRow) {
        match row {
            JournalRow::Chunk(JournalSet::Completed, chunk) => self.completed.restore(chunk),
            JournalRow::Chunk(JournalSet::Delivered, chunk) => self.delivered.restore(chunk),
            JournalRow::Open(id, settlement) => {
                self.open.insert(id, settlement);
            }
            JournalRow::Bucket(bucket, counters) => {
                self.buckets.insert(bucket, counters);
            }
            JournalRow::Breakers(breakers) => self.breakers = breakers,
            JournalRow::Incidents(incidents) => self.incidents = incidents,
        }
    }

    /// Notes what the store knows of messages that wait; returns it as it is now.
    pub fn note_waiting(&mut self, sums: Vec<WaitingSum>) -> Vec<WaitingSum> {
        self.may_wait = !sums.is_empty();
        as_of_now(sums, &self.breakers)
    }

    /// Returns the state of a message; a claim has no part in it.
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

    /// Records that the remaining work of these messages is done.
    pub fn complete(&mut self, ids: &[Digest], now: Moment) -> Vec<JournalWrite> {
        let done: Vec<Digest> = ids
            .iter()
            .copied()
            .filter(|id| self.open.remove(id).is_some())
            .collect();
        let keys = done.iter().map(|id| id.fingerprint());
        let mut writes = writes_of(
            JournalSet::Completed,
            self.completed.add(keys, hour_of(now)),
        );
        writes.extend(done.iter().copied().map(JournalWrite::DropOpen));
        writes
    }

    /// Folds old minutes into hours, and drops what is past its retention; names of rejects after
    /// `rejects_days`.
    pub fn sweep(&mut self, now: Moment, rejects_days: u32) -> Vec<JournalWrite> {
        let hour = hour_of(now);
        let before = |hours: u32| hour.saturating_sub(hours);
        let mut writes = writes_of(
            JournalSet::Completed,
            self.completed.forget_before(before(COMPLETED_HOURS)),
        );
        writes.extend(writes_of(
            JournalSet::Delivered,
            self.delivered.forget_before(before(DEDUPE_HOURS)),
        ));
        let minutes = self.buckets_where(|bucket| bucket.is_to_be_folded(now));
        let mut hours: Vec<TimeBucket> = minutes.iter().map(|minute| minute.hour()).collect();
        hours.dedup();
        for minute in minutes {
            let counters = self.buckets.remove(&minute).unwrap_or_default();
            writes.push(JournalWrite::DropBucket(minute));
            let hour = self.buckets.entry(minute.hour()).or_default();
            hour.add(&counters);
        }
        // each hour once, since each write is billed
        for hour in hours {
            let counters = self.buckets.get(&hour).cloned().unwrap_or_default();
            writes.push(JournalWrite::Row(JournalRow::Bucket(hour, counters)));
        }
        for bucket in self.buckets_where(|bucket| bucket.is_expired(now)) {
            self.buckets.remove(&bucket);
            writes.push(JournalWrite::DropBucket(bucket));
        }
        if self.incidents.sweep(now) {
            let incidents = JournalRow::Incidents(self.incidents.clone());
            writes.push(JournalWrite::Row(incidents));
        }
        writes.push(JournalWrite::DropBefore {
            waiting_day: (hour / 24).saturating_sub(WAITING_DAYS),
            devices: before(DEVICE_HOURS),
            rejected: before(rejects_days.saturating_mul(24)),
        });
        writes
    }

    /// Returns what an operator sees, with the counters from one moment to another: to the minute
    /// within the last hours, before that to the hour.
    #[must_use]
    pub fn overview(&self, from: Moment, to: Moment) -> JournalOverview {
        let mut counters = Counters::default();
        self.buckets
            .iter()
            .filter(|(bucket, _)| bucket.is_within(from, to))
            .for_each(|(_, bucket)| counters.add(bucket));
        JournalOverview {
            counters,
            open_messages: self.open.len() as u64,
            known_events: self.delivered.len() as u64,
            forgets_early: self.delivered.is_full(),
            breakers: self.breakers.clone(),
            waiting: Vec::new(),
            store_bytes: 0,
        }
    }

    fn buckets_where(&self, matches: impl Fn(TimeBucket) -> bool) -> Vec<TimeBucket> {
        self.buckets
            .keys()
            .copied()
            .filter(|&bucket| matches(bucket))
            .collect()
    }
}

impl JournalSet {
    /// Returns its name, for tables of a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            JournalSet::Completed => "completed",
            JournalSet::Delivered => "delivered",
        }
    }
}

impl JournalOverview {
    /// Adds what another shard shows.
    pub fn add(&mut self, other: JournalOverview) {
        self.counters.add(&other.counters);
        self.open_messages += other.open_messages;
        self.known_events += other.known_events;
        self.forgets_early |= other.forgets_early;
        self.breakers.add(other.breakers);
        add_sums(&mut self.waiting, other.waiting);
        self.store_bytes = self.store_bytes.max(other.store_bytes);
    }
}

fn writes_of(set: JournalSet, writes: Vec<DedupeWrite>) -> Vec<JournalWrite> {
    let writes = writes.into_iter().map(|write| match write {
        DedupeWrite::Chunk(chunk) => JournalWrite::Row(JournalRow::Chunk(set, chunk)),
        DedupeWrite::Drop(number) => JournalWrite::DropChunk(set, number),
    });
    writes.collect()
}

/// Returns the hours since the epoch.
fn hour_of(now: Moment) -> u32 {
    u32::try_from(now.seconds() / 3_600).unwrap_or(0)
}

/// Days after which a message that nobody has seen since does not count as waiting.
///
/// The queue delivers what waits at least once a day (Cloudflare, Queues limits, a delay of 24 h at
/// most); what is gone for longer was purged from the queue.
const WAITING_DAYS: u32 = 3;

/// Hours for which a device is known, from the first event of it that Kochava accepted.
///
/// Ours: a later identity waits for the next event of the device.
const DEVICE_HOURS: u32 = 90 * 24;

/// Hours for which an install is known.
///
/// Ours: an app is hardly installed for the first time after five years, and the marks of ten million
/// installs a year fill a third of what a Durable Object may store (Cloudflare, Durable Objects
/// limits: 10 GB).
const INSTALL_HOURS: u32 = 5 * 365 * 24;
