//! Which members does an object have, and what stands under a key?
//!
//! Events of one sender have mostly the same keys in the same order. So the members of one object serve as the expectation of the next one:
//! a key that stands where it stood before is compared, not read. What is expected never changes what is read, only how fast.

use super::scan::{Fault, Reader};
use super::{Text, Value};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A key to look for, with its print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'k> {
    text: &'k str,
    print: Print,
}

/// What differs in most keys that differ: the length, the first and the last four bytes. Two keys may have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print(u32);

impl<'k> Key<'k> {
    /// The key of this text.
    #[must_use]
    pub const fn of(text: &'k str) -> Self {
        Key { text, print: Print::of_bytes(text.as_bytes()) }
    }

    /// Its text.
    #[must_use]
    pub const fn as_str(self) -> &'k str {
        self.text
    }
}

/// The key of a member that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'a> {
    key: Text<'a>,
    print: Print,
}

impl Name<'_> {
    pub(crate) fn is(self, key: Key<'_>) -> bool {
        self.print == key.print && self.key.is(key.text)
    }
}

impl Print {
    /// The print of a key's bytes.
    #[must_use]
    pub const fn of_bytes(key: &[u8]) -> Self {
        const fn four(key: &[u8], at: usize) -> u32 {
            u32::from_le_bytes([key[at], key[at + 1], key[at + 2], key[at + 3]])
        }
        let length = key.len();
        #[allow(clippy::cast_possible_truncation, reason = "a print need not tell everything")]
        let sum = length as u32;
        let (head, tail) = match length {
            0 => (0, 0),
            1 => (key[0] as u32, 0),
            2 | 3 => (key[0] as u32 | (key[1] as u32) << 8, key[length - 1] as u32),
            _ => (four(key, 0), four(key, length - 4)),
        };
        let mixed = head.wrapping_mul(0x9E37_79B1) ^ tail.wrapping_mul(0x85EB_CA77).rotate_left(13) ^ sum.wrapping_mul(0xC2B2_AE3D);
        Print(mixed ^ mixed >> 15)
    }

    /// The key of this text, whose print this is.
    #[must_use]
    pub fn of(self, text: &str) -> Key<'_> {
        Key { text, print: self }
    }

    fn head(self) -> usize {
        self.0 as usize % HEADS
    }
}

/// The members of an object, listed once for many look-ups, in the sender's order; of a duplicate key the last value counts.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    list: Vec<Member<'a>>,
    /// By the print of a key one more than the place of its last member; 0 for none.
    heads: [u32; HEADS],
    expected: Vec<Expected<'a>>,
    is_as_read: bool,
}

#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    key: Text<'a>,
    value: Value<'a>,
    print: Print,
    /// The member before it whose print leads to the same head, counted like a head.
    before: u32,
}

/// A member's key as it stands in the text, from its quote to its colon.
#[derive(Clone, Copy, Debug)]
struct Expected<'a> {
    token: &'a str,
    key: Text<'a>,
    print: Print,
}

const HEADS: usize = 64;

/// Of so many members of an object the keys are expected: more than any sender has in common.
const EXPECTED_MAX: usize = 96;

/// So many keys may be missing in a row, and the ones behind them are still expected.
const SKIPPED_MAX: usize = 6;

impl Default for Members<'_> {
    fn default() -> Self {
        Members { list: Vec::new(), heads: [0; HEADS], expected: Vec::new(), is_as_read: false }
    }
}

impl<'a> Members<'a> {
    /// Lists the members of the object that begins here, instead of those that were listed before; `value` reads each member's value.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        value: &mut dyn FnMut(&mut Reader<'a>, Name<'a>) -> Result<Value<'a>, Fault>,
    ) -> Result<(), Fault> {
        self.clear();
        self.is_as_read = true;
        reader.enter(b'{')?;
        let mut is_first = true;
        let mut next = 0;
        loop {
            let expected = self.expected.get(next).copied();
            let (key, print) = match expected {
                Some(Expected { token, key, print }) if reader.member_is(is_first, token) => {
                    next += 1;
                    (key, print)
                }
                _ => {
                    let Some((key, token)) = reader.member_and_token(is_first)? else { return Ok(()) };
                    let print = print_of(key);
                    next = self.expect(next, token, key, print);
                    (key, print)
                }
            };
            is_first = false;
            let value = value(reader, Name { key, print })?;
            self.push_printed(key, print, value);
        }
    }

    /// Notes a key that was not expected here, and says which one comes next.
    fn expect(&mut self, next: usize, token: Option<&'a str>, key: Text<'a>, print: Print) -> usize {
        let Some(token) = token else { return next };
        let ahead = self.expected.iter().skip(next).take(SKIPPED_MAX).position(|expected| expected.print == print && expected.token == token);
        if let Some(skipped) = ahead {
            return next + skipped + 1;
        }
        let fresh = Expected { token, key, print };
        match self.expected.get_mut(next) {
            Some(expected) => *expected = fresh,
            None if next < EXPECTED_MAX => self.expected.push(fresh),
            None => return next,
        }
        next + 1
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.find(Key::of(key))
    }

    /// The value under a key whose print is known.
    #[must_use]
    pub fn find(&self, key: Key<'_>) -> Option<Value<'a>> {
        let mut place = self.heads[key.print.head()];
        while place != 0 {
            let member = &self.list[place as usize - 1];
            if member.print == key.print && member.key.is(key.text) {
                return Some(member.value);
            }
            place = member.before;
        }
        None
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
        self.push_printed(key, print_of(key), value);
    }

    fn push_printed(&mut self, key: Text<'a>, print: Print, value: Value<'a>) {
        #[allow(clippy::cast_possible_truncation, reason = "a text of 4 GiB is no event")]
        let place = self.list.len() as u32 + 1;
        let before = core::mem::replace(&mut self.heads[print.head()], place);
        self.list.push(Member { key, value, print, before });
    }

    /// Forgets every member and keeps the room.
    pub fn clear(&mut self) {
        self.list.clear();
        self.heads = [0; HEADS];
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
