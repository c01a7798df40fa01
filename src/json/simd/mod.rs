//! How are sixteen bytes looked at and copied at once?
//!
//! On wasm with `simd128`, else eight at a time in a register. A copy writes whole steps, past the
//! end of what it was asked for but never past the room that it reserved: a call of `memory.copy`
//! for twenty bytes costs more than the bytes. The one room of the core with `unsafe` in it.
#![allow(unsafe_code)]

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod swar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use super::steps::count;
use alloc::string::String;
use core::str::Utf8Error;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use swar as lane;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm as lane;

/// Which bytes end a run?
#[derive(Clone, Copy)]
pub(super) enum Ends {
    /// Those that a JSON string cannot hold as they are: a quote, a backslash, a control character.
    Plain,
    /// The same, a slash, and all beyond ASCII: what PHP escapes.
    Clean,
    /// A newline.
    Line,
    /// What is no digit.
    Digits,
    /// What is not ASCII.
    Ascii,
}

const STEP: usize = lane::STEP;

/// The first byte at or behind `at` that ends a run, or the length of `bytes`.
pub(super) fn run_end(bytes: &[u8], from: usize, ends: Ends) -> usize {
    let end = find_end(bytes, from, ends);
    count(1 + (end - from) / STEP);
    end
}

#[inline(always)]
fn find_end(bytes: &[u8], mut at: usize, ends: Ends) -> usize {
    while let Some(step) = bytes.get(at..at + STEP) {
        let marks = lane::marks(lane::load(step), ends);
        if marks != 0 {
            return at + lane::first(marks);
        }
        at += STEP;
    }
    let Some(rest) = bytes.get(at..) else {
        return at;
    };
    match lane::marks_within(lane::load_short(rest), ends, rest.len()) {
        0 => bytes.len(),
        marks => at + lane::first(marks),
    }
}

/// A short text to compare with again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyToken {
    length: usize,
    bytes: [[u8; 16]; 2],
    /// Which bits of them count.
    mask: [[u8; 16]; 2],
}

impl KeyToken {
    /// None for a text of more than 32 bytes.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut token = KeyToken {
            length: text.len(),
            bytes: [[0; 16]; 2],
            mask: [[0; 16]; 2],
        };
        for (at, byte) in text.bytes().enumerate() {
            *token.bytes.get_mut(at / 16)?.get_mut(at % 16)? = byte;
            token.mask[at / 16][at % 16] = 0xff;
        }
        Some(token)
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Do these bytes begin with it?
    #[inline(always)]
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        let Some(window) = bytes.first_chunk::<32>() else {
            return self.begins_short(bytes);
        };
        let (Some(first), Some(second)) = (window.first_chunk::<16>(), window.last_chunk::<16>())
        else {
            return false;
        };
        lane::is_same_within(first, &self.bytes[0], &self.mask[0])
            && (self.length <= 16 || lane::is_same_within(second, &self.bytes[1], &self.mask[1]))
    }

    /// The same, near the end of a text.
    #[cold]
    fn begins_short(&self, bytes: &[u8]) -> bool {
        bytes.len() >= self.length
            && self.bytes.as_flattened()[..self.length] == bytes[..self.length]
    }
}

/// Are two texts the same? Where they are short this is quicker than `==`, which on wasm calls a
/// loop over single bytes.
pub(crate) fn are_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    count(1 + one.len() / STEP);
    let (steps, others) = (one.chunks_exact(STEP), other.chunks_exact(STEP));
    let ([low, high], [other_low, other_high]) =
        (sixteen(steps.remainder()), sixteen(others.remainder()));
    // not as arrays: those would be stored, and waited for
    (low ^ other_low) | (high ^ other_high) == 0
        && steps
            .zip(others)
            .all(|(one, other)| lane::is_same(lane::load(one), lane::load(other)))
}

/// Which of these bytes are hexadecimal digits? The first one has the lowest bit.
pub(crate) fn hex_digits(bytes: &[u8; 16]) -> u16 {
    count(1);
    lane::hex_digits(bytes)
}

