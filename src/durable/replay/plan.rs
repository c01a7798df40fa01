//! Plans one reject under the current settings.

use super::{ReplayContext, ReplayResult, ReplayedReject, StoredReject};
use crate::durable::{DeliveryProgress, OutboundEvent, QueuedEvent, RawEvent};
use crate::plan::{Context, Fate};
use crate::source::single_element_body;

/// Plans a reject; returns its queued form as well, where it is ready.
pub(super) fn plan(
    mut reject: StoredReject,
    context: &ReplayContext<'_>,
) -> (ReplayedReject, Option<OutboundEvent<'static>>) {
    let text = reject.event.take();
    let has_event = text.is_some();
    let fate = text
        .as_deref()
        .and_then(|text| fate_of(&reject, text, context));
    let result = match &fate {
        None if has_event => ReplayResult::Unreadable,
        None => ReplayResult::NotKept,
        Some(Fate::Ready(_)) => ReplayResult::Ready,
        Some(Fate::Skipped(_)) => ReplayResult::Skipped,
        Some(Fate::Refused(_)) => ReplayResult::Refused,
    };
    let event = text
        .as_deref()
        .filter(|_| result == ReplayResult::Ready)
        .and_then(RawEvent::owned);
    let outbound = event.map(|event| outbound(&reject, event));
    let replayed = ReplayedReject {
        reject,
        fate,
        result,
    };
    (replayed, outbound)
}

fn fate_of(reject: &StoredReject, text: &str, context: &ReplayContext<'_>) -> Option<Fate> {
    let body = single_element_body(text, reject.of_users);
    let context_of_event = Context {
        source: Some(reject.source?),
        received_at: Some(reject.received),
        ..Context::default()
    };
    let plan = context.planner.plan(body.as_bytes(), &context_of_event);
    let [fate] = <[Fate; 1]>::try_from(plan.ok()?.fates).ok()?;
    Some(fate)
}

fn outbound(reject: &StoredReject, event: RawEvent<'static>) -> OutboundEvent<'static> {
    OutboundEvent {
        event: QueuedEvent {
            id: reject.version.id,
            source: reject.source.unwrap_or_default(),
            received: reject.received,
            of_users: reject.of_users,
            settings: reject.settings,
            is_replay: true,
            is_test: false,
            // a new schedule, from the first call that was not accepted
            progress: DeliveryProgress {
                done: reject.progress.done,
                is_unconfirmed: reject.progress.is_unconfirmed,
                deferrals: reject.progress.deferrals,
                ..DeliveryProgress::default()
            },
            event: Some(event),
            stored: None,
        },
        ordering_key: None,
        shard: reject.shard,
    }
}
