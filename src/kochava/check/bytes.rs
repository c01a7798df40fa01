//! Is this JSON text one that PHP reads and writes again to the same bytes?
//!
//! One pass over all of it, which writes beside it what PHP would write (Kochava, Install
//! Authentication Integration).

use super::place::{Findings, push_token};
use crate::json::{
    NameIndex, Reader, Spelling, SyntaxError, Text, Value, write_number, write_text,
};
use crate::kochava::Rule;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Judges a text that the reader took, and whose depth is bounded.
///
/// # Errors
/// A comma that nothing follows: the reader takes it from Amplitude, RFC 8259 does not.
pub(super) fn judge(text: &str, report: &mut Findings) -> Result<(), SyntaxError> {
    let php = String::with_capacity(text.len());
    let mut walk = Walk {
        text,
        reader: Reader::new(text),
        pointer: String::new(),
        php,
        is_sound: true,
        report,
    };
    walk.value()?;
    // what PHP cannot keep at all has been told already
    if walk.is_sound && walk.php != text {
        report.tell_whole(Rule::NotPhpSpelling);
    }
    Ok(())
}

struct Walk<'a, 'r> {
    text: &'a str,
    reader: Reader<'a>,
    pointer: String,
    /// What PHP would write.
    php: String,
    is_sound: bool,
    report: &'r mut Findings,
}

impl Walk<'_, '_> {
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
        let mut places = NameIndex::default();
        // what was told of each value
        let mut told = Vec::new();
        let mut is_list = true;
        let mut count = 0_usize;
        while let Some(key) = self.reader.member(count == 0)? {
            self.separate(count);
            write_text(&mut self.php, key);
            self.php.push(':');
            let length = self.pointer.len();
            let name = key.decode();
            push_token(&mut self.pointer, &name);
            self.reader.peek();
            let at = self.reader.position();
            self.has_whole_characters(key, at);
            is_list &= name == format!("{}", told.len());
            let from = self.report.count();
            self.value()?;
            let of_value = from..self.report.count();
            let place = places.of(name, told.len());
            match told.get_mut(place) {
                Some(before) => {
                    self.report.forget(core::mem::replace(before, of_value));
                    self.tell(Rule::DuplicateKey, at);
                }
                None => told.push(of_value),
            }
            self.pointer.truncate(length);
            count += 1;
        }
        self.php.push('}');
        if is_list {
            self.report
                .tell_at(Rule::ObjectReadsAsList, start, &self.pointer);
        }
        self.ends_without_comma(count)
    }

    fn array(&mut self) -> Result<(), SyntaxError> {
        self.reader.enter(b'[')?;
        self.php.push('[');
        let mut count = 0_usize;
        while self.reader.element(count == 0)? {
            self.separate(count);
            let length = self.pointer.len();
            push_token(&mut self.pointer, &format!("{count}"));
            self.value()?;
            self.pointer.truncate(length);
            count += 1;
        }
        self.php.push(']');
        self.ends_without_comma(count)
    }

    fn scalar(&mut self) -> Result<(), SyntaxError> {
        let at = self.reader.position();
        match self.reader.value()? {
            Value::String(text) => {
                self.has_whole_characters(text, at);
                write_text(&mut self.php, text);
            }
            Value::Number(number) => drop(write_number(&mut self.php, number, Spelling::Native)),
            _ => self.php.push_str(&self.text[at..self.reader.position()]),
        }
        Ok(())
    }

    fn separate(&mut self, count: usize) {
        if count > 0 {
            self.php.push(',');
        }
    }

    fn has_whole_characters(&mut self, text: Text<'_>, at: usize) {
        if text.has_lone_surrogate() {
            self.tell(Rule::LoneSurrogate, at);
        }
    }

    fn tell(&mut self, rule: Rule, at: usize) {
        self.is_sound = false;
        self.report.tell_at(rule, at, &self.pointer);
    }

    fn ends_without_comma(&self, count: usize) -> Result<(), SyntaxError> {
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
