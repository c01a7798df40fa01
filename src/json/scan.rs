//! A strict JSON reader (RFC 8259) with one leniency.
//!
//! In: text. Out: borrowed values, one at a time. Text that is not JSON is a [`SyntaxError`] at the
//! first byte that cannot stand there. A comma may stand before `}` or `]`, since both of
//! Amplitude's own sample templates have one (Amplitude, Create an event streaming integration,
//! sample body).
//!
//! The reader never recurses, so that nesting cannot overflow the stack, and allocates only for
//! values of more than 64 levels.

use super::open_containers::OpenContainers;
use super::plain::plain_key;
use super::simd::{ByteClass, KeyToken, find_byte, slice_at_ascii};
use super::steps::count;
use super::{Escapes, Text, Value};

/// Text that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where the first byte lies that cannot stand there, in bytes from the beginning of the text;
    /// the text's length when it ends too early.
    pub at: usize,
}

/// A cursor over JSON text.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
    has_trailing_comma: bool,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Reader {
            text,
            at: 0,
            levels: 0,
            has_trailing_comma: false,
        }
    }

    /// A reader behind the opening bracket of a checked container.
    pub(crate) fn inside(text: &'a str) -> Self {
        Reader {
            text,
            at: 1,
            levels: 0,
            has_trailing_comma: false,
        }
    }

    /// The offset of the next unread byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Levels of the deepest value that was read since the last call; a scalar has 0.
    pub fn take_levels(&mut self) -> usize {
        core::mem::take(&mut self.levels)
    }

    /// Whether a comma stood before a closing bracket since the last call: what was read is otherwise
    /// strict JSON.
    pub fn take_trailing_comma(&mut self) -> bool {
        core::mem::take(&mut self.has_trailing_comma)
    }

    /// Skips white space; returns the byte behind it without reading it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        count(1);
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            count(1);
            self.at += 1;
        }
        self.byte()
    }

    /// Reads the opening `bracket` of an object or array.
    ///
    /// # Errors
    /// Any other byte: `5`.
    pub fn enter(&mut self, bracket: u8) -> Result<(), SyntaxError> {
        self.expect(bracket)
    }

    /// Reads one value, nested ones included.
    ///
    /// # Errors
    /// `[1,,2]`, `01`, `"\x"`, `{"a" 1}`, `nul`, `[1`.
    pub fn value(&mut self) -> Result<Value<'a>, SyntaxError> {
        if self.byte() != Some(b'"') {
            return self.value_after_white_space();
        }
        self.at += 1;
        Ok(Value::String(self.rest_of_string()?))
    }

    fn value_after_white_space(&mut self) -> Result<Value<'a>, SyntaxError> {
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

    /// Reads the next key and its colon in an object that was entered; `None` at the object's end.
    ///
    /// # Errors
    /// `{"a"}`, `{,}`, `{"a":1 "b":2}`.
    pub fn member(&mut self, first: bool) -> Result<Option<Text<'a>>, SyntaxError> {
        if let Some((raw, at)) = plain_key(self.text, self.at, first) {
            self.at = at;
            return Ok(Some(Text::without_escapes(raw)));
        }
        self.member_slow(first)
    }

    #[inline(never)]
    fn member_slow(&mut self, first: bool) -> Result<Option<Text<'a>>, SyntaxError> {
        if !self.has_next(b'}', first)? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// The text that is read, from its beginning.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Moves the reader to an offset.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// Reads a `}` if it is the next byte; returns whether it was.
    pub(super) fn try_leave_object(&mut self) -> bool {
        let ends = self.byte() == Some(b'}');
        self.at += usize::from(ends);
        ends
    }

    /// The key that was just read as it stands in the text, from its quote to its colon; `None`
    /// when it has escapes, white space before its colon or more than 29 bytes.
    #[inline(never)]
    pub(super) fn key_token(&self, key: Text<'a>) -> Option<KeyToken> {
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

    /// Records the levels of a container whose members were read one by one: `inner` are those of
    /// its members, `outer` those of what was read before it.
    pub(crate) fn set_levels(&mut self, outer: usize, inner: usize) {
        self.levels = outer.max(inner + 1);
    }

    /// The text from offset `start` up to the next unread byte.
    pub(crate) fn text_since(&self, start: usize) -> &'a str {
        slice_at_ascii(self.text, start, self.at)
    }

    /// Reads up to the next element of an array that was entered; returns false at the array's end.
    ///
    /// # Errors
    /// `[,]`, `[1 2]`.
    pub fn element(&mut self, first: bool) -> Result<bool, SyntaxError> {
        self.has_next(b']', first)
    }

    /// Checks that only white space is left.
    ///
    /// # Errors
    /// `{} {}`.
    pub fn end(&mut self) -> Result<(), SyntaxError> {
        if self.peek().is_none() {
            Ok(())
        } else {
            self.error()
        }
    }

    fn has_next(&mut self, close: u8, first: bool) -> Result<bool, SyntaxError> {
        let mut next = self.peek();
        if next == Some(b',') && !first {
            self.at += 1;
            next = self.peek();
            self.has_trailing_comma |= next == Some(close);
        } else if !first && next != Some(close) {
            return self.error();
        }
        if next == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    fn container(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        let mut open = OpenContainers::default();
        open.push(self.text.as_bytes()[self.at] == b'{');
        self.at += 1;
        let mut deepest = 1;
        let mut first = true;
        while let Some(is_object) = open.innermost() {
            let has_next = if is_object {
                self.member(first)?.is_some()
            } else {
                self.element(first)?
            };
            first = false;
            if !has_next {
                open.pop();
                continue;
            }
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.at += 1;
                    open.push(bracket == b'{');
                    deepest = deepest.max(open.depth());
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
            _ => self.error(),
        }
    }

    fn word(&mut self, word: &str) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                return self.error();
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
        let end = find_byte(self.text.as_bytes(), start, ByteClass::JsonEscaped);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Text::without_escapes(slice_at_ascii(self.text, start, end)));
        }
        self.at = end;
        self.rest_of_escaped_string(start)
    }

    #[inline(never)]
    fn rest_of_escaped_string(&mut self, start: usize) -> Result<Text<'a>, SyntaxError> {
        while self.byte() == Some(b'\\') {
            self.escape()?;
            self.at = find_byte(self.text.as_bytes(), self.at, ByteClass::JsonEscaped);
        }
        if self.byte() != Some(b'"') {
            return self.error();
        }
        let raw = slice_at_ascii(self.text, start, self.at);
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
                        return self.error();
                    }
                    self.at += 1;
                }
            }
            _ => return self.error(),
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
        Ok(slice_at_ascii(self.text, start, self.at))
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.error();
        }
        self.at = find_byte(self.text.as_bytes(), self.at + 1, ByteClass::NonDigit);
        Ok(())
    }

    fn expect(&mut self, wanted: u8) -> Result<(), SyntaxError> {
        if self.peek() != Some(wanted) {
            return self.error();
        }
        self.at += 1;
        Ok(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error<T>(&self) -> Result<T, SyntaxError> {
        Err(SyntaxError { at: self.at })
    }
}
