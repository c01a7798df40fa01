//! Decides whether an event may be sent now, or what it waits for.

use super::{Consumer, DeferReason, EventOutcome};
use crate::delivery::Permit;
use crate::digest::Digest;
use crate::durable::DEVICE_UNKNOWN;
use crate::kochava::RequestKind;
use crate::limits::{BEHIND_MAX, HOLD_MAX};
use core::time::Duration;

impl Consumer<'_> {
    /// Reserves the next call of an event; answers how the event ends in this batch where no call
    /// is to be made.
    pub(super) fn reserve_call(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        if let Some(ahead) = self.blocking(number, index) {
            let is_failing = matches!(
                self.messages[number].deliveries[ahead].outcome,
                Some(EventOutcome::RetryLater(_))
            );
            let delivery = &mut self.messages[number].deliveries[index];
            if is_failing {
                delivery.progress.behind += 1;
                delivery.has_changed = true;
            }
            return Some(EventOutcome::Deferred(DeferReason::Behind(ahead)));
        }
        if let Some(outcome) = self.hold_or_skip(number, index) {
            return Some(outcome);
        }
        if self.calls_left == 0 {
            return Some(EventOutcome::Deferred(DeferReason::Calls));
        }
        let name = self.messages[number].deliveries[index].next_route();
        let Some(route) = self.routes.get_mut(&name).filter(|route| !route.is_stopped) else {
            return Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
        };
        if matches!(route.permit, Permit::Untried(_))
            && self.messages[number].deliveries[index]
                .progress
                .breaker_deferrals
                > 0
        {
            return Some(EventOutcome::Deferred(DeferReason::Breaker(name)));
        }
        if route.permit == Permit::Probe {
            // a probe is one event: this one
            (route.report.is_probe, route.is_stopped) = (true, true);
        }
        self.calls_left -= 1;
        None
    }

    /// Returns the earlier event of the same device that must be sent first: one that waits, unless
    /// its attempts failed again and again.
    fn blocking(&self, number: usize, index: usize) -> Option<usize> {
        let deliveries = &self.messages[number].deliveries;
        let ordering_key = deliveries[index].ordering_key?;
        let earlier = deliveries[..index].iter().enumerate().rev();
        earlier
            .filter(|(_, delivery)| delivery.ordering_key == Some(ordering_key))
            .find_map(|(at, delivery)| match delivery.outcome {
                Some(EventOutcome::RetryLater(_)) => (delivery.progress.attempts < BEHIND_MAX
                    && deliveries[index].progress.behind < BEHIND_MAX)
                    .then_some(at),
                // identities have a breaker of their own, which may stay open for ever: no event
                // waits for that
                Some(EventOutcome::Deferred(DeferReason::Breaker(_) | DeferReason::Behind(_)))
                    if delivery.next_kind() == Some(RequestKind::Identity)
                        && deliveries[index].next_kind() == Some(RequestKind::Event) =>
                {
                    None
                }
                Some(EventOutcome::Deferred(
                    DeferReason::Breaker(_) | DeferReason::Behind(_) | DeferReason::Calls,
                )) => Some(at),
                // an identity that waits for an event must not keep that event from being sent
                Some(
                    EventOutcome::Deferred(DeferReason::Held)
                    | EventOutcome::Done
                    | EventOutcome::Rejected { .. },
                )
                | None => None,
            })
    }

    /// Holds an identity until an event of its device is accepted, and skips one that Kochava
    /// already has.
    fn hold_or_skip(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        let holds = self.planner.settings().users.hold_until_event;
        let delivery = &mut self.messages[number].deliveries[index];
        while let Some((request, subject)) = delivery.calls.get(delivery.next_call) {
            if request.kind == RequestKind::Event {
                return None;
            }
            let is_known = |device: &Digest| self.known.devices.contains(device);
            // an identity that was attempted before was let through then
            let is_first = delivery.progress.done == 0
                && delivery.progress.attempts == 0
                && delivery.next_call == 0;
            if holds && is_first && !subject.devices.iter().any(is_known) {
                let held_ms = self.now.millis.saturating_sub(delivery.received.millis);
                let held = Duration::from_millis(u64::try_from(held_ms).unwrap_or(0));
                return Some(if held >= HOLD_MAX {
                    EventOutcome::rejected(DEVICE_UNKNOWN, None, "")
                } else {
                    EventOutcome::Deferred(DeferReason::Held)
                });
            }
            let is_unchanged = subject
                .link
                .is_some_and(|(device, link)| self.known.links.get(&device) == Some(&link));
            if !is_unchanged {
                return None;
            }
            if delivery.next_call == 0 {
                delivery.counters.count("skipped", 1);
            }
            delivery.counters.count("code:identity-unchanged", 1);
            delivery.next_call += 1;
        }
        Some(EventOutcome::Done)
    }
}
