//! Searches, compares and copies many bytes at once; the only module with `unsafe` code.
//!
//! 16 bytes at a time on wasm with `simd128` (`wasm`), otherwise 8 in a register (`swar`). A copy
//! writes whole steps: past the end of its text, never past the capacity that it reserved, since a
//! call of `memory.copy` for twenty bytes costs more than the bytes.
#![allow(unsafe_code)]

mod key_token;
mod padded;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod swar;
mod unread;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use super::steps::count;
use alloc::string::String;
use core::str::Utf8Error;
pub(super) use key_token::KeyToken;
use padded::load_padded;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use swar as lane;
pub(super) use unread::Unread;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm as lane;

/// A set of bytes to search for.
#[derive(Clone, Copy)]
pub(super) enum ByteClass {
    /// What a JSON string cannot contain unescaped: quote, backslash, control characters.
    JsonEscaped,
    /// What PHP escapes: the same, the slash, and everything outside ASCII.
    PhpEscaped,
    /// The newline.
    Newline,
    /// Everything but the ten digits.
    NonDigit,
    /// Everything outside ASCII.
    NonAscii,
    /// One ASCII letter, given in lower case, in either case.
    Letter(u8),
}

/// Bytes that are looked at at once.
const STEP: usize = lane::STEP;

/// The offset of the first byte of `class` at or behind `from`; the length of `bytes` when there is
/// none.
#[inline]
pub(super) fn find_byte(bytes: &[u8], from: usize, class: ByteClass) -> usize {
    let end = find_in_class(bytes, from, class);
    count(1 + (end - from) / STEP);
    end
}

#[inline(always)]
fn find_in_class(bytes: &[u8], mut at: usize, class: ByteClass) -> usize {
    let Some(steps) = bytes.get(at..).map(|rest| rest.chunks_exact(STEP)) else {
        return at;
    };
    let rest = steps.remainder();
    for step in steps {
        let marks = lane::marks(lane::load(step), class);
        if marks != 0 {
            return at + lane::first(marks);
        }
        at += STEP;
    }
    at + find_in_rest(rest, class)
}

/// As [`find_byte`], of fewer bytes than a step.
#[inline(never)]
fn find_in_rest(rest: &[u8], class: ByteClass) -> usize {
    match lane::mask_within(lane::load_short(rest), class, rest.len()) {
        0 => rest.len(),
        marks => lane::first(marks),
    }
}

/// Where an ASCII letter, given in lower case, stands in `text` in either case, at or behind `from`.
pub(crate) fn find_letter(text: &str, from: usize, letter: u8) -> Option<usize> {
    let at = find_byte(text.as_bytes(), from, ByteClass::Letter(letter));
    (at < text.len()).then_some(at)
}

/// Whether two texts are equal. Faster than `==` for short texts, which on wasm calls a loop over
/// single bytes.
pub(crate) fn text_eq(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    count(1 + one.len() / STEP);
    let (steps, others) = (one.chunks_exact(STEP), other.chunks_exact(STEP));
    let ([low, high], [other_low, other_high]) = (
        load_padded(steps.remainder()),
        load_padded(others.remainder()),
    );
    // not compared as arrays, which would be stored to memory first
    (low ^ other_low) | (high ^ other_high) == 0
        && steps
            .zip(others)
            .all(|(one, other)| lane::is_same(lane::load(one), lane::load(other)))
}

/// A bit for each byte that is a hexadecimal digit; the first byte has the lowest bit.
pub(crate) fn hex_digit_mask(bytes: &[u8; 16]) -> u16 {
    count(1);
    lane::hex_digit_mask(bytes)
}

/// A bit for each byte that is no digit, the first byte with the lowest bit; `None` for 16 bytes or
/// more.
pub(super) fn non_digit_mask(bytes: &[u8]) -> Option<u16> {
    count(1);
    (bytes.len() < 16).then(|| lane::non_digit_mask(bytes))
}

/// Checks that bytes are UTF-8.
pub(crate) fn utf8_text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    text_if_utf8(bytes, is_ascii(bytes))
}

