//! What is a JSON value while it still lies in the sender's bytes?
//!
//! Nouns only: [`Value`] and [`Text`] borrow from the input and are checked but not decoded, so
//! that a value that is only passed on is written once and never copied before. Behind this door:
//! `scan` reads, `index` knows which keys will be asked for, `members` lists what an object holds,
//! `lanes` looks at many bytes at once, `number` compares and spells numbers with the help of
//! `float`, `write` spells canonically. Knows nothing of events.

mod key_index;
mod members;
mod number;
mod plain;
mod scan;
mod simd;
pub mod steps;
mod write;

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::ops::Range;
use steps::count;

pub use key_index::{Key, KeyHash, KeyIndex, Slot};
pub(crate) use members::ExpectedShape;
pub use members::Members;
pub use number::{Decimal, is_php_number};
pub use scan::{Reader, SyntaxError};
pub(crate) use simd::{
    Spelled, are_same, hex_digits, line_at, put_spelled as append_spelled, text_of,
};
pub use write::{
    Spelling, append, append_run, write_number, write_plain_str, write_plain_strs, write_str,
    write_strs, write_text, write_value,
};

/// One JSON value, borrowed from checked text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// The word `true` or `false`.
    Bool(&'a str),
    /// A number in the sender's own spelling: 64-bit identifiers keep every digit.
    Number(&'a str),
    /// A string.
    String(Text<'a>),
    /// An array, from `[` to `]`.
    Array(&'a str),
    /// An object, from `{` to `}`.
    Object(&'a str),
}

/// A JSON string between its quotes, escapes not yet resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    escapes: Escapes,
}

/// Are there escapes in a string? As wide as a word: the tag of a [`Value`] lies in it, and a value
/// that is written in bytes and read in words, as the move of one is, waits for the bytes to
/// arrive.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Escapes {
    None,
    Some,
}

impl<'a> Value<'a> {
    /// The elements of an array; nothing for any other value.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        let text = if let Value::Array(text) = self {
            text
        } else {
            "[]"
        };
        Elements {
            reader: Reader::inside(text),
            first: true,
        }
    }

    /// The members of an object in their order, duplicates included; nothing for any other value.
    #[must_use]
    pub fn members(self) -> ObjectMembers<'a> {
        let text = if let Value::Object(text) = self {
            text
        } else {
            "{}"
        };
        ObjectMembers {
            reader: Reader::inside(text),
            first: true,
        }
    }

    /// The value under `key` in an object, the last one of duplicates; looked for from the
    /// beginning.
    #[must_use]
    pub fn member(self, key: &str) -> Option<Value<'a>> {
        self.members()
            .inspect(|_| count(1))
            .filter(|(name, _)| name.is(key))
            .last()
            .map(|(_, value)| value)
    }

    /// The addresses at which it lies, quotes and brackets included; none for `null`.
    pub(crate) fn addresses(self) -> Option<Range<usize>> {
        let (text, quote) = match self {
            Value::Null => return None,
            Value::Bool(text) | Value::Number(text) | Value::Array(text) | Value::Object(text) => {
                (text, 0)
            }
            Value::String(text) => (text.raw, 1),
        };
        let start = text.as_ptr().addr();
        Some(start - quote..start + text.len() + quote)
    }

    /// Is this `null`? Senders write what they do not know so.
    #[must_use]
    pub fn is_null(self) -> bool {
        self == Value::Null
    }
}

/// Where names stand in a list. The one tree that there is: whoever sends names must not choose how
/// long a look-up takes.
#[derive(Debug, Default)]
pub struct NameIndex<'a>(BTreeMap<Cow<'a, str>, usize>);

impl<'a> NameIndex<'a> {
    /// The place of a name; from now on this one, if it has none.
    #[inline(never)]
    pub fn of(&mut self, name: Cow<'a, str>, place: usize) -> usize {
        *self.0.entry(name).or_insert(place)
    }

    /// The place of a name that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    /// Has no name a place?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Iterates over the elements of a checked array.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    first: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let first = core::mem::replace(&mut self.first, false);
        match self.reader.element(first) {
            Ok(true) => self.reader.value().ok(),
            _ => None,
        }
    }
}

/// Iterates over the members of a checked object.
#[derive(Clone, Debug)]
pub struct ObjectMembers<'a> {
    reader: Reader<'a>,
    first: bool,
}

impl<'a> Iterator for ObjectMembers<'a> {
    type Item = (Text<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = core::mem::replace(&mut self.first, false);
        let key = self.reader.member(first).ok()??;
        Some((key, self.reader.value().ok()?))
    }
}

impl<'a> Text<'a> {
    /// The characters; a surrogate without its partner becomes U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        Characters { rest: self.raw }.map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The decoded string, borrowed where nothing was escaped.
    #[must_use]
    pub fn decode(self) -> Cow<'a, str> {
        if self.is_escaped() {
            Cow::Owned(self.chars().collect::<String>())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Does this string say `other`?
    #[must_use]
    pub fn is(self, other: &str) -> bool {
        if self.is_escaped() {
            self.says(other)
        } else {
            are_same(self.raw, other)
        }
    }

    fn is_escaped(self) -> bool {
        self.escapes == Escapes::Some
    }

    #[cold]
    fn says(self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }

    /// Was half of a surrogate pair sent alone, which no UTF-8 can carry?
    #[must_use]
    pub fn has_lone_surrogate(self) -> bool {
        self.is_escaped() && Characters { rest: self.raw }.any(|read| read.is_err())
    }

    /// The text as it stands in the input, if nothing in it is escaped.
    #[must_use]
    pub fn unescaped(self) -> Option<&'a str> {
        (!self.is_escaped()).then_some(self.raw)
    }
}

impl core::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", self.decode())
    }
}

/// Half of a surrogate pair.
struct LoneSurrogate;

struct Characters<'a> {
    rest: &'a str,
}

impl Iterator for Characters<'_> {
    type Item = Result<char, LoneSurrogate>;

    fn next(&mut self) -> Option<Self::Item> {
        count(1);
        let mut chars = self.rest.chars();
        let character = chars.next()?;
        if character != '\\' {
            self.rest = chars.as_str();
            return Some(Ok(character));
        }
        let escape = chars.next()?;
        self.rest = chars.as_str();
        Some(match escape {
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => self.unicode_escape(),
            itself => Ok(itself),
        })
    }
}

impl Characters<'_> {
    fn unicode_escape(&mut self) -> Result<char, LoneSurrogate> {
        let first = self.four_digits().ok_or(LoneSurrogate)?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let after_first = self.rest;
        if first < 0xDC00
            && let Some(rest) = self.rest.strip_prefix("\\u")
        {
            self.rest = rest;
            if let Some(second @ 0xDC00..=0xDFFF) = self.four_digits() {
                let joined = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(joined).ok_or(LoneSurrogate);
            }
            self.rest = after_first;
        }
        Err(LoneSurrogate)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).ok()
    }
}
