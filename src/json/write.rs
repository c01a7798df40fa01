//! How are the bytes spelled that leave us?
//!
//! PHP's spelling of JSON, since Kochava's servers are seen to hash what PHP would write: `/` as
//! `\/`, everything outside ASCII as `\u` and four hexadecimal digits in lower case, the shortest
//! numbers (Kochava, Install Authentication Integration). WrittenBody always, signed or not, so that
//! nothing changes on the day authentication is turned on. The output is ASCII.

use super::number::write_php;
use super::simd::{put, put_clean, put_plain, put_quoted, put_run};
use super::{Members, Text, Value};
use alloc::string::String;

/// How scalars other than strings leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Numbers as numbers, booleans as booleans.
    Native,
    /// Every scalar as a string, as Amplitude's own tile sends them.
    Strings,
}

/// Appends text as it is; quicker than `push_str` where it is short and its length is known when
/// this is compiled.
#[inline(always)]
pub fn append(out: &mut String, text: &str) {
    put(out, text);
}

/// Appends text as it is; quicker than `push_str` where nobody knows how short it is.
pub fn append_run(out: &mut String, text: &str) {
    put_run(out, text);
}

/// Appends a string with its quotes.
pub fn write_str(out: &mut String, text: &str) {
    if !put_quoted(out, text) {
        write_str_with_escapes(out, text);
    }
}

#[inline(never)]
fn write_str_with_escapes(out: &mut String, text: &str) {
    write_strs(out, &[text]);
}

/// Appends several texts as one string with its quotes.
pub fn write_strs(out: &mut String, texts: &[&str]) {
    write_runs(out, texts, put_clean);
}

/// Appends a string with its quotes and no more escapes than JSON asks for (RFC 8259, section 7):
/// as `JSON.stringify` spells it.
pub fn write_plain_str(out: &mut String, text: &str) {
    write_plain_strs(out, [text]);
}

/// Appends several texts as one such string.
pub fn write_plain_strs<const N: usize>(out: &mut String, texts: [&str; N]) {
    write_runs(out, &texts, put_plain);
}

/// Appends texts as one string with its quotes: runs as `put_run` puts them, and escapes between
/// them.
#[inline(always)]
fn write_runs(out: &mut String, texts: &[&str], put_run: impl Fn(&mut String, &str) -> usize) {
    out.push('"');
    for text in texts {
        let mut rest = *text;
        loop {
            let run = put_run(out, rest);
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

/// Appends a borrowed string, its own escapes resolved on the way.
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

/// Appends a number; where PHP could not keep its digits (integers beyond 64 bits, `1e999`), as a
/// string, and answers false.
pub fn write_number(out: &mut String, number: &str, spelling: Spelling) -> bool {
    if spelling == Spelling::Strings {
        out.push('"');
        let kept = write_php(out, number);
        if !kept {
            put(out, number);
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

/// Appends any value; containers recursively, at most as deep as the reader let in.
pub fn write_value(out: &mut String, value: Value<'_>, spelling: Spelling) {
    match value {
        Value::Null => put(out, "null"),
        Value::Bool(word) if spelling == Spelling::Strings => write_str(out, word),
        Value::Bool(word) => put(out, word),
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

fn is_clean(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7f) && !matches!(byte, b'"' | b'\\' | b'/')
}

fn write_character(out: &mut String, character: char) {
    if character.is_ascii() && is_clean(character as u8) {
        out.push(character)
    } else {
        write_escaped(out, character)
    }
}

fn write_escaped(out: &mut String, character: char) {
    match character {
        '"' => put(out, "\\\""),
        '\\' => put(out, "\\\\"),
        '/' => put(out, "\\/"),
        '\u{8}' => put(out, "\\b"),
        '\u{c}' => put(out, "\\f"),
        '\n' => put(out, "\\n"),
        '\r' => put(out, "\\r"),
        '\t' => put(out, "\\t"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                put(out, "\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = u32::from(*unit >> shift & 0xf);
                    out.extend(char::from_digit(digit, 16));
                }
            }
        }
    }
}
