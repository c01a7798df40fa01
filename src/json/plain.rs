//! Which keys and values need no care?
//!
//! Most: they are taken in one look. What is not found plain here is read by `scan`, which knows
//! everything else that JSON may be.

use super::simd::{Ends, between, run_end};
use super::{Escapes, Text, Value};

/// A key that needs no care, with its comma before it and its colon behind it but no white space;
/// and where its value begins. Most are.
#[inline(always)]
pub(super) fn plain_key(text: &str, at: usize, is_first: bool) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let quote = if is_first { at } else { at + 1 };
    if (!is_first && bytes.get(at) != Some(&b',')) || bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let end = run_end(bytes, quote + 1, Ends::Plain);
    (bytes.get(end) == Some(&b'"') && bytes.get(end + 1) == Some(&b':'))
        .then(|| (between(text, quote + 1, end), end + 2))
}

/// A value that needs no care, and where it ends: a string without escapes, a number without sign
/// or exponent, null. Most are.
#[inline(always)]
pub(super) fn plain_value(text: &str, start: usize) -> Option<(Value<'_>, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => {
            let end = run_end(bytes, start + 1, Ends::Plain);
            let is_plain = bytes.get(end) == Some(&b'"');
            is_plain.then(|| {
                (
                    Value::String(Text {
                        raw: between(text, start + 1, end),
                        escapes: Escapes::None,
                    }),
                    end + 1,
                )
            })
        }
        b'1'..=b'9' => {
            let mut end = run_end(bytes, start + 1, Ends::Digits);
            if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
                end = run_end(bytes, end + 1, Ends::Digits);
            }
            matches!(bytes.get(end), Some(b',' | b'}'))
                .then(|| (Value::Number(between(text, start, end)), end))
        }
        b'n' if bytes[start..].starts_with(b"null") => Some((Value::Null, start + 4)),
        _ => None,
    }
}
