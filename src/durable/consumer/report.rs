//! The reports to the breakers, and the effect of their responses.

use super::{Consumer, DeferReason, EventOutcome, RouteState};
use crate::delivery::{BreakerReport, BreakerResponse, Permit};
use crate::limits::BREAKER_DEFERRALS_MAX;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

impl Consumer<'_> {
    /// Returns the reports to the breakers, by route. A route on which every call was accepted is
    /// absent where its breaker is in its initial state.
    #[must_use]
    pub fn breaker_reports(&self) -> Vec<(String, BreakerReport)> {
        self.routes
            .iter()
            .filter(|(_, route)| route.must_report())
            .map(|(name, route)| (name.clone(), route.report))
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
            route.retries_rejected = response.retries_rejected;
        }
    }

    /// Turns rejections that the breaker attributes to the configuration into deferrals.
    pub(super) fn defer_configuration_rejections(&mut self, number: usize) {
        for delivery in &mut self.messages[number].deliveries {
            let name = delivery.next_route();
            let Some(route) = self
                .routes
                .get(&name)
                .filter(|route| route.retries_rejected)
            else {
                continue;
            };
            if let Some(EventOutcome::Rejected {
                status: Some(_), ..
            }) = delivery.outcome
                && delivery.progress.breaker_deferrals < BREAKER_DEFERRALS_MAX
            {
                delivery.progress.breaker_deferrals += u32::from(!route.report.is_probe);
                delivery.has_changed = true;
                delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
            }
        }
    }
}

impl RouteState {
    fn must_report(&self) -> bool {
        let without_accepted = BreakerReport {
            accepted: 0,
            ..self.report
        };
        without_accepted != BreakerReport::default()
            || (self.report.accepted > 0 && self.permit != Permit::Allowed { is_clean: true })
    }
}
