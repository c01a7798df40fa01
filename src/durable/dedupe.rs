//! A set of seen keys.
//!
//! Each key is kept with the hour in which it was added, in chunks: a chunk is one row of the
//! store, and all keys that are added at once change one row (a row for each key would cost more
//! than the queue; Cloudflare, Durable Objects pricing). Old chunks are dropped, and the oldest
//! before their time where the set is too large: an event whose key was dropped is at worst sent
//! twice.

use alloc::vec::Vec;

/// A set of keys, each the fingerprint of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupeSet {
    /// By ascending number.
    chunks: Vec<DedupeChunk>,
    keys_max: usize,
}

/// Keys that were added in the same hour: one row of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupeChunk {
    /// Its number; a newer chunk has a larger one.
    pub number: u32,
    /// The hour in which its keys were added, counted from the epoch.
    pub hour: u32,
    /// In ascending order.
    keys: Vec<u64>,
}

impl DedupeSet {
    /// Makes a set of at most `keys_max` keys from its stored chunks, by ascending number.
    #[must_use]
    pub fn open(chunks: Vec<DedupeChunk>, keys_max: usize) -> Self {
        DedupeSet { chunks, keys_max }
    }

    /// Returns whether the key was added and not dropped since.
    #[must_use]
    pub fn has(&self, key: u64) -> bool {
        self.chunks
            .iter()
            .rev()
            .any(|chunk| chunk.keys.binary_search(&key).is_ok())
    }

    /// Adds keys, and returns the chunks to be stored again.
    pub fn add(&mut self, keys: impl IntoIterator<Item = u64>, hour: u32) -> Vec<&DedupeChunk> {
        let mut first_written = None;
        for key in keys {
            if self.has(key) {
                continue;
            }
            let has_room = self
                .chunks
                .last()
                .is_some_and(|last| last.hour == hour && last.keys.len() < CHUNK_KEYS);
            if !has_room {
                let number = self.chunks.last().map_or(0, |last| last.number + 1);
                self.chunks.push(DedupeChunk {
                    number,
                    hour,
                    keys: Vec::new(),
                });
            }
            let at = self.chunks.len() - 1;
            let chunk = &mut self.chunks[at].keys;
            if let Err(place) = chunk.binary_search(&key) {
                chunk.insert(place, key);
            }
            first_written.get_or_insert(at);
        }
        first_written.map_or(Vec::new(), |first| self.chunks[first..].iter().collect())
    }

    /// Drops the keys that were added before `hour`, then the oldest while there are too many.
    /// Returns the numbers of the dropped chunks.
    pub fn drop_before(&mut self, hour: u32) -> Vec<u32> {
        let mut left: usize = self.chunks.iter().map(|chunk| chunk.keys.len()).sum();
        let mut dropped = Vec::new();
        let keys_max = self.keys_max;
        self.chunks.retain(|chunk| {
            let is_kept = chunk.hour >= hour && left <= keys_max;
            if !is_kept {
                left -= chunk.keys.len();
                dropped.push(chunk.number);
            }
            is_kept
        });
        dropped
    }
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

/// Keys in one chunk: 32 KB, which are written again whenever a key is added.
const CHUNK_KEYS: usize = 4_096;
