//! How are four words calculated with where there are no lanes?

use super::{Block, Four};

/// One word of each message.
pub(super) type Lanes = Four<u32>;

#[inline]
pub(super) fn all(x: u32) -> Lanes {
    [x; 4]
}

#[inline]
pub(super) fn add(x: Lanes, y: Lanes) -> Lanes {
    both(x, y, u32::wrapping_add)
}

#[inline]
pub(super) fn and(x: Lanes, y: Lanes) -> Lanes {
    both(x, y, |x, y| x & y)
}

#[inline]
pub(super) fn or(x: Lanes, y: Lanes) -> Lanes {
    both(x, y, |x, y| x | y)
}

#[inline]
pub(super) fn xor(x: Lanes, y: Lanes) -> Lanes {
    both(x, y, |x, y| x ^ y)
}

#[inline]
pub(super) fn rotate_left<const BITS: u32>(x: Lanes) -> Lanes {
    x.map(|x| x.rotate_left(BITS))
}

#[inline]
pub(super) fn rotate_right<const BITS: u32>(x: Lanes) -> Lanes {
    x.map(|x| x.rotate_right(BITS))
}

#[inline]
pub(super) fn shift_right<const BITS: u32>(x: Lanes) -> Lanes {
    x.map(|x| x >> BITS)
}

#[inline]
pub(super) fn each_of(x: Lanes) -> Four<u32> {
    x
}

/// The sixteen words of each block, the most significant byte first.
#[inline]
pub(super) fn words_of(blocks: Four<&Block>) -> [Lanes; 16] {
    core::array::from_fn(|at| blocks.map(|block| u32::from_be_bytes(block.as_chunks().0[at])))
}

#[inline]
fn both(x: Lanes, y: Lanes, of: impl Fn(u32, u32) -> u32) -> Lanes {
    core::array::from_fn(|lane| of(x[lane], y[lane]))
}
