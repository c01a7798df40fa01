//! One shard of the journal: its stored rows, and the journal while its object lives.
//!
//! Rows, requests and answers pass through their JSON. A restart of the object drops the journal,
//! which is restored from the rows then, without claims.

use kochava_edge::{
    BeginRequest, Counters, DedupeChunk, Digest, Journal, JournalRow, JournalSet, JournalWrite,
    KnownRows, Moment, TimeBucket, WaitState, WaitingSum,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Shard {
    chunks: BTreeMap<(&'static str, u32), (u32, Vec<u8>)>,
    open: BTreeMap<Digest, String>,
    buckets: BTreeMap<TimeBucket, String>,
    breakers: Option<String>,
    /// Fingerprints of devices, and the hour in which each was known first.
    devices: BTreeMap<u64, u32>,
    links: BTreeMap<Digest, (Digest, u32)>,
    rejected: BTreeMap<u64, u32>,
    /// The events of messages that wait, by message and state.
    waiting: BTreeMap<(Digest, WaitState), (u32, Moment)>,
    incidents: Option<String>,
    loaded: Option<Journal>,
}

impl Shard {
    pub(crate) fn journal(&mut self) -> &mut Journal {
        if self.loaded.is_none() {
            self.loaded = Some(self.restored());
        }
        self.loaded.as_mut().expect("it is loaded")
    }

    pub(crate) fn restart(&mut self) {
        self.loaded = None;
    }

    fn restored(&self) -> Journal {
        let mut journal = Journal::default();
        let set_of = |name| {
            [JournalSet::Completed, JournalSet::Delivered]
                .into_iter()
                .find(|set| set.name() == name)
                .expect("it is one of them")
        };
        for (&(name, number), (hour, bytes)) in &self.chunks {
            let chunk = DedupeChunk::from_bytes(number, *hour, bytes);
            journal.restore(JournalRow::Chunk(set_of(name), chunk));
        }
        for (id, json) in &self.open {
            journal.restore(JournalRow::Open(*id, from_json(json)));
        }
        for (bucket, json) in &self.buckets {
            journal.restore(JournalRow::Bucket(*bucket, from_json(json)));
        }
        if let Some(json) = &self.breakers {
            journal.restore(JournalRow::Breakers(from_json(json)));
        }
        if let Some(json) = &self.incidents {
            journal.restore(JournalRow::Incidents(from_json(json)));
        }
        journal.note_waiting(self.sums());
        journal
    }

    /// Returns the sums of what waits, one for each row.
    fn sums(&self) -> Vec<WaitingSum> {
        let rows = self.waiting.iter();
        rows.map(|((_, state), (events, oldest))| WaitingSum {
            state: *state,
            events: u64::from(*events),
            oldest: *oldest,
        })
        .collect()
    }

    /// Returns how many events wait in each message that does.
    pub(crate) fn waiting(&self) -> BTreeMap<Digest, u32> {
        let mut waiting = BTreeMap::new();
        for ((id, _), (events, _)) in &self.waiting {
            *waiting.entry(*id).or_default() += events;
        }
        waiting
    }

    /// Returns what the rows know of a request.
    pub(crate) fn known(&self, request: &BeginRequest) -> KnownRows {
        let is_device = |device: &u64| self.devices.contains_key(device);
        let link = |device: &Digest| self.links.get(device).map(|(link, _)| *link);
        KnownRows {
            devices: request.devices.iter().map(is_device).collect(),
            links: request.links.iter().map(link).collect(),
            rejected: request
                .events()
                .filter(|event| self.rejected.contains_key(event))
                .collect(),
        }
    }

    pub(crate) fn write(&mut self, writes: Vec<JournalWrite>) {
        for write in writes {
            match write {
                JournalWrite::Row(JournalRow::Chunk(set, chunk)) => {
                    let key = (set.name(), chunk.number);
                    self.chunks.insert(key, (chunk.hour, chunk.bytes()));
                }
                JournalWrite::Row(JournalRow::Open(id, settlement)) => {
                    self.open.insert(id, to_json(&settlement));
                }
                JournalWrite::Row(JournalRow::Bucket(bucket, counters)) => {
                    self.buckets.insert(bucket, to_json(&counters));
                }
                JournalWrite::Row(JournalRow::Incidents(incidents)) => {
                    self.incidents = Some(to_json(&incidents));
                }
                JournalWrite::Waiting { rows, .. } => {
                    for row in &rows {
                        self.waiting.retain(|(id, _), _| *id != row.message);
                    }
                    for row in rows {
                        let key = (row.message, row.state);
                        self.waiting.insert(key, (row.events, row.oldest));
                    }
                }
                JournalWrite::DropWaiting(ids) => {
                    self.waiting.retain(|(id, _), _| !ids.contains(id));
                }
                JournalWrite::Row(JournalRow::Breakers(breakers)) => {
                    self.breakers = Some(to_json(&breakers));
                }
                JournalWrite::DropChunk(set, number) => {
                    self.chunks.remove(&(set.name(), number));
                }
                JournalWrite::DropOpen(id) => drop(self.open.remove(&id)),
                JournalWrite::DropBucket(bucket) => drop(self.buckets.remove(&bucket)),
                JournalWrite::Devices(devices, hour) => {
                    for device in devices {
                        self.devices.entry(device).or_insert(hour);
                    }
                }
                JournalWrite::Link(device, link, hour) => {
                    self.links.insert(device, (link, hour));
                }
                JournalWrite::Rejected(event, hour) => drop(self.rejected.insert(event, hour)),
                JournalWrite::DropRejected(event) => drop(self.rejected.remove(&event)),
                JournalWrite::DropBefore {
                    devices, rejected, ..
                } => {
                    self.devices.retain(|_, hour| *hour >= devices);
                    self.links.retain(|_, (_, hour)| *hour >= devices);
                    self.rejected.retain(|_, hour| *hour >= rejected);
                }
            }
        }
    }

    /// Returns the sum of the stored counters.
    pub(crate) fn counters(&self) -> Counters {
        let mut sum = Counters::default();
        for json in self.buckets.values() {
            sum.add(&from_json(json));
        }
        sum
    }

    pub(crate) fn open_messages(&self) -> usize {
        self.open.len()
    }

    /// Returns everything that decides what the shard will answer, as text.
    pub(crate) fn state(&self) -> String {
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.chunks,
            self.open,
            self.buckets,
            self.breakers,
            self.devices.keys(),
            self.links,
            self.rejected.keys(),
            self.waiting,
            self.loaded,
        )
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

pub(crate) fn from_json<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("it is read as it was written")
}

/// Passes a value through the JSON of a store's protocol.
pub(crate) fn through_protocol<T: Serialize + DeserializeOwned>(value: &T) -> T {
    from_json(&to_json(value))
}
