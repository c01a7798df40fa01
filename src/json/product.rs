//! Multiplies decimal numbers exactly.
//!
//! In: two numbers in JSON's spelling. Out: their product in JSON's spelling, no digit lost: 0.1 × 3
//! is 0.3, which no float is.

use alloc::string::String;
use core::fmt::Write as _;

/// Significant digits of a factor above which there is no product. The exact value of a 64-bit
/// float below a million has at most 80; the limit bounds the work.
const DIGITS_MAX: usize = 128;

/// Digits up to which a product is written without an exponent.
const PLAIN_DIGITS_MAX: usize = 21;

/// A number: digits, without zeros behind the last one, times a power of ten.
struct Factor {
    is_negative: bool,
    /// From the least significant one.
    digits: [u8; DIGITS_MAX],
    length: usize,
    exponent: i64,
}

/// Appends the product of two checked numbers. Returns false and appends nothing if one of them has
/// too many digits or an exponent that no float has.
#[must_use]
pub fn write_product(out: &mut String, one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (Factor::of(one), Factor::of(other)) else {
        return false;
    };
    let mut product = [0_u8; 2 * DIGITS_MAX];
    for (at, digit) in one.digits().iter().enumerate() {
        let mut carry = 0;
        // the last place of a row takes only its carry
        let factors = other.digits().iter().copied().chain([0]);
        for (place, factor) in product[at..].iter_mut().zip(factors) {
            let sum = u32::from(*place) + u32::from(*digit) * u32::from(factor) + carry;
            *place = u8::try_from(sum % 10).unwrap_or_default();
            carry = sum / 10;
        }
    }
    let length = product
        .iter()
        .rposition(|digit| *digit > 0)
        .map_or(0, |at| at + 1);
    let zeros = product
        .iter()
        .take_while(|digit| **digit == 0)
        .count()
        .min(length);
    let exponent = one.exponent + other.exponent + i64::try_from(zeros).unwrap_or_default();
    write_digits(
        out,
        one.is_negative != other.is_negative,
        &product[zeros..length],
        exponent,
    );
    true
}

impl Factor {
    fn of(number: &str) -> Option<Self> {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut factor = Factor {
            is_negative: mantissa.starts_with('-'),
            digits: [0; DIGITS_MAX],
            length: 0,
            exponent: i64::from(exponent) - i64::try_from(fraction.len()).ok()?,
        };
        let whole = whole.trim_start_matches('0');
        let (whole, zeros) = if fraction.is_empty() {
            let significant = whole.trim_end_matches('0');
            (significant, whole.len() - significant.len())
        } else {
            (whole, 0)
        };
        factor.exponent += i64::try_from(zeros).ok()?;
        for digit in fraction.bytes().rev().chain(whole.bytes().rev()) {
            *factor.digits.get_mut(factor.length)? = digit - b'0';
            factor.length += 1;
        }
        Some(factor)
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

/// Writes `digits`, the least significant one first, times 10^`exponent`.
fn write_digits(out: &mut String, is_negative: bool, digits: &[u8], exponent: i64) {
    let length = i64::try_from(digits.len()).unwrap_or_default();
    if digits.is_empty() {
        return out.push('0');
    }
    if is_negative {
        out.push('-');
    }
    let mut rest = digits.iter().rev().map(|digit| char::from(b'0' + digit));
    let plain_max = i64::try_from(PLAIN_DIGITS_MAX).unwrap_or_default();
    if exponent >= 0 && length + exponent <= plain_max {
        out.extend(rest);
        (0..exponent).for_each(|_| out.push('0'));
    } else if exponent < 0 && length + exponent > 0 && length <= plain_max {
        let whole = usize::try_from(length + exponent).unwrap_or_default();
        out.extend(rest.by_ref().take(whole));
        out.push('.');
        out.extend(rest);
    } else if exponent < 0 && -exponent <= plain_max {
        out.push_str("0.");
        (length..-exponent).for_each(|_| out.push('0'));
        out.extend(rest);
    } else {
        out.extend(rest);
        write!(out, "e{exponent}").expect("a String takes whatever is written");
    }
}
