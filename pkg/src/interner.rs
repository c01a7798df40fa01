//! Numbers for the field names, paths and codes of explanations.
//!
//! A name that lives as long as its planner gets a number when it is first met. JavaScript keeps
//! its text; later explanations carry the number only.

use kochava_edge::FieldPath;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The interned names of one planner. Must not outlive it: names are identified by address.
#[derive(Default)]
pub(crate) struct Interner {
    texts: Vec<String>,
    numbers: HashMap<NameAddress, u32, BuildHasherDefault<AddressHasher>>,
}

/// Where the two parts of a name are in memory: comparing addresses is faster than comparing text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct NameAddress {
    key: usize,
    key_bytes: usize,
    parent: usize,
    parent_bytes: usize,
}

impl Interner {
    /// Returns how many names there are.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// Returns the text of a number.
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(String::as_str)
    }

    /// Returns the number of a name; `None` for a name that lives no longer than its event.
    pub(crate) fn number(&mut self, name: &FieldPath<'_>) -> Option<u32> {
        if !name.lasts {
            return None;
        }
        let texts = &mut self.texts;
        let number = self
            .numbers
            .entry(NameAddress::of(name))
            .or_insert_with(|| {
                texts.push(name.to_string());
                u32::try_from(texts.len() - 1)
                    .expect("a 32-bit memory holds fewer names than bytes")
            });
        Some(*number)
    }
}

impl NameAddress {
    fn of(name: &FieldPath<'_>) -> Self {
        NameAddress {
            key: name.key.as_ptr().addr(),
            key_bytes: name.key.len(),
            parent: name.parent.as_ptr().addr(),
            parent_bytes: name.parent.len(),
        }
    }
}

/// Mixes addresses with one multiplication each. They come from our own memory, so the default
/// hasher's protection against chosen keys is not needed.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        // 2^64 / golden ratio (Knuth, TAOCP 3, section 6.4): the upper bits are well mixed
        self.0 = (self.0.rotate_left(26) ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}
