//! Writes JSON in PHP's spelling, or in `JSON.stringify`'s where a name says *plain*.
//!
//! PHP writes `/` as `\/`, everything outside ASCII as `\u` and four lower-case hexadecimal digits,
//! and the shortest numbers. Kochava's servers were observed to hash what PHP would write (Kochava,
//! Install Authentication Integration). Unsigned bodies have the same spelling, so that nothing
//! changes on the day authentication is turned on. PHP's spelling is ASCII.

use super::number::write_php;
use super::simd::{
    append, append_json_escaped, append_quoted, append_short, append_until_php_escape,
};
use super::{Members, Text, Value};
use alloc::string::String;

/// How scalars other than strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Numbers as numbers, booleans as booleans.
    Native,
    /// Every scalar as a string, as Amplitude's own tile sends them.
    Strings,
}

/// Appends a string with its quotes, in PHP's spelling.
pub fn write_str(out: &mut String, text: &str) {
    if !append_quoted(out, text) {
        write_str_with_escapes(out, text);
    }
}

#[inline(never)]
fn write_str_with_escapes(out: &mut String, text: &str) {
    write_strs(out, &[text]);
}

/// Appends several texts as one string with its quotes, in PHP's spelling.
pub fn write_strs(out: &mut String, texts: &[&str]) {
    write_runs(out, texts, append_until_php_escape);
}

/// Appends a string with its quotes as `JSON.stringify` writes it: with no more escapes than JSON
/// demands (RFC 8259, section 7).
pub fn write_plain_str(out: &mut String, text: &str) {
    write_plain_strs(out, [text]);
}

/// Appends several texts as one string as `JSON.stringify` writes it.
pub fn write_plain_strs<const N: usize>(out: &mut String, texts: [&str; N]) {
    write_runs(out, &texts, append_json_escaped);
}

/// Appends texts as one string with its quotes. `append_run` appends what needs no escape at the
/// beginning of a text and returns its length.
#[inline(always)]
fn write_runs(out: &mut String, texts: &[&str], append_run: impl Fn(&mut String, &str) -> usize) {
    out.push('"');
    for text in texts {
        let mut rest = *text;
        loop {
            let run = append_run(out, rest);
            let mut characters = rest[run..].chars();
            let Some(character) = characters.next() else {
                break;
            };
            write_escaped(out, character);
            rest = characters.as_str();
        }
    }
    out.push('"');
}

/// Appends a string that was read, its escapes resolved and written anew.
pub fn write_text(out: &mut String, text: Text<'_>) {
    if let Some(plain) = text.unescaped() {
        return write_str(out, plain);
    }
    out.push('"');
    for character in text.chars() {
        write_character(out, character);
    }
    out.push('"');
}

/// Appends a number. One whose digits PHP would lose (an integer beyond 64 bits, `1e999`) is
/// written as a string; returns false when that changed its type.
pub fn write_number(out: &mut String, number: &str, spelling: Spelling) -> bool {
    if spelling == Spelling::Strings {
        out.push('"');
        let kept = write_php(out, number);
        if !kept {
            append(out, number);
        }
        out.push('"');
        return true;
    }
    let kept = write_php(out, number);
    if !kept {
        write_str(out, number);
    }
    kept
}

/// Appends a value, duplicate keys left out. Recurses into containers, whose depth the caller has
/// bounded by [`crate::limits::NESTING_LEVELS_MAX`].
pub fn write_value(out: &mut String, value: Value<'_>, spelling: Spelling) {
    match value {
        Value::Null => append(out, "null"),
        Value::Bool(word) if spelling == Spelling::Strings => write_str(out, word),
        Value::Bool(word) => append_short(out, word),
        Value::Number(number) => drop(write_number(out, number, spelling)),
        Value::String(text) => write_text(out, text),
        Value::Array(_) => {
            out.push('[');
            for (index, element) in value.elements().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(out, element, spelling);
            }
            out.push(']');
        }
        Value::Object(_) => {
            out.push('{');
            for (index, (key, member)) in value
                .members()
                .collect::<Members<'_>>()
                .distinct()
                .into_iter()
                .enumerate()
            {
                if index > 0 {
                    out.push(',');
                }
                write_text(out, key);
                out.push(':');
                write_value(out, member, spelling);
            }
            out.push('}');
        }
    }
}

fn is_unescaped_by_php(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7f) && !matches!(byte, b'"' | b'\\' | b'/')
}

fn write_character(out: &mut String, character: char) {
    if character.is_ascii() && is_unescaped_by_php(character as u8) {
        out.push(character);
    } else {
        write_escaped(out, character);
    }
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

fn write_escaped(out: &mut String, character: char) {
    match character {
        '"' => append(out, "\\\""),
        '\\' => append(out, "\\\\"),
        '/' => append(out, "\\/"),
        '\u{8}' => append(out, "\\b"),
        '\u{c}' => append(out, "\\f"),
        '\n' => append(out, "\\n"),
        '\r' => append(out, "\\r"),
        '\t' => append(out, "\\t"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                let digit = |shift: u16| HEX_DIGITS[usize::from(*unit >> shift & 0xf)];
                append(out, "\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(char::from(digit(shift)));
                }
            }
        }
    }
}

/// Appends a value with every token as the sender spelled it, but without the trailing commas and
/// the white space that the reader skips. The value was checked; however deep it nests, it is read
/// once.
pub fn write_strict(out: &mut String, value: Value<'_>) {
    let text = match value {
        Value::Null => "null",
        Value::Bool(text) | Value::Number(text) | Value::Array(text) | Value::Object(text) => text,
        Value::String(text) => return write_raw_text(out, text),
    };
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    // where the run begins that is not written yet
    let mut start = 0;
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        let is_left_out = match byte {
            _ if is_escaped => {
                is_escaped = false;
                false
            }
            b'\\' => {
                is_escaped = true;
                false
            }
            b'"' => {
                is_in_string = !is_in_string;
                false
            }
            b',' if !is_in_string => {
                let mut rest = text.as_bytes()[at + 1..].iter();
                matches!(rest.find(|byte| !is_blank(byte)), Some(b']' | b'}'))
            }
            byte => !is_in_string && is_blank(&byte),
        };
        if is_left_out {
            append(out, &text[start..at]);
            start = at + 1;
        }
    }
    append(out, &text[start..]);
}

/// Appends a string with its escapes as they are.
fn write_raw_text(out: &mut String, text: Text<'_>) {
    out.push('"');
    append(out, text.raw);
    out.push('"');
}
