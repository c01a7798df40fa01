//! How do two numbers compare, and how does PHP spell one?
//!
//! Comparison is exact on the decimal text: a 64-bit identifier never passes through a float.

use super::simd::{Ends, other_than_digits, put_run, run_end};
use alloc::format;
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt::Write as _;

/// A number by its decimal text, for exact comparison.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    /// Digits with at most one dot inside, without leading zeros.
    digits: &'a str,
    /// Power of ten of the first digit; meaningless when every digit is zero.
    magnitude: i64,
    zero: bool,
}

impl<'a> Decimal<'a> {
    /// Reads a number in JSON's spelling, white space around it allowed.
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

    /// The number that the checked text `number` spells.
    #[must_use]
    pub fn of(number: &'a str) -> Self {
        let (negative, unsigned) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, saturating(exponent)),
            None => (unsigned, 0),
        };
        let whole = i64::try_from(mantissa.find('.').unwrap_or(mantissa.len())).unwrap_or(i64::MAX);
        let first = mantissa.find(|c: char| matches!(c, '1'..='9'));
        let start = first.unwrap_or(mantissa.len());
        let start_signed = i64::try_from(start).unwrap_or(i64::MAX);
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

    fn significant(&self) -> impl Iterator<Item = u8> + '_ {
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

/// An exponent beyond i64 is as good as infinite: no float and no filter reaches it.
fn saturating(exponent: &str) -> i64 {
    exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::MIN / 4
    } else {
        i64::MAX / 4
    })
}

/// How a number is spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Digits, with a sign or without.
    Integer,
    /// A few digits with a dot among them, spelled as they would be printed: a float of 64 bits
    /// keeps 15 digits (`DBL_DIG`), so that the shortest digits that read back to it are these.
    ShortFraction,
    Other,
}

fn shape_of(number: &str) -> Shape {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let Some(others) = other_than_digits(unsigned) else {
        return if run_end(unsigned.as_bytes(), 0, Ends::Digits) == unsigned.len() {
            Shape::Integer
        } else {
            Shape::Other
        };
    };
    let dot = others.trailing_zeros() as usize;
    match unsigned.as_bytes() {
        [_, ..] if others == 0 => Shape::Integer,
        bytes @ ([b'0', b'.', .., b'1'..=b'9'] | [b'1'..=b'9', .., b'1'..=b'9'])
            if others.is_power_of_two() && bytes[dot] == b'.' && !bytes.starts_with(b"0.0000") =>
        {
            Shape::ShortFraction
        }
        _ => Shape::Other,
    }
}

/// Can PHP carry `number` as a number: an integer of 64 bits, or a finite float?
#[must_use]
pub fn is_php_number(number: &str) -> bool {
    match shape_of(number) {
        Shape::Integer => is_php_integer(number),
        Shape::ShortFraction => true,
        Shape::Other => {
            // a text of the sender may have white space around its number, and PHP would keep it
            let is_bare = number.starts_with(|first: char| first == '-' || first.is_ascii_digit())
                && number.ends_with(|last: char| last.is_ascii_digit());
            is_bare && nearest_float(number).is_finite()
        }
    }
}

fn is_php_integer(integer: &str) -> bool {
    integer.len() <= 18 || integer.parse::<i64>().is_ok()
}

/// Appends `number` as PHP's `json_encode(json_decode(…))` spells it; false, with nothing written,
/// where PHP would lose digits (integers beyond 64 bits) or has no number at all (`1e999`).
///
/// PHP prints floats with the fewest digits that read back to the same float, with an exponent
/// below 1e-4 and from 1e17 on (`php_gcvt`, 17 digits); integers of 64 bits stay integers.
pub(super) fn write_php(out: &mut String, number: &str) -> bool {
    match shape_of(number) {
        Shape::Integer if !is_php_integer(number) => return false,
        Shape::Integer | Shape::ShortFraction => {
            put_run(out, if number == "-0" { "0" } else { number });
            return true;
        }
        Shape::Other => {}
    }
    let float = nearest_float(number);
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
    // the standard library prints the fewest digits, too: `1.5e-7`
    let shortest = format!("{:e}", float.abs());
    let (digits, exponent) = shortest.split_once('e').expect("`{:e}` writes an exponent");
    let digits: String = digits.split('.').collect();
    let exponent = exponent.parse().expect("an exponent is a small integer");
    write_float(out, &digits, exponent);
    true
}

/// The 64-bit float nearest to a checked number; infinite where none is near.
fn nearest_float(number: &str) -> f64 {
    number.parse().expect("Rust reads every number of JSON")
}

fn write_float(out: &mut String, digits: &str, exponent: i32) {
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
