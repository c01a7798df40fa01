//! How are four digests made at once?
//!
//! SHA-1 and SHA-256 (FIPS 180-4) are one chain of steps through a message, where each step waits
//! for the one before. Four messages do not wait for one another: each has a lane of its own, and a
//! step of all four costs what a step of one costs.
#![allow(clippy::many_single_char_names, reason = "the standard names them so")]

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod words;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd as lanes;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use words as lanes;

use lanes::{
    Lanes, add, all, and, each_of, or, rotate_left, rotate_right, shift_right, words_of, xor,
};
use sha2::{Digest as _, Sha256};

/// One thing for each of four messages.
pub(super) type Four<T> = [T; 4];

type Block = [u8; 64];

/// The SHA-1 of each message, in words.
pub(super) fn sha1(messages: Four<&[u8]>) -> Four<[u32; 5]> {
    const BEGIN: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    let cut = messages.map(|message| {
        let (blocks, rest) = message.as_chunks();
        (blocks, Ending::of(rest, message.len()))
    });
    chain(
        BEGIN,
        cut.each_ref().map(|(blocks, ending)| (*blocks, ending)),
        sha1_step,
    )
}

/// HMAC-SHA-256 (RFC 2104) of texts of `N` bytes that all have the same key, and the same
/// beginning.
#[derive(Clone)]
pub(super) struct Hmac<const N: usize> {
    inner: [u32; 8],
    outer: [u32; 8],
    /// How the inner message ends, with a gap for the text.
    ending: Ending,
    gap: usize,
}

impl<const N: usize> Hmac<N> {
    /// Begins with a key of any length, and with what stands before every text.
    pub(super) fn new(key: &[u8], before: &[u8]) -> Self {
        let mut pad = [0; 64];
        if key.len() > pad.len() {
            pad[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            pad[..key.len()].copy_from_slice(key);
        }
        let begun_with = |state, blocks: &[Block]| {
            let blocks = blocks.iter().map(|block| words_of([block; 4]));
            let state = blocks.fold(<[u32; 8]>::map(state, all), |mut state, words| {
                sha256_step(&mut state, words);
                state
            });
            state.map(|word| each_of(word)[0])
        };
        let (blocks, rest) = before.as_chunks();
        let mut end = [0; 128];
        end[..rest.len()].copy_from_slice(rest);
        Hmac {
            inner: begun_with(
                begun_with(SHA256_BEGIN, &[pad.map(|byte| byte ^ 0x36)]),
                blocks,
            ),
            outer: begun_with(SHA256_BEGIN, &[pad.map(|byte| byte ^ 0x5c)]),
            ending: Ending::of(&end[..rest.len() + N], pad.len() + before.len() + N),
            gap: rest.len(),
        }
    }

    /// The codes of four texts, in words.
    pub(super) fn of(&self, texts: Four<[u8; N]>) -> Four<[u32; 8]> {
        let mut endings = [self.ending.bytes; 4];
        for (ending, text) in endings.iter_mut().zip(&texts) {
            ending[self.gap..][..N].copy_from_slice(text);
        }
        // all are equally long
        let mut inner = self.inner.map(all);
        for at in 0..self.ending.blocks {
            sha256_step(
                &mut inner,
                words_of(endings.each_ref().map(|ending| &ending.as_chunks().0[at])),
            );
        }
        // the outer message is the pad, and the inner digest of 32 bytes
        let mut words = [all(0); 16];
        words[..8].copy_from_slice(&inner);
        words[8] = all(0x8000_0000);
        words[15] = all((64 + 32) * 8);
        let mut outer = self.outer.map(all);
        sha256_step(&mut outer, words);
        let digests = outer.map(each_of);
        core::array::from_fn(|lane| digests.map(|word| word[lane]))
    }
}

/// The last one or two blocks of a message: what is left of it, a one, zeros, and its length in
/// bits.
#[derive(Clone)]
struct Ending {
    bytes: [u8; 128],
    blocks: usize,
}

impl Ending {
    fn of(rest: &[u8], length: usize) -> Self {
        let blocks = (rest.len() + 9).div_ceil(64);
        let mut bytes = [0; 128];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes[rest.len()] = 0x80;
        bytes[blocks * 64 - 8..blocks * 64].copy_from_slice(&(length as u64 * 8).to_be_bytes());
        Ending { bytes, blocks }
    }

