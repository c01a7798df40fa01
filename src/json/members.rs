//! Which members does an object have, and what stands under a key?
//!
//! Events of one sender have mostly the same keys in the same order. So the members of one object
//! serve as the expectation of the next one: a key that stands where it stood before is compared,
//! not read. What is expected never changes what is read, only how fast.

use super::key_index::{Key, KeyHash, KeyIndex, Slot};
use super::plain::plain_value;
use super::scan::{Reader, SyntaxError};
use super::simd::{KeyToken, between};
use super::steps::count;
use super::{Escapes, NameIndex, Text, Value};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The members of an object, in the sender's order; of a duplicate key the last value counts.
#[derive(Clone, Debug, Default)]
pub struct Members<'a> {
    /// Whether they are listed for many look-ups, or looked for where they stand.
    is_listed: bool,
    list: Vec<Member<'a>>,
    /// The object whose members are not listed.
    unlisted: Option<&'a str>,
    index: Option<Arc<KeyIndex>>,
    /// By slot, `null` where there is nothing; the first one holds what nobody asks for.
    values: Vec<Value<'a>>,
    expected: ExpectedShape,
    is_as_read: bool,
}

#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    key: Text<'a>,
    value: Value<'a>,
    hash: KeyHash,
}

/// Which keys are expected in which order; what was learnt of one text serves for others.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExpectedShape(Vec<ExpectedMember>);

/// A member's key as it stands in the text, from its quote to its colon.
#[derive(Clone, Copy, Debug)]
struct ExpectedMember {
    token: KeyToken,
    hash: KeyHash,
    slot: Slot,
}

/// Of so many members of an object the keys are expected: more than any sender has in common.
const EXPECTED_MAX: usize = 96;

/// So many keys may be missing in a row, and the ones behind them are still expected.
const SKIPPED_MAX: usize = 16;

/// Among so few members duplicates are found faster by looking through them.
const LOOKED_THROUGH: usize = 32;

impl<'a> Members<'a> {
    /// No members yet; the values of these keys will be asked for, and of others only if they are
    /// `listed`.
    #[must_use]
    pub fn with(index: Arc<KeyIndex>, is_listed: bool) -> Self {
        let values = alloc::vec![Value::Null; index.count() + 1];
        Members {
            is_listed,
            index: Some(index),
            values,
            ..Members::default()
        }
    }

    /// What is expected, to be learnt from and put back.
    pub(crate) fn expectation(&mut self) -> &mut ExpectedShape {
        &mut self.expected
    }

    /// Takes in the members of the object that begins here, instead of those that were there
    /// before; `value` reads the value under one of the `special` first keys that have index.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        special: u16,
        mut value: impl FnMut(&mut Reader<'a>, Slot) -> Result<Value<'a>, SyntaxError>,
    ) -> Result<(), SyntaxError> {
        self.clear();
        self.is_as_read = true;
        let text = reader.text();
        let start = reader.position();
        let mut before = b'{';
        let mut next = 0;
        loop {
            let mut at = reader.position();
            while text.as_bytes().get(at) == Some(&before) {
                let Some(skipped) =
                    expected_at(&self.expected.0[next..], &text.as_bytes()[at + 1..])
                else {
                    break;
                };
                let ExpectedMember {
                    ref token,
                    hash,
                    slot,
                } = self.expected.0[next + skipped];
                next += skipped + 1;
                before = b',';
                let key_at = at + ",\"".len();
                at += 1 + token.len();
                let key_end = at - "\":".len();
                let value = match plain_value(text, at) {
                    Some((value, end)) if !slot.is_among_first(special) => {
                        at = end;
                        value
                    }
                    _ => {
                        reader.go_to(at);
                        let value = if slot.is_among_first(special) {
                            value(reader, slot)?
                        } else {
                            reader.value()?
                        };
                        at = reader.position();
                        value
                    }
                };
                self.put(value, slot);
                if self.is_listed {
                    self.list.push(Member {
                        key: Text {
                            raw: between(text, key_at, key_end),
                            escapes: Escapes::None,
                        },
                        value,
                        hash,
                    });
                }
            }
            reader.go_to(at);
            let is_first = before == b'{';
            if is_first {
                reader.enter(b'{')?;
            }
            let key = if !is_first && reader.leaves_object() {
                None
            } else {
                reader.member(is_first)?
            };
            let Some(key) = key else {
                self.unlisted = (!self.is_listed).then(|| reader.since(start));
                return Ok(());
            };
            let hash = print_of(key);
            let slot = self.slot(key, hash);
            if next < EXPECTED_MAX
                && let Some(token) = reader.token_behind(key)
            {
                next = self
                    .expected
                    .learn(next, ExpectedMember { token, hash, slot });
            }
            let value = if slot.is_among_first(special) {
                value(reader, slot)?
            } else {
                reader.value()?
            };
            self.put(value, slot);
            if self.is_listed {
                self.list.push(Member { key, value, hash });
            }
            before = b',';
        }
    }

