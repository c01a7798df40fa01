//! Compares numbers and writes them as PHP does.
//!
//! In: a number's decimal text. Out: an exact order, so that 64-bit identifiers never pass through
//! a float; or PHP's spelling, which numbers do not have whose digits PHP would lose.

use super::float::nearest_float;
use super::simd::{ByteClass, append_short, find_byte, non_digit_mask};
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt::Write as _;

/// A number that is compared exactly by its decimal text.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    /// Digits with at most one dot among them, without leading zeros.
    digits: &'a str,
    /// The power of ten of the first digit; without meaning when every digit is zero.
    magnitude: i64,
    zero: bool,
}

impl<'a> Decimal<'a> {
    /// Reads a number in JSON's spelling, with optional white space around it.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Decimal;
    /// assert_eq!(Decimal::parse("19.90").unwrap(), Decimal::parse(" 1.99e1").unwrap());
    /// assert!(Decimal::parse("9007199254740993").unwrap() > Decimal::parse("9007199254740992").unwrap());
    /// assert!(Decimal::parse("$5").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let mut reader = super::Reader::new(text);
        let Ok(super::Value::Number(number)) = reader.value() else {
            return None;
        };
        reader.end().ok()?;
        Some(Self::of(number))
    }

    /// The number that `number`, checked by the JSON reader, spells.
    #[must_use]
    pub fn of(number: &'a str) -> Self {
        let (negative, unsigned) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, saturating_exponent(exponent)),
            None => (unsigned, 0),
        };
        let whole = signed(mantissa.find('.').unwrap_or(mantissa.len()));
        let first = mantissa.find(|c: char| matches!(c, '1'..='9'));
        let start = first.unwrap_or(mantissa.len());
        let start_signed = signed(start);
        let place = if start_signed < whole {
            whole - 1 - start_signed
        } else {
            whole - start_signed
        };
        Decimal {
            negative,
            digits: &mantissa[start..],
            magnitude: exponent.saturating_add(place),
            zero: first.is_none(),
        }
    }

    fn significant(&self) -> impl Iterator<Item = u8> + Clone + '_ {
        self.digits
            .trim_end_matches(if self.digits.contains('.') {
                ['0', '.'].as_slice()
            } else {
                ['0'].as_slice()
            })
            .bytes()
            .filter(|&b| b != b'.')
    }

    fn cmp_magnitude(&self, other: &Self) -> Ordering {
        self.magnitude
            .cmp(&other.magnitude)
            .then_with(|| self.significant().cmp(other.significant()))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.zero, other.zero) {
            (true, true) => Ordering::Equal,
            (true, false) => {
                if other.negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (false, true) => {
                if self.negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, false) => match (self.negative, other.negative) {
                (false, true) => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, false) => self.cmp_magnitude(other),
                (true, true) => other.cmp_magnitude(self),
            },
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

/// An offset in a text as a signed number.
fn signed(offset: usize) -> i64 {
    i64::try_from(offset).expect("no text is longer than isize::MAX bytes")
}

/// Reads an exponent. One beyond `i64` becomes a quarter of its range, which no number's digits
/// bring back into a float's range.
fn saturating_exponent(exponent: &str) -> i64 {
    exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::MIN / 4
    } else {
        i64::MAX / 4
    })
}

/// The form of a number's text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NumberForm {
    /// Digits, with or without a sign.
    Integer,
    /// At most 15 characters with a dot and no needless zero. A 64-bit float keeps 15 digits
    /// (`DBL_DIG`), so that the shortest digits that read back to it are these.
    ShortFraction,
    Other,
}