/// Whether all bytes are ASCII.
fn is_ascii(bytes: &[u8]) -> bool {
    count(1 + bytes.len() / STEP);
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let seen = steps
        .iter()
        .fold(lane::none(), |seen, step| lane::or(seen, lane::load(step)));
    lane::marks(seen, ByteClass::NonAscii) == 0 && rest.is_ascii()
}

/// The line that starts at offset `start`, if it is UTF-8, and the offset of its newline, or the
/// length of `bytes` when it has none.
pub(crate) fn line_at(bytes: &[u8], start: usize) -> (Result<&str, Utf8Error>, usize) {
    let (end, is_ascii) = find_line_end(bytes, start);
    count(1 + (end - start) / STEP);
    (text_if_utf8(&bytes[start..end], is_ascii), end)
}

fn text_if_utf8(bytes: &[u8], is_ascii: bool) -> Result<&str, Utf8Error> {
    debug_assert!(!is_ascii || bytes.is_ascii());
    if is_ascii {
        // SAFETY: ASCII is UTF-8
        Ok(unsafe { core::str::from_utf8_unchecked(bytes) })
    } else {
        core::str::from_utf8(bytes)
    }
}

/// The offset of a line's end, and whether the line is ASCII.
fn find_line_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut seen = lane::none();
    // a line of an export has a thousand bytes or more: one decision for four steps
    while let Some(steps) = bytes[at..].first_chunk::<{ 4 * STEP }>() {
        let [first, second, third, fourth] =
            [0, 1, 2, 3].map(|number| lane::load(&steps[number * STEP..][..STEP]));
        if lane::has_any_of_first(lane::or(
            lane::or(lane::newlines(first), lane::newlines(second)),
            lane::or(lane::newlines(third), lane::newlines(fourth)),
        )) {
            break;
        }
        seen = lane::or(
            seen,
            lane::or(lane::or(first, second), lane::or(third, fourth)),
        );
        at += 4 * STEP;
    }
    while let Some(step) = bytes[at..].first_chunk::<STEP>() {
        let lanes = lane::load(step);
        let marks = lane::marks(lanes, ByteClass::Newline);
        if marks != 0 {
            let length = lane::first(marks);
            let is_ascii = lane::marks(seen, ByteClass::NonAscii) == 0
                && lane::mask_within(lanes, ByteClass::NonAscii, length) == 0;
            return (at + length, is_ascii);
        }
        seen = lane::or(seen, lanes);
        at += STEP;
    }
    let rest = &bytes[at..];
    let length = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    (
        at + length,
        lane::marks(seen, ByteClass::NonAscii) == 0 && rest[..length].is_ascii(),
    )
}

/// The part of `text` from `start` to `end`, checked to be in range but not to be at character
/// boundaries: the caller has found an ASCII byte before `start` and at `end`.
#[inline]
pub(super) fn slice_at_ascii(text: &str, start: usize, end: usize) -> &str {
    assert!(start <= end && end <= text.len());
    debug_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
    // SAFETY: the range lies within the text; the caller found ASCII bytes before its start and at
    // its end, where no character is cut
    unsafe { text.get_unchecked(start..end) }
}

/// Appends `text`. Faster than `push_str` when the compiler knows its length: it becomes a few
/// stores.
#[inline(always)]
pub(crate) fn append(out: &mut String, text: &str) {
    out.reserve(text.len());
    // SAFETY: a whole text is appended, into capacity that was reserved
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        vec.as_mut_ptr()
            .add(length)
            .copy_from_nonoverlapping(text.as_ptr(), text.len());
        vec.set_len(length + text.len());
    }
}

/// Appends `text`. Faster than `push_str` when it is short and only known at run time.
pub(crate) fn append_short(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    count(1 + bytes.len() / STEP);
    out.reserve(bytes.len() + STEP);
    // SAFETY: the whole text is appended; what is written beyond it lies in reserved capacity
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        let spare = vec.as_mut_ptr().add(length);
        let mut to = spare;
        for step in bytes.chunks_exact(STEP) {
            lane::store(to, lane::load(step));
            to = to.add(STEP);
        }
        match bytes.last_chunk::<STEP>() {
            // overlaps the step before it
            Some(last) => lane::store(spare.add(bytes.len() - STEP), lane::load(last)),
            None => lane::store(spare, lane::load_short(bytes)),
        }
        vec.set_len(length + bytes.len());
    }
}

