//! The Worker's stores: journal, dedupe store, breakers and database.
//!
//! Each Durable Object keeps its stored form apart from its copy in memory. It is evicted at
//! random, and restored from the stored form then. Requests and responses pass through their JSON.

use super::fault_plan::{Mutant, Store};
use super::history::SettledBy;
use super::world::World;
use kochava_edge::{
    BreakerReport, BreakerResponse, Breakers, Counters, DedupeChunk, DedupeSet, Digest, Journal,
    JournalState, JournalWrite, KnownDevices, Moment, Permit, Reject, SettledMessage, TimeBucket,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct Stores {
    journal_shards: [JournalShard; JOURNAL_SHARDS as usize],
    dedupe_shards: [DedupeShard; DEDUPE_SHARDS as usize],
    breakers: String,
    /// The rejects, and how often each was stored.
    pub(crate) rejects: BTreeMap<Digest, (Reject, u32)>,
}

/// One shard of the journal: its stored form, and the journal while it is loaded.
#[derive(Debug, Default)]
struct JournalShard {
    chunks: BTreeMap<u32, StoredChunk>,
    open: BTreeMap<Digest, String>,
    buckets: BTreeMap<TimeBucket, String>,
    loaded: Option<Journal>,
}

/// One shard of the dedupe store.
#[derive(Debug, Default)]
struct DedupeShard {
    seen: StoredSet,
    devices: StoredSet,
    links: BTreeMap<Digest, Digest>,
}

#[derive(Debug, Default)]
struct StoredSet {
    chunks: BTreeMap<u32, StoredChunk>,
    loaded: Option<DedupeSet>,
}

/// The hour and the bytes of a chunk, by its number.
type StoredChunk = (u32, Vec<u8>);

impl JournalShard {
    fn load(&mut self) -> &mut Journal {
        let (chunks, open, buckets) = (&self.chunks, &self.open, &self.buckets);
        self.loaded.get_or_insert_with(|| {
            let open = open.iter().map(|(id, json)| (*id, from_json(json)));
            let buckets = buckets
                .iter()
                .map(|(bucket, json)| (*bucket, from_json(json)));
            Journal::open(read(chunks), open, buckets)
        })
    }

    fn write(&mut self, writes: Vec<JournalWrite>) {
        for write in writes {
            match write {
                JournalWrite::Chunk(chunk) => store(&mut self.chunks, &chunk),
                JournalWrite::DropChunk(number) => drop(self.chunks.remove(&number)),
                JournalWrite::Open(id, settlement) => {
                    drop(self.open.insert(id, to_json(&settlement)));
                }
                JournalWrite::DropOpen(id) => drop(self.open.remove(&id)),
                JournalWrite::Bucket(bucket, counters) => {
                    drop(self.buckets.insert(bucket, to_json(&counters)));
                }
                JournalWrite::DropBucket(bucket) => drop(self.buckets.remove(&bucket)),
            }
        }
    }
}

impl StoredSet {
    fn load(&mut self) -> &mut DedupeSet {
        let chunks = &self.chunks;
        self.loaded.get_or_insert_with(|| read(chunks))
    }

    fn add(&mut self, keys: impl Iterator<Item = u64>, hour: u32) {
        let written: Vec<DedupeChunk> = self.load().add(keys, hour).into_iter().cloned().collect();
        for chunk in &written {
            store(&mut self.chunks, chunk);
        }
    }

    fn drop_before(&mut self, hour: u32) {
        let dropped = self.load().drop_before(hour);
        self.chunks.retain(|number, _| !dropped.contains(number));
    }
}

fn store(chunks: &mut BTreeMap<u32, StoredChunk>, chunk: &DedupeChunk) {
    chunks.insert(chunk.number, (chunk.hour, chunk.bytes()));
}

fn read(chunks: &BTreeMap<u32, StoredChunk>) -> DedupeSet {
    DedupeSet::open(
        chunks
            .iter()
            .map(|(&number, (hour, bytes))| DedupeChunk::from_bytes(number, *hour, bytes))
            .collect(),
        400_000,
    )
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

fn from_json<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("it is read as it was written")
}

/// Passes a value through the JSON of a store's protocol.
fn through_protocol<T: Serialize + DeserializeOwned>(value: &T) -> T {
    from_json(&to_json(value))
}

impl Stores {
    pub(crate) fn sweep(&mut self, now: Moment) {
        for shard_store in &mut self.journal_shards {
            let writes = shard_store.load().sweep(now);
            shard_store.write(writes);
        }
        for shard_store in &mut self.dedupe_shards {
            shard_store
                .seen
                .drop_before(hour(now).saturating_sub(7 * 24));
            shard_store
                .devices
                .drop_before(hour(now).saturating_sub(90 * 24));
        }
    }

    /// Returns the sum of all counters of the journal.
    pub(crate) fn counts(&mut self) -> Counters {
        let mut counts = Counters::default();
        for shard_store in &mut self.journal_shards {
            // hours, days, what was folded: all of it
            counts.add(
                &shard_store
                    .load()
                    .counters(Moment::from_millis(0), Moment::from_millis(i64::MAX / 2)),
            );
        }
        counts
    }

    pub(crate) fn open_count(&mut self) -> usize {
        self.journal_shards
            .iter_mut()
            .map(|shard_store| shard_store.load().open_count())
            .sum()
    }
}

impl World {
    fn journal_shard(&mut self, shard: u32) -> &mut JournalShard {
        let odds = self.scenario.rates.eviction;
        let is_evicted = self.chance_of_fault(odds);
        let shard_store = &mut self.stores.journal_shards[shard as usize];
        if is_evicted {
            shard_store.loaded = None;
        }
        shard_store
    }

    fn dedupe_shard(&mut self, shard: u32) -> &mut DedupeShard {
        let odds = self.scenario.rates.eviction;
        let is_evicted = self.chance_of_fault(odds);
        let shard_store = &mut self.stores.dedupe_shards[shard as usize];
        if is_evicted {
            (shard_store.seen.loaded, shard_store.devices.loaded) = (None, None);
        }
        shard_store
    }

    pub(crate) fn look_up(&mut self, shard: u32, ids: &[Digest]) -> Option<Vec<JournalState>> {
        self.call(Store::Journal, |world| {
            let journal = world.journal_shard(shard).load();
            ids.iter().map(|&id| journal.state(id)).collect()
        })
    }

    /// Settles messages for a consumer run, and records which of them it was the first to settle.
    pub(crate) fn settle(
        &mut self,
        shard: u32,
        run: u64,
        settled: &[SettledMessage],
    ) -> Option<Vec<JournalState>> {
        let known = self.call(Store::Journal, |world| {
            let now = world.moment();
            let shard_store = world.journal_shard(shard);
            let is_new: Vec<bool> = settled
                .iter()
                .map(|settled| shard_store.load().state(settled.id) == JournalState::New)
                .collect();
            let (known, writes) = shard_store.load().settle(settled.to_vec(), now);
            shard_store.write(writes);
            for (settled, _) in settled.iter().zip(is_new).filter(|(_, is_new)| *is_new) {
                world.record_settled(settled, run);
            }
            through_protocol(&known)
        });
        if known.is_none() {
            self.history
                .run(run)
                .unsettled
                .extend(settled.iter().map(|settled| settled.id));
        }
        known
    }

    fn record_settled(&mut self, settled: &SettledMessage, run: u64) {
        let at = self.now;
        match self.history.settled.get(&settled.id) {
            // a message that is twice in one call is settled once there
            Some(before) if before.run == run => {}
            Some(_) => self
                .history
                .faults
                .push(format!("{} was settled twice", settled.id)),
            None => drop(
                self.history
                    .settled
                    .insert(settled.id, SettledBy { run, at }),
            ),
        }
    }

    pub(crate) fn complete(&mut self, shard: u32, ids: &[Digest]) -> Option<()> {
        self.call(Store::Journal, |world| {
            let now = world.moment();
            let shard_store = world.journal_shard(shard);
            let writes = shard_store.load().complete(ids, now);
            shard_store.write(writes);
        })
    }

    /// Returns which of these events were seen, and those whose shard does not answer.
    pub(crate) fn seen(&mut self, keys: &[Digest]) -> (BTreeSet<Digest>, BTreeSet<Digest>) {
        let (mut seen, mut unanswered) = (BTreeSet::new(), BTreeSet::new());
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key)), DEDUPE_SHARDS) {
            let known = self.call(Store::Dedupe, |world| {
                let set = world.dedupe_shard(shard).seen.load();
                keys.iter()
                    .copied()
                    .filter(|key| set.has(key.fingerprint()))
                    .collect::<Vec<_>>()
            });
            if let Some(known) = known {
                seen.extend(known);
            } else {
                unanswered.extend(keys);
            }
        }
        (seen, unanswered)
    }

    pub(crate) fn add_seen(&mut self, keys: &[Digest]) {
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key)), DEDUPE_SHARDS) {
            self.call(Store::Dedupe, |world| {
                let hour = hour(world.moment());
                world
                    .dedupe_shard(shard)
                    .seen
                    .add(keys.iter().map(|key| key.fingerprint()), hour);
                let now = world.now;
                for key in keys {
                    world.history.seen_since.entry(key).or_insert(now);
                }
            });
        }
    }

    pub(crate) fn known(&mut self, devices: &[Digest], links: &[Digest]) -> KnownDevices {
        let mut known = KnownDevices::default();
        for (shard, keys) in by_shard(devices.iter().map(|&key| (key, key)), DEDUPE_SHARDS) {
            let devices = self.call(Store::Dedupe, |world| {
                let set = world.dedupe_shard(shard).devices.load();
                keys.into_iter()
                    .filter(|key| set.has(key.fingerprint()))
                    .collect::<Vec<_>>()
            });
            known.devices.extend(devices.unwrap_or_default());
        }
        for (shard, keys) in by_shard(links.iter().map(|&key| (key, key)), DEDUPE_SHARDS) {
            let links = self.call(Store::Dedupe, |world| {
                let links = &world.dedupe_shard(shard).links;
                keys.into_iter()
                    .filter_map(|key| Some((key, *links.get(&key)?)))
                    .collect::<Vec<_>>()
            });
            known.links.extend(links.unwrap_or_default());
        }
        known
    }

    pub(crate) fn add_known(&mut self, known: &KnownDevices) {
        for (shard, keys) in by_shard(known.devices.iter().map(|&key| (key, key)), DEDUPE_SHARDS) {
            self.call(Store::Dedupe, |world| {
                let hour = hour(world.moment());
                world
                    .dedupe_shard(shard)
                    .devices
                    .add(keys.iter().map(|key| key.fingerprint()), hour);
            });
        }
        for (shard, links) in by_shard(
            known
                .links
                .iter()
                .map(|(&device, &link)| (device, (device, link))),
            DEDUPE_SHARDS,
        ) {
            self.call(Store::Dedupe, |world| {
                world.dedupe_shard(shard).links.extend(links);
            });
        }
    }

    fn breakers(&self) -> Breakers {
        match self.stores.breakers.as_str() {
            "" => Breakers::default(),
            json => from_json(json),
        }
    }

    pub(crate) fn permits(&mut self, routes: &[String]) -> Option<Vec<Permit>> {
        self.call(Store::Breakers, |world| {
            let mut breakers = world.breakers();
            let now = world.moment();
            let permits = routes
                .iter()
                .map(|route| breakers.permit(route, now))
                .collect::<Vec<_>>();
            world.stores.breakers = to_json(&breakers);
            through_protocol(&permits)
        })
    }

    pub(crate) fn report(
        &mut self,
        reports: &[(String, BreakerReport)],
    ) -> Option<Vec<BreakerResponse>> {
        self.call(Store::Breakers, |world| {
            let mut breakers = world.breakers();
            let (now, jitter) = (world.moment(), world.random.fraction());
            let schedule = world.planner.settings().schedule.clone();
            let report = |(route, report): &(String, BreakerReport)| {
                let report = through_protocol(report);
                breakers.report(route, &report, &schedule, now, jitter)
            };
            let responses = reports.iter().map(report).collect::<Vec<_>>();
            let (is_open, is_pause) = (
                breakers.open().next().is_some(),
                breakers.open().any(|(_, open)| open.reason.is_pause()),
            );
            world.record_breakers(is_open, is_pause);
            world.stores.breakers = to_json(&breakers);
            through_protocol(&responses)
        })
    }

    /// Stores rejects, and returns which of them are new.
    pub(crate) fn store(&mut self, rejects: Vec<Reject>) -> Option<BTreeSet<Digest>> {
        if rejects.is_empty() {
            return Some(BTreeSet::new());
        }
        self.call(Store::Database, |world| {
            let mut new = BTreeSet::new();
            for reject in rejects {
                let kept = world
                    .stores
                    .rejects
                    .entry(reject.id)
                    .or_insert_with(|| (reject.clone(), 0));
                kept.1 += 1;
                new.extend((kept.1 == 1).then_some(reject.id));
                kept.0 = Reject {
                    received: kept.0.received,
                    ..reject
                };
            }
            new
        })
    }

    pub(crate) fn send(&mut self, texts: &[(&str, u32, super::history::Origin)]) -> Option<()> {
        self.call(Store::Queue, |world| world.send_batch(texts))
    }

    /// Returns whether the shell assumes settlements without the journal.
    pub(crate) fn skips_journal(&self) -> bool {
        self.has_mutant(Mutant::SkipJournal)
    }
}

/// Values by the shard of their keys.
pub(crate) fn by_shard<T>(
    keyed: impl Iterator<Item = (Digest, T)>,
    shards: u32,
) -> BTreeMap<u32, Vec<T>> {
    let mut sorted: BTreeMap<u32, Vec<T>> = BTreeMap::new();
    keyed.for_each(|(key, value)| sorted.entry(key.shard(shards)).or_default().push(value));
    sorted
}

fn hour(now: Moment) -> u32 {
    u32::try_from(now.seconds() / 3_600).expect("it is this century")
}

pub(crate) const JOURNAL_SHARDS: u32 = 4;

const DEDUPE_SHARDS: u32 = 8;
