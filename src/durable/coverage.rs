//! Counts of the fields that sent events had, as counters of the journal's buckets.
//!
//! A message tells each kind of event that it sent and how many of it; the journal adds them up in an
//! array, and names a counter only once a wave: `cover:ios` counts events of a platform,
//! `cover:ios:idfv` those that had the field.

use super::metrics::Counters;
use crate::kochava::Coverage;
use alloc::string::String;
use alloc::vec::Vec;

/// What the names of these counters begin with.
pub(super) const PREFIX: &str = "cover:";

const PLATFORMS: usize = Coverage::PLATFORMS.len();
const FIELDS: usize = Coverage::FIELDS.len();

/// The events of one platform, and how many of them had each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformCoverage {
    /// The events that Kochava accepted.
    pub sent: u64,
    /// In the order of [`Coverage::FIELDS`].
    pub fields: [u64; FIELDS],
}

/// Adds an event to a list, in which events with the same fields are counted together.
pub(super) fn add_event(list: &mut Vec<(Coverage, u32)>, coverage: Coverage) {
    match list.iter_mut().find(|(known, _)| *known == coverage) {
        Some((_, times)) => *times += 1,
        None => list.push((coverage, 1)),
    }
}

/// Counts events.
pub(super) fn count(counters: &mut Counters, events: &[(Coverage, u32)]) {
    let mut platforms: [PlatformCoverage; PLATFORMS] = Default::default();
    for &(coverage, times) in events {
        let times = u64::from(times);
        let platform = &mut platforms[coverage.platform()];
        platform.sent += times;
        for (field, count) in platform.fields.iter_mut().enumerate() {
            *count += times * u64::from(coverage.has(field));
        }
    }
    for (platform, counted) in platforms.iter().enumerate() {
        if counted.sent > 0 {
            counters.count(&name(platform, None), counted.sent);
            for (field, times) in counted.fields.iter().enumerate() {
                counters.count(&name(platform, Some(field)), *times);
            }
        }
    }
}

/// Returns the counts of each platform, in the order of [`Coverage::PLATFORMS`].
#[must_use]
pub fn coverage_of(counters: &Counters) -> Vec<PlatformCoverage> {
    let platforms = 0..PLATFORMS;
    platforms
        .map(|platform| {
            let mut counted = PlatformCoverage {
                sent: counters.of(&name(platform, None)),
                ..PlatformCoverage::default()
            };
            if counted.sent > 0 {
                for (field, count) in counted.fields.iter_mut().enumerate() {
                    *count = counters.of(&name(platform, Some(field)));
                }
            }
            counted
        })
        .collect()
}

fn name(platform: usize, field: Option<usize>) -> String {
    let platform = [PREFIX, Coverage::PLATFORMS[platform]].concat();
    match field {
        Some(field) => [&platform, ":", Coverage::FIELDS[field]].concat(),
        None => platform,
    }
}
