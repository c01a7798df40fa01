//! The 64-bit float nearest to a decimal number.
//!
//! In: significant digits and the power of ten of the first. Out: the float, infinite beyond the largest one; of two that
//! are equally near the even one. Not with the standard library's `parse`, whose table adds 10 KB to a wasm file.

use alloc::vec;
use alloc::vec::Vec;

/// Digits that decide how a number is rounded: a number half-way between two floats has at most 767.
const DIGITS_MAX: usize = 800;

/// Digits that fit into 64 bits.
const SHORT_DIGITS_MAX: usize = 19;

/// The float nearest to `digits` (`0` to `9`, the first and the last not `0`) × 10^`magnitude`, with a dot behind the
/// first digit.
pub(super) fn nearest_float(digits: impl Iterator<Item = u8> + Clone, magnitude: i64) -> f64 {
    match magnitude {
        // below half of the smallest float, 4.9e-324
        ..-324 => 0.0,
        309.. => f64::INFINITY,
        _ => short(digits.clone(), magnitude).unwrap_or_else(|| long(digits, magnitude)),
    }
}

/// A number of at most 19 digits that is a whole one or has at most 19 places, in 128 bits.
fn short(digits: impl Iterator<Item = u8>, magnitude: i64) -> Option<f64> {
    let mut whole = 0_u64;
    let mut count = 0;
    for digit in digits {
        count += 1;
        if count > SHORT_DIGITS_MAX {
            return None;
        }
        whole = whole * 10 + u64::from(digit - b'0');
    }
    let places = i64::try_from(count).ok()? - 1 - magnitude;
    let power = 10_u64.checked_pow(u32::try_from(places.unsigned_abs()).ok()?)?;
    let whole = u128::from(whole);
    if places <= 0 {
        return Some(rounded(whole * u128::from(power), false, 0));
    }
    let shift = whole.leading_zeros();
    let dividend = whole << shift;
    let quotient = dividend / u128::from(power);
    let is_cut = quotient * u128::from(power) != dividend;
    Some(rounded(quotient, is_cut, -i64::from(shift)))
}

/// Any number, by long division of two natural numbers.
fn long(digits: impl Iterator<Item = u8>, magnitude: i64) -> f64 {
    let (mut dividend, mut divisor) = (Natural::new(0), Natural::new(1));
    let mut exponent = magnitude + 1;
    for (number, digit) in digits.enumerate() {
        exponent -= 1;
        // what follows is not zero, and any digit stands for it
        let is_last = number == DIGITS_MAX;
        dividend.multiply_and_add(10, if is_last { 1 } else { u32::from(digit - b'0') });
        if is_last {
            break;
        }
    }
    let scaled = if exponent < 0 {
        &mut divisor
    } else {
        &mut dividend
    };
    for _ in 0..exponent.unsigned_abs() {
        scaled.multiply_and_add(10, 0);
    }
    // both with equally many bits: the quotient is between 1/2 and 2
    let shift = divisor.bits() - dividend.bits();
    if shift < 0 {
        divisor.shift(-shift);
    } else {
        dividend.shift(shift);
    }
    let mut quotient = 0;
    for _ in 0..=64 {
        quotient <<= 1;
        if dividend.subtract(&divisor) {
            quotient |= 1;
        }
        dividend.shift(1);
    }
    rounded(quotient, dividend.bits() > 0, -64 - shift)
}

/// The float nearest to `bits` × 2^`exponent`, where `bits` were cut off or are exact.
fn rounded(bits: u128, is_cut: bool, exponent: i64) -> f64 {
    // a float has 53 bits, and none below 2^-1074
    let length = i64::from(128 - bits.leading_zeros());
    let dropped = (length - 53).max(-1_074 - exponent).max(0);
    let mut kept = bits >> dropped;
    let rest = bits - (kept << dropped);
    let half = (1 << dropped) >> 1;
    let is_odd = kept & 1 == 1;
    if dropped > 0 && (rest > half || (rest == half && (is_cut || is_odd))) {
        kept += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let kept = kept as f64;
    kept * power_of_two(exponent + dropped)
}

/// 2^`exponent`, from -1074 to 1023.
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(match exponent {
        ..-1_022 => 1 << (exponent + 1_074),
        _ => (exponent + 1_023).unsigned_abs() << 52,
    })
}

/// A natural number of any length: 32 bits an element, the lowest first, the highest not zero.
struct Natural(Vec<u32>);

impl Natural {
    fn new(number: u32) -> Self {
        let mut natural = Natural(vec![number]);
        natural.trim();
        natural
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn multiply_and_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for part in &mut self.0 {
            carry += u64::from(*part) * u64::from(factor);
            *part = low(carry);
            carry >>= 32;
        }
        self.0.push(low(carry));
        self.trim();
    }

    /// The number of bits, without leading zeros.
    fn bits(&self) -> i64 {
        let highest = self.0.last().map_or(0, |part| part.leading_zeros());
        i64::try_from(self.0.len() * 32).expect("a few thousand") - i64::from(highest)
    }

    fn shift(&mut self, bits: i64) {
        let parts = vec![0; usize::try_from(bits / 32).expect("it is not negative")];
        self.0.splice(..0, parts);
        self.multiply_and_add(1 << (bits % 32), 0);
    }

    /// Subtracts a number that is not greater; false where it is.
    fn subtract(&mut self, other: &Natural) -> bool {
        let is_less = self.0.len() < other.0.len()
            || (self.0.len() == other.0.len() && self.0.iter().rev().lt(other.0.iter().rev()));
        if is_less {
            return false;
        }
        let mut borrowed = false;
        for (place, part) in self.0.iter_mut().enumerate() {
            let subtrahend = other.0.get(place).copied().unwrap_or(0);
            let (difference, first) = part.overflowing_sub(subtrahend);
            let (difference, second) = difference.overflowing_sub(u32::from(borrowed));
            (*part, borrowed) = (difference, first || second);
        }
        self.trim();
        true
    }
}

/// The lower 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the higher ones are carried"
)]
fn low(number: u64) -> u32 {
    number as u32
}
