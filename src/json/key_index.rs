//! An index of the keys that will be looked up, built before any object is read.
//!
//! In: keys. Out: a [`Slot`] for each. A reader stores the value of an indexed key under its slot
//! while it reads the object, so that a later look-up is an array access.
//!
//! The hash table is written by hand, since `alloc` has none, and the hashes of constant keys are
//! computed at compile time.

use super::Text;
use super::steps::count;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A key to look up, with its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'k> {
    // first, since the derived `==` compares it first
    hash: KeyHash,
    text: &'k str,
}

/// A 32-bit hash of a key's length, first four and last four bytes. Different keys may have equal
/// hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash(u32);

/// Where the value of an indexed key is stored: a position in a list, counted from 1; 0 is
/// [`Slot::NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u16);

/// Keys, each with its slot; a hash table with chaining.
#[derive(Clone, Debug)]
pub struct KeyIndex {
    keys: Vec<(Box<str>, KeyHash)>,
    /// The slot of the key that was added last to each bucket.
    buckets: [Slot; BUCKETS],
    /// For each key, the slot of the key that was added before it to the same bucket.
    next_in_bucket: Vec<Slot>,
}

const BUCKETS: usize = 64;

impl<'k> Key<'k> {
    /// The key of this text.
    #[must_use]
    pub const fn of(text: &'k str) -> Self {
        Key {
            text,
            hash: KeyHash::new(text.as_bytes()),
        }
    }

    /// The key's text.
    #[must_use]
    pub const fn as_str(self) -> &'k str {
        self.text
    }

    /// The key's hash.
    #[must_use]
    pub const fn hash(self) -> KeyHash {
        self.hash
    }
}

impl KeyHash {
    /// Hashes the bytes of a key.
    #[must_use]
    #[inline]
    pub const fn new(key: &[u8]) -> Self {
        let length = key.len();
        let (head, tail) = match (key.first_chunk(), key.last_chunk()) {
            (Some(head), Some(tail)) => (u32::from_le_bytes(*head), u32::from_le_bytes(*tail)),
            _ if length == 0 => (0, 0),
            _ if length == 1 => (key[0] as u32, 0),
            _ => (key[0] as u32 | (key[1] as u32) << 8, key[length - 1] as u32),
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "equal lengths stay equal when truncated"
        )]
        let length = length as u32;
        // odd constants from xxHash32 spread the bits
        let mixed = head.wrapping_mul(0x9E37_79B1)
            ^ tail.wrapping_mul(0x85EB_CA77).rotate_left(13)
            ^ length.wrapping_mul(0xC2B2_AE3D);
        KeyHash(mixed ^ mixed >> 15)
    }

    /// The key of `text`, whose hash this must be.
    #[must_use]
    pub fn of(self, text: &str) -> Key<'_> {
        Key { text, hash: self }
    }

    /// One of 64 bits, for a bit set of hashes: where two bits differ, the hashes differ.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }

    /// The bucket of a hash table with `buckets` of them.
    #[must_use]
    pub const fn bucket(self, buckets: usize) -> usize {
        self.0 as usize % buckets
    }
}

impl Slot {
    /// The slot under which the values of all keys are stored that are not indexed.
    pub(crate) const NONE: Slot = Slot(0);

    /// The slot of the key that was added to an empty index after `before` others.
    #[must_use]
    pub const fn nth(before: u16) -> Self {
        Slot(before + 1)
    }

    /// Whether this is the slot of one of the first `count` keys.
    pub(super) fn is_among_first(self, count: u16) -> bool {
        self.0.wrapping_sub(1) < count
    }

    /// The position, from 1 on; 0 for [`Slot::NONE`].
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for KeyIndex {
    fn default() -> Self {
        KeyIndex {
            keys: Vec::new(),
            buckets: [Slot::NONE; BUCKETS],
            next_in_bucket: Vec::new(),
        }
    }
}

impl KeyIndex {
    /// Adds a key, unless it is there; returns its slot, or `None` when 65,535 keys are there.
    pub fn add(&mut self, key: Key<'_>) -> Option<Slot> {
        let found = self.find(key.hash, |text| text == key.text);
        if found != Slot::NONE {
            return Some(found);
        }
        let slot = Slot(u16::try_from(self.keys.len() + 1).ok()?);
        self.keys.push((Box::from(key.text), key.hash));
        let bucket = &mut self.buckets[key.hash.bucket(BUCKETS)];
        self.next_in_bucket.push(core::mem::replace(bucket, slot));
        Some(slot)
    }

    /// The slot of a key as it was read; [`Slot::NONE`] when it is not indexed.
    pub(super) fn slot_of(&self, key: Text<'_>, hash: KeyHash) -> Slot {
        self.find(hash, |text| key.is(text))
    }

    fn find(&self, hash: KeyHash, is_key: impl Fn(&str) -> bool) -> Slot {
        let mut slot = self.buckets[hash.bucket(BUCKETS)];
        while slot != Slot::NONE {
            count(1);
            let (text, own_hash) = &self.keys[slot.number() - 1];
            if *own_hash == hash && is_key(text) {
                break;
            }
            slot = self.next_in_bucket[slot.number() - 1];
        }
        slot
    }

    /// How many keys there are.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.keys.len()
    }
}
