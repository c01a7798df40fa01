//! Which bytes are one JSON value?
//!
//! A strict reader (RFC 8259) with one leniency: a comma may stand before `}` or `]`, since both of
//! Amplitude's own sample templates have one (Amplitude, Create an event streaming integration,
//! sample body). It never recurses, so no depth of input ends the stack, and it never allocates for
//! values of fewer than 64 levels.

use super::plain::plain_key;
use super::simd::{Ends, KeyToken, between, run_end};
use super::steps::count;
use super::{Escapes, Text, Value};
use alloc::vec::Vec;

/// Where reading had to stop: the byte offset of what cannot stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Offset in bytes from the beginning of the text.
    pub at: usize,
}

/// Walks over JSON text.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Reader {
            text,
            at: 0,
            levels: 0,
        }
    }

    /// Reads from behind the opening bracket of a checked container.
    pub(crate) fn inside(text: &'a str) -> Self {
        Reader {
            text,
            at: 1,
            levels: 0,
        }
    }

    /// The offset of the next unread byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many levels the deepest value since the last call had; a scalar has none.
    pub fn take_levels(&mut self) -> usize {
        core::mem::take(&mut self.levels)
    }

    /// The next byte that is not white space.
    pub fn peek(&mut self) -> Option<u8> {
        count(1);
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            count(1);
            self.at += 1;
        }
        self.byte()
    }

    /// Steps into the object or array that begins here.
    ///
    /// # Errors
    /// `5`: there is none.
    pub fn enter(&mut self, bracket: u8) -> Result<(), SyntaxError> {
        self.expect(bracket)
    }

    /// Reads one whole value.
    ///
    /// # Errors
    /// `[1,,2]`, `01`, `"\x"`, `{"a" 1}`, `nul`, an unfinished value.
    pub fn value(&mut self) -> Result<Value<'a>, SyntaxError> {
        if self.byte() != Some(b'"') {
            return self.other_value();
        }
        self.at += 1;
        Ok(Value::String(self.rest_of_string()?))
    }

    fn other_value(&mut self) -> Result<Value<'a>, SyntaxError> {
        if self.text.as_bytes().get(self.at..self.at + 4) == Some(b"null") {
            self.at += 4;
            return Ok(Value::Null);
        }
        match self.peek() {
            Some(b'{') => Ok(Value::Object(self.container()?)),
            Some(b'[') => Ok(Value::Array(self.container()?)),
            _ => self.scalar(),
        }
    }

    /// Reads up to the value of the next member of the object that was entered, or its end.
    ///
    /// # Errors
    /// `{"a"}`, `{,}`, `{"a":1 "b":2}`.
    pub fn member(&mut self, first: bool) -> Result<Option<Text<'a>>, SyntaxError> {
        if let Some((raw, at)) = plain_key(self.text, self.at, first) {
            self.at = at;
            return Ok(Some(Text {
                raw,
                escapes: Escapes::None,
            }));
        }
        self.other_member(first)
    }

    #[inline(never)]
    fn other_member(&mut self, first: bool) -> Result<Option<Text<'a>>, SyntaxError> {
        if !self.goes_on(b'}', first)? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Goes on at another place.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Steps out of the object if it ends here, with nothing before that.
    pub(super) fn leaves_object(&mut self) -> bool {
        let ends = self.byte() == Some(b'}');
        self.at += usize::from(ends);
        ends
    }

    /// How the key that was just read stands in the text, from its quote to its colon, if nothing
    /// in it needs care.
    #[inline(never)]
    pub(super) fn token_behind(&self, key: Text<'a>) -> Option<KeyToken> {
        let start = self.at.checked_sub(key.raw.len() + "\"\":".len())?;
        let token = self.text.get(start..self.at).filter(|token| {
            !key.is_escaped() && token.as_bytes()[0] == b'"' && token[1..].starts_with(key.raw)
        })?;
        if token.ends_with("\":") {
            KeyToken::of(token)
        } else {
            None
        }
    }

    /// Notes how deep a container was whose members were read one by one: `levels` is what they
    /// came to.
    pub(crate) fn note_container(&mut self, outer: usize, inner: usize) {
        self.levels = outer.max(inner + 1);
    }

    /// The text from `start` up to the next unread byte.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// Reads up to the next element of the array that was entered; false at its end.
    ///
    /// # Errors
    /// `[,]`, `[1 2]`.
    pub fn element(&mut self, first: bool) -> Result<bool, SyntaxError> {
        self.goes_on(b']', first)
    }

    /// Makes sure that nothing but white space is left.
    ///
    /// # Errors
    /// `{} {}`.
    pub fn end(&mut self) -> Result<(), SyntaxError> {
        if self.peek().is_none() {
            Ok(())
        } else {
            self.fault()
        }
    }

    fn goes_on(&mut self, close: u8, first: bool) -> Result<bool, SyntaxError> {
        let mut next = self.peek();
        if next == Some(b',') && !first {
            self.at += 1;
            next = self.peek();
        } else if !first && next != Some(close) {
            return self.fault();
        }
        if next == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    fn container(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        let mut nest = Nest::default();
        nest.open(self.text.as_bytes()[self.at] == b'{');
        self.at += 1;
        let mut deepest = 1;
        let mut first = true;
        while let Some(is_object) = nest.innermost() {
            let goes_on = if is_object {
                self.member(first)?.is_some()
            } else {
                self.element(first)?
            };
            first = false;
            if !goes_on {
                nest.close();
                continue;
            }
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.at += 1;
                    nest.open(bracket == b'{');
                    deepest = deepest.max(nest.depth);
                    first = true;
                }
                _ => drop(self.scalar()?),
            }
        }
        self.levels = self.levels.max(deepest);
        Ok(&self.text[start..self.at])
    }

    fn scalar(&mut self) -> Result<Value<'a>, SyntaxError> {
        match self.byte() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Value::Number(self.number()?)),
            Some(b't') => self.word("true").map(Value::Bool),
            Some(b'f') => self.word("false").map(Value::Bool),
            Some(b'n') => self.word("null").map(|_| Value::Null),
            _ => self.fault(),
        }
    }

    fn word(&mut self, word: &str) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                return self.fault();
            }
            self.at += 1;
        }
        Ok(&self.text[start..self.at])
    }

    fn string(&mut self) -> Result<Text<'a>, SyntaxError> {
        self.expect(b'"')?;
        self.rest_of_string()
    }

    fn rest_of_string(&mut self) -> Result<Text<'a>, SyntaxError> {
        let start = self.at;
        let end = run_end(self.text.as_bytes(), start, Ends::Plain);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Text {
                raw: between(self.text, start, end),
                escapes: Escapes::None,
            });
        }
        self.at = end;
        self.rest_of_escaped(start)
    }

    #[inline(never)]
    fn rest_of_escaped(&mut self, start: usize) -> Result<Text<'a>, SyntaxError> {
        while self.byte() == Some(b'\\') {
            self.escape()?;
            self.at = run_end(self.text.as_bytes(), self.at, Ends::Plain);
        }
        if self.byte() != Some(b'"') {
            return self.fault();
        }
        let raw = between(self.text, start, self.at);
        self.at += 1;
        Ok(Text {
            raw,
            escapes: Escapes::Some,
        })
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        count(1);
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return self.fault();
                    }
                    self.at += 1;
                }
            }
            _ => return self.fault(),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(between(self.text, start, self.at))
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fault();
        }
        self.at = run_end(self.text.as_bytes(), self.at + 1, Ends::Digits);
        Ok(())
    }

    fn expect(&mut self, wanted: u8) -> Result<(), SyntaxError> {
        if self.peek() != Some(wanted) {
            return self.fault();
        }
        self.at += 1;
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault<T>(&self) -> Result<T, SyntaxError> {
        Err(SyntaxError { at: self.at })
    }
}

/// Which containers are open, one bit a level; the heap is touched from the 65th level on.
#[derive(Default)]
struct Nest {
    depth: usize,
    objects: u64,
    deeper: Vec<bool>,
}

impl Nest {
    fn open(&mut self, is_object: bool) {
        if self.depth < 64 {
            self.objects = self.objects << 1 | u64::from(is_object);
        } else {
            self.deeper.push(is_object);
        }
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        if self.depth < 64 {
            self.objects >>= 1;
        } else {
            self.deeper.pop();
        }
    }

    fn innermost(&self) -> Option<bool> {
        match self.depth {
            0 => None,
            1..=64 => Some(self.objects & 1 == 1),
            _ => self.deeper.last().copied(),
        }
    }
}
