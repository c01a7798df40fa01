//! Reads the `Retry-After` header (RFC 9110, section 10.2.3): a number of seconds, or a date in any
//! of HTTP's three formats (section 5.6.7).

use crate::time::Moment;
use core::time::Duration;

/// Returns the wait from `now`, zero for a date in the past; `None` for a header of another form,
/// such as `soon`.
pub(super) fn read(header: &str, now: Moment) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let millis = date(header, now)?.millis.saturating_sub(now.millis);
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
/// `Sun Nov  6 08:49:37 1994`.
fn date(text: &str, now: Moment) -> Option<Moment> {
    let (day, month, year, time) = if let Some((weekday, rest)) = text.split_once(", ") {
        let rest = rest.strip_suffix(" GMT")?;
        if let Some((date, time)) = rest.split_once(' ').filter(|(date, _)| date.contains('-')) {
            let (day, month, year) = parts(date.split('-'))?;
            (day, month, full_year(number(year, 2)?, now), time)
        } else {
            let (day, month, rest) = parts(rest.splitn(3, ' '))?;
            let (year, time) = rest.split_once(' ').filter(|_| weekday.len() == 3)?;
            (day, month, number(year, 4)?, time)
        }
    } else {
        let (_weekday, month, rest) = parts(text.splitn(3, ' '))?;
        let (day, time, year) = parts(rest.trim_start().splitn(3, ' '))?;
        (day, month, number(year, 4)?, time)
    };
    let (hour, minute, second) = parts(time.split(':'))?;
    let clock = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    Moment::from_civil(
        (
            year,
            month_number(month)?,
            number(day, day.len().clamp(1, 2))?,
        ),
        clock,
    )
}

/// Returns the parts of a text that has exactly three.
fn parts<'a>(mut split: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str, &'a str)> {
    let three = (split.next()?, split.next()?, split.next()?);
    split.next().is_none().then_some(three)
}

/// Reads a number of so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    if text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// Returns 1 for `Jan`, and so on.
fn month_number(name: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    (1..)
        .zip(NAMES)
        .find(|(_, month)| *month == name)
        .map(|(number, _)| number)
}

/// Completes a year of two digits: it is at most 50 years ahead (RFC 9110, section 5.6.7) and at
/// most 49 years back.
fn full_year(two_digits: i64, now: Moment) -> i64 {
    // the mean Gregorian year is near enough to tell centuries apart
    let this_year = 1970 + now.seconds() / 31_556_952;
    let year = this_year - this_year % 100 + two_digits;
    match year - this_year {
        51.. => year - 100,
        ..-49 => year + 100,
        _ => year,
    }
}
