//! Reads points in time in the spellings that senders use, and writes them for people.
//!
//! In: a date with a time, or the digits of an epoch. Out: a [`Moment`], or `None` for any other
//! text. There is no clock and no time zone database.

use alloc::format;
use alloc::string::String;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub millis: i64,
}

impl Moment {
    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Moment { millis }
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.millis.div_euclid(1_000)
    }

    /// Reads a date with a time, or the digits of an epoch.
    ///
    /// - `2026-03-01 10:23:45.120000`, `2022-10-24T20:07:32.123`, `2022-01-06T17:29:04Z`,
    ///   `…+01:00`: the three spellings that Amplitude's pages show (Export API; Webhooks), without
    ///   a zone in UTC; fractions beyond milliseconds are cut off. Seconds may be missing
    ///   (`2026-03-01T10:23Z`, as ISO 8601 allows and Java's `LocalDateTime` prints whole minutes).
    /// - 9 or 10 digits are seconds, 12 or 13 milliseconds, 15 or 16 microseconds, with or without
    ///   a fraction: the lengths that every moment from 1973 to 2286 has.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Moment;
    /// assert_eq!(Moment::parse("2026-01-01 00:00:00.999999").unwrap().seconds(), 1_767_225_600);
    /// assert_eq!(Moment::parse("1767225600123").unwrap().seconds(), 1_767_225_600);
    /// assert_eq!(Moment::parse("yesterday"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() >= DATE_AND_MINUTES
            && text.as_bytes()[4] == b'-'
            && let Some(moment) = from_date(text.as_bytes())
        {
            return Some(moment);
        }
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if are_digits(whole) && are_digits(fraction) {
            from_digits(whole, fraction)
        } else {
            from_date(text.as_bytes())
        }
    }

    /// The moment in ISO 8601, in UTC with milliseconds; empty before the year 0 and after 9999.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::Moment;
    /// let moment = Moment::from_millis(1_767_225_600_007 + 134 * 60_000);
    /// assert_eq!(moment.iso(), "2026-01-01T02:14:00.007Z");
    /// ```
    #[must_use]
    pub fn iso(self) -> String {
        let days = self.millis.div_euclid(86_400_000);
        // a year has 365.2425 days on average: the estimate is at most two years too early
        let mut year = 1969 + (days * 400).div_euclid(146_097);
        if !(0..=9_999).contains(&(year + 1)) {
            return String::new();
        }
        while days_since_epoch(year + 1, 1, 1) <= days {
            year += 1;
        }
        let mut month = 1;
        while month < 12 && days_since_epoch(year, month + 1, 1) <= days {
            month += 1;
        }
        let day = days - days_since_epoch(year, month, 1) + 1;
        let millis = self.millis.rem_euclid(86_400_000);
        let (minutes, millis) = (millis / 60_000, millis % 60_000);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            minutes / 60,
            minutes % 60,
            millis / 1_000,
            millis % 1_000
        )
    }

    /// The moment as people read it, to the minute: `2026-01-01 02:14 UTC`.
    #[must_use]
    pub fn to_the_minute(self) -> String {
        let iso = self.iso();
        let part = |range| {
            iso.get::<core::ops::Range<usize>>(range)
                .unwrap_or_default()
        };
        format!("{} {} UTC", part(0..10), part(11..16))
    }

    /// The moment of a year, month and day, hour, minute and second in UTC; `None` when the calendar
    /// has no such date or the day no such time.
    #[must_use]
    pub fn from_civil(
        (year, month, day): (i64, i64, i64),
        (hour, minute, second): (i64, i64, i64),
    ) -> Option<Self> {
        let has_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        let has_time =
            (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
        // the epoch does not count leap seconds: one equals the second before it
        let second = second.min(59);
        (has_date && has_time).then(|| Moment {
            millis: (days_since_epoch(year, month, day) * 86_400
                + hour * 3_600
                + minute * 60
                + second)
                * 1_000,
        })
    }
}

/// Bytes of a date and a time up to its minutes.
const DATE_AND_MINUTES: usize = "2026-03-01 10:23".len();

fn from_digits(digits: &str, fraction: &str) -> Option<Moment> {
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        9 | 10 => Some(Moment {
            millis: number * 1_000 + thousandths(fraction.as_bytes()),
        }),
        12 | 13 => Some(Moment { millis: number }),
        15 | 16 => Some(Moment {
            millis: number / 1_000,
        }),
        _ => None,
    }
}

fn from_date(text: &[u8]) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(DATE_AND_MINUTES)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ' | b'T' | b't',
        h1,
        h2,
        b':',
        n1,
        n2,
    ] = *date
    else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let (month, day) = (two_digits(m1, m2)?, two_digits(d1, d2)?);
    let (hour, minute) = (two_digits(h1, h2)?, two_digits(n1, n2)?);
    let (second, millis, zone) = match rest {
        [b':', s1, s2, rest @ ..] => {
            let (millis, zone) = split_fraction(rest)?;
            (two_digits(*s1, *s2)?, millis, zone)
        }
        zone => (0, 0, zone),
    };
    let whole = Moment::from_civil((year, month, day), (hour, minute, second))?;
    Some(Moment {
        millis: whole.millis + millis - zone_minutes(zone)? * 60_000,
    })
}

/// Splits `.123456+01:00` into its milliseconds and its zone; no fraction is 0.
fn split_fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if length == 0 {
        return None;
    }
    let (digits, zone) = digits.split_at(length);
    Some((thousandths(digits), zone))
}

/// The thousandths of a fraction's digits; further digits are cut off.
#[inline]
fn thousandths(digits: &[u8]) -> i64 {
    (0..3).fold(0, |millis, place| {
        millis * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))
    })
}

/// A zone as minutes east of UTC; none is UTC.
fn zone_minutes(zone: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match *zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (sign, two_digits(h1, h2)?, two_digits(m1, m2)?)
        }
        [sign @ (b'+' | b'-'), h1, h2] => (sign, two_digits(h1, h2)?, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let minutes = hour * 60 + minute;
    Some(if sign == b'-' { -minutes } else { minutes })
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `days_from_civil`).
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
