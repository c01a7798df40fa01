//! Decides whether an event may be sent now, or what it waits for.

use super::{DeferReason, EventOutcome, MessageState, Wave};
use crate::delivery::Permit;
use crate::digest::Digest;
use crate::durable::DEVICE_UNKNOWN;
use crate::kochava::RequestKind;
use crate::limits::{BEHIND_MAX, HOLD_MAX};
use crate::plan::Planner;
use alloc::vec::Vec;
use core::time::Duration;
use litemap::LiteMap;

/// Returns the events of each device in their order, by indexes of message and event; an event
/// without a device is by itself.
pub(super) fn sequences(messages: &[MessageState<'_>]) -> Vec<Vec<(usize, usize)>> {
    let mut sequences: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut of_device: LiteMap<Digest, usize> = LiteMap::default();
    for (number, state) in messages.iter().enumerate() {
        if !state.is_claimed {
            continue;
        }
        for (index, delivery) in state.deliveries.iter().enumerate() {
            let known = delivery
                .ordering_key()
                .and_then(|key| of_device.get(&key).copied());
            let at = known.unwrap_or_else(|| {
                sequences.push(Vec::new());
                sequences.len() - 1
            });
            if let Some(key) = delivery.ordering_key() {
                of_device.insert(key, at);
            }
            sequences[at].push((number, index));
        }
    }
    sequences
}

impl Wave<'_> {
    /// Chooses the event that goes as the probe of each route that may send one: the first of its
    /// device, and one that was never refused rather than one that was.
    pub(super) fn choose_probes(&mut self, sequences: &[Vec<(usize, usize)>]) {
        for sequence in sequences {
            let is_open = |&&(number, index): &&(usize, usize)| {
                self.messages[number].deliveries[index].outcome.is_none()
            };
            let Some(&(number, index)) = sequence.iter().find(is_open) else {
                continue;
            };
            let shard = self.messages[number].shard();
            let delivery = &self.messages[number].deliveries[index];
            let Some(route) = delivery.next_route() else {
                continue;
            };
            let is_untried = delivery.progress.refusals == 0;
            let Some(route) = self.routes.get_mut(&(shard, route.clone())) else {
                continue;
            };
            let is_better = route.probe.is_none_or(|(number, index)| {
                is_untried && self.messages[number].deliveries[index].progress.refusals > 0
            });
            if route.permit == Permit::Probe && is_better {
                route.probe = Some((number, index));
            }
        }
    }

    /// Reserves the next call of an event; answers how the event ends in this wave where no call is
    /// to be made.
    pub(super) fn reserve_call(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        if let Some(ahead) = self.blocking(number, index) {
            return Some(EventOutcome::Deferred(DeferReason::Behind(ahead)));
        }
        if let Some(outcome) = self.hold_or_skip(number, index) {
            return Some(outcome);
        }
        if self.calls_left == 0 || self.is_over {
            return Some(EventOutcome::Deferred(DeferReason::Calls));
        }
        if !self.is_permitted(number, index) {
            let route = self.messages[number].deliveries[index].next_route();
            let route = route.cloned()?;
            return Some(EventOutcome::Deferred(DeferReason::Breaker(route)));
        }
        self.calls_left -= 1;
        None
    }

    /// Returns whether the route of the next call lets it through, and takes the permit for a probe.
    fn is_permitted(&mut self, number: usize, index: usize) -> bool {
        let shard = self.messages[number].shard();
        let delivery = &self.messages[number].deliveries[index];
        let Some(name) = delivery.next_route() else {
            return false;
        };
        let is_untried = delivery.progress.refusals == 0;
        let Some(route) = self.routes.get_mut(&(shard, name.clone())) else {
            return false;
        };
        match route.permit {
            Permit::Wait(_) => false,
            Permit::Untried(_) => is_untried && !route.breaker.is_stopped_by(&route.report),
            Permit::Allowed => !route.breaker.is_stopped_by(&route.report),
            Permit::Probe => {
                let is_chosen = *route.probe.get_or_insert((number, index)) == (number, index);
                // one call: the breaker decides about the next one
                is_chosen && !core::mem::replace(&mut route.report.is_probe, true)
            }
        }
    }

    /// Returns the earlier event of the same device that must be sent first: one that waits, unless
    /// its attempts failed again and again.
    fn blocking(&self, number: usize, index: usize) -> Option<usize> {
        let deliveries = &self.messages[number].deliveries;
        let ordering_key = deliveries[index].ordering_key()?;
        let earlier = deliveries[..index].iter().enumerate().rev();
        earlier
            .filter(|(_, delivery)| delivery.ordering_key() == Some(ordering_key))
            .find_map(|(at, delivery)| match delivery.outcome {
                // identities have a breaker of their own, which may stay open for ever: no event
                // waits for that
                Some(
                    EventOutcome::Failed { .. }
                    | EventOutcome::Deferred(DeferReason::Breaker(_) | DeferReason::Behind(_)),
                ) if delivery.next_kind() == Some(RequestKind::Identity)
                    && deliveries[index].next_kind() != Some(RequestKind::Identity) =>
                {
                    None
                }
                Some(EventOutcome::Failed { .. }) => (delivery.progress.attempts + 1 < BEHIND_MAX
                    && deliveries[index].progress.behind < BEHIND_MAX)
                    .then_some(at),
                Some(EventOutcome::Deferred(
                    DeferReason::Breaker(_)
                    | DeferReason::Behind(_)
                    | DeferReason::Calls
                    | DeferReason::Copy,
                )) => Some(at),
                // an identity that waits for an event must not keep that event from being sent
                Some(
                    EventOutcome::Deferred(DeferReason::Held | DeferReason::Switch)
                    | EventOutcome::Done
                    | EventOutcome::RetryLater(_)
                    | EventOutcome::Rejected { .. },
                )
                | None => None,
            })
    }

    /// Holds an identity until an event of its device is accepted, and skips an identity and an
    /// install that Kochava already has.
    fn hold_or_skip(&mut self, number: usize, index: usize) -> Option<EventOutcome> {
        let settings = self.context.planner.map(Planner::settings);
        let holds = settings.is_some_and(|settings| settings.users.hold_until_event);
        let repeats = settings.is_none_or(|settings| settings.installs.reinstalls);
        let delivery = &mut self.messages[number].deliveries[index];
        while let Some(call) = delivery.planned.calls.get(delivery.next_call) {
            if call.route.kind == RequestKind::Install {
                let is_known = |mark| self.known.devices.contains(&mark);
                if repeats || !call.subject.install_marks().any(is_known) {
                    return None;
                }
                delivery.counters.count("code:install-known", 1);
                delivery.next_call += 1;
                continue;
            }
            if call.route.kind == RequestKind::Event {
                return None;
            }
            let is_known = |device: &Digest| self.known.devices.contains(&device.fingerprint());
            // an identity that was attempted before was let through then
            let is_first = delivery.is_first_attempt() && delivery.next_call == 0;
            if holds && is_first && !call.subject.devices.iter().any(is_known) {
                let held_ms = self
                    .context
                    .now
                    .millis
                    .saturating_sub(delivery.received.millis);
                let held = Duration::from_millis(u64::try_from(held_ms).unwrap_or(0));
                return Some(if held >= HOLD_MAX {
                    EventOutcome::rejected(DEVICE_UNKNOWN, None, "")
                } else {
                    EventOutcome::Deferred(DeferReason::Held)
                });
            }
            let is_unchanged = call
                .subject
                .link
                .is_some_and(|(device, link)| self.known.links.get(&device) == Some(&link));
            if !is_unchanged {
                return None;
            }
            delivery.counters.count("code:identity-unchanged", 1);
            delivery.next_call += 1;
        }
        if !delivery.is_delivered {
            delivery.counters.count("skipped", 1);
        }
        Some(EventOutcome::Done)
    }
}
