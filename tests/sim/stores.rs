//! What do our own stores remember?
//!
//! Each keeps what was written down apart from what it has at hand, and is evicted now and then:
//! then it reads itself anew.

use super::fault_plan::{Broken, Store};
use super::journal::Settling;
use super::world::World;
use kochava_edge::{
    BreakerReport, BreakerResponse, Breakers, Counters, DedupeChunk, DedupeSet, Digest, Journal,
    JournalState, JournalWrite, KnownDevices, Moment, Permit, Reject, SettledMessage, TimeBucket,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(crate) struct Stores {
    ledgers: [Book; LEDGERS as usize],
    memories: [Sets; MEMORIES as usize],
    breakers: String,
    /// By name: the reject, and how often it was stored.
    pub(crate) rejects: BTreeMap<Digest, (Reject, u32)>,
}

/// One shard of the journal: what is written down, and the journal while it is awake.
#[derive(Debug, Default)]
struct Book {
    chunks: BTreeMap<u32, DedupeChunk>,
    open: BTreeMap<String, String>,
    buckets: BTreeMap<String, String>,
    awake: Option<Journal>,
}

#[derive(Debug, Default)]
struct Sets {
    seen: Set,
    devices: Set,
    links: BTreeMap<Digest, Digest>,
}

#[derive(Debug, Default)]
struct Set {
    chunks: BTreeMap<u32, DedupeChunk>,
    awake: Option<DedupeSet>,
}

impl Book {
    fn wake(&mut self) -> &mut Journal {
        let (chunks, open, buckets) = (&self.chunks, &self.open, &self.buckets);
        self.awake.get_or_insert_with(|| {
            let open = open
                .iter()
                .map(|(id, text)| (Digest::read(id).expect("it was a name"), text.clone()))
                .collect();
            let buckets = buckets
                .iter()
                .map(|(name, counts)| {
                    (
                        TimeBucket::read(name).expect("it was a bucket"),
                        Counters::read(counts),
                    )
                })
                .collect();
            Journal::open(read(chunks), open, buckets)
        })
    }

    fn write(&mut self, writes: Vec<JournalWrite>) {
        for write in writes {
            match write {
                JournalWrite::Chunk(chunk) => drop(self.chunks.insert(chunk.number, chunk)),
                JournalWrite::DropChunk(number) => drop(self.chunks.remove(&number)),
                JournalWrite::Open(id, text) => drop(self.open.insert(id.to_hex(), text)),
                JournalWrite::DropOpen(id) => drop(self.open.remove(&id.to_hex())),
                JournalWrite::Bucket(bucket, counts) => {
                    drop(self.buckets.insert(bucket.text(), counts))
                }
                JournalWrite::DropBucket(bucket) => drop(self.buckets.remove(&bucket.text())),
            }
        }
    }
}

impl Set {
    fn wake(&mut self) -> &mut DedupeSet {
        let chunks = &self.chunks;
        self.awake.get_or_insert_with(|| read(chunks))
    }

    fn add(&mut self, keys: impl Iterator<Item = u64>, hour: u32) {
        let written: Vec<DedupeChunk> = self.wake().add(keys, hour).into_iter().cloned().collect();
        self.chunks
            .extend(written.into_iter().map(|chunk| (chunk.number, chunk)));
    }

    fn forget(&mut self, hour: u32) {
        let gone = self.wake().forget(hour);
        self.chunks.retain(|number, _| !gone.contains(number));
    }
}

/// Reads chunks as they are written down.
fn read(chunks: &BTreeMap<u32, DedupeChunk>) -> DedupeSet {
    DedupeSet::open(
        chunks
            .values()
            .map(|chunk| DedupeChunk::read(chunk.number, chunk.hour, &chunk.bytes()))
            .collect(),
        400_000,
    )
}

impl Stores {
    pub(crate) fn sweep(&mut self, now: Moment) {
        for book in &mut self.ledgers {
            let writes = book.wake().sweep(now);
            book.write(writes);
        }
        for sets in &mut self.memories {
            sets.seen.forget(hour(now).saturating_sub(7 * 24));
            sets.devices.forget(hour(now).saturating_sub(90 * 24));
        }
    }

    /// What all ledgers counted.
    pub(crate) fn counts(&mut self) -> Counters {
        let mut counts = Counters::default();
        for book in &mut self.ledgers {
            // hours, days, what was folded: all of it
            counts.add(
                &book
                    .wake()
                    .counts(Moment::from_millis(0), Moment::from_millis(i64::MAX / 2)),
            );
        }
        counts
    }

    pub(crate) fn open_count(&mut self) -> usize {
        self.ledgers
            .iter_mut()
            .map(|book| book.wake().open_count())
            .sum()
    }
}

impl World {
    fn journal(&mut self, shard: u32) -> &mut Book {
        let odds = self.script.noise.eviction;
        let is_evicted = self.mishap(odds);
        let book = &mut self.stores.ledgers[shard as usize];
        if is_evicted {
            book.awake = None;
        }
        book
    }

    fn sets(&mut self, shard: u32) -> &mut Sets {
        let odds = self.script.noise.eviction;
        let is_evicted = self.mishap(odds);
        let sets = &mut self.stores.memories[shard as usize];
        if is_evicted {
            (sets.seen.awake, sets.devices.awake) = (None, None);
        }
        sets
    }

    pub(crate) fn recall(&mut self, shard: u32, ids: &[Digest]) -> Option<Vec<JournalState>> {
        self.call(Store::Ledger, |world| {
            let journal = world.journal(shard).wake();
            ids.iter().map(|&id| journal.recall(id)).collect()
        })
    }

    /// Settles messages for a round; notes which of them it was the first to settle.
    pub(crate) fn settle(
        &mut self,
        shard: u32,
        round: u64,
        settled: &[SettledMessage],
    ) -> Option<Vec<JournalState>> {
        let known = self.call(Store::Ledger, |world| {
            let now = world.moment();
            let book = world.journal(shard);
            let is_new: Vec<bool> = settled
                .iter()
                .map(|settled| book.wake().recall(settled.id) == JournalState::New)
                .collect();
            let (known, writes) = book.wake().settle(settled.to_vec(), now);
            book.write(writes);
            for (settled, _) in settled.iter().zip(is_new).filter(|(_, is_new)| *is_new) {
                world.note_settled(settled, round);
            }
            known
                .iter()
                .map(|known| {
                    JournalState::read(&known.text()).expect("it is read as it was written")
                })
                .collect()
        });
        if known.is_none() {
            self.journal
                .round(round)
                .unsettled
                .extend(settled.iter().map(|settled| settled.id));
        }
        known
    }

    fn note_settled(&mut self, settled: &SettledMessage, round: u64) {
        let at = self.now;
        match self.journal.settled.get(&settled.id) {
            // a message that is twice in one call is settled once there
            Some(before) if before.round == round => {}
            Some(_) => self
                .journal
                .faults
                .push(format!("{} was settled twice", settled.id)),
            None => drop(
                self.journal
                    .settled
                    .insert(settled.id, Settling { round, at }),
            ),
        }
    }

    pub(crate) fn complete(&mut self, shard: u32, ids: &[Digest]) -> Option<()> {
        self.call(Store::Ledger, |world| {
            let now = world.moment();
            let book = world.journal(shard);
            let writes = book.wake().complete(ids, now);
            book.write(writes);
        })
    }

    /// Which of these were taken before; nothing of those whose shard does not answer, which are
    /// told apart.
    pub(crate) fn seen(&mut self, keys: &[Digest]) -> (BTreeSet<Digest>, BTreeSet<Digest>) {
        let (mut seen, mut silent) = (BTreeSet::new(), BTreeSet::new());
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key)), MEMORIES) {
            let known = self.call(Store::Memory, |world| {
                let set = world.sets(shard).seen.wake();
                keys.iter()
                    .copied()
                    .filter(|key| set.has(key.fingerprint()))
                    .collect::<Vec<_>>()
            });
            if let Some(known) = known {
                seen.extend(known)
            } else {
                silent.extend(keys)
            }
        }
        (seen, silent)
    }

    pub(crate) fn see(&mut self, keys: &[Digest]) {
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key)), MEMORIES) {
            self.call(Store::Memory, |world| {
                let hour = hour(world.moment());
                world
                    .sets(shard)
                    .seen
                    .add(keys.iter().map(|key| key.fingerprint()), hour);
                let now = world.now;
                for key in keys {
                    world.journal.known.entry(key).or_insert(now);
                }
            });
        }
    }

    pub(crate) fn known(&mut self, devices: &[Digest], links: &[Digest]) -> KnownDevices {
        let mut known = KnownDevices::default();
        for (shard, keys) in by_shard(devices.iter().map(|&key| (key, key)), MEMORIES) {
            let devices = self.call(Store::Memory, |world| {
                let set = world.sets(shard).devices.wake();
                keys.into_iter()
                    .filter(|key| set.has(key.fingerprint()))
                    .collect::<Vec<_>>()
            });
            known.devices.extend(devices.unwrap_or_default());
        }
        for (shard, keys) in by_shard(links.iter().map(|&key| (key, key)), MEMORIES) {
            let links = self.call(Store::Memory, |world| {
                let links = &world.sets(shard).links;
                keys.into_iter()
                    .filter_map(|key| Some((key, *links.get(&key)?)))
                    .collect::<Vec<_>>()
            });
            known.links.extend(links.unwrap_or_default());
        }
        known
    }

    pub(crate) fn remember(&mut self, known: &KnownDevices) {
        for (shard, keys) in by_shard(known.devices.iter().map(|&key| (key, key)), MEMORIES) {
            self.call(Store::Memory, |world| {
                let hour = hour(world.moment());
                world
                    .sets(shard)
                    .devices
                    .add(keys.iter().map(|key| key.fingerprint()), hour);
            });
        }
        for (shard, links) in by_shard(
            known
                .links
                .iter()
                .map(|(&device, &link)| (device, (device, link))),
            MEMORIES,
        ) {
            self.call(Store::Memory, |world| world.sets(shard).links.extend(links));
        }
    }

    pub(crate) fn enter(&mut self, routes: &[String]) -> Option<Vec<Permit>> {
        self.call(Store::Gates, |world| {
            let mut breakers = Breakers::read(&world.stores.breakers);
            let now = world.moment();
            let passes = routes
                .iter()
                .map(|route| breakers.permit(route, now))
                .collect::<Vec<_>>();
            world.stores.breakers = breakers.text();
            passes
                .into_iter()
                .map(|pass| Permit::read(&pass.text()).expect("it is read as it was written"))
                .collect()
        })
    }

    pub(crate) fn report(
        &mut self,
        reports: &[(String, BreakerReport)],
    ) -> Option<Vec<BreakerResponse>> {
        self.call(Store::Gates, |world| {
            let mut breakers = Breakers::read(&world.stores.breakers);
            let (now, jitter) = (world.moment(), world.random.fraction());
            let schedule = world.planner.settings().schedule.clone();
            let report = |(route, report): &(String, BreakerReport)| {
                let report =
                    BreakerReport::read(&report.text()).expect("it is read as it was written");
                breakers.report(route, &report, &schedule, now, jitter)
            };
            let rulings = reports.iter().map(report).collect::<Vec<_>>();
            let (is_closed, is_pause) = (
                breakers.open().next().is_some(),
                breakers.open().any(|(_, open)| open.reason.is_pause()),
            );
            world.note_gates(is_closed, is_pause);
            world.stores.breakers = breakers.text();
            rulings
                .into_iter()
                .map(|response| {
                    BreakerResponse::read(&response.text()).expect("it is read as it was written")
                })
                .collect()
        })
    }

    /// Stores rejects; which of them are new.
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

    pub(crate) fn send(&mut self, texts: &[(&str, u32, super::journal::Stamp)]) -> Option<()> {
        self.call(Store::Queue, |world| world.send_batch(texts))
    }

    /// Whether the shell takes a settlement for granted that it never asked for.
    pub(crate) fn pretends(&self) -> bool {
        self.is_broken(Broken::SkipLedger)
    }
}

/// Things by the shard of their names.
pub(crate) fn by_shard<T>(
    named: impl Iterator<Item = (Digest, T)>,
    shards: u32,
) -> BTreeMap<u32, Vec<T>> {
    let mut sorted: BTreeMap<u32, Vec<T>> = BTreeMap::new();
    named.for_each(|(key, thing)| sorted.entry(key.shard(shards)).or_default().push(thing));
    sorted
}

fn hour(now: Moment) -> u32 {
    u32::try_from(now.seconds() / 3_600).expect("it is this century")
}

pub(crate) const LEDGERS: u32 = 4;

const MEMORIES: u32 = 8;
