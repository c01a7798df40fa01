//! Fast paths for the most common keys and values: no white space, no escapes, no exponent.
//!
//! In: a text and an offset. Out: what stands there and the offset behind it, or `None`, and then
//! `scan` reads it. Anything that is returned here is what `scan` would return.

use super::simd::{ByteClass, Unread, find_byte, slice_at_ascii};
use super::{Text, Value};

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
    if bytes.get(end) != Some(&b'"') || bytes.get(end + 1) != Some(&b':') {
        return None;
    }
    Some((slice_at_ascii(text, quote + 1, end), end + 2))
}

/// Reads a string without escapes, a positive number without an exponent, or `null`; returns it and
/// what is behind it. Never at the end of a text.
#[inline(always)]
pub(super) fn plain_value(unread: Unread<'_>) -> Option<(Value<'_>, Unread<'_>)> {
    match unread.first()? {
        b'"' => {
            let (text, b'"', end) = unread.behind(1)?.until(ByteClass::JsonEscaped)? else {
                return None;
            };
            Some((Value::String(Text::without_escapes(text)), end.behind(1)?))
        }
        b'1'..=b'9' => {
            let (_, mut next, mut end) = unread.until(ByteClass::NonDigit)?;
            if next == b'.' {
                let fraction = end.behind(1)?;
                if !fraction.first()?.is_ascii_digit() {
                    return None;
                }
                (_, next, end) = fraction.until(ByteClass::NonDigit)?;
            }
            if !matches!(next, b',' | b'}') {
                return None;
            }
            Some((Value::Number(unread.before(end)?), end))
        }
        b'n' => Some((Value::Null, unread.behind_word("null")?)),
        _ => None,
    }
}
