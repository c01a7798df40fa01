//! The breakers of all routes, in one store.

use super::breaker::{Breaker, OpenState, Permit};
use super::{BreakerReport, BreakerResponse, RetrySchedule};
use crate::limits::BREAKERS_MAX;
use crate::time::Moment;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

/// The breakers by route. A breaker in its initial state is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    transparent,
    bound(serialize = "R: Serialize", deserialize = "R: Ord + Deserialize<'de>")
)]
pub struct Breakers<R>(#[serde(with = "crate::sorted::as_object")] LiteMap<R, Breaker>);

impl<R> Default for Breakers<R> {
    fn default() -> Self {
        Breakers(LiteMap::new())
    }
}

impl<R: Ord + Clone> Breakers<R> {
    /// Returns a copy of the breaker of a route, as it is.
    #[must_use]
    pub fn of_route(&self, route: &R) -> Breaker {
        self.0.get(route).cloned().unwrap_or_default()
    }

    /// Returns a permit for a route.
    pub fn permit(&mut self, route: &R, now: Moment) -> Permit {
        self.0
            .get_mut(route)
            .map_or(Permit::Allowed, |breaker| breaker.permit(now))
    }

    /// Takes back the permit for a probe that was not sent.
    pub fn give_back_probe(&mut self, route: &R, now: Moment) {
        if let Some(breaker) = self.0.get_mut(route) {
            breaker.give_back_probe(now);
        }
    }

    /// Takes the report of a run. `jitter` is a fresh random number from 0 to 1.
    pub fn report(
        &mut self,
        route: &R,
        report: &BreakerReport,
        schedule: &RetrySchedule,
        now: Moment,
        jitter: f64,
    ) -> BreakerResponse {
        if !self.0.contains_key(route) && self.0.len() >= BREAKERS_MAX {
            // losing the counts of a closed breaker at worst delays its next opening
            self.0.retain(|_, breaker| breaker.open_state.is_some());
        }
        let breaker = self.0.entry(route.clone()).or_default();
        let response = breaker.report(report, schedule, now, jitter);
        if *breaker == Breaker::default() {
            self.0.remove(route);
        }
        response
    }

    /// Adds the breakers of another shard. Of two for the same route the one that is open longer is
    /// kept.
    pub fn add(&mut self, other: Self) {
        for (route, breaker) in other.0 {
            let until = |breaker: &Breaker| breaker.open_state.map(|open| open.until);
            match self.0.get(&route) {
                Some(before) if until(before) >= until(&breaker) => {}
                _ => {
                    self.0.insert(route, breaker);
                }
            }
        }
    }

    /// Returns the breakers that are open, those on suspicion included, by route.
    pub fn open(&self) -> impl Iterator<Item = (&R, &OpenState)> {
        self.0
            .iter()
            .filter_map(|(route, breaker)| Some((route, breaker.open_state.as_ref()?)))
    }
}
