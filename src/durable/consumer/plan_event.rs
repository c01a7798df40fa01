//! Plans a queued event under the current settings, and finds the first of its calls that is still
//! to be made.

use super::{ConsumerContext, DeferReason, EventDelivery, EventOutcome, PlannedDelivery};
use crate::digest::Digest;
use crate::durable::test_event::{TestOutcome, is_given_up};
use crate::durable::{Counters, DEAD_LETTER, EXPIRED, MESSAGE_UNREADABLE, QueuedEvent};
use crate::kochava::{PlannedCall, RequestKind};
use crate::plan::WaitingFate;
use crate::source::ShapeCache;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Plans an event of a message, whose text is `None` where it is missing. An event of the
/// dead-letter queue is not planned: perhaps its plan is what killed the isolates before.
pub(super) fn plan_event(
    event: &QueuedEvent<'_>,
    text: Option<&str>,
    context: &ConsumerContext<'_>,
    is_dead: bool,
    shapes: &mut ShapeCache,
) -> EventDelivery {
    let mut delivery = EventDelivery::new(event);
    delivery.has_no_text = text.is_none();
    let rejected = |code| Some(EventOutcome::rejected(code, None, ""));
    if is_dead {
        delivery.outcome = rejected(DEAD_LETTER);
        return delivery;
    }
    if event.is_test && is_given_up(event.received, context.now) {
        delivery.outcome = rejected(EXPIRED);
        return delivery;
    }
    let planned = context.planner.zip(text).and_then(|(planner, text)| {
        let (source, received) = (event.source, event.received);
        planner
            .plan_waiting(
                text,
                source,
                event.of_users,
                event.is_test,
                received,
                shapes,
            )
            .ok()
    });
    let Some(mut planned) = planned else {
        delivery.outcome = rejected(MESSAGE_UNREADABLE);
        return delivery;
    };
    match &mut planned.fate {
        WaitingFate::Held(_) => {
            delivery.outcome = Some(EventOutcome::Deferred(DeferReason::Switch));
        }
        WaitingFate::Skipped(skip) => {
            delivery.outcome = Some(EventOutcome::Done);
            delivery.counters.count("skipped", 1);
            delivery.counters.count(&["code:", skip.code()].concat(), 1);
        }
        WaitingFate::Refused(violations) => {
            let first = violations.first();
            delivery.outcome = rejected(first.map_or("refused", |violation| violation.rule.code()));
        }
        WaitingFate::Ready(calls) => {
            delivery.planned.calls = core::mem::take(calls);
            delivery.next_call = first_open_call(delivery.calls(), event, context.settings);
            delivery.progress.done = u32::try_from(delivery.next_call).unwrap_or(u32::MAX);
            if delivery.next_call == delivery.calls().len() {
                delivery.outcome = Some(EventOutcome::Done);
            }
        }
    }
    delivery.planned.event = Some(planned);
    delivery
}

impl EventDelivery {
    fn new(event: &QueuedEvent<'_>) -> Self {
        EventDelivery {
            planned: PlannedDelivery {
                calls: Vec::new(),
                event: None,
            },
            next_call: 0,
            progress: event.progress,
            is_delivered: event.progress.done > 0,
            is_newly_unconfirmed: false,
            is_duplicate: false,
            has_no_text: false,
            was_rejected: false,
            received: event.received,
            outcome: None,
            counters: Counters::default(),
            coverage: None,
            has_changed: false,
            test: event
                .is_test
                .then(|| Box::new(TestOutcome::begin(event.id))),
        }
    }

    /// Whether no call of the event was made before.
    pub(super) fn is_first_attempt(&self) -> bool {
        self.progress.done == 0 && self.progress.attempts == 0
    }
}

/// Returns the index of the first call that was not accepted yet: the recorded number, unless the
/// settings changed since. Then an accepted event is not sent again, but its identities are, since
/// they may be others.
fn first_open_call(calls: &[PlannedCall], event: &QueuedEvent<'_>, settings: Digest) -> usize {
    let done = usize::try_from(event.progress.done).unwrap_or(usize::MAX);
    if event.settings == settings || done == 0 {
        return done.min(calls.len());
    }
    let kinds = calls.iter().map(|call| call.route.kind);
    kinds.filter(|&kind| kind != RequestKind::Identity).count()
}