/// Which bytes of a short text are no digits? The first one has the lowest bit; none for a text of
/// 16 bytes or more.
pub(super) fn other_than_digits(text: &str) -> Option<u16> {
    count(1);
    (text.len() < 16).then(|| lane::other_than_digits(text.as_bytes()))
}

/// The text of these bytes, if they are UTF-8.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, Utf8Error> {
    text_of_checked(bytes, run_end(bytes, 0, Ends::Ascii) == bytes.len())
}

/// The line that begins at `start`, if it is UTF-8, and where it ends: at its newline, or with the
/// text.
pub(crate) fn line_at(bytes: &[u8], start: usize) -> (Result<&str, Utf8Error>, usize) {
    let (end, is_ascii) = find_line_end(bytes, start);
    count(1 + (end - start) / STEP);
    (text_of_checked(&bytes[start..end], is_ascii), end)
}

fn text_of_checked(bytes: &[u8], is_ascii: bool) -> Result<&str, Utf8Error> {
    debug_assert!(!is_ascii || bytes.is_ascii());
    // SAFETY: ASCII is UTF-8
    if is_ascii {
        Ok(unsafe { core::str::from_utf8_unchecked(bytes) })
    } else {
        core::str::from_utf8(bytes)
    }
}

/// Where a line ends, and whether it is ASCII up to there.
fn find_line_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut seen = lane::none();
    // a line is long: so look at four steps before deciding anything
    while let Some(steps) = bytes.get(at..at + 4 * STEP) {
        let [first, second, third, fourth] =
            [0, 1, 2, 3].map(|number| lane::load(&steps[number * STEP..][..STEP]));
        if lane::has_any(lane::or(
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
    while let Some(step) = bytes.get(at..at + STEP) {
        let lanes = lane::load(step);
        let marks = lane::marks(lanes, Ends::Line);
        if marks != 0 {
            let length = lane::first(marks);
            let is_ascii = lane::marks(seen, Ends::Ascii) == 0
                && lane::marks_within(lanes, Ends::Ascii, length) == 0;
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
        lane::marks(seen, Ends::Ascii) == 0 && rest[..length].is_ascii(),
    )
}

/// The text between two of its ASCII bytes.
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    assert!(start <= end && end <= text.len());
    debug_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
    // SAFETY: the range lies within the text; the caller found ASCII bytes before its start and at
    // its end, where no character is cut
    unsafe { text.get_unchecked(start..end) }
}

/// Appends `text`; quick where its length is known when this is compiled.
#[inline(always)]
pub(super) fn put(out: &mut String, text: &str) {
    out.reserve(text.len());
    // SAFETY: a whole text is appended, into room that was reserved
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        vec.as_mut_ptr()
            .add(length)
            .copy_from_nonoverlapping(text.as_ptr(), text.len());
        vec.set_len(length + text.len());
    }
}

/// Appends `text`; quick where it is short and its length is not known.
pub(super) fn put_run(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    count(1 + bytes.len() / STEP);
    out.reserve(bytes.len() + STEP);
    // SAFETY: the whole text is appended; what is written beyond it lies in what was reserved
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        let room = vec.as_mut_ptr().add(length);
        let mut at = 0;
        while let Some(step) = bytes.get(at..at + STEP) {
            lane::store(room.add(at), lane::load(step));
            at += STEP;
        }
        lane::store(room.add(at), lane::load_short(&bytes[at..]));
        vec.set_len(length + bytes.len());
    }
}