    fn put(&mut self, value: Value<'a>, slot: Slot) {
        if let Some(place) = self.values.get_mut(slot.number()) {
            *place = value;
        }
    }

    fn slot(&self, key: Text<'_>, hash: KeyHash) -> Slot {
        self.index
            .as_ref()
            .map_or(Slot::NONE, |index| index.of_read(key, hash))
    }

    /// The value in a slot; `null` where there is none.
    #[must_use]
    pub fn at(&self, slot: Slot) -> &Value<'a> {
        self.values.get(slot.number()).unwrap_or(&Value::Null)
    }

    /// Is there a value under one of the first so many keys that have index?
    #[must_use]
    pub fn has_any(&self, first: u16) -> bool {
        self.values
            .iter()
            .skip(1)
            .take(usize::from(first))
            .any(|value| !value.is_null())
    }

    /// The value under `key`.
    #[must_use]
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
        let is_it = |member: &&Member<'a>| member.hash == key.hash() && member.key.is(key.as_str());
        self.list
            .iter()
            .rev()
            .find(is_it)
            .map(|member| member.value)
    }

    /// Are these the members of one object and nothing else?
    pub(crate) fn is_as_read(&self) -> bool {
        self.is_as_read
    }

    /// All members, duplicates included.
    pub fn iter(&self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> + '_ {
        let unlisted = self
            .unlisted
            .into_iter()
            .flat_map(|object| Value::Object(object).members());
        unlisted.chain(self.list.iter().map(|member| (member.key, member.value)))
    }

    /// Each key once, at its first place, with the last value that it was given.
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
        if self.list.len() <= LOOKED_THROUGH && self.list.iter().enumerate().all(is_new) {
            return self.iter().collect();
        }
        count(self.list.len() * levels(self.list.len()));
        let mut places = NameIndex::default();
        let mut distinct: Vec<(Text<'a>, Value<'a>)> = Vec::with_capacity(self.list.len());
        for (key, value) in self.iter() {
            let place = places.of(key.decode(), distinct.len());
            match distinct.get_mut(place) {
                Some(member) => member.1 = value,
                None => distinct.push((key, value)),
            }
        }
        distinct
    }

    /// Adds a member behind the others.
    pub fn push(&mut self, key: Text<'a>, value: Value<'a>) {
        let hash = print_of(key);
        self.put(value, self.slot(key, hash));
        self.list.push(Member { key, value, hash });
    }

    /// Forgets every member and keeps the room.
    pub fn clear(&mut self) {
        self.list.clear();
        self.unlisted = None;
        self.values.fill(Value::Null);
        self.is_as_read = false;
    }
}

impl ExpectedShape {
    /// Notes a key that was not expected here, and says which one comes next.
    #[cold]
    fn learn(&mut self, next: usize, fresh: ExpectedMember) -> usize {
        count(self.0.len());
        let is_it = |expected: &ExpectedMember| {
            expected.hash == fresh.hash && expected.token == fresh.token
        };
        if let Some(skipped) = self.0[next..].iter().position(is_it) {
            return next + skipped + 1;
        }
        if self.0.len() < EXPECTED_MAX {
            self.0.insert(next, fresh);
        } else if let Some(expected) = self.0.get_mut(next) {
            *expected = fresh;
        } else {
            return next;
        }
        next + 1
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

/// Steps of a look-up in a tree of so many.
fn levels(many: usize) -> usize {
    many.checked_ilog2().map_or(1, |log| log as usize + 1)
}

/// Which of the keys that are expected next stands here?
#[inline(always)]
fn expected_at(expected: &[ExpectedMember], here: &[u8]) -> Option<usize> {
    if expected.first()?.token.begins(here) {
        Some(0)
    } else {
        skipped_to(expected, here)
    }
}

#[inline(never)]
fn skipped_to(expected: &[ExpectedMember], here: &[u8]) -> Option<usize> {
    count(SKIPPED_MAX);
    (1..expected.len().min(SKIPPED_MAX)).find(|skipped| expected[*skipped].token.begins(here))
}

fn print_of(key: Text<'_>) -> KeyHash {
    KeyHash::of_bytes(key.decode().as_bytes())
}
