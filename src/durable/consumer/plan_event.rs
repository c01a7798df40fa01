//! Plans a queued event under the current settings, and finds the first of its calls that is still
//! to be made.

use super::{EventDelivery, EventOutcome};
use crate::digest::Digest;
use crate::durable::{Counters, DEAD_LETTER, MESSAGE_UNREADABLE, PlannedEvent, QueuedEvent};
use crate::kochava::{Request, RequestKind, read_subject};
use crate::plan::{Context, Fate, Planner};
use crate::source::ShapeCache;
use alloc::string::String;
use alloc::vec::Vec;

/// Returns the name of a request's route: its kind and its app.
pub(super) fn route(request: &Request, app: &str) -> String {
    [request.kind.as_str(), " ", app].concat()
}

/// Plans an event of a message; `is_dead` where the message comes from the dead-letter queue.
pub(super) fn plan_event(
    event: &QueuedEvent<'_>,
    planner: &Planner,
    shapes: &mut ShapeCache,
    settings: Digest,
    is_dead: bool,
) -> EventDelivery {
    let context = Context {
        source: event.source,
        received_at: Some(event.received),
        limits: None,
    };
    let mut delivery = EventDelivery {
        calls: Vec::new(),
        next_call: 0,
        progress: event.progress,
        is_delivered: event.progress.done > 0,
        ordering_key: None,
        received: event.received,
        outcome: None,
        counters: Counters::default(),
        has_changed: false,
        fingerprint: Digest::of(&[event.event.as_str()]).fingerprint(),
        before_failure: None,
    };
    let rejected = |code| Some(EventOutcome::rejected(code, None, ""));
    let json = event.event.as_str();
    let Ok(PlannedEvent { fate, meta }) = planner.replan(json, event.of_users, &context, shapes)
    else {
        delivery.outcome = rejected(MESSAGE_UNREADABLE);
        return delivery;
    };
    delivery.ordering_key = meta.ordering_key;
    match fate {
        _ if is_dead => delivery.outcome = rejected(DEAD_LETTER),
        Fate::Skipped(skip) => {
            delivery.outcome = Some(EventOutcome::Done);
            delivery.counters.count("skipped", 1);
            delivery.counters.count(&["code:", skip.code()].concat(), 1);
        }
        Fate::Refused(violations) => {
            let first = violations.first();
            delivery.outcome = rejected(first.map_or("refused", |violation| violation.rule.code()));
        }
        Fate::Ready(parcel) => {
            delivery.calls = parcel
                .requests
                .into_iter()
                .map(|request| (read_subject(&request.body), request))
                .map(|(subject, request)| (request, subject))
                .collect();
            delivery.next_call = first_open_call(&delivery, event, settings);
            delivery.progress.done = u32::try_from(delivery.next_call).unwrap_or(u32::MAX);
            if delivery.next_call == delivery.calls.len() {
                delivery.outcome = Some(EventOutcome::Done);
            }
        }
    }
    delivery
}

/// Returns the index of the first call that was not accepted yet: the recorded number, unless the
/// settings changed since. Then an accepted event is not sent again, but its identities are, since
/// they may be others.
fn first_open_call(delivery: &EventDelivery, event: &QueuedEvent<'_>, settings: Digest) -> usize {
    let done = usize::try_from(event.progress.done).unwrap_or(usize::MAX);
    if event.settings == settings || done == 0 {
        return done.min(delivery.calls.len());
    }
    let kinds = delivery.calls.iter().map(|(request, _)| request.kind);
    kinds.filter(|&kind| kind == RequestKind::Event).count()
}
