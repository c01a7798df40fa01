//! How is counted, and over which time?

use crate::time::Moment;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write as _;

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, u64>);

impl Counters {
    /// Counters one more, or several.
    pub fn count(&mut self, name: &str, times: u64) {
        if times > 0 {
            *self.0.entry(String::from(name)).or_default() += times;
        }
    }

    /// Counters an event that Kochava took, so long after it had arrived.
    pub fn count_delivered(&mut self, latency_ms: u64, was_tried_before: bool) {
        self.count("delivered", 1);
        self.count(
            if was_tried_before {
                "after-retry"
            } else {
                "first-attempt"
            },
            1,
        );
        self.count(&latency_name(latency_ms), 1);
    }

    /// Adds what others counted.
    pub fn add(&mut self, other: &Counters) {
        other
            .iter()
            .for_each(|(name, times)| self.count(name, times));
    }

    /// How often this happened.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, times)| (name.as_str(), *times))
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As one line: `name=times` by spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (name, times) in self.iter() {
            _ = write!(
                out,
                "{}{name}={times}",
                if out.is_empty() { "" } else { " " }
            );
        }
        out
    }

    /// Reads what [`Counters::text`] writes.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut counts = Counters::default();
        for (name, times) in text.split(' ').filter_map(|pair| pair.split_once('=')) {
            counts.count(name, times.parse().unwrap_or(0));
        }
        counts
    }
}

/// A minute, or an hour whose minutes are too long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeBucket {
    /// Its beginning, in minutes since the epoch.
    start: i64,
    minutes: i64,
}

impl TimeBucket {
    /// The minute of a moment.
    #[must_use]
    pub fn minute(now: Moment) -> Self {
        TimeBucket {
            start: now.seconds().div_euclid(60),
            minutes: 1,
        }
    }

    pub(super) fn hour(self) -> Self {
        TimeBucket {
            start: self.start - self.start.rem_euclid(60),
            minutes: 60,
        }
    }

    /// "minute accuracy for the last 4 h, then hourly" (Amplitude, Event Streaming Metrics Summary
    /// API); an hour is folded as a whole.
    pub(super) fn is_to_be_folded(self, now: Moment) -> bool {
        self.minutes == 1 && self.hour().start + 60 + 4 * 60 <= now.seconds().div_euclid(60)
    }

    /// "90 days kept" (Amplitude, Event Streaming Metrics Summary API).
    pub(super) fn is_forgotten(self, now: Moment) -> bool {
        self.start + 90 * 24 * 60 < now.seconds().div_euclid(60)
    }

    pub(super) fn is_within(self, from: Moment, to: Moment) -> bool {
        let floor = |moment: Moment| moment.seconds().div_euclid(60);
        let from = floor(from);
        let from = if self.minutes == 60 {
            from - from.rem_euclid(60)
        } else {
            from
        };
        // the minute that is not over yet belongs to whoever asks for now
        self.start >= from && self.start <= floor(to)
    }

    /// As a word: `m29453061` is a minute, `h490884` an hour.
    #[must_use]
    pub fn text(self) -> String {
        if self.minutes == 1 {
            format!("m{}", self.start)
        } else {
            format!("h{}", self.start / 60)
        }
    }

    /// Reads what [`TimeBucket::text`] writes.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if let Some(minute) = text.strip_prefix('m') {
            return Some(TimeBucket {
                start: minute.parse().ok()?,
                minutes: 1,
            });
        }
        Some(TimeBucket {
            start: text.strip_prefix('h')?.parse::<i64>().ok()? * 60,
            minutes: 60,
        })
    }
}

/// Upper edges of the latencies that are counted apart, in milliseconds: each half again as long as
/// the one before, or less.
const LATENCY_EDGES_MS: [u64; 36] = [
    25,
    50,
    75,
    100,
    150,
    200,
    300,
    400,
    600,
    800,
    1_000,
    1_500,
    2_000,
    3_000,
    4_000,
    6_000,
    8_000,
    10_000,
    15_000,
    20_000,
    30_000,
    45_000,
    60_000,
    90_000,
    120_000,
    180_000,
    300_000,
    600_000,
    1_200_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    28_800_000,
    57_600_000,
    115_200_000,
];

/// Under which name a latency is counted: `latency:150` is above 100 ms and at most 150.
fn latency_name(millis: u64) -> String {
    match LATENCY_EDGES_MS.iter().find(|edge| millis <= **edge) {
        Some(edge) => format!("latency:{edge}"),
        None => "latency:longer".to_string(),
    }
}

/// The latency that this share of all stays within, in milliseconds, rounded up to an edge; nothing
/// where none was counted.
#[must_use]
pub fn quantile_ms(counts: &Counters, percent: u64) -> Option<u64> {
    let of = |edge: &u64| counts.of(&format!("latency:{edge}"));
    let longer = counts.of("latency:longer");
    let all: u64 = LATENCY_EDGES_MS.iter().map(of).sum::<u64>() + longer;
    let wanted = (all * percent).div_ceil(100).max(1);
    let mut within = 0;
    let edge = LATENCY_EDGES_MS.iter().find(|edge| {
        within += of(edge);
        within >= wanted
    });
    if all == 0 {
        None
    } else {
        Some(edge.copied().unwrap_or(14 * 24 * 3_600_000))
    }
}
