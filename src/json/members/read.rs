//! Reads the members of an object.
//!
//! In: a [`Reader`] at an object. Out: its members, or a [`SyntaxError`].
//!
//! Events of one sender mostly have the same keys in the same order. So the keys of one object are
//! the expected ones of the next: a key at its expected position is compared with one vector
//! comparison and not parsed. What is expected changes how fast an object is read, never what is read.

use super::{Member, Members, hash_of};
use crate::json::expected::ExpectedMember;
use crate::json::key_index::{KeyHash, Slot};
use crate::json::plain::plain_value;
use crate::json::scan::{Reader, SyntaxError};
use crate::json::simd::Unread;
use crate::json::{Text, Value};

/// Reads the value of a key that is among the first of an index.
// a trait object, so that `Members::read` is compiled once for all of them
type ReadContainer<'f, 'a> =
    dyn FnMut(&mut Reader<'a>, Slot) -> Result<Value<'a>, SyntaxError> + 'f;

/// Where the reading of expected members stopped.
#[derive(Clone, Copy)]
struct Stop {
    at: usize,
    /// The position in the shape of the key that is expected next.
    next: usize,
    before: Before,
}

/// What stands where the reading of expected members stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The object's brace or a comma, and behind it no key that is expected.
    Key,
    /// The value of the key that was expected last, which is not a plain one.
    Value,
    /// Anything but a comma, behind a value.
    Other,
}

impl<'a> Members<'a> {
    /// Replaces the members by those of the object at the reader's position, which holds no
    /// containers.
    #[inline]
    pub(crate) fn read_plain(&mut self, reader: &mut Reader<'a>) -> Result<(), SyntaxError> {
        self.read(reader, 0, &mut |reader, _| reader.value())
    }

    /// Replaces the members by those of the object at the reader's position. `read_container` reads
    /// the value of each of the first `containers` keys of the index; the reader reads every other.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader<'a>,
        containers: u16,
        read_container: &mut ReadContainer<'_, 'a>,
    ) -> Result<(), SyntaxError> {
        self.clear();
        self.is_unmodified = true;
        let text = reader.text();
        let start = reader.position();
        let mut stop = Stop {
            at: start,
            next: 0,
            before: Before::Other,
        };
        loop {
            let is_first = stop.at == start;
            if text.as_bytes().get(stop.at) == Some(if is_first { &b'{' } else { &b',' }) {
                stop = if self.is_listed {
                    self.read_expected::<true>(text, stop)
                } else {
                    self.read_expected::<false>(text, stop)
                };
                if stop.before == Before::Key {
                    stop = self.skip_expected(text, stop);
                }
            }
            reader.seek(stop.at);
            let found = if stop.before == Before::Value {
                self.expected_before(text, stop)
            } else {
                self.read_key(reader, stop.at == start, &mut stop.next, containers)?
            };
            let Some((key, hash, slot)) = found else {
                self.unlisted = (!self.is_listed).then(|| reader.text_since(start));
                return Ok(());
            };
            let value = if slot.is_among_first(containers) {
                read_container(reader, slot)?
            } else {
                reader.value()?
            };
            self.store(value, slot);
            if self.is_listed {
                self.list.push(Member { key, value, hash });
            }
            (stop.at, stop.before) = (reader.position(), Before::Other);
        }
    }

    /// Reads members from a separator on, as long as each has the key that is expected next, a plain
    /// value and a comma behind it.
    // calls nothing where members are not listed, not even to panic: around a call V8 keeps no value in a
    // register
    #[inline(never)]
    fn read_expected<const IS_LISTED: bool>(&mut self, text: &'a str, from: Stop) -> Stop {
        let Some(mut unread) = Unread::of(text, from.at) else {
            return from;
        };
        let values = self.values.as_mut_slice();
        let mut expected = self.shape.from(from.next);
        let mut before = Before::Key;
        while let [member, further @ ..] = expected {
            let Some(at_value) = unread.behind_key(&member.token) else {
                break;
            };
            expected = further;
            let (Some(stored), Some((value, behind))) =
                (values.get_mut(member.stored), plain_value(at_value))
            else {
                (unread, before) = (at_value, Before::Value);
                break;
            };
            *stored = value;
            if IS_LISTED && let Some(key) = unread.key(&member.token) {
                let (key, hash) = (Text::without_escapes(key), member.hash);
                self.list.push(Member { key, value, hash });
            }
            unread = behind;
            if unread.first() != Some(b',') {
                before = Before::Other;
                break;
            }
        }
        Stop {
            at: unread.offset_in(text),
            next: self.shape.len() - expected.len(),
            before,
        }
    }

    /// Moves from a separator to the value behind it, where its key is one of those that are expected
    /// further on.
    fn skip_expected(&self, text: &str, stop: Stop) -> Stop {
        let rest = text.as_bytes().get(stop.at + 1..).unwrap_or_default();
        match self.shape.find(stop.next, rest) {
            Some((position, length)) => Stop {
                at: stop.at + 1 + length,
                next: position + 1,
                before: Before::Value,
            },
            None => stop,
        }
    }

    /// The expected key before a value.
    fn expected_before(&self, text: &'a str, stop: Stop) -> Option<(Text<'a>, KeyHash, Slot)> {
        let member = self.shape.before(stop.next)?;
        let separator = stop.at.checked_sub(1 + member.token.len())?;
        let key = Unread::of(text, separator)?.key(&member.token)?;
        Some((Text::without_escapes(key), member.hash, member.slot))
    }

    /// Reads the next key, which was not expected; `None` at the object's end.
    fn read_key(
        &mut self,
        reader: &mut Reader<'a>,
        is_first: bool,
        next: &mut usize,
        containers: u16,
    ) -> Result<Option<(Text<'a>, KeyHash, Slot)>, SyntaxError> {
        if is_first {
            reader.enter(b'{')?;
        } else if reader.try_leave_object() {
            return Ok(None);
        }
        let Some(key) = reader.member(is_first)? else {
            return Ok(None);
        };
        let hash = hash_of(key);
        let slot = self.slot(key, hash);
        if let Some(token) = reader.key_token(key) {
            let stored = if slot.is_among_first(containers) {
                usize::MAX
            } else {
                slot.number()
            };
            self.shape.insert(
                next,
                ExpectedMember {
                    token,
                    hash,
                    slot,
                    stored,
                },
            );
        }
        Ok(Some((key, hash, slot)))
    }
}
