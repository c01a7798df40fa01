//! Fast paths for the most common keys and values: no white space, no escapes, no exponent.
//!
//! In: a text and an offset. Out: what stands there and the offset behind it, or `None`, and then
//! `scan` reads it. Anything that is returned here is what `scan` would return.

use super::simd::{ByteClass, find_byte, slice_at_ascii};
use super::{Escapes, Text, Value};

/// Reads `"key":` or, unless it is the first member, `,"key":`; returns the key and the offset of
/// its value.
#[inline(always)]
pub(super) fn plain_key(text: &str, at: usize, is_first: bool) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let quote = if is_first { at } else { at + 1 };
    if (!is_first && bytes.get(at) != Some(&b',')) || bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let end = find_byte(bytes, quote + 1, ByteClass::JsonEscaped);
    (bytes.get(end) == Some(&b'"') && bytes.get(end + 1) == Some(&b':'))
        .then(|| (slice_at_ascii(text, quote + 1, end), end + 2))
}

/// Reads a string without escapes, a positive number without an exponent, or `null`; returns it and
/// the offset behind it.
#[inline(always)]
pub(super) fn plain_value(text: &str, start: usize) -> Option<(Value<'_>, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => {
            let end = find_byte(bytes, start + 1, ByteClass::JsonEscaped);
            let is_plain = bytes.get(end) == Some(&b'"');
            is_plain.then(|| {
                (
                    Value::String(Text {
                        raw: slice_at_ascii(text, start + 1, end),
                        escapes: Escapes::None,
                    }),
                    end + 1,
                )
            })
        }
        b'1'..=b'9' => {
            let mut end = find_byte(bytes, start + 1, ByteClass::NonDigit);
            if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
                end = find_byte(bytes, end + 1, ByteClass::NonDigit);
            }
            matches!(bytes.get(end), Some(b',' | b'}'))
                .then(|| (Value::Number(slice_at_ascii(text, start, end)), end))
        }
        b'n' if bytes[start..].starts_with(b"null") => Some((Value::Null, start + 4)),
        _ => None,
    }
}
