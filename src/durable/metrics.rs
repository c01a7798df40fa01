//! Counters of what happened, and the periods over which they are kept.

use crate::durable::live::{SKIPPED_NAMES_MAX, shown_name};
use crate::plan::Skip;
use crate::time::Moment;
use alloc::format;
use alloc::string::{String, ToString};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

/// How often each named thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counters(#[serde(with = "crate::sorted::as_object")] LiteMap<String, u64>);

impl Counters {
    /// Adds to the counter of this name.
    pub fn count(&mut self, name: &str, times: u64) {
        match self.0.get_mut(name) {
            Some(counter) => *counter += times,
            None if times > 0 => {
                self.0.insert(String::from(name), times);
            }
            None => {}
        }
    }

    /// Counts an event that Kochava accepted `latency_ms` after it arrived.
    pub fn count_delivered(&mut self, latency_ms: u64, is_retry: bool) {
        self.count("delivered", 1);
        self.count(
            if is_retry {
                "after-retry"
            } else {
                "first-attempt"
            },
            1,
        );
        self.count(&latency_name(latency_ms), 1);
    }

    /// Keeps what a message may carry: what was counted before its events reached the journal, at
    /// most for as many events as one body has.
    pub(super) fn of_message(mut self) -> Self {
        let skipped = self.of("skipped").min(MESSAGE_EVENTS_MAX);
        for (name, times) in self.0.iter_mut() {
            let code = name.strip_prefix("code:");
            let is_skip = Skip::ALL.iter().any(|skip| code == Some(skip.code()));
            *times = match name.as_str() {
                name if name.starts_with(NAMED_SKIP) => (*times).min(skipped),
                "deferrals" => (*times).min(MESSAGE_DEFERRALS_MAX),
                "replayed" => (*times).min(MESSAGE_EVENTS_MAX),
                "skipped" => skipped,
                _ if is_skip => (*times).min(skipped),
                _ => 0,
            };
        }
        self.0.retain(|_, times| *times > 0);
        self
    }

    /// Counts an event of this name that ingest skips, for the first few names. A name that has a
    /// counter, or has no room for one, allocates nothing.
    pub(super) fn count_skip_of(&mut self, skip: Skip, name: &str) {
        let name = shown_name(name);
        let mut names = 0;
        for (counter, times) in self.0.iter_mut() {
            let Some((code, known)) = named_skip(counter) else {
                continue;
            };
            if (code, known) == (skip.code(), name) {
                *times += 1;
                return;
            }
            names += 1;
        }
        if names < SKIPPED_NAMES_MAX {
            self.count(&[NAMED_SKIP, skip.code(), ":", name].concat(), 1);
        }
    }

    /// Returns the codes by which a message counts events that ingest skipped.
    pub(super) fn skips(&self) -> impl Iterator<Item = (&str, u64)> {
        self.iter()
            .filter_map(|(name, times)| Some((name.strip_prefix("code:")?, times)))
    }

    /// Returns the names of events that ingest skipped for a reason.
    pub(super) fn named_skips<'c>(&'c self, code: &'c str) -> impl Iterator<Item = (&'c str, u64)> {
        let named = self.iter().filter_map(move |(name, times)| {
            let (of, name) = named_skip(name)?;
            (of == code).then_some((name, times))
        });
        named.take(SKIPPED_NAMES_MAX)
    }

    /// Leaves out the names of what ingest skipped, which the journal does not count.
    pub(super) fn without_names(&self) -> Self {
        self.only(|name| !name.starts_with(NAMED_SKIP))
    }

    /// Returns the counters whose names match.
    pub(super) fn only(&self, matches: impl Fn(&str) -> bool) -> Self {
        let mut only = Counters::default();
        for (name, times) in self.iter().filter(|(name, _)| matches(name)) {
            only.count(name, times);
        }
        only
    }

    /// Adds all counters of another.
    pub fn add(&mut self, other: &Counters) {
        other
            .iter()
            .for_each(|(name, times)| self.count(name, times));
    }

    /// Returns the value of one counter.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Returns all counters by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, times)| (name.as_str(), *times))
    }

    /// Returns whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The period that one set of counters covers: a minute, or an hour into which old minutes were
/// folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeBucket {
    /// Its beginning, in minutes since the epoch.
    pub start_minute: i64,
    /// Its length, 1 or 60.
    pub minutes: i64,
}

impl TimeBucket {
    /// Returns the minute that contains a moment.
    #[must_use]
    pub fn minute(now: Moment) -> Self {
        TimeBucket {
            start_minute: minute_of(now),
            minutes: 1,
        }
    }

    pub(super) fn hour(self) -> Self {
        TimeBucket {
            start_minute: self.start_minute - self.start_minute.rem_euclid(60),
            minutes: 60,
        }
    }

    /// "minute accuracy for the last 4 h, then hourly" (Amplitude, Event Streaming Metrics Summary
    /// API); an hour is folded as a whole.
    pub(super) fn is_to_be_folded(self, now: Moment) -> bool {
        self.minutes == 1 && self.hour().start_minute + 60 + 4 * 60 <= minute_of(now)
    }

    /// "90 days kept" (Amplitude, Event Streaming Metrics Summary API).
    pub(super) fn is_expired(self, now: Moment) -> bool {
        self.start_minute + 90 * 24 * 60 < minute_of(now)
    }

    pub(super) fn is_within(self, from: Moment, to: Moment) -> bool {
        let from = minute_of(from);
        let from = from - from.rem_euclid(self.minutes);
        // the minute that is not over yet belongs to a period that ends now
        self.start_minute >= from && self.start_minute <= minute_of(to)
    }
}

fn minute_of(moment: Moment) -> i64 {
    moment.seconds().div_euclid(60)
}

/// What the counter of a skipped event's name begins with: `skip:not-selected:Song Played`.
const NAMED_SKIP: &str = "skip:";

/// Returns code and name of the counter of a skipped event's name.
fn named_skip(counter: &str) -> Option<(&str, &str)> {
    counter.strip_prefix(NAMED_SKIP)?.split_once(':')
}

/// The most events that one message counts: the elements of the largest body.
const MESSAGE_EVENTS_MAX: u64 = 2_000;

/// The most deferrals that one message counts: those of its events over weeks.
const MESSAGE_DEFERRALS_MAX: u64 = 100_000;

/// Upper edges of the latency classes, in milliseconds; each edge is at most twice the one before.
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

/// Returns the name of a latency's counter: `latency:150` counts those above 100 ms and up to 150.
fn latency_name(millis: u64) -> String {
    match LATENCY_EDGES_MS.iter().find(|edge| millis <= **edge) {
        Some(edge) => format!("latency:{edge}"),
        None => "latency:longer".to_string(),
    }
}

/// Returns the latency that this percentage of all stays within, in milliseconds, rounded up to the
/// edge of its class; `None` where no latency was counted.
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
