//! How does wasm calculate with four words at once?

use super::{Block, Four};
use core::arch::wasm32::{
    i8x16_shuffle, i32x4_shl, i32x4_shuffle, i64x2_shuffle, u32x4_extract_lane, u32x4_shr,
    u32x4_splat, u64x2, v128, v128_or,
};

/// One word of each message.
pub(super) type Lanes = v128;

pub(super) use core::arch::wasm32::{
    i32x4_add as add, v128_and as and, v128_or as or, v128_xor as xor,
};

#[inline]
pub(super) fn all(x: u32) -> Lanes {
    u32x4_splat(x)
}

#[inline]
pub(super) fn rotate_left<const BITS: u32>(x: Lanes) -> Lanes {
    v128_or(i32x4_shl(x, BITS), u32x4_shr(x, 32 - BITS))
}

#[inline]
pub(super) fn rotate_right<const BITS: u32>(x: Lanes) -> Lanes {
    v128_or(u32x4_shr(x, BITS), i32x4_shl(x, 32 - BITS))
}

#[inline]
pub(super) fn shift_right<const BITS: u32>(x: Lanes) -> Lanes {
    u32x4_shr(x, BITS)
}

#[inline]
pub(super) fn each_of(x: Lanes) -> Four<u32> {
    [
        u32x4_extract_lane::<0>(x),
        u32x4_extract_lane::<1>(x),
        u32x4_extract_lane::<2>(x),
        u32x4_extract_lane::<3>(x),
    ]
}

/// The sixteen words of each block, the most significant byte first.
#[inline]
pub(super) fn words_of(blocks: Four<&Block>) -> [Lanes; 16] {
    let mut words = [u32x4_splat(0); 16];
    for (at, four) in words.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let [a, b, c, d] = blocks.map(|block| swapped(block, at));
        let low = |x, y| i32x4_shuffle::<0, 4, 1, 5>(x, y);
        let high = |x, y| i32x4_shuffle::<2, 6, 3, 7>(x, y);
        let (ab, cd) = (low(a, b), low(c, d));
        four[0] = i64x2_shuffle::<0, 2>(ab, cd);
        four[1] = i64x2_shuffle::<1, 3>(ab, cd);
        let (ab, cd) = (high(a, b), high(c, d));
        four[2] = i64x2_shuffle::<0, 2>(ab, cd);
        four[3] = i64x2_shuffle::<1, 3>(ab, cd);
    }
    words
}

/// Four words of one block.
#[inline]
fn swapped(block: &Block, at: usize) -> v128 {
    let [low, high] = [0, 8].map(|eight| {
        u64::from_le_bytes(core::array::from_fn(|byte| block[16 * at + eight + byte]))
    });
    let bytes = u64x2(low, high);
    i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(bytes, bytes)
}
