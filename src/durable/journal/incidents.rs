//! The incidents of a shard: when breakers tripped, and when they closed.

use crate::delivery::{Breakers, TripReason};
use crate::kochava::Route;
use crate::time::Moment;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A time in which a breaker let nothing through but probes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// The calls.
    pub route: Route,
    /// Why; of several reasons the last one.
    pub reason: TripReason,
    /// When it began: with the first failure of the series.
    pub since: Moment,
    /// When it ended; `None` while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
}

/// The incidents of the last 90 days, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incidents(Vec<Incident>);

/// Incidents that are kept.
///
/// Ours: five a day for 90 days; their row stays far below `SQLite`'s 2 MB.
const INCIDENTS_MAX: usize = 500;

/// "90 days kept", as the counters.
const KEPT_MILLIS: i64 = 90 * 24 * 3_600_000;

impl Incidents {
    /// Compares with the breakers as they are now.
    pub(super) fn update(&mut self, breakers: &Breakers<Route>, now: Moment) {
        let going_on = self
            .0
            .iter_mut()
            .filter(|incident| incident.until.is_none());
        for incident in going_on {
            match breakers.open().find(|(route, _)| **route == incident.route) {
                Some((_, open)) => incident.reason = open.reason,
                None => incident.until = Some(now),
            }
        }
        for (route, open) in breakers.open().filter(|(_, open)| !open.is_suspicion) {
            let is_it = |incident: &Incident| incident.until.is_none() && incident.route == *route;
            if !self.0.iter().any(is_it) {
                self.0.push(Incident {
                    route: route.clone(),
                    reason: open.reason,
                    since: open.since,
                    until: None,
                });
            }
        }
        let excess = self.0.len().saturating_sub(INCIDENTS_MAX);
        self.0.drain(..excess);
    }

    /// Drops what ended before its time; returns whether there was any.
    pub(super) fn sweep(&mut self, now: Moment) -> bool {
        let before = self.0.len();
        self.0.retain(|incident| {
            let ended = incident.until.unwrap_or(now);
            ended.millis.saturating_add(KEPT_MILLIS) >= now.millis
        });
        self.0.len() != before
    }

    /// Returns what went on between two moments.
    pub(super) fn between(&self, from: Moment, to: Moment) -> Vec<Incident> {
        let is_within =
            |incident: &&Incident| incident.since < to && incident.until.unwrap_or(to) >= from;
        self.0.iter().filter(is_within).cloned().collect()
    }
}
