//! Counters over a period, in steps.

use super::{Incident, Journal};
use crate::durable::coverage::PREFIX;
use crate::durable::metrics::Counters;
use crate::time::Moment;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a series is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesRequest {
    /// Where the period begins.
    pub from: Moment,
    /// Where it ends.
    pub to: Moment,
    /// The length of a step in minutes.
    pub step_minutes: i64,
    /// Whether the counters of coverage are wanted, or all others.
    pub is_coverage: bool,
}

/// The counters of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesPoint {
    /// Its beginning, in minutes since the epoch.
    pub start_minute: i64,
    /// Its length in minutes: longer than the step where the counters were folded into hours.
    pub minutes: i64,
    /// What was counted; never empty.
    pub counters: Counters,
}

/// The steps of a period in which anything was counted, and its incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// By time.
    pub points: Vec<SeriesPoint>,
    /// What went on in the period.
    pub incidents: Vec<Incident>,
}

impl Journal {
    /// Returns the counters of a period in steps. Together they are those of
    /// [`Journal::overview`] over the same period.
    #[must_use]
    pub fn series(&self, request: &SeriesRequest) -> Series {
        let step = request.step_minutes.max(1);
        let mut points: Vec<SeriesPoint> = Vec::new();
        for (bucket, counters) in &self.buckets {
            if !bucket.is_within(request.from, request.to) {
                continue;
            }
            let wanted = counters.only(|name| name.starts_with(PREFIX) == request.is_coverage);
            if !wanted.is_empty() {
                let start_minute = bucket.start_minute - bucket.start_minute.rem_euclid(step);
                add_point(
                    &mut points,
                    SeriesPoint {
                        start_minute,
                        minutes: bucket.minutes.max(step),
                        counters: wanted,
                    },
                );
            }
        }
        Series {
            points,
            incidents: self.incidents.between(request.from, request.to),
        }
    }
}

impl Series {
    /// Adds what another shard has.
    pub fn add(&mut self, other: Series) {
        for point in other.points {
            add_point(&mut self.points, point);
        }
        self.incidents.extend(other.incidents);
    }
}

/// Adds a point to a list by time; most come in order.
fn add_point(points: &mut Vec<SeriesPoint>, point: SeriesPoint) {
    let at = points
        .iter()
        .rposition(|known| known.start_minute <= point.start_minute);
    match at {
        Some(at) if points[at].start_minute == point.start_minute => {
            points[at].counters.add(&point.counters);
            points[at].minutes = points[at].minutes.max(point.minutes);
        }
        at => points.insert(at.map_or(0, |at| at + 1), point),
    }
}
