//! Eight bytes at a time in a 64-bit register (SWAR).
//!
//! `(x - 0x01…) & !x & 0x80…` has a high bit where a byte of `x` is zero, and `(x - 0x20…) & !x &
//! 0x80…` where one is below 0x20 (Bit Twiddling Hacks, "Determine if a word has a byte less than
//! n"). A borrow may mark a later byte, too, so only the lowest mark is exact.

use super::ByteClass;

pub(super) const STEP: usize = 8;
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

pub(super) fn load(step: &[u8]) -> u64 {
    u64::from_le_bytes(step.try_into().expect("a step has eight bytes"))
}

/// # Safety
/// `to` is valid for writes of one step.
pub(super) unsafe fn store(to: *mut u8, lanes: u64) {
    // SAFETY: by the caller
    unsafe { to.cast::<[u8; 8]>().write(lanes.to_le_bytes()) };
}

pub(super) fn marks(x: u64, class: ByteClass) -> u64 {
    let is = |byte: u8| {
        let x = x ^ (ONES * u64::from(byte));
        x.wrapping_sub(ONES) & !x
    };
    let below_space = x.wrapping_sub(ONES * 0x20) & !x;
    HIGHS
        & match class {
            ByteClass::JsonEscaped => is(b'"') | is(b'\\') | below_space,
            ByteClass::PhpEscaped => is(b'"') | is(b'\\') | is(b'/') | below_space | x,
            ByteClass::Newline => is(b'\n'),
            // a digit is 0x30 and at most nine: anything else differs in its high half, or has six
            // added to it carried there
            ByteClass::NonDigit => {
                let high = |x: u64| x & (ONES * 0xf0) ^ (ONES * 0x30);
                let wrong = high(x) | high((x & (ONES * 0x7f)).wrapping_add(ONES * 6));
                (wrong | (wrong & (ONES * 0x7f)).wrapping_add(ONES * 0x7f)) & HIGHS
            }
            ByteClass::NonAscii => x,
            ByteClass::Letter(letter) => {
                let x = (x | (ONES * 0x20)) ^ (ONES * u64::from(letter));
                x.wrapping_sub(ONES) & !x
            }
        }
}

/// Whether the masked bytes of `one` are `other`.
pub(super) fn is_same_masked(one: &[u8; 16], other: &[u8; 16], mask: &[u8; 16]) -> bool {
    u128::from_le_bytes(*one) & u128::from_le_bytes(*mask) == u128::from_le_bytes(*other)
}

pub(super) fn is_same(one: u64, other: u64) -> bool {
    one == other
}

pub(super) fn hex_digit_mask(bytes: &[u8; 16]) -> u16 {
    bytes.iter().rev().fold(0, |digits, byte| {
        digits << 1 | u16::from(byte.is_ascii_hexdigit())
    })
}

pub(super) fn non_digit_mask(bytes: &[u8]) -> u16 {
    bytes.iter().rev().fold(0, |others, byte| {
        others << 1 | u16::from(!byte.is_ascii_digit())
    })
}

/// Loads fewer bytes than a step, padded with zeros.
pub(super) fn load_short(bytes: &[u8]) -> u64 {
    super::load_padded(bytes)[0]
}

pub(super) fn mask_within(lanes: u64, class: ByteClass, length: usize) -> u64 {
    marks(lanes, class) & ((1 << (8 * length)) - 1)
}

pub(super) fn none() -> u64 {
    0
}

pub(super) fn or(one: u64, other: u64) -> u64 {
    one | other
}

/// Marks each newline.
pub(super) fn newlines(lanes: u64) -> u64 {
    marks(lanes, ByteClass::Newline)
}

pub(super) fn has_any_of_first(marks: u64) -> bool {
    marks != 0
}

pub(super) fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// Writes a step with a backslash before each quote and backslash; returns how many bytes it wrote, or
/// `None` when a control character is among them.
///
/// # Safety
/// `to` is valid for writes of two steps.
pub(super) unsafe fn escape(lanes: u64, to: *mut u8) -> Option<usize> {
    let mut written = 0;
    if marks(lanes, ByteClass::JsonEscaped) == 0 {
        // SAFETY: by the caller
        unsafe { store(to, lanes) };
        return Some(STEP);
    }
    let bytes = lanes.to_le_bytes();
    if bytes.iter().any(|&byte| byte < 0x20) {
        return None;
    }
    for byte in bytes {
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
