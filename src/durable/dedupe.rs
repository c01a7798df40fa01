//! A set of seen keys that forgets the oldest.
//!
//! In the store, keys lie in chunks: a chunk is one row with the keys that were added within an
//! hour, so that all keys of a commit change one row (a row for each key would cost more than the
//! queue; Cloudflare, Durable Objects pricing). In memory they lie in partitions by their first
//! bits, each key with its hour. Whole hours are forgotten: those past the retention, and the
//! oldest before their time where there are too many keys. An event whose key was forgotten is at
//! worst sent twice.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use litemap::LiteMap;

/// A set of keys, each the fingerprint of a digest.
#[derive(Clone)]
pub struct DedupeSet {
    /// The entries of each partition in ascending order.
    partitions: Vec<Vec<Entry>>,
    /// What is stored of each hour.
    hours: LiteMap<u32, StoredHour>,
    /// The last chunk, to which keys are added.
    chunk: DedupeChunk,
    length: usize,
    keys_max: usize,
}

/// Keys that were added in the same hour: one row of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DedupeChunk {
    /// Its number; a newer chunk has a larger one.
    pub number: u32,
    /// The hour in which its keys were added, counted from the epoch.
    pub hour: u32,
    keys: Vec<u64>,
}

/// What the store must change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DedupeWrite {
    /// A chunk is stored, in place of the one with its number if there is one.
    Chunk(DedupeChunk),
    /// A chunk is dropped.
    Drop(u32),
}

#[derive(Clone, Debug, Default)]
struct StoredHour {
    chunks: Vec<u32>,
    keys: usize,
}

/// A key without the bits that choose its partition, and the last bits of its hour.
type Entry = u64;

/// Bits of a key that choose its partition; as many bits of an entry hold its hour, which repeats
/// after 170 days.
const PARTITION_BITS: u32 = 12;

/// The hour of a chunk that takes no keys.
const NO_HOUR: u32 = u32::MAX;

/// Keys in one chunk: 8 KB, which are written again whenever a key is added.
const CHUNK_KEYS: usize = 1_024;

impl fmt::Debug for DedupeSet {
    /// Says how many keys there are, which may be millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DedupeSet")
            .field("length", &self.length)
            .field("hours", &self.hours)
            .finish_non_exhaustive()
    }
}

impl DedupeSet {
    /// Makes an empty set of at most `keys_max` keys.
    #[must_use]
    pub fn new(keys_max: usize) -> Self {
        DedupeSet {
            partitions: vec![Vec::new(); 1 << PARTITION_BITS],
            hours: LiteMap::new(),
            chunk: DedupeChunk {
                hour: NO_HOUR,
                ..DedupeChunk::default()
            },
            length: 0,
            keys_max,
        }
    }

    /// Adds a stored chunk; chunks come by ascending number.
    pub fn restore(&mut self, chunk: DedupeChunk) {
        let stored = self.hours.entry(chunk.hour).or_default();
        stored.chunks.push(chunk.number);
        for &key in &chunk.keys {
            if self.insert(key, chunk.hour) {
                self.hours.entry(chunk.hour).or_default().keys += 1;
            }
        }
        self.chunk = chunk;
    }

    /// Returns whether the key was added and not forgotten since.
    #[must_use]
    pub fn has(&self, key: u64) -> bool {
        self.place(key).is_ok()
    }

    /// Returns how many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns whether keys are forgotten before their time, or soon will be.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.length + CHUNK_KEYS > self.keys_max
    }

    /// Adds keys, and forgets the oldest where there are too many.
    pub fn add(&mut self, keys: impl IntoIterator<Item = u64>, hour: u32) -> Vec<DedupeWrite> {
        let mut writes = Vec::new();
        let mut is_changed = false;
        for key in keys {
            if !self.insert(key, hour) {
                continue;
            }
            if self.chunk.hour != hour || self.chunk.keys.len() >= CHUNK_KEYS {
                if is_changed {
                    writes.push(DedupeWrite::Chunk(self.chunk.clone()));
                }
                self.chunk = DedupeChunk {
                    number: self.chunk.number.wrapping_add(1),
                    hour,
                    keys: Vec::new(),
                };
                let stored = self.hours.entry(hour).or_default();
                stored.chunks.push(self.chunk.number);
            }
            self.chunk.keys.push(key);
            self.hours.entry(hour).or_default().keys += 1;
            is_changed = true;
        }
        if is_changed {
            writes.push(DedupeWrite::Chunk(self.chunk.clone()));
        }
        while self.length > self.keys_max
            && let Some((&oldest, _)) = self.hours.first()
        {
            writes.extend(self.forget(oldest));
        }
        writes
    }

    /// Forgets the keys that were added before `hour`.
    pub fn forget_before(&mut self, hour: u32) -> Vec<DedupeWrite> {
        let old: Vec<u32> = self
            .hours
            .keys()
            .copied()
            .take_while(|&old| old < hour)
            .collect();
        old.into_iter().flat_map(|hour| self.forget(hour)).collect()
    }

    fn forget(&mut self, hour: u32) -> Vec<DedupeWrite> {
        let stored = self.hours.remove(&hour).unwrap_or_default();
        for partition in &mut self.partitions {
            partition.retain(|&entry| !is_of_hour(entry, hour));
        }
        self.length -= stored.keys;
        if self.chunk.hour == hour {
            // its number is not used again
            self.chunk.keys.clear();
            self.chunk.hour = NO_HOUR;
        }
        stored.chunks.into_iter().map(DedupeWrite::Drop).collect()
    }

    /// Adds a key; returns whether it is new.
    fn insert(&mut self, key: u64, hour: u32) -> bool {
        let Err(at) = self.place(key) else {
            return false;
        };
        let partition = &mut self.partitions[partition_of(key)];
        if partition.len() == partition.capacity() {
            // not doubled: half of a large set would be unused memory
            partition.reserve_exact(partition.len() / 8 + 4);
        }
        partition.insert(at, key << PARTITION_BITS | hour_bits(hour));
        self.length += 1;
        true
    }

    fn place(&self, key: u64) -> Result<usize, usize> {
        let wanted = key << PARTITION_BITS;
        self.partitions[partition_of(key)]
            .binary_search_by_key(&wanted, |entry| entry & !hour_bits(u32::MAX))
    }
}

fn partition_of(key: u64) -> usize {
    usize::try_from(key >> (u64::BITS - PARTITION_BITS)).unwrap_or_default()
}

fn hour_bits(hour: u32) -> u64 {
    u64::from(hour) & ((1 << PARTITION_BITS) - 1)
}

fn is_of_hour(entry: Entry, hour: u32) -> bool {
    hour_bits(u32::MAX) & entry == hour_bits(hour)
}

impl DedupeChunk {
    /// Makes a chunk from its stored bytes.
    #[must_use]
    pub fn from_bytes(number: u32, hour: u32, bytes: &[u8]) -> Self {
        let keys = bytes.chunks_exact(8).map(|key| {
            key.iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        });
        DedupeChunk {
            number,
            hour,
            keys: keys.collect(),
        }
    }

    /// Its keys as bytes for the store: eight for each key, big-endian.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.keys.iter().flat_map(|key| key.to_be_bytes()).collect()
    }
}
