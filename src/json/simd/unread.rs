//! The unread part of a text, which gets shorter as it is read.
//!
//! In: a text. Out: what stands at its beginning, and the part behind it. Nothing here panics, and near
//! the end of the text nothing is found, which leaves it to a reader that looks at single bytes.

use super::{ByteClass, KeyToken, STEP, count, lane};

/// The end of a text, from an ASCII byte on or from behind one.
#[derive(Clone, Copy)]
pub(in crate::json) struct Unread<'a>(&'a [u8]);

impl<'a> Unread<'a> {
    /// The part of `text` from offset `at` on.
    #[inline(always)]
    pub(in crate::json) fn of(text: &'a str, at: usize) -> Option<Self> {
        Some(Unread(text.as_bytes().get(at..)?))
    }

    /// The offset in `text`, whose unread part this is.
    #[inline(always)]
    pub(in crate::json) fn offset_in(self, text: &str) -> usize {
        text.len() - self.0.len()
    }

    /// The next byte.
    #[inline(always)]
    pub(in crate::json) fn first(self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The part behind `length` bytes.
    #[inline(always)]
    pub(in crate::json) fn behind(self, length: usize) -> Option<Self> {
        Some(Unread(self.0.get(length..)?))
    }

    /// The part behind one byte and a token, if it starts with them.
    #[inline(always)]
    pub(in crate::json) fn behind_key(self, token: &KeyToken) -> Option<Self> {
        let (_, rest) = self.0.split_first()?;
        if !token.starts(rest.first_chunk()?) {
            return None;
        }
        Some(Unread(rest.get(token.len()..)?))
    }

    /// The key of a token that was found behind one byte.
    #[inline(always)]
    pub(in crate::json) fn key(self, token: &KeyToken) -> Option<&'a str> {
        let key = self.0.get(2..token.len() - 1)?;
        debug_assert!(core::str::from_utf8(key).is_ok());
        // SAFETY: between the quotes of the token
        Some(unsafe { core::str::from_utf8_unchecked(key) })
    }

    /// The part behind a word, if it starts with that.
    #[inline(always)]
    pub(in crate::json) fn behind_word(self, word: &str) -> Option<Self> {
        Some(Unread(self.0.strip_prefix(word.as_bytes())?))
    }

    /// The text before the first byte of `class`, that byte, and the part from there on.
    #[inline(always)]
    pub(in crate::json) fn until(self, class: ByteClass) -> Option<(&'a str, u8, Self)> {
        // most texts end in the first step
        let (first, mut rest) = self.0.split_first_chunk::<STEP>()?;
        let marks = lane::marks(lane::load(first), class);
        if marks != 0 {
            return self.split_at(lane::first(marks));
        }
        loop {
            let (step, further) = rest.split_first_chunk::<STEP>()?;
            let marks = lane::marks(lane::load(step), class);
            if marks != 0 {
                return self.split_at(self.0.len() - rest.len() + lane::first(marks));
            }
            rest = further;
        }
    }

    #[inline(always)]
    fn split_at(self, at: usize) -> Option<(&'a str, u8, Self)> {
        count(1 + at / STEP);
        let rest = self.0.get(at..)?;
        Some((self.text(at)?, *rest.first()?, Unread(rest)))
    }

    /// The text of the first `length` bytes, which end before an ASCII byte.
    #[inline(always)]
    fn text(self, length: usize) -> Option<&'a str> {
        let text = self.0.get(..length)?;
        debug_assert!(core::str::from_utf8(text).is_ok());
        // SAFETY: the part starts at a character, and so does what is behind the text
        Some(unsafe { core::str::from_utf8_unchecked(text) })
    }

    /// The text before `rest`, which is the end of this part and starts with an ASCII byte.
    #[inline(always)]
    pub(in crate::json) fn before(self, rest: Self) -> Option<&'a str> {
        self.text(self.0.len() - rest.0.len())
    }
}
