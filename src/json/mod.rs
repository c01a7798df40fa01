//! Reads and writes JSON without copying it.
//!
//! In: text. Out: a [`Value`] or [`Text`] that borrows from it, checked but not decoded; and JSON
//! in PHP's or in `JSON.stringify`'s spelling. Text that is not JSON is a [`SyntaxError`] with its
//! offset.
//!
//! `scan` reads, `plain` has its fast paths, `expected`, `key_index` and `members` find members by key,
//! `number` compares and spells numbers, `product` multiplies them, `trim` trims texts, `write`
//! writes, `simd` looks at many bytes at once.

mod expected;
mod float;
mod key_index;
mod members;
mod number;
mod open_containers;
mod plain;
mod product;
mod scan;
mod simd;
pub mod steps;
mod trim;
mod write;

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::ops::Range;
use steps::count;

pub(crate) use expected::ExpectedShape;
pub use key_index::{Key, KeyHash, KeyIndex, Slot};
pub use members::Members;
pub use number::{Decimal, is_php_number, spells_php_number};
pub use product::write_product;
pub use scan::{Reader, SyntaxError};
pub(crate) use simd::{
    ByteReplacement, append, append_replaced, append_short, find_letter, hex_digit_mask, line_at,
    text_eq, utf8_text,
};
pub use trim::trim;
pub use write::{
    Spelling, write_number, write_plain_str, write_plain_strs, write_str, write_strict, write_strs,
    write_text, write_value,
};

/// A JSON value, borrowed from checked text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`, as text.
    Bool(&'a str),
    /// A number as the sender spells it, so that 64-bit identifiers keep every digit.
    Number(&'a str),
    /// A string.
    String(Text<'a>),
    /// An array, from `[` to `]`.
    Array(&'a str),
    /// An object, from `{` to `}`.
    Object(&'a str),
}

/// A JSON string without its quotes, escapes not resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    escapes: Escapes,
}

/// Whether a string has escapes. The tag of a [`Value`] is stored in its niche: as `repr(u32)` it
/// is written and read at one width, while a one-byte tag read in words by a move stalls
/// store-to-load forwarding.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Escapes {
    None,
    Some,
}

impl<'a> Value<'a> {
    /// The elements of an array; none of any other value.
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

    /// The members of an object in their order, duplicates included; none of any other value.
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

    /// The value under `key` in an object, the last one of duplicates. Reads the whole object.
    #[inline(never)]
    #[must_use]
    pub fn member(self, key: &str) -> Option<Value<'a>> {
        self.members()
            .inspect(|_| count(1))
            .filter(|(name, _)| name.is(key))
            .last()
            .map(|(_, value)| value)
    }

    /// The addresses of the value's bytes, quotes and brackets included; `None` for `null`, which
    /// borrows nothing.
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

    /// Whether this is a string of these characters.
    // out of line: inlined into the rules of each sender it is a large part of their size
    #[inline(never)]
    #[must_use]
    pub fn is_text(self, word: &str) -> bool {
        matches!(self, Value::String(text) if text.is(word))
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self, Value::Null)
    }
}

/// Positions of names in a list. An ordered map and no hash table, since a sender who chooses the
/// names could make them collide.
#[derive(Debug, Default)]
pub struct NameIndex<'a>(BTreeMap<Cow<'a, str>, usize>);

impl<'a> NameIndex<'a> {
    /// The position of a name; a name without one gets `position`.
    pub fn get_or_insert(&mut self, name: Cow<'a, str>, position: usize) -> usize {
        *self.0.entry(name).or_insert(position)
    }

    /// The position of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    /// Whether no name has a position.
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

    // out of line: the rules of senders use it in many places, and size counts there
    #[inline(never)]
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

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let first = core::mem::replace(&mut self.first, false);
        let key = self.reader.member(first).ok()??;
        Some((key, self.reader.value().ok()?))
    }
}

impl<'a> Text<'a> {
    /// The string of a text that needs no escape in JSON; `None` of one with a quote, a backslash or
    /// a control character.
    #[inline]
    pub(crate) fn plain(text: &'a str) -> Option<Self> {
        let needs_escape = |byte: u8| matches!(byte, b'"' | b'\\' | ..b' ');
        (!text.bytes().any(needs_escape)).then_some(Text::without_escapes(text))
    }

    /// The string of a text that is known to need no escape.
    #[inline]
    fn without_escapes(raw: &'a str) -> Self {
        Text {
            raw,
            escapes: Escapes::None,
        }
    }

    /// The decoded characters; a lone surrogate becomes U+FFFD.
    pub fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        UnescapedChars { rest: self.raw }.map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The decoded string, borrowed when it has no escapes.
    #[must_use]
    #[inline]
    pub fn decode(self) -> Cow<'a, str> {
        if self.is_escaped() {
            Cow::Owned(self.chars().collect::<String>())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Whether the decoded string is `other`.
    #[must_use]
    #[inline]
    pub fn is(self, other: &str) -> bool {
        if self.is_escaped() {
            self.decodes_to(other)
        } else {
            text_eq(self.raw, other)
        }
    }

    fn is_escaped(self) -> bool {
        self.escapes == Escapes::Some
    }

    #[cold]
    fn decodes_to(self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }

    /// Whether the string has half of a surrogate pair alone (`"\ud83d"`), which UTF-8 cannot
    /// express.
    #[must_use]
    #[inline]
    pub fn has_lone_surrogate(self) -> bool {
        self.is_escaped() && self.escapes_lone_surrogate()
    }

    #[cold]
    fn escapes_lone_surrogate(self) -> bool {
        UnescapedChars { rest: self.raw }.any(|read| read.is_err())
    }

    /// The string as it stands in the input; `None` when it has escapes.
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

/// Resolves the escapes of a checked string.
struct UnescapedChars<'a> {
    rest: &'a str,
}

impl Iterator for UnescapedChars<'_> {
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

impl UnescapedChars<'_> {
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
