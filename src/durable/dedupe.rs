//! Was it seen before?
//!
//! A set of names, each with the hour in which it was added, written down in chunks: a chunk is one
//! row, and whatever is added at once writes one row (a row for each name would be dearer than the
//! queue; Cloudflare, Durable Objects pricing). Old chunks are forgotten, and the oldest
//! before their time where there are too many: what is forgotten is at worst sent twice.

use alloc::vec::Vec;

/// A set of names by their fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupeSet {
    /// By number, the newest last.
    chunks: Vec<DedupeChunk>,
    keys_max: usize,
}

/// Names that were added in the same hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupeChunk {
    /// Its number, which grows.
    pub number: u32,
    /// Hours since the epoch.
    pub hour: u32,
    /// In ascending order.
    keys: Vec<u64>,
}

impl DedupeSet {
    /// A set of at most so many names, with what was written down of it, by ascending numbers.
    #[must_use]
    pub fn open(chunks: Vec<DedupeChunk>, keys_max: usize) -> Self {
        DedupeSet { chunks, keys_max }
    }

    /// Whether it was added and is not forgotten.
    #[must_use]
    pub fn has(&self, key: u64) -> bool {
        self.chunks
            .iter()
            .rev()
            .any(|chunk| chunk.keys.binary_search(&key).is_ok())
    }

    /// Adds names, and answers the chunks to be written down anew.
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

    /// Forgets what was added before `hour`, and the oldest as long as there are too many; answers
    /// the numbers of the chunks that are gone.
    pub fn forget(&mut self, hour: u32) -> Vec<u32> {
        let mut left: usize = self.chunks.iter().map(|chunk| chunk.keys.len()).sum();
        let mut gone = Vec::new();
        let keys_max = self.keys_max;
        self.chunks.retain(|chunk| {
            let stays = chunk.hour >= hour && left <= keys_max;
            if !stays {
                left -= chunk.keys.len();
                gone.push(chunk.number);
            }
            stays
        });
        gone
    }
}

impl DedupeChunk {
    /// A chunk as it was written down.
    #[must_use]
    pub fn read(number: u32, hour: u32, bytes: &[u8]) -> Self {
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

    /// As it is written down.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.keys.iter().flat_map(|key| key.to_be_bytes()).collect()
    }
}

/// Names in one chunk: 32 KB, which are rewritten whenever one is added.
const CHUNK_KEYS: usize = 4_096;
