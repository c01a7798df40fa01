//! How does a register look at eight bytes?
//!
//! `(x - 0x01…) & !x & 0x80…` has a high bit where a byte of `x` is zero, and `(x - 0x20…) & !x &
//! 0x80…` where one is below 0x20 (Bit Twiddling Hacks, "Determine if a word has a byte less than
//! n"); a borrow may mark a later byte too, so the lowest mark is the one that counts.

use super::Ends;

pub(super) const STEP: usize = 8;
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

pub(super) fn load(step: &[u8]) -> u64 {
    u64::from_le_bytes(step.try_into().expect("a step has eight bytes"))
}

/// # Safety
/// `to` has room for a step.
pub(super) unsafe fn store(to: *mut u8, lanes: u64) {
    // SAFETY: by the caller
    unsafe { to.cast::<[u8; 8]>().write(lanes.to_le_bytes()) };
}

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
            // a digit is 0x30 and at most nine: anything else differs in its high half, or has six
            // added to it carried there
            Ends::Digits => {
                let high = |x: u64| x & (ONES * 0xf0) ^ (ONES * 0x30);
                let wrong = high(x) | high((x & (ONES * 0x7f)).wrapping_add(ONES * 6));
                (wrong | (wrong & (ONES * 0x7f)).wrapping_add(ONES * 0x7f)) & HIGHS
            }
            Ends::Ascii => x,
        }
}

pub(super) fn is_same_within(one: &[u8; 16], other: &[u8; 16], mask: &[u8; 16]) -> bool {
    (u128::from_le_bytes(*one) ^ u128::from_le_bytes(*other)) & u128::from_le_bytes(*mask) == 0
}

pub(super) fn is_same(one: u64, other: u64) -> bool {
    one == other
}

pub(super) fn hex_digits(bytes: &[u8; 16]) -> u16 {
    bytes.iter().rev().fold(0, |digits, byte| {
        digits << 1 | u16::from(byte.is_ascii_hexdigit())
    })
}

pub(super) fn other_than_digits(bytes: &[u8]) -> u16 {
    bytes.iter().rev().fold(0, |others, byte| {
        others << 1 | u16::from(!byte.is_ascii_digit())
    })
}

/// Fewer bytes than a step, and zeros.
pub(super) fn load_short(bytes: &[u8]) -> u64 {
    super::sixteen(bytes)[0]
}

pub(super) fn marks_within(lanes: u64, ends: Ends, length: usize) -> u64 {
    marks(lanes, ends) & ((1 << (8 * length)) - 1)
}

pub(super) fn none() -> u64 {
    0
}

pub(super) fn or(one: u64, other: u64) -> u64 {
    one | other
}

/// Marks where a newline is.
pub(super) fn newlines(lanes: u64) -> u64 {
    marks(lanes, Ends::Line)
}

pub(super) fn has_any(marks: u64) -> bool {
    marks != 0
}

pub(super) fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// Writes so many bytes of a step, with their backslashes; tells how many that were, or none where
/// a control character is among them.
///
/// # Safety
/// `to` has room for two steps.
pub(super) unsafe fn escape(lanes: u64, many: usize, to: *mut u8) -> Option<usize> {
    let mut written = 0;
    if many == STEP && marks(lanes, Ends::Plain) == 0 {
        // SAFETY: by the caller
        unsafe { store(to, lanes) };
        return Some(STEP);
    }
    let bytes = &lanes.to_le_bytes()[..many];
    if bytes.iter().any(|&byte| byte < 0x20) {
        return None;
    }
    for &byte in bytes {
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
