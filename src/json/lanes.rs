//! How are sixteen bytes looked at and copied at once?
//!
//! On wasm with `simd128`, else eight at a time in a register. A copy writes whole steps, past the end of what it was asked for but never past the
//! room that it reserved: a call of `memory.copy` for twenty bytes costs more than the bytes. The one room of the core with `unsafe` in it.
#![allow(unsafe_code)]

use alloc::string::String;

/// Which bytes end a run?
#[derive(Clone, Copy)]
pub(super) enum Ends {
    /// Those that a JSON string cannot hold as they are: a quote, a backslash, a control character.
    Plain,
    /// The same, a slash, and all beyond ASCII: what PHP escapes.
    Clean,
    /// A newline.
    Line,
}

const STEP: usize = lane::STEP;

/// The first byte at or behind `at` that ends a run, or the length of `bytes`.
#[inline]
pub(super) fn run_end(bytes: &[u8], mut at: usize, ends: Ends) -> usize {
    while let Some(step) = bytes.get(at..at + STEP) {
        let marks = lane::marks(lane::load(step), ends);
        if marks != 0 {
            return at + lane::first(marks);
        }
        at += STEP;
    }
    while at < bytes.len() && !ends_run(bytes[at], ends) {
        at += 1;
    }
    at
}

fn ends_run(byte: u8, ends: Ends) -> bool {
    match ends {
        Ends::Plain => byte < 0x20 || byte == b'"' || byte == b'\\',
        Ends::Clean => !(0x20..=0x7f).contains(&byte) || matches!(byte, b'"' | b'\\' | b'/'),
        Ends::Line => byte == b'\n',
    }
}

/// A short text to compare with again and again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    text: &'a str,
    /// Its first bytes, and which bits of them count.
    head: [u64; 4],
    mask: [u64; 4],
}

impl<'a> Token<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut head = [[0; 8]; 4];
        let mut mask = [[0; 8]; 4];
        for (at, byte) in text.bytes().take(32).enumerate() {
            head[at / 8][at % 8] = byte;
            mask[at / 8][at % 8] = 0xff;
        }
        Token { text, head: head.map(u64::from_le_bytes), mask: mask.map(u64::from_le_bytes) }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Does it stand at this place?
    #[inline]
    pub(super) fn is_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(window) = bytes.get(at..at + 32) else { return bytes[bytes.len().min(at)..].starts_with(self.text.as_bytes()) };
        let differs = |part: usize| (eight(window, part * 8) ^ self.head[part]) & self.mask[part];
        if differs(0) | differs(1) != 0 {
            return false;
        }
        match self.text.len() {
            0..=16 => true,
            17..=32 => differs(2) | differs(3) == 0,
            _ => bytes[at..].starts_with(self.text.as_bytes()),
        }
    }
}

#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]])
}

/// The text between two of its ASCII bytes.
#[inline]
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    assert!(start <= end && end <= text.len());
    debug_assert!(text.is_char_boundary(start) && text.is_char_boundary(end));
    // SAFETY: the range lies within the text; the caller found ASCII bytes before its start and at its end, where no character is cut
    unsafe { text.get_unchecked(start..end) }
}

/// Appends `text`.
#[inline]
pub(super) fn put(out: &mut String, text: &str) {
    put_run(out, text.as_bytes(), None);
}

/// Appends `text` up to the first byte that ends a run, which is ASCII or begins a character, and tells where that was.
#[inline]
pub(super) fn put_clean(out: &mut String, text: &str) -> usize {
    put_run(out, text.as_bytes(), Some(Ends::Clean))
}