fn form_of(number: &str) -> NumberForm {
    let ([b'-', unsigned @ ..] | unsigned) = number.as_bytes();
    let Some(others) = non_digit_mask(unsigned) else {
        return if find_byte(unsigned, 0, ByteClass::NonDigit) == unsigned.len() {
            NumberForm::Integer
        } else {
            NumberForm::Other
        };
    };
    let dot = others.trailing_zeros() as usize;
    match unsigned {
        [_, ..] if others == 0 => NumberForm::Integer,
        bytes @ ([b'0', b'.', .., b'1'..=b'9'] | [b'1'..=b'9', .., b'1'..=b'9'])
            if others.is_power_of_two() && bytes[dot] == b'.' && !bytes.starts_with(b"0.0000") =>
        {
            NumberForm::ShortFraction
        }
        _ => NumberForm::Other,
    }
}

/// Whether a text without blanks around it spells a number that PHP has.
#[must_use]
pub fn spells_php_number(text: &str) -> bool {
    Decimal::parse(text).is_some() && is_php_number(text)
}

/// Whether PHP has `number` as a number: a 64-bit integer, or a finite float.
#[must_use]
pub fn is_php_number(number: &str) -> bool {
    match form_of(number) {
        NumberForm::Integer => is_php_integer(number),
        NumberForm::ShortFraction => true,
        NumberForm::Other => {
            // a sender's text may have white space around its number, and PHP would keep it
            let is_bare = number.starts_with(|first: char| first == '-' || first.is_ascii_digit())
                && number.ends_with(|last: char| last.is_ascii_digit());
            is_bare && float_of(number).is_finite()
        }
    }
}

#[inline]
fn is_php_integer(integer: &str) -> bool {
    integer.len() <= 18 || integer.parse::<i64>().is_ok()
}

/// Appends `number` as PHP's `json_encode(json_decode(…))` writes it. Returns false and appends
/// nothing when PHP would lose digits (an integer beyond 64 bits) or has no such number (`1e999`).
///
/// PHP prints floats with the fewest digits that read back to the same float, with an exponent
/// below 1e-4 and from 1e17 on (`php_gcvt`, 17 digits); 64-bit integers stay integers.
pub(super) fn write_php(out: &mut String, number: &str) -> bool {
    match form_of(number) {
        NumberForm::Integer if !is_php_integer(number) => return false,
        NumberForm::Integer | NumberForm::ShortFraction => {
            append_short(out, if number == "-0" { "0" } else { number });
            return true;
        }
        NumberForm::Other => {}
    }
    let float = float_of(number);
    if float == 0.0 {
        out.push('0');
        return true;
    }
    if !float.is_finite() {
        return false;
    }
    if float < 0.0 {
        out.push('-');
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = Decimal::of(buffer.format_finite(float.abs()));
    let digits: String = shortest.significant().map(char::from).collect();
    write_float(out, &digits, shortest.magnitude);
    true
}

/// The 64-bit float nearest to a checked number; infinite beyond the largest one.
fn float_of(number: &str) -> f64 {
    let decimal = Decimal::of(number);
    if decimal.zero {
        return 0.0;
    }
    let float = nearest_float(decimal.significant(), decimal.magnitude);
    if decimal.negative { -float } else { float }
}

/// Appends `digits` × 10^`exponent`, with a dot behind the first digit, in PHP's layout.
fn write_float(out: &mut String, digits: &str, exponent: i64) {
    let (head, tail) = digits.split_at(1);
    match exponent {
        -4..0 => {
            out.push_str("0.");
            (1..-exponent).for_each(|_| out.push('0'));
            out.push_str(head);
            out.push_str(tail);
        }
        0..=16 => {
            let whole = usize::try_from(exponent).expect("the arm is not negative");
            out.push_str(head);
            out.push_str(tail.get(..whole).unwrap_or(tail));
            (tail.len()..whole).for_each(|_| out.push('0'));
            if let Some(fraction) = tail.get(whole..).filter(|rest| !rest.is_empty()) {
                out.push('.');
                out.push_str(fraction);
            }
        }
        _ => {
            let tail = if tail.is_empty() { "0" } else { tail };
            let sign = if exponent < 0 { "" } else { "+" };
            write!(out, "{head}.{tail}e{sign}{exponent}")
                .expect("a String takes whatever is written");
        }
    }
}