    /// One of its blocks; behind them any.
    fn block(&self, at: usize) -> &Block {
        &self.bytes.as_chunks().0[at.min(1)]
    }
}

/// Takes each message through all of its blocks. A shorter one is done before the others: what its
/// lane comes to behind its end is for nobody.
fn chain<const N: usize>(
    begin: [u32; N],
    messages: Four<(&[Block], &Ending)>,
    step: impl Fn(&mut [Lanes; N], [Lanes; 16]),
) -> Four<[u32; N]> {
    let lengths = messages.map(|(blocks, ending)| blocks.len() + ending.blocks);
    let mut state = begin.map(all);
    let mut done = [begin; 4];
    for at in 0..lengths.into_iter().max().unwrap_or(0) {
        let blocks = messages.map(|(blocks, ending)| {
            blocks
                .get(at)
                .unwrap_or_else(|| ending.block(at.saturating_sub(blocks.len())))
        });
        step(&mut state, words_of(blocks));
        for (lane, length) in lengths.into_iter().enumerate() {
            if length == at + 1 {
                done[lane] = state.map(|word| each_of(word)[lane]);
            }
        }
    }
    done
}

/// One block of SHA-1 (FIPS 180-4, 6.1.2).
fn sha1_step(state: &mut [Lanes; 5], mut words: [Lanes; 16]) {
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    let mut rounds =
        |range: core::ops::Range<usize>, constant: u32, f: fn(Lanes, Lanes, Lanes) -> Lanes| {
            for t in range {
                if t >= 16 {
                    let mixed = xor(
                        xor(words[(t + 13) % 16], words[(t + 8) % 16]),
                        xor(words[(t + 2) % 16], words[t % 16]),
                    );
                    words[t % 16] = rotate_left::<1>(mixed);
                }
                let next = add(
                    add(add(rotate_left::<5>(a), f(b, c, d)), e),
                    add(all(constant), words[t % 16]),
                );
                (a, b, c, d, e) = (next, a, rotate_left::<30>(b), c, d);
            }
        };
    let parity = |b, c, d| xor(xor(b, c), d);
    rounds(0..20, 0x5a82_7999, choice);
    rounds(20..40, 0x6ed9_eba1, parity);
    rounds(40..60, 0x8f1b_bcdc, majority);
    rounds(60..80, 0xca62_c1d6, parity);
    for (word, added) in state.iter_mut().zip([a, b, c, d, e]) {
        *word = add(*word, added);
    }
}

/// One block of SHA-256 (FIPS 180-4, 6.2.2).
fn sha256_step(state: &mut [Lanes; 8], mut words: [Lanes; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (turn, constants) in SHA256_CONSTANTS.as_chunks::<16>().0.iter().enumerate() {
        for t in 0..16 {
            if turn > 0 {
                let (early, late) = (words[(t + 1) % 16], words[(t + 14) % 16]);
                let early = xor(
                    xor(rotate_right::<7>(early), rotate_right::<18>(early)),
                    shift_right::<3>(early),
                );
                let late = xor(
                    xor(rotate_right::<17>(late), rotate_right::<19>(late)),
                    shift_right::<10>(late),
                );
                words[t] = add(add(words[t], early), add(words[(t + 9) % 16], late));
            }
            let one = xor(
                xor(rotate_right::<6>(e), rotate_right::<11>(e)),
                rotate_right::<25>(e),
            );
            let first = add(
                add(h, add(all(constants[t]), words[t])),
                add(one, choice(e, f, g)),
            );
            let zero = xor(
                xor(rotate_right::<2>(a), rotate_right::<13>(a)),
                rotate_right::<22>(a),
            );
            let second = add(zero, majority(a, b, c));
            (a, b, c, d, e, f, g, h) = (add(first, second), a, b, c, add(d, first), e, f, g);
        }
    }
    for (word, added) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = add(*word, added);
    }
}

/// Where a bit of `x` is set that of `y`, else that of `z`.
#[inline]
fn choice(x: Lanes, y: Lanes, z: Lanes) -> Lanes {
    xor(z, and(x, xor(y, z)))
}

/// The bit that most have.
#[inline]
fn majority(x: Lanes, y: Lanes, z: Lanes) -> Lanes {
    or(and(x, y), and(z, or(x, y)))
}

/// The fractions of the square roots of the first eight primes (FIPS 180-4, 5.3.3).
const SHA256_BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
#[rustfmt::skip]
static SHA256_CONSTANTS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];