/// The bytes are a text's.
#[inline]
fn put_run(out: &mut String, bytes: &[u8], ends: Option<Ends>) -> usize {
    out.reserve(bytes.len() + STEP);
    // SAFETY: what is appended below is a text from its beginning to a place before an ASCII byte, before the first byte of a character, or its end
    let vec = unsafe { out.as_mut_vec() };
    let length = vec.len();
    let room = vec.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    let mut at = 0;
    while let Some(step) = bytes.get(at..at + STEP) {
        let lanes = lane::load(step);
        // SAFETY: `at + STEP` is at most the length of `bytes`, and as much and a step was reserved
        unsafe { lane::store(room.add(at), lanes) };
        let marks = ends.map_or(0, |ends| lane::marks(lanes, ends));
        if marks != 0 {
            at += lane::first(marks);
            // SAFETY: so many bytes were written
            unsafe { vec.set_len(length + at) };
            return at;
        }
        at += STEP;
    }
    while at < bytes.len() && !ends.is_some_and(|ends| ends_run(bytes[at], ends)) {
        // SAFETY: `at` is less than the length of `bytes`
        unsafe { room.add(at).write(bytes[at]) };
        at += 1;
    }
    // SAFETY: so many bytes were written
    unsafe { vec.set_len(length + at) };
    at
}

