//! Tests how times are read and written, with `jiff` as the oracle for dates and `httpdate` for the dates of
//! `Retry-After`. The core uses neither.

mod support;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use kochava_edge::{Answer, FailureReason, Moment, Outcome};
use proptest::prelude::*;
use proptest::sample::select;
use std::time::{Duration, SystemTime};
use support::generate::config;

const ZONES: &[&str] = &[
    "", "Z", "z", "+01:00", "-0330", "+14", "-23:59", "+00:00", "-00:00", "+05:60", "+5:00", "Q",
    "+01:00Z", " ",
];

const EDGES: &[&str] = &[
    "1970-01-01 00:00:00",
    "1969-12-31 23:59:59.999",
    "2000-02-29T12:00:00",
    "1900-02-29T12:00:00",
    "2024-02-29T23:59:60Z",
    "2023-02-29T00:00:00Z",
    "2026-04-31 00:00:00",
    "2026-12-31 24:00:00",
    "2026-00-10 00:00:00",
    "2026-13-10 00:00:00",
    "2026-01-00 00:00:00",
    "2026-01-01 00:60:00",
    "2026-01-01 00:00:61",
    "0001-01-01T00:00:00Z",
    "9998-12-31T23:59:59.999999999Z",
    "2026-03-01 10:23",
    "2026-03-01T10:23Z",
    "2026-03-01T10:23+01:00",
    "2026-03-01T10:23-0330",
    "2026-03-01T10:23.5",
    "2026-03-01T10:23:",
    "2026-03-01T10:23:4",
    "2026-03-01T10:",
    "2026-03-01T24:00",
    "2026-03-01T10:60",
    "2026-03-01 10:23:45.120000",
    "2022-10-24T20:07:32.123",
    "2022-01-06T17:29:04Z",
    "2022-01-06T17:29:04.",
    "2026-1-1 00:00:00",
    "2026-01-01_00:00:00",
    "2026-01-01T00:00:00+",
    "yesterday",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..config() })]

    #[test]
    fn dates_are_read_as_jiff_reads_them(
        (year, month, day) in (1_u16..9_999, 0_u8..14, prop_oneof![9 => 1_u8..29, 1 => 0_u8..33]),
        (hour, minute) in (0_u8..25, prop_oneof![20 => 0_u8..60, 1 => 60_u8..62]),
        separator in select(&[" ", "T", "t"][..]),
        seconds in prop_oneof![1 => Just(String::new()), 5 => prop_oneof![20 => 0_u8..60, 1 => 60_u8..62].prop_map(|second| format!(":{second:02}"))],
        fraction in prop_oneof![1 => Just(String::new()), 2 => "\\.[0-9]{1,9}"],
        zone in select(ZONES),
    ) {
        assert_read_as_jiff_does(&format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}{seconds}{fraction}{zone}"));
    }

    #[test]
    fn the_three_spellings_of_a_retry_after_date_are_read_as_httpdate_reads_them(seconds in 0_u64..3_155_760_000, wait in 0_u64..100_000) {
        let date = Offset::UTC.to_datetime(Timestamp::from_second(seconds.cast_signed()).expect("a moment before 2070"));
        for spelling in ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
            let header = date.strftime(spelling).to_string();
            let theirs = httpdate::parse_http_date(&header).expect("the RFC has this form").duration_since(SystemTime::UNIX_EPOCH);
            prop_assert_eq!(theirs.expect("dates before 1970 are not generated").as_secs(), seconds);
            let now = seconds.cast_signed() - wait.cast_signed();
            prop_assert_eq!(hint(&header, now), Some(Duration::from_secs(wait)), "{}", &header);
            prop_assert_eq!(hint(&header, seconds.cast_signed() + 1), Some(Duration::ZERO), "{} has passed", header);
        }
    }

    #[test]
    fn digits_are_an_epoch_by_their_number(digits in "[0-9]{1,20}") {
        let number: i128 = digits.parse().expect("twenty digits fit");
        let millis = match digits.len() {
            9 | 10 => Some(number * 1_000),
            12 | 13 => Some(number),
            15 | 16 => Some(number / 1_000),
            _ => None,
        };
        prop_assert_eq!(Moment::parse(&digits).map(|moment| i128::from(moment.millis)), millis);
    }
}

#[test]
fn a_year_of_two_digits_is_the_nearest_one() {
    let eve = 946_684_799; // 1999-12-31T23:59:59Z
    assert_eq!(
        hint("Saturday, 01-Jan-00 00:00:00 GMT", eve),
        Some(Duration::from_secs(1))
    );
    assert_eq!(
        hint("Friday, 31-Dec-99 23:59:59 GMT", eve + 1),
        Some(Duration::ZERO)
    );
}

#[test]
fn dates_at_the_edges_are_read_as_jiff_reads_them() {
    for text in EDGES {
        assert_read_as_jiff_does(text);
    }
}