/// Appends a quote, `text` and a quote; or nothing, where a byte of `text` needs an escape.
pub(super) fn put_quoted(out: &mut String, text: &str) -> bool {
    let bytes = text.as_bytes();
    count(1 + bytes.len() / STEP);
    out.reserve(bytes.len() + STEP + 2);
    // SAFETY: what is appended below is a quote, the whole text and a quote, or nothing; what is
    // written beyond that lies in what was reserved
    unsafe {
        let vec = out.as_mut_vec();
        let length = vec.len();
        let quote = vec.as_mut_ptr().add(length);
        let room = quote.add(1);
        let mut at = 0;
        while let Some(step) = bytes.get(at..at + STEP) {
            let lanes = lane::load(step);
            lane::store(room.add(at), lanes);
            if lane::marks(lanes, Ends::Clean) != 0 {
                return false;
            }
            at += STEP;
        }
        let rest = &bytes[at..];
        let lanes = lane::load_short(rest);
        lane::store(room.add(at), lanes);
        if lane::marks_within(lanes, Ends::Clean, rest.len()) != 0 {
            return false;
        }
        quote.write(b'"');
        room.add(bytes.len()).write(b'"');
        vec.set_len(length + bytes.len() + 2);
    }
    true
}

/// Appends `text` up to the first byte that ends a clean run, which is ASCII or begins a character,
/// and tells where that was.
pub(super) fn put_clean(out: &mut String, text: &str) -> usize {
    let end = run_end(text.as_bytes(), 0, Ends::Clean);
    out.push_str(&text[..end]);
    end
}

/// What stands for one byte: so many of these.
pub(crate) type Spelled = ([u8; 3], u8);

/// Appends what stands for each byte of `text`: one ASCII byte, two or three.
pub(crate) fn put_spelled(out: &mut String, text: &str, spelled: &[Spelled; 256]) {
    count(text.len());
    out.reserve(3 * text.len() + 3);
    debug_assert!(
        spelled
            .iter()
            .all(|(bytes, length)| bytes.is_ascii() && (1..=3).contains(length))
    );
    // SAFETY: ASCII is appended, at most three bytes for each one read, into room that was reserved
    // for them and three more
    unsafe {
        let vec = out.as_mut_vec();
        let mut length = vec.len();
        let room = vec.as_mut_ptr();
        for byte in text.bytes() {
            let (bytes, count) = &spelled[usize::from(byte)];
            room.add(length).cast::<[u8; 3]>().write(*bytes);
            length += usize::from(*count);
        }
        vec.set_len(length);
    }
}

/// Appends `text` with a backslash before each quote and backslash, up to the first control
/// character, and tells where that was.
pub(super) fn put_plain(out: &mut String, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    out.reserve(2 * bytes.len() + 2 * STEP);
    // SAFETY: whole characters are appended, and backslashes before them
    let vec = unsafe { out.as_mut_vec() };
    let mut length = vec.len();
    let room = vec.as_mut_ptr();
    while at < bytes.len() {
        let (lanes, many) = bytes.get(at..at + STEP).map_or_else(
            || (lane::load_short(&bytes[at..]), bytes.len() - at),
            |step| (lane::load(step), STEP),
        );
        // SAFETY: two bytes for each one read, and two steps, were reserved
        let Some(written) = (unsafe { lane::escape(lanes, many, room.add(length)) }) else {
            break;
        };
        length += written;
        at += many;
    }
    while at < bytes.len() && bytes[at] >= 0x20 {
        if matches!(bytes[at], b'"' | b'\\') {
            // SAFETY: as above
            unsafe { room.add(length).write(b'\\') };
            length += 1;
        }
        // SAFETY: as above
        unsafe { room.add(length).write(bytes[at]) };
        length += 1;
        at += 1;
    }
    // SAFETY: so many bytes were written
    unsafe { vec.set_len(length) };
    count(1 + at / STEP);
    at
}

/// Up to fifteen bytes and zeros, as two numbers.
fn sixteen(bytes: &[u8]) -> [u64; 2] {
    let length = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        // the last eight overlap the first ones by what is missing to sixteen
        let high = u64::from_le_bytes(*last) >> (8 * (16 - length) - 1) >> 1;
        return [u64::from_le_bytes(*first), high];
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return [
            u64::from(u32::from_le_bytes(*first))
                | u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4)),
            0,
        ];
    }
    [
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        0,
    ]
}
