//! Checks that PHP reads a JSON text and writes it again to the same bytes.
//!
//! Kochava hashes a signed body as PHP writes it (Install Authentication Integration). One pass
//! over the text writes what PHP would write, and compares the two at the end.

use super::findings::Findings;
use super::object::push_token;
use crate::json::{
    NameIndex, Reader, Spelling, SyntaxError, Text, Value, write_number, write_text,
};
use crate::kochava::Rule;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Checks a text that the reader has accepted and whose depth is bounded.
///
/// # Errors
/// A trailing comma, as in `[1,]`: the reader accepts it from senders, RFC 8259 does not.
pub(super) fn check(text: &str, findings: &mut Findings) -> Result<(), SyntaxError> {
    let mut pass = Pass {
        text,
        reader: Reader::new(text),
        pointer: String::new(),
        php: String::with_capacity(text.len()),
        is_readable: true,
        findings,
    };
    pass.value()?;
    if pass.is_readable && pass.php != text {
        pass.findings.add_for_body(Rule::NotPhpSpelling);
    }
    Ok(())
}

struct Pass<'a, 'f> {
    text: &'a str,
    reader: Reader<'a>,
    /// The pointer of the value that is being read.
    pointer: String,
    /// What PHP would write.
    php: String,
    /// Whether PHP can read the text without loss.
    is_readable: bool,
    findings: &'f mut Findings,
}

impl Pass<'_, '_> {
    fn value(&mut self) -> Result<(), SyntaxError> {
        match self.reader.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            _ => self.scalar(),
        }
    }

    fn object(&mut self) -> Result<(), SyntaxError> {
        let start = self.reader.position();
        self.reader.enter(b'{')?;
        self.php.push('{');
        let mut indexes = NameIndex::default();
        // the range of findings about the value of each distinct key
        let mut ranges = Vec::new();
        let mut is_list = true;
        let mut count = 0_usize;
        while let Some(key) = self.reader.member(count == 0)? {
            self.write_separator(count);
            write_text(&mut self.php, key);
            self.php.push(':');
            let pointer_length = self.pointer.len();
            let name = key.decode();
            push_token(&mut self.pointer, &name);
            self.reader.peek();
            let value_start = self.reader.position();
            self.check_surrogates(key, value_start);
            if name.starts_with('\0') {
                self.add(Rule::KeyWithNul, value_start);
            }
            is_list &= name == format!("{}", ranges.len());
            let first = self.findings.count();
            self.value()?;
            let range = first..self.findings.count();
            let index = indexes.get_or_insert(name, ranges.len());
            match ranges.get_mut(index) {
                Some(previous) => {
                    self.findings.retract(core::mem::replace(previous, range));
                    self.add(Rule::DuplicateKey, value_start);
                }
                None => ranges.push(range),
            }
            self.pointer.truncate(pointer_length);
            count += 1;
        }
        self.php.push('}');
        if is_list {
            self.findings
                .add_at(Rule::ObjectReadsAsList, start, &self.pointer);
        }
        self.check_trailing_comma(count)
    }

    fn array(&mut self) -> Result<(), SyntaxError> {
        self.reader.enter(b'[')?;
        self.php.push('[');
        let mut count = 0_usize;
        while self.reader.element(count == 0)? {
            self.write_separator(count);
            let pointer_length = self.pointer.len();
            push_token(&mut self.pointer, &format!("{count}"));
            self.value()?;
            self.pointer.truncate(pointer_length);
            count += 1;
        }
        self.php.push(']');
        self.check_trailing_comma(count)
    }

    fn scalar(&mut self) -> Result<(), SyntaxError> {
        let start = self.reader.position();
        match self.reader.value()? {
            Value::String(text) => {
                self.check_surrogates(text, start);
                write_text(&mut self.php, text);
            }
            Value::Number(number) => {
                write_number(&mut self.php, number, Spelling::Native);
            }
            _ => self.php.push_str(&self.text[start..self.reader.position()]),
        }
        Ok(())
    }

    fn write_separator(&mut self, count: usize) {
        if count > 0 {
            self.php.push(',');
        }
    }

    fn check_surrogates(&mut self, text: Text<'_>, start: usize) {
        if text.has_lone_surrogate() {
            self.add(Rule::LoneSurrogate, start);
        }
    }

    /// Adds a finding about something that PHP cannot read without loss.
    fn add(&mut self, rule: Rule, start: usize) {
        self.is_readable = false;
        self.findings.add_at(rule, start, &self.pointer);
    }

    /// Fails if there is a comma before the bracket that the reader has just passed.
    fn check_trailing_comma(&self, count: usize) -> Result<(), SyntaxError> {
        let before =
            self.text[..self.reader.position() - 1].trim_end_matches([' ', '\n', '\r', '\t']);
        if count > 0 && before.ends_with(',') {
            Err(SyntaxError {
                at: before.len() - 1,
            })
        } else {
            Ok(())
        }
    }
}
