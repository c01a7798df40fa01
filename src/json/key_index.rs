//! Which keys will be asked for?
//!
//! Whoever will ask for a key says so before anything is read, and gets a [`Slot`]: the value is
//! put there on the way through the bytes, and is there when it is asked for, without looking for
//! it.

use super::Text;
use super::steps::count;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A key to look for, with its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'k> {
    /// First, since it is compared first.
    hash: KeyHash,
    text: &'k str,
}

/// What differs in most keys that differ: the length, the first and the last four bytes. Two keys
/// may have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash(u32);

/// The place of a key among [`KeyIndex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u16);

/// Keys, each with its slot.
#[derive(Clone, Debug)]
pub struct KeyIndex {
    keys: Vec<(Box<str>, KeyHash)>,
    /// By the hash of a key the slot of the last key that leads here.
    heads: [Slot; HEADS],
    /// Of each key the one before it that leads to the same head.
    before: Vec<Slot>,
}

const HEADS: usize = 64;

impl<'k> Key<'k> {
    /// The key of this text.
    #[must_use]
    pub const fn of(text: &'k str) -> Self {
        Key {
            text,
            hash: KeyHash::of_bytes(text.as_bytes()),
        }
    }

    /// Its text.
    #[must_use]
    pub const fn as_str(self) -> &'k str {
        self.text
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(self) -> KeyHash {
        self.hash
    }
}

impl KeyHash {
    /// The hash of a key's bytes.
    #[must_use]
    pub const fn of_bytes(key: &[u8]) -> Self {
        const fn four(key: &[u8], at: usize) -> u32 {
            u32::from_le_bytes([key[at], key[at + 1], key[at + 2], key[at + 3]])
        }
        let length = key.len();
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a hash need not tell everything"
        )]
        let sum = length as u32;
        let (head, tail) = match length {
            0 => (0, 0),
            1 => (key[0] as u32, 0),
            2 | 3 => (key[0] as u32 | (key[1] as u32) << 8, key[length - 1] as u32),
            _ => (four(key, 0), four(key, length - 4)),
        };
        let mixed = head.wrapping_mul(0x9E37_79B1)
            ^ tail.wrapping_mul(0x85EB_CA77).rotate_left(13)
            ^ sum.wrapping_mul(0xC2B2_AE3D);
        KeyHash(mixed ^ mixed >> 15)
    }

    /// The key of this text, whose hash this is.
    #[must_use]
    pub fn of(self, text: &str) -> Key<'_> {
        Key { text, hash: self }
    }

    /// One of 64 bits: where it differs, the hashes differ.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << (self.0 % 64)
    }

    /// One of so many places.
    #[must_use]
    pub const fn among(self, places: usize) -> usize {
        self.0 as usize % places
    }
}

impl Slot {
    /// Where the values of all other keys are put.
    pub(crate) const NONE: Slot = Slot(0);

    /// The slot of the key at this place of a list that was taken in first.
    #[must_use]
    pub const fn of_known(place: u16) -> Self {
        Slot(place + 1)
    }

    /// Is it the slot of one of the first so many keys?
    pub(super) fn is_among_first(self, many: u16) -> bool {
        self.0.wrapping_sub(1) < many
    }

    /// Its number, from 1 on; 0 for none.
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for KeyIndex {
    fn default() -> Self {
        KeyIndex {
            keys: Vec::new(),
            heads: [Slot::NONE; HEADS],
            before: Vec::new(),
        }
    }
}

impl KeyIndex {
    /// The slot of a key, a new one where it has none yet; none where there are too many.
    pub fn of(&mut self, key: Key<'_>) -> Option<Slot> {
        let found = self.find(key.hash, |text| text == key.text);
        if found != Slot::NONE {
            return Some(found);
        }
        let slot = Slot(u16::try_from(self.keys.len() + 1).ok()?);
        self.keys.push((Box::from(key.text), key.hash));
        self.before.push(core::mem::replace(
            &mut self.heads[key.hash.among(HEADS)],
            slot,
        ));
        Some(slot)
    }

    /// The slot of a key that was read.
    pub(super) fn of_read(&self, key: Text<'_>, hash: KeyHash) -> Slot {
        self.find(hash, |text| key.is(text))
    }

    fn find(&self, hash: KeyHash, is_key: impl Fn(&str) -> bool) -> Slot {
        let mut slot = self.heads[hash.among(HEADS)];
        while slot != Slot::NONE {
            count(1);
            let (text, own) = &self.keys[slot.number() - 1];
            if *own == hash && is_key(text) {
                break;
            }
            slot = self.before[slot.number() - 1];
        }
        slot
    }

    /// How many keys there are.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.keys.len()
    }
}