#[test]
fn a_date_with_a_character_missing_or_added_is_no_other_date() {
    const DATE: &str = "2026-03-01T10:23:45.120+01:00";
    for at in 11..DATE.len() {
        let longer = ['0', '7', '-', ':', ' ', 'Z', '.']
            .map(|character| format!("{}{character}{}", &DATE[..at], &DATE[at..]));
        for text in [DATE[..at].to_owned()].iter().chain(&longer) {
            // jiff also knows spellings that no sender has, such as an hour without minutes
            let ours = Moment::parse(text);
            assert!(
                ours.is_none() || ours == jiff_reads(text.trim()),
                "`{text}` is read as {ours:?}"
            );
        }
    }
}

#[test]
fn a_fraction_longer_than_nanoseconds_is_cut() {
    assert_eq!(
        Moment::parse("2026-01-01T00:00:00.9999999999999Z"),
        Some(Moment::from_millis(1_767_225_600_999))
    );
}

#[test]
fn white_space_around_a_time_is_ignored() {
    assert_eq!(
        Moment::parse(" \t1767225600\n"),
        Some(Moment::from_millis(1_767_225_600_000))
    );
    assert_eq!(
        Moment::parse(" 2026-01-01 00:00:00 "),
        Some(Moment::from_millis(1_767_225_600_000))
    );
}

#[test]
fn a_header_that_is_neither_seconds_nor_a_date_gives_no_hint() {
    let wrong = [
        "soon",
        "",
        "-5",
        "1.5",
        "Sun, 06 Nov 1994",
        "Sun, 31 Feb 2026 00:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun Nov  6 08:49 1994",
    ];
    for header in wrong {
        assert!(httpdate::parse_http_date(header).is_err(), "{header}");
        assert_eq!(hint(header, 0), None, "{header}");
    }
}

#[test]
fn any_number_of_seconds_is_read() {
    assert_eq!(hint(" 120 ", 0), Some(Duration::from_mins(2)));
    assert_eq!(hint("0", 0), Some(Duration::ZERO));
    assert_eq!(
        hint("99999999999999999999999999", 0),
        Some(Duration::from_secs(u64::MAX))
    );
}

#[test]
fn a_year_of_two_digits_lies_at_most_fifty_years_ahead() {
    // RFC 9110, section 5.6.7; httpdate divides the centuries at 1970 instead
    let in_2026 = 1_767_225_600;
    let at = |year: i64| {
        Duration::from_secs(
            Moment::from_civil((year, 1, 1), (0, 0, 0))
                .expect("a date")
                .seconds()
                .cast_unsigned()
                - 1_767_225_600,
        )
    };
    assert_eq!(
        hint("Wednesday, 01-Jan-76 00:00:00 GMT", in_2026),
        Some(at(2076))
    );
    assert_eq!(
        hint("Saturday, 01-Jan-77 00:00:00 GMT", in_2026),
        Some(Duration::ZERO)
    );
}

#[track_caller]
fn assert_read_as_jiff_does(text: &str) {
    assert_eq!(Moment::parse(text), jiff_reads(text.trim()), "for `{text}`");
}

fn jiff_reads(text: &str) -> Option<Moment> {
    let has_zone = text
        .get(16..)
        .is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']));
    let timestamp = if has_zone {
        text.parse::<Timestamp>().ok()?
    } else {
        Offset::UTC
            .to_timestamp(text.parse::<DateTime>().ok()?)
            .ok()?
    };
    let millis = i64::try_from(timestamp.as_nanosecond().div_euclid(1_000_000))
        .expect("jiff's years have four digits");
    Some(Moment::from_millis(millis))
}

/// The wait that a 429 with this `Retry-After` demands at this second.
fn hint(header: &str, now: i64) -> Option<Duration> {
    let outcome = Outcome::Answered {
        status: 429,
        retry_after: Some(header),
        body: None,
        at: Moment::from_millis(now * 1_000),
    };
    match Answer::of(&outcome) {
        Answer::Failed(FailureReason::Limited { hint, .. }) => hint,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_moment_is_written_in_utc_with_milliseconds() {
    let text = |millis| Moment::from_millis(millis).iso();
    assert_eq!(text(1_767_225_600_007), "2026-01-01T00:00:00.007Z");
    assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
    for outside in [i64::MIN, i64::MAX] {
        assert_eq!(text(outside), "");
    }
}

proptest! {
    #![proptest_config(config())]

    /// From the year 0 to the last moment that `jiff` knows.
    #[test]
    fn a_moment_is_written_as_by_jiff(millis in -62_167_219_200_000_i64..253_402_207_200_000) {
        let jiff = Timestamp::from_millisecond(millis).expect("it is in the range");
        prop_assert_eq!(Moment::from_millis(millis).iso(), format!("{jiff:.3}"));
    }
}
