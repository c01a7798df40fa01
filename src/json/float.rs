//! Which digits has a number once it was kept as a float of 64 bits?
//!
//! The fewest that read back to the same float, as PHP hashes them. Up to 15 digits they are the
//! number's own; for more, integers of any length say it exactly. The standard library is quicker
//! at that, by tables and code that would be a seventh of the Worker's upload.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The floats below `2^53 * 2^EXPONENT_MIN` lie as far apart as the smallest ones.
const EXPONENT_MIN: i32 = -1074;
const EXPONENT_MAX: i32 = 971;
const MANTISSA_BITS: u32 = 53;

/// Behind these it counts only that there are more: no number half-way between two floats has as
/// many.
const DIGITS_MAX: usize = 770;

/// The digits of the nearest float, of which the first counts `10^magnitude`: none if it is zero,
/// `None` if it is infinite.
///
/// `digits` and `magnitude` say the number in the same way, without zeros at either end.
pub(super) fn shortest(mut digits: String, magnitude: i64) -> Option<(String, i64)> {
    if digits.len() <= 15 && (-307..308).contains(&magnitude) {
        // no two decimals of 15 digits share a float (C's DBL_DIG)
        return Some((digits, magnitude));
    }
    if digits.len() > DIGITS_MAX {
        digits.truncate(DIGITS_MAX);
        digits.push('1');
    }
    match i32::try_from(magnitude) {
        Ok(magnitude @ -324..=308) => {
            let (mantissa, exponent) = nearest(&digits, magnitude)?;
            Some(if mantissa == 0 {
                (String::new(), 0)
            } else {
                hash(mantissa, exponent, magnitude)
            })
        }
        _ if magnitude < 0 => Some((String::new(), 0)),
        _ => None,
    }
}

/// The float nearest to a decimal, the even one of two: mantissa and exponent; none if it is
/// infinite.
fn nearest(digits: &str, magnitude: i32) -> Option<(u64, i32)> {
    let mut number = Integer::of_digits(digits.as_bytes());
    let mut unit = Integer::of(1);
    let last = magnitude + 1 - i32::try_from(digits.len()).ok()?;
    unit.scale((-last).max(0));
    number.scale(last.max(0));
    // number and unit are shifted until their ratio has as many bits as a mantissa, or one more
    let mut exponent =
        (number.bits() - unit.bits() - MANTISSA_BITS.cast_signed()).max(EXPONENT_MIN);
    number.shift((-exponent).max(0));
    unit.shift(exponent.max(0));
    unit.shift(MANTISSA_BITS.cast_signed());
    if number.cmp(&unit).is_ge() {
        exponent += 1;
        unit.shift(1);
    }
    normalize(&mut unit, [&mut number]);
    let mut mantissa = 0;
    for bits in [27, 26] {
        number.shift(bits);
        mantissa = mantissa << bits | u64::from(number.divide(&unit));
    }
    number.shift(1);
    mantissa += match number.cmp(&unit) {
        Ordering::Less => 0,
        Ordering::Equal => mantissa & 1,
        Ordering::Greater => 1,
    };
    if mantissa == 1 << MANTISSA_BITS {
        mantissa >>= 1;
        exponent += 1;
    }
    (exponent <= EXPONENT_MAX).then_some((mantissa, exponent))
}

/// The fewest digits that lie nearer to this float than to any other, and of those the nearest
/// (Steele and White, "How to KeyHash Floating-Point Numbers Accurately", 1990); `magnitude` is that
/// of a decimal whose nearest float it is.
fn hash(mantissa: u64, exponent: i32, mut magnitude: i32) -> (String, i64) {
    // everything four times, as the way to the next float below may be half as long, and half of
    // that counts
    let is_shorter_below = mantissa == 1 << (MANTISSA_BITS - 1) && exponent > EXPONENT_MIN;
    let mut number = Integer::of(4 * mantissa);
    let mut above = Integer::of(2);
    let mut below = Integer::of(if is_shorter_below { 1 } else { 2 });
    let mut unit = Integer::of(4);
    for integer in [&mut number, &mut above, &mut below] {
        integer.shift(exponent.max(0));
        integer.scale((-magnitude).max(0));
    }
    unit.shift((-exponent).max(0));
    unit.scale(magnitude.max(0));
    // the borders themselves read back to an even float
    let reaches = |border: Ordering| border.is_gt() || border.is_eq() && mantissa & 1 == 0;
    let mut rest = unit.clone();
    rest.scale(1);
    if number.cmp(&rest).is_ge() || reaches(above.cmp(rest.subtract(&number, 1))) {
        unit.scale(1);
        magnitude += 1;
    }
    normalize(&mut unit, [&mut number, &mut above, &mut below]);
    let mut digits = String::new();
    loop {
        digits.extend(char::from_digit(number.divide(&unit), 10));
        rest.0.clone_from(&unit.0);
        let (is_low, is_high) = (
            reaches(below.cmp(&number)),
            reaches(above.cmp(rest.subtract(&number, 1))),
        );
        if is_high && (!is_low || number.cmp(&rest).is_ge()) && round_up(&mut digits) {
            magnitude += 1;
        }
        if is_low || is_high {
            return (digits, magnitude.into());
        }
        for integer in [&mut number, &mut above, &mut below] {
            integer.scale(1);
        }
    }
}

