//! Sixteen bytes at a time with wasm's `simd128`.

use super::ByteClass;
use core::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_gt, i8x16_lt, i8x16_swizzle, i64x2_shuffle, u8x16_le,
    u8x16_splat, u8x16_sub, u64x2, v128, v128_and, v128_andnot, v128_any_true, v128_load, v128_or,
    v128_store, v128_xor,
};

pub(super) const STEP: usize = 16;

#[inline]
pub(super) fn load(step: &[u8]) -> v128 {
    assert!(step.len() == STEP);
    // SAFETY: the step has 16 bytes; a load needs no alignment
    unsafe { v128_load(step.as_ptr().cast()) }
}

/// # Safety
/// `to` is valid for writes of one step.
pub(super) unsafe fn store(to: *mut u8, lanes: v128) {
    // SAFETY: by the caller; a store needs no alignment
    unsafe { v128_store(to.cast(), lanes) };
}

#[repr(C, align(16))]
struct Lanes([u8; 16]);

/// `BYTE` in each lane, loaded from memory: a constant vector costs V8 three instructions wherever it is
/// used, a load one.
#[inline(always)]
fn splat<const BYTE: u8>() -> v128 {
    let lanes: &'static Lanes = const { &Lanes([BYTE; 16]) };
    // SAFETY: a reference to 16 aligned bytes; volatile, so that the compiler does not make a constant of it
    unsafe { core::ptr::from_ref(lanes).cast::<v128>().read_volatile() }
}

/// Turns the quote into the space and leaves what is below the space below it, so that one comparison
/// finds both.
const QUOTE_TO_SPACE: u8 = b'"' ^ b' ';

#[inline]
pub(super) fn marks(lanes: v128, class: ByteClass) -> u16 {
    i8x16_bitmask(match class {
        // signed comparisons are one instruction, unsigned ones four
        ByteClass::JsonEscaped => v128_or(
            i8x16_eq(lanes, splat::<b'\\'>()),
            i8x16_lt(
                v128_xor(lanes, splat::<{ QUOTE_TO_SPACE ^ 0x80 }>()),
                splat::<{ 0x21 ^ 0x80 }>(),
            ),
        ),
        // as a signed number a byte beyond ASCII is below zero
        ByteClass::PhpEscaped => v128_or(
            v128_or(
                i8x16_eq(lanes, splat::<b'\\'>()),
                i8x16_eq(lanes, splat::<b'/'>()),
            ),
            i8x16_lt(v128_xor(lanes, splat::<QUOTE_TO_SPACE>()), splat::<0x21>()),
        ),
        ByteClass::Newline => newlines(lanes),
        // the digits are the ten lowest signed numbers, then
        ByteClass::NonDigit => i8x16_gt(
            v128_xor(lanes, splat::<{ b'0' ^ 0x80 }>()),
            splat::<{ 9 ^ 0x80 }>(),
        ),
        ByteClass::NonAscii => lanes,
        ByteClass::Letter(letter) => i8x16_eq(v128_or(lanes, splat::<0x20>()), u8x16_splat(letter)),
    })
}

/// Whether the masked bytes of `one` are `other`.
pub(super) fn is_same_masked(one: &[u8; 16], other: &[u8; 16], mask: &[u8; 16]) -> bool {
    is_same(v128_and(load(one), load(mask)), load(other))
}

pub(super) fn is_same(one: v128, other: v128) -> bool {
    // fewer instructions than `v128_any_true`
    i8x16_bitmask(i8x16_eq(one, other)) == u16::MAX
}

pub(super) fn hex_digit_mask(bytes: &[u8; 16]) -> u16 {
    let is_within = |lanes, first: u8, many: u8| {
        u8x16_le(u8x16_sub(lanes, u8x16_splat(first)), u8x16_splat(many - 1))
    };
    let lanes = load(bytes);
    let lower = v128_or(lanes, u8x16_splat(0x20));
    i8x16_bitmask(v128_or(
        is_within(lanes, b'0', 10),
        is_within(lower, b'a', 6),
    ))
}

pub(super) fn non_digit_mask(bytes: &[u8]) -> u16 {
    mask_within(load_short(bytes), ByteClass::NonDigit, bytes.len())
}

/// Loads fewer bytes than a step, padded with zeros.
#[inline(always)]
pub(super) fn load_short(bytes: &[u8]) -> v128 {
    let [low, high] = super::load_padded(bytes);
    u64x2(low, high)
}

pub(super) fn mask_within(lanes: v128, class: ByteClass, length: usize) -> u16 {
    marks(lanes, class) & ((1 << length) - 1)
}

pub(super) fn none() -> v128 {
    u64x2(0, 0)
}

pub(super) fn or(one: v128, other: v128) -> v128 {
    v128_or(one, other)
}

/// Marks each newline.
pub(super) fn newlines(lanes: v128) -> v128 {
    i8x16_eq(lanes, splat::<b'\n'>())
}

pub(super) fn has_any_of_first(marks: v128) -> bool {
    v128_any_true(marks)
}

pub(super) fn first(marks: u16) -> usize {
    marks.trailing_zeros() as usize
}

/// Writes a step with a backslash before each quote and backslash; returns how many bytes it wrote, or
/// `None` when a control character is among them.
///
/// # Safety
/// `to` is valid for writes of two steps.
pub(super) unsafe fn escape(lanes: v128, to: *mut u8) -> Option<usize> {
    let special = v128_or(
        i8x16_eq(lanes, splat::<b'"'>()),
        i8x16_eq(lanes, splat::<b'\\'>()),
    );
    // as a signed number a byte beyond ASCII is below zero, too
    let is_control = v128_andnot(i8x16_lt(lanes, splat::<0x20>()), lanes);
    if i8x16_bitmask(is_control) != 0 {
        return None;
    }
    let marks = i8x16_bitmask(special);
    let (first, second) = (marks & 0xff, marks >> 8);
    let half = 8 + first.count_ones() as usize;
    let backslashes = splat::<b'\\'>();
    // SAFETY: by the caller: half a step becomes a step at most
    unsafe {
        store(
            to,
            spread_out(i64x2_shuffle::<0, 2>(lanes, backslashes), first),
        );
        store(
            to.add(half),
            spread_out(i64x2_shuffle::<1, 3>(lanes, backslashes), second),
        );
    }
    Some(STEP + marks.count_ones() as usize)
}

/// The first eight bytes, each one that is marked behind the ninth.
fn spread_out(lanes: v128, marks: u16) -> v128 {
    i8x16_swizzle(lanes, load(&SPREAD[usize::from(marks)]))
}

/// The lane of the byte that is written before an escaped one.
const BACKSLASH: u8 = 8;

/// For each set of escaped bytes among eight: the position that each written byte comes from.
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