/// Appends `text` with a backslash before each quote and backslash, up to the first control character, and tells where that was.
pub(super) fn put_plain(out: &mut String, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    out.reserve(2 * bytes.len() + 2 * STEP);
    // SAFETY: whole characters are appended, and backslashes before them
    let vec = unsafe { out.as_mut_vec() };
    let mut length = vec.len();
    let room = vec.as_mut_ptr();
    while let Some(step) = bytes.get(at..at + 8) {
        // SAFETY: two bytes for each one read, and two steps, were reserved
        let Some(written) = (unsafe { lane::escape_eight(step, room.add(length)) }) else { break };
        length += written;
        at += 8;
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
    at
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lane {
    use super::Ends;
    use core::arch::wasm32::{
        i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, i8x16_swizzle, u8x16_lt, u8x16_splat, v128, v128_and, v128_load, v128_load64_zero, v128_or,
        v128_store,
    };

    pub(super) const STEP: usize = 16;

    #[inline]
    pub(super) fn load(step: &[u8]) -> v128 {
        assert!(step.len() == STEP);
        // SAFETY: the step has so many bytes; a load needs no alignment
        unsafe { v128_load(step.as_ptr().cast()) }
    }

    /// # Safety
    /// `to` has room for a step.
    #[inline]
    pub(super) unsafe fn store(to: *mut u8, lanes: v128) {
        // SAFETY: by the caller; a store needs no alignment
        unsafe { v128_store(to.cast(), lanes) };
    }

    #[inline]
    pub(super) fn marks(lanes: v128, ends: Ends) -> u16 {
        let is = |byte: u8| i8x16_eq(lanes, u8x16_splat(byte));
        i8x16_bitmask(match ends {
            Ends::Plain => v128_or(v128_or(is(b'"'), is(b'\\')), u8x16_lt(lanes, u8x16_splat(0x20))),
            // as a signed number a byte beyond ASCII is below zero
            Ends::Clean => v128_or(v128_or(is(b'"'), is(b'\\')), v128_or(is(b'/'), i8x16_lt(lanes, i8x16_splat(0x20)))),
            Ends::Line => is(b'\n'),
        })
    }

    #[inline]
    pub(super) fn first(marks: u16) -> usize {
        marks.trailing_zeros() as usize
    }

    /// Writes eight bytes with their backslashes; tells how many bytes that were, or none where a control character is among them.
    ///
    /// # Safety
    /// `to` has room for sixteen bytes.
    #[inline]
    pub(super) unsafe fn escape_eight(step: &[u8], to: *mut u8) -> Option<usize> {
        assert!(step.len() == 8);
        // SAFETY: the step has eight bytes
        let lanes = unsafe { v128_load64_zero(step.as_ptr().cast()) };
        let special = v128_or(i8x16_eq(lanes, u8x16_splat(b'"')), i8x16_eq(lanes, u8x16_splat(b'\\')));
        if i8x16_bitmask(u8x16_lt(lanes, u8x16_splat(0x20))) & 0xff != 0 {
            return None;
        }
        let marks = i8x16_bitmask(special) & 0xff;
        // SAFETY: a row of the table has sixteen bytes
        let row = unsafe { v128_load(SPREAD[usize::from(marks)].as_ptr().cast()) };
        let backslashes = v128_and(i8x16_eq(row, u8x16_splat(BACKSLASH)), u8x16_splat(b'\\'));
        // SAFETY: by the caller
        unsafe { v128_store(to.cast(), v128_or(i8x16_swizzle(lanes, row), backslashes)) };
        Some(8 + marks.count_ones() as usize)
    }

    /// Not the place of any byte.
    const BACKSLASH: u8 = 0xff;

    /// By which of eight bytes are escaped: from which place each byte comes that is written.
    static SPREAD: [[u8; 16]; 256] = spread();

    const fn spread() -> [[u8; 16]; 256] {
        let mut rows = [[0x80; 16]; 256];
        let mut marks = 0;
        while marks < 256 {
            let mut written = 0;
            let mut at = 0;
            while at < 8 {
                if marks >> at & 1 == 1 {
                    rows[marks][written] = BACKSLASH;
                    written += 1;
                }
                rows[marks][written] = at;
                written += 1;
                at += 1;
            }
            marks += 1;
        }
        rows
    }
}

/// `(x - 0x01…) & !x & 0x80…` has a high bit where a byte of `x` is zero, and `(x - 0x20…) & !x & 0x80…` where one is below 0x20 (Bit Twiddling
/// Hacks, "Determine if a word has a byte less than n"); a borrow may mark a later byte too, so the lowest mark is the one that counts.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lane {
    use super::Ends;

    pub(super) const STEP: usize = 8;
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;

    #[inline]
    pub(super) fn load(step: &[u8]) -> u64 {
        u64::from_le_bytes(step.try_into().expect("a step has eight bytes"))
    }

    /// # Safety
    /// `to` has room for a step.
    #[inline]
    pub(super) unsafe fn store(to: *mut u8, lanes: u64) {
        // SAFETY: by the caller
        unsafe { to.cast::<[u8; 8]>().write(lanes.to_le_bytes()) };
    }

    #[inline]
    pub(super) fn marks(x: u64, ends: Ends) -> u64 {
        let is = |byte: u8| {
            let x = x ^ (ONES * u64::from(byte));
            x.wrapping_sub(ONES) & !x
        };
        let below_space = x.wrapping_sub(ONES * 0x20) & !x;
        HIGHS
            & match ends {
                Ends::Plain => is(b'"') | is(b'\\') | below_space,
                Ends::Clean => is(b'"') | is(b'\\') | is(b'/') | below_space | x,
                Ends::Line => is(b'\n'),
            }
    }

    #[inline]
    pub(super) fn first(marks: u64) -> usize {
        marks.trailing_zeros() as usize / 8
    }

    /// Writes eight bytes if none of them needs care, and tells so.
    ///
    /// # Safety
    /// `to` has room for sixteen bytes.
    #[inline]
    pub(super) unsafe fn escape_eight(step: &[u8], to: *mut u8) -> Option<usize> {
        let mut written = 0;
        if marks(load(step), Ends::Plain) == 0 {
            // SAFETY: by the caller
            unsafe { store(to, load(step)) };
            return Some(8);
        }
        if step.iter().any(|&byte| byte < 0x20) {
            return None;
        }
        for &byte in step {
            if matches!(byte, b'"' | b'\\') {
                // SAFETY: at most two bytes for each of eight
                unsafe { to.add(written).write(b'\\') };
                written += 1;
            }
            // SAFETY: as above
            unsafe { to.add(written).write(byte) };
            written += 1;
        }
        Some(written)
    }
}
