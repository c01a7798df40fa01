//! The reports to the breakers, and the effect of their responses.

use super::{Consumer, DeferReason, EventOutcome};
use crate::delivery::{BreakerReport, BreakerResponse};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the reports to the breakers, by route.
    #[must_use]
    pub fn breaker_reports(&self) -> Vec<(String, BreakerReport)> {
        self.routes
            .iter()
            .filter(|(_, route)| route.report != BreakerReport::default())
            .map(|(name, route)| (name.clone(), route.report.clone()))
            .collect()
    }

    /// Handles a breaker's response to the report of its route.
    pub fn handle_breaker_response(&mut self, name: &str, response: BreakerResponse) {
        if let Some(route) = self.routes.get_mut(name) {
            // a breaker that reports no wait is closed: messages deferred by it are retried soon
            // after the probe
            route.wait = response
                .wait
                .or(route.wait)
                .or(Some(Duration::from_secs(1)));
            route.response = response;
        }
    }

    /// Turns failures that the breaker blames on the route into deferrals.
    pub(super) fn defer_failures_of_routes(&mut self, number: usize) {
        for delivery in &mut self.messages[number].deliveries {
            let name = delivery.next_route();
            if let (Some(before), Some(route)) = (delivery.before_failure, self.routes.get(&name))
                && route.response.excuses(&route.report, delivery.fingerprint)
            {
                delivery.progress = before;
                delivery.progress.breaker_deferrals += 1;
                delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
            }
        }
    }
}