/// Adds one to the last digit; true if that makes one digit more, of which the zeros go without
/// saying.
fn round_up(digits: &mut String) -> bool {
    digits.truncate(digits.trim_end_matches('9').len());
    let last = digits.pop().and_then(|last| last.to_digit(10));
    digits.extend(char::from_digit(last.unwrap_or(0) + 1, 10));
    last.is_none()
}

/// Shifts all until the unit is long enough to be divided by.
fn normalize<const N: usize>(unit: &mut Integer, others: [&mut Integer; N]) {
    let bits = unit
        .0
        .last()
        .map_or(0, |last| last.leading_zeros().cast_signed());
    unit.shift(bits);
    for other in others {
        other.shift(bits);
    }
}

/// An integer of any length, its lowest 32 bits first and no zeros last.
#[derive(Clone)]
struct Integer(Vec<u32>);

impl Integer {
    fn of(number: u64) -> Self {
        let mut integer = Integer(Vec::new());
        integer.multiply_add(0, number);
        integer
    }

    fn of_digits(digits: &[u8]) -> Self {
        let mut integer = Integer(Vec::new());
        for nine in digits.chunks(9) {
            let (base, value) = nine.iter().fold((1, 0), |(base, value), digit| {
                (base * 10, value * 10 + u64::from(digit - b'0'))
            });
            integer.multiply_add(base, value);
        }
        integer
    }

    #[inline(never)]
    fn multiply_add(&mut self, factor: u32, mut carry: u64) {
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = low(carry);
            carry >>= 32;
        }
        while carry > 0 {
            self.0.push(low(carry));
            carry >>= 32;
        }
    }

    /// Times ten to that power.
    #[inline(never)]
    fn scale(&mut self, tens: i32) {
        for _ in 0..tens / 9 {
            self.multiply_add(1_000_000_000, 0);
        }
        self.multiply_add(10_u32.pow((tens % 9).cast_unsigned()), 0);
    }

    /// Times two to that power.
    fn shift(&mut self, bits: i32) {
        let (limbs, bits) = (bits / 32, bits % 32);
        self.multiply_add(1 << bits, 0);
        if limbs > 0 && !self.0.is_empty() {
            self.0.splice(0..0, (0..limbs).map(|_| 0));
        }
    }

    fn bits(&self) -> i32 {
        let all = self.0.len() * 32
            - self
                .0
                .last()
                .map_or(0, |last| last.leading_zeros() as usize);
        i32::try_from(all).unwrap_or(i32::MAX)
    }

    #[inline(never)]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0
            .len()
            .cmp(&other.0.len())
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// How often does a normalized unit go into this, which is less than 2^27 units? What is left
    /// stays.
    fn divide(&mut self, unit: &Self) -> u32 {
        let high = |place| u64::from(self.0.get(place).copied().unwrap_or(0));
        let top = unit.0.len() - 1;
        // never too much, and seldom too little
        let mut times = low((high(top + 1) << 32 | high(top)) / (u64::from(unit.0[top]) + 1));
        self.subtract(unit, times);
        while self.cmp(unit).is_ge() {
            self.subtract(unit, 1);
            times += 1;
        }
        times
    }

    /// Takes so many times a number away, which must not be larger.
    #[inline(never)]
    fn subtract(&mut self, other: &Self, times: u32) -> &Self {
        let mut carry = 0;
        for (limb, less) in self
            .0
            .iter_mut()
            .zip(other.0.iter().chain(core::iter::repeat(&0)))
        {
            carry += u64::from(*less) * u64::from(times);
            let (difference, borrows) = limb.overflowing_sub(low(carry));
            *limb = difference;
            carry = (carry >> 32) + u64::from(borrows);
        }
        while self.0.pop_if(|last| *last == 0).is_some() {}
        self
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the rest is carried")]
fn low(wide: u64) -> u32 {
    wide as u32
}
