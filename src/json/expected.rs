//! The keys that an object is expected to have.
//!
//! In: the keys of objects that were read. Out: for each its token, which is compared with a text at
//! once, and what is known of it: its hash and its slot.

use super::key_index::{KeyHash, Slot};
use super::simd::KeyToken;
use super::steps::count;
use alloc::vec::Vec;

/// The keys that an object is expected to have, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExpectedShape(Vec<ExpectedMember>);

/// A key as it stands in the text, from its quote to its colon.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpectedMember {
    pub(super) token: KeyToken,
    pub(super) hash: KeyHash,
    pub(super) slot: Slot,
    /// Where a plain value is stored; out of range for a key whose value is no plain one.
    pub(super) stored: usize,
}

/// Keys that a shape holds at most. Amplitude's export has 55 columns.
const SHAPE_KEYS_MAX: usize = 96;

/// Expected keys that an object may leave out in a row before the next key is parsed.
const SKIPPED_KEYS_MAX: usize = 16;

impl ExpectedShape {
    /// The keys that are expected from position `next` on.
    #[inline(always)]
    pub(super) fn from(&self, next: usize) -> &[ExpectedMember] {
        self.0.get(next..).unwrap_or_default()
    }

    /// How many keys are expected.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The key before position `next`.
    pub(super) fn before(&self, next: usize) -> Option<&ExpectedMember> {
        self.0.get(next.checked_sub(1)?)
    }

    /// The position and length of the key that `text` starts with, among those that are expected from
    /// position `next` on.
    #[inline(never)]
    pub(super) fn find(&self, next: usize, text: &[u8]) -> Option<(usize, usize)> {
        count(SKIPPED_KEYS_MAX);
        (next..)
            .zip(self.from(next).iter().take(SKIPPED_KEYS_MAX))
            .find(|(_, expected)| expected.token.is_prefix_of(text))
            .map(|(position, expected)| (position, expected.token.len()))
    }

    /// Adds a key that was not expected at position `next`, and moves `next` behind it.
    #[cold]
    pub(super) fn insert(&mut self, next: &mut usize, new: ExpectedMember) {
        if *next >= SHAPE_KEYS_MAX {
            return;
        }
        count(self.0.len());
        let is_new =
            |expected: &ExpectedMember| expected.hash == new.hash && expected.token == new.token;
        if let Some(skipped) = self.from(*next).iter().position(is_new) {
            *next += skipped;
        } else if self.0.len() < SHAPE_KEYS_MAX {
            self.0.insert(*next, new);
        } else if let Some(expected) = self.0.get_mut(*next) {
            *expected = new;
        } else {
            return;
        }
        *next += 1;
    }
}