/// Appends `text` with its quotes and returns true, unless a byte of it needs an escape of PHP's:
/// then appends nothing and returns false.
pub(super) fn append_quoted(out: &mut String, text: &str) -> bool {
    let bytes = text.as_bytes();
    count(1 + bytes.len() / STEP);
    out.reserve(bytes.len() + STEP + 2);
    // SAFETY: what is appended below is a quote, the whole text and a quote, or nothing; what is
    // written beyond that lies in what was reserved
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        let quote = vec.as_mut_ptr().add(length);
        let mut spare = quote.add(1);
        for step in bytes.chunks_exact(STEP) {
            let lanes = lane::load(step);
            lane::store(spare, lanes);
            if lane::marks(lanes, ByteClass::PhpEscaped) != 0 {
                return false;
            }
            spare = spare.add(STEP);
        }
        let end = quote.add(1 + bytes.len());
        // the last step overlaps the one before it
        let marks = if let Some(last) = bytes.last_chunk::<STEP>() {
            let lanes = lane::load(last);
            lane::store(end.sub(STEP), lanes);
            lane::marks(lanes, ByteClass::PhpEscaped)
        } else {
            let lanes = lane::load_short(bytes);
            lane::store(spare, lanes);
            lane::mask_within(lanes, ByteClass::PhpEscaped, bytes.len())
        };
        if marks != 0 {
            return false;
        }
        quote.write(b'"');
        end.write(b'"');
        vec.set_len(length + bytes.len() + 2);
    }
    true
}

/// Appends `text` up to the first byte that PHP escapes, which is ASCII or starts a character;
/// returns how many bytes it appended.
pub(super) fn append_until_php_escape(out: &mut String, text: &str) -> usize {
    let end = find_byte(text.as_bytes(), 0, ByteClass::PhpEscaped);
    append_short(out, &text[..end]);
    end
}

/// One to three ASCII bytes that replace a byte, and their count as the last byte: one load and one store.
pub(crate) type ByteReplacement = [u8; 4];

/// Appends the replacement of each byte of `text`.
pub(crate) fn append_replaced(out: &mut String, text: &str, table: &[ByteReplacement; 256]) {
    count(text.len());
    out.reserve(3 * text.len() + 4);
    debug_assert!(
        table
            .iter()
            .all(|entry| entry.is_ascii() && (1..=3).contains(&entry[3]))
    );
    // SAFETY: ASCII is appended, at most three bytes for each one read, into capacity that was
    // reserved for them and four more
    unsafe {
        let vec = out.as_mut_vec();
        let mut length = vec.len();
        let spare = vec.as_mut_ptr();
        for byte in text.bytes() {
            let entry = u32::from_le_bytes(table[usize::from(byte)]);
            spare
                .add(length)
                .cast::<[u8; 4]>()
                .write(entry.to_le_bytes());
            length += (entry >> 24) as usize;
        }
        vec.set_len(length);
    }
}

/// Appends `text` with a backslash before each quote and backslash, up to the first control
/// character; returns how many bytes of `text` that were.
pub(super) fn append_json_escaped(out: &mut String, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    out.reserve(2 * bytes.len() + 2 * STEP);
    // SAFETY: whole characters are appended, and backslashes before them
    let vec = unsafe { out.as_mut_vec() };
    let mut length = vec.len();
    let spare = vec.as_mut_ptr();
    for step in bytes.chunks_exact(STEP) {
        // SAFETY: two bytes for each one read, and two steps, were reserved
        let Some(written) = (unsafe { lane::escape(lane::load(step), spare.add(length)) }) else {
            break;
        };
        length += written;
        at += STEP;
    }
    while at < bytes.len() && bytes[at] >= 0x20 {
        if matches!(bytes[at], b'"' | b'\\') {
            // SAFETY: as above
            unsafe { spare.add(length).write(b'\\') };
            length += 1;
        }
        // SAFETY: as above
        unsafe { spare.add(length).write(bytes[at]) };
        length += 1;
        at += 1;
    }
    // SAFETY: `length` bytes were written
    unsafe { vec.set_len(length) };
    count(1 + at / STEP);
    at
}
