//! The members of an object, read once and looked up by key.
//!
//! In: an object that `read` reads, and a [`KeyIndex`] of the keys that will be looked up. Out: the
//! values of those keys by their slots, and all members in order where they are listed.

mod read;

use super::expected::ExpectedShape;
use super::key_index::{Key, KeyHash, KeyIndex, Slot};
use super::steps::count;
use super::{NameIndex, Text, Value};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The members of an object, in the sender's order. Of a duplicate key the last value counts.
#[derive(Clone, Debug, Default)]
pub struct Members<'a> {
    /// Whether `list` is filled; otherwise keys without a slot are searched in `unlisted`.
    is_listed: bool,
    list: Vec<Member<'a>>,
    /// The text of the object whose members are not listed.
    unlisted: Option<&'a str>,
    index: Option<Arc<KeyIndex>>,
    /// The values by slot, `null` where the object has none. [`Slot::NONE`] holds a value that is
    /// never read.
    values: Vec<Value<'a>>,
    shape: ExpectedShape,
    is_unmodified: bool,
}

#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    key: Text<'a>,
    value: Value<'a>,
    hash: KeyHash,
}

/// Members up to which a linear search for duplicates is faster than an ordered map.
const LINEAR_SEARCH_MAX: usize = 32;

impl<'a> Members<'a> {
    /// An empty list that stores the values of the indexed keys by slot, and all members in order
    /// if `is_listed`.
    #[must_use]
    pub fn indexed(index: Arc<KeyIndex>, is_listed: bool) -> Self {
        let values = alloc::vec![Value::Null; index.count() + 1];
        Members {
            is_listed,
            index: Some(index),
            values,
            ..Members::default()
        }
    }

    /// The expected shape, to be exchanged with one that other objects have filled.
    pub(crate) fn shape_mut(&mut self) -> &mut ExpectedShape {
        &mut self.shape
    }

    fn store(&mut self, value: Value<'a>, slot: Slot) {
        if let Some(stored) = self.values.get_mut(slot.number()) {
            *stored = value;
        }
    }

    fn slot(&self, key: Text<'_>, hash: KeyHash) -> Slot {
        self.index
            .as_ref()
            .map_or(Slot::NONE, |index| index.slot_of(key, hash))
    }

    /// The value under a slot; `null` when there is none.
    #[must_use]
    pub fn at(&self, slot: Slot) -> &Value<'a> {
        self.values.get(slot.number()).unwrap_or(&Value::Null)
    }

    /// Whether one of the first `count` indexed keys has a value other than `null`.
    #[must_use]
    pub fn has_any_of_first(&self, count: u16) -> bool {
        self.values
            .iter()
            .skip(1)
            .take(usize::from(count))
            .any(|value| !value.is_null())
    }

    /// The value under `key`.
    #[must_use]
    #[inline]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.find(Key::of(key))
    }

    /// The value under a key whose hash is known.
    #[must_use]
    pub fn find(&self, key: Key<'_>) -> Option<Value<'a>> {
        if let Some(object) = self.unlisted {
            return Value::Object(object).member(key.as_str());
        }
        count(self.list.len());
        let has_key =
            |member: &&Member<'a>| member.hash == key.hash() && member.key.is(key.as_str());
        self.list
            .iter()
            .rev()
            .find(has_key)
            .map(|member| member.value)
    }

    /// Whether these are the members of one object as it was read, none added.
    pub(crate) fn is_unmodified(&self) -> bool {
        self.is_unmodified
    }

    /// All members, duplicates included.
    pub fn iter(&self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> + '_ {
        let unlisted = self
            .unlisted
            .into_iter()
            .flat_map(|object| Value::Object(object).members());
        unlisted.chain(self.list.iter().map(|member| (member.key, member.value)))
    }

    /// Each key once, at its first position, with its last value.
    #[must_use]
    pub fn distinct(&self) -> Vec<(Text<'a>, Value<'a>)> {
        if self.unlisted.is_some() {
            return self.iter().collect::<Members<'_>>().distinct();
        }
        let is_new = |(at, member): (usize, &Member<'_>)| {
            self.list[..at]
                .iter()
                .all(|earlier| earlier.hash != member.hash)
        };
        if self.list.len() <= LINEAR_SEARCH_MAX && self.list.iter().enumerate().all(is_new) {
            let members = self.list.iter();
            return members.map(|member| (member.key, member.value)).collect();
        }
        count(self.list.len() * tree_height(self.list.len()));
        let mut positions = NameIndex::default();
        let mut distinct: Vec<(Text<'a>, Value<'a>)> = Vec::with_capacity(self.list.len());
        for (key, value) in self.iter() {
            let position = positions.get_or_insert(key.decode(), distinct.len());
            match distinct.get_mut(position) {
                Some(member) => member.1 = value,
                None => distinct.push((key, value)),
            }
        }
        distinct
    }

    /// Adds a member behind the others.
    pub fn push(&mut self, key: Text<'a>, value: Value<'a>) {
        let hash = hash_of(key);
        self.store(value, self.slot(key, hash));
        self.list.push(Member { key, value, hash });
    }

    /// Replaces the value of an indexed key.
    pub(crate) fn set(&mut self, slot: Slot, value: Value<'a>) {
        self.store(value, slot);
    }

    /// Removes an indexed key.
    pub(crate) fn remove(&mut self, slot: Slot, key: Key<'_>) {
        self.store(Value::Null, slot);
        let is_kept =
            |member: &Member<'a>| member.hash != key.hash() || !member.key.is(key.as_str());
        self.list.retain(is_kept);
    }

    /// Adds the members of `other` whose keys have no value here.
    pub(crate) fn inherit(&mut self, other: &Members<'a>) {
        for (own, others) in self.values.iter_mut().zip(&other.values) {
            if own.is_null() {
                *own = *others;
            }
        }
        if self.is_listed {
            for (key, value) in other.iter() {
                let hash = hash_of(key);
                let name = key.decode();
                let own = self.find(hash.of(&name));
                if own.is_none_or(Value::is_null) {
                    self.list.push(Member { key, value, hash });
                }
            }
        }
    }

    /// Replaces the members by those of `other`, which has the same index.
    pub(crate) fn copy(&mut self, other: &Members<'a>) {
        self.list.clone_from(&other.list);
        self.values.clone_from(&other.values);
        self.unlisted = other.unlisted;
        self.is_unmodified = other.is_unmodified;
    }

    /// Removes every member and keeps the allocations.
    #[inline]
    pub fn clear(&mut self) {
        self.list.clear();
        self.unlisted = None;
        self.values.fill(Value::Null);
        self.is_unmodified = false;
    }
}

impl<'a> FromIterator<(Text<'a>, Value<'a>)> for Members<'a> {
    fn from_iter<I: IntoIterator<Item = (Text<'a>, Value<'a>)>>(members: I) -> Self {
        let mut listed = Members::default();
        for (key, value) in members {
            listed.push(key, value);
        }
        listed
    }
}

/// Comparisons of a look-up in an ordered map of `length` entries.
fn tree_height(length: usize) -> usize {
    length.checked_ilog2().map_or(1, |log| log as usize + 1)
}

fn hash_of(key: Text<'_>) -> KeyHash {
    KeyHash::new(key.decode().as_bytes())
}
