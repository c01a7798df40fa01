//! Which members does an object have, and what stands under a key?
//!
//! Events of one sender have mostly the same keys in the same order. So the members of one object serve as the expectation of the next one:
//! a key that stands where it stood before is compared, not read. What is expected never changes what is read, only how fast.

use super::lanes::Token;
use super::scan::{Fault, Reader};
use super::slots::{Key, Print, Slot, Slots};
use super::{Text, Value};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The members of an object, listed once for many look-ups, in the sender's order; of a duplicate key the last value counts.
#[derive(Clone, Debug, Default)]
pub struct Members<'a> {
    list: Vec<Member<'a>>,
    slots: Option<Arc<Slots>>,
    /// By slot, `null` where there is nothing; the first one holds what nobody asks for.
    values: Vec<Value<'a>>,
    expected: Vec<Expected<'a>>,
    is_as_read: bool,
}

#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    key: Text<'a>,
    value: Value<'a>,
    print: Print,
}

/// A member's key as it stands in the text, from its quote to its colon.
#[derive(Clone, Copy, Debug)]
struct Expected<'a> {
    token: Token<'a>,
    key: Text<'a>,
    print: Print,
    slot: Slot,
}

/// Of so many members of an object the keys are expected: more than any sender has in common.
const EXPECTED_MAX: usize = 96;

/// So many keys may be missing in a row, and the ones behind them are still expected.
const SKIPPED_MAX: usize = 8;

/// Among so few members duplicates are found faster by looking through them.
const LOOKED_THROUGH: usize = 32;

impl<'a> Members<'a> {
    /// No members yet; the values of these keys will be asked for.
    #[must_use]
    pub fn with(slots: Arc<Slots>) -> Self {
        let values = alloc::vec![Value::Null; slots.count() + 1];
        Members { slots: Some(slots), values, ..Members::default() }
    }

    /// Lists the members of the object that begins here, instead of those that were listed before; `value` reads each member's value.
    #[inline]
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        mut value: impl FnMut(&mut Reader<'a>, Slot) -> Result<Value<'a>, Fault>,
    ) -> Result<(), Fault> {
        self.clear();
        self.is_as_read = true;
        reader.enter(b'{')?;
        let mut is_first = true;
        let mut next = 0;
        loop {
            let mut ahead = self.expected[next..].iter().take(SKIPPED_MAX);
            let (key, print, slot) = match ahead.position(|expected| reader.member_is(is_first, &expected.token)) {
                Some(skipped) => {
                    let Expected { key, print, slot, .. } = self.expected[next + skipped];
                    next += skipped + 1;
                    (key, print, slot)
                }
                None => {
                    let Some((key, token)) = reader.member_and_token(is_first)? else { return Ok(()) };
                    let print = print_of(key);
                    let slot = self.slot(key, print);
                    if let Some(token) = token {
                        next = self.expect(next, Expected { token, key, print, slot });
                    }
                    (key, print, slot)
                }
            };
            is_first = false;
            let value = value(reader, slot)?;
            self.put(Member { key, value, print }, slot);
        }
    }

    #[inline]
    fn put(&mut self, member: Member<'a>, slot: Slot) {
        if let Some(place) = self.values.get_mut(slot.number()) {
            *place = member.value;
        }
        self.list.push(member);
    }

    fn slot(&self, key: Text<'_>, print: Print) -> Slot {
        self.slots.as_ref().map_or(Slot::NONE, |slots| slots.of_read(key, print))
    }

    /// Notes a key that was not expected here, and says which one comes next.
    #[cold]
    fn expect(&mut self, next: usize, fresh: Expected<'a>) -> usize {
        if self.expected.len() < EXPECTED_MAX {
            self.expected.insert(next, fresh);
        } else if let Some(expected) = self.expected.get_mut(next) {
            *expected = fresh;
        } else {
            return next;
        }
        next + 1
    }

    /// The value in a slot; `null` where there is none.
    #[inline]
    #[must_use]
    pub fn at(&self, slot: Slot) -> Value<'a> {
        self.values.get(slot.number()).copied().unwrap_or(Value::Null)
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.find(Key::of(key))
    }

    /// The value under a key whose print is known.
    #[must_use]
    pub fn find(&self, key: Key<'_>) -> Option<Value<'a>> {
        let is_it = |member: &&Member<'a>| member.print == key.print() && member.key.is(key.as_str());
        self.list.iter().rev().find(is_it).map(|member| member.value)
    }

    /// Are these the members of one object and nothing else?
    pub(crate) fn is_as_read(&self) -> bool {
        self.is_as_read
    }

    /// All members, duplicates included.
    pub fn iter(&self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> + '_ {
        self.list.iter().map(|member| (member.key, member.value))
    }

    /// Each key once, at its first place, with the last value that it was given.
    #[must_use]
    pub fn distinct(&self) -> Vec<(Text<'a>, Value<'a>)> {
        let is_new = |(at, member): (usize, &Member<'_>)| self.list[..at].iter().all(|earlier| earlier.print != member.print);
        if self.list.len() <= LOOKED_THROUGH && self.list.iter().enumerate().all(is_new) {
            return self.iter().collect();
        }
        let mut places: BTreeMap<Cow<'a, str>, usize> = BTreeMap::new();
        let mut distinct: Vec<(Text<'a>, Value<'a>)> = Vec::with_capacity(self.list.len());
        for (key, value) in self.iter() {
            let place = *places.entry(key.decode()).or_insert(distinct.len());
            match distinct.get_mut(place) {
                Some(member) => member.1 = value,
                None => distinct.push((key, value)),
            }
        }
        distinct
    }

    /// Adds a member behind the others.
    pub fn push(&mut self, key: Text<'a>, value: Value<'a>) {
        let print = print_of(key);
        self.put(Member { key, value, print }, self.slot(key, print));
    }

    /// Forgets every member and keeps the room.
    pub fn clear(&mut self) {
        self.list.clear();
        self.values.fill(Value::Null);
        self.is_as_read = false;
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

fn print_of(key: Text<'_>) -> Print {
    Print::of_bytes(key.decode().as_bytes())
}
