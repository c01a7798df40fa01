//! The rejects to store for messages that cannot be read, for events that will not be sent, and for
//! events whose delivery nobody confirmed.

use super::{EventDelivery, MessageStage, MessageState, Wave};
use crate::durable::settlement::RejectedEvent;
use crate::durable::{
    DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, QueuedEvent, Reject, UNCONFIRMED,
};
use crate::plan::WaitingFate;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Wave<'_> {
    pub(super) fn rejects(&self) -> Vec<Reject> {
        let mut rejects = Vec::new();
        for state in &self.messages {
            let MessageStage::Settled(message, settlement) = &state.stage else {
                continue;
            };
            if settlement.is_unreadable {
                rejects.push(self.unreadable(state));
            }
            for rejected in &settlement.rejected {
                let event = message.events.get(rejected.index);
                let delivery = state.deliveries.get(rejected.index);
                let is_stored = event.is_some_and(|event| self.is_stored(event, rejected));
                if let Some((event, delivery)) = event.zip(delivery)
                    && !is_stored
                    && !delivery.is_resolved(rejected)
                {
                    rejects.push(Reject {
                        sync: message.sync.to_string(),
                        shard: message.shard,
                        ..self.reject_of(event, delivery, rejected)
                    });
                }
            }
        }
        rejects
    }

    /// Returns whether the reject of a large event is stored: its text is deleted in the same step.
    /// An event whose text was missing before has a reject that says so.
    fn is_stored(&self, event: &QueuedEvent<'_>, rejected: &RejectedEvent) -> bool {
        event.stored.is_some()
            && event.text(&self.large).is_none()
            && rejected.code != MESSAGE_UNREADABLE
    }

    fn unreadable(&self, state: &MessageState<'_>) -> Reject {
        let reject = Reject::message(
            state.queued.text,
            MESSAGE_UNREADABLE,
            "the message is none that this release can read",
            self.context.now,
            self.context.settings,
        );
        Reject {
            sync: self.context.sync.to_string(),
            ..reject
        }
    }

    fn reject_of(
        &self,
        event: &QueuedEvent<'_>,
        delivery: &EventDelivery,
        rejected: &RejectedEvent,
    ) -> Reject {
        let text = event.text(&self.large);
        let text = text.unwrap_or("null");
        let planned = delivery.planned.event.as_ref();
        let name = planned.and_then(|planned| planned.name.clone());
        let app = planned.and_then(|planned| planned.app.clone());
        let settings = self.context.settings;
        if let Some(WaitingFate::Refused(violations)) = planned.map(|planned| &planned.fate)
            && rejected.status.is_none()
            && violations
                .first()
                .is_some_and(|first| first.rule.code() == rejected.code)
        {
            let reject = Reject::refused(event, name, violations, text, settings);
            return Reject {
                app,
                progress: rejected.progress,
                ..reject
            };
        }
        let done = usize::try_from(rejected.progress.done)
            .unwrap_or(usize::MAX)
            .min(delivery.calls().len());
        let calls = &delivery.calls()[done..];
        let reject = Reject::undelivered(
            event,
            name,
            text,
            &rejected.code,
            &sentence(&rejected.code, rejected.status),
            rejected.progress,
            settings,
        );
        let next = calls.first().or(delivery.calls().last());
        Reject {
            app: next.map(|call| call.route.app.clone()).or(app),
            ..reject.answered(
                calls.iter().map(|call| call.request.body.as_str()),
                rejected.status,
                &rejected.answer,
            )
        }
    }
}

impl EventDelivery {
    /// Returns whether a copy of an event was delivered after the event was rejected. Its own
    /// acceptance is no reason not to keep what was not confirmed, or its identity.
    fn is_resolved(&self, rejected: &RejectedEvent) -> bool {
        self.is_duplicate && rejected.progress.done == 0 && rejected.code != UNCONFIRMED
    }
}

/// Returns why an event is kept, as a sentence.
fn sentence(code: &str, status: Option<u16>) -> String {
    match (code, status) {
        (EXPIRED, Some(status)) => {
            format!("Kochava did not accept it within the retry schedule; its last answer was HTTP {status}")
        }
        (EXPIRED, None) => "Kochava did not accept it within the retry schedule".to_string(),
        (UNCONFIRMED, _) => "Kochava answered 2xx, but not whether it accepted it; it is kept so that it can be sent again".to_string(),
        (DEVICE_UNKNOWN, _) => "no event of its device was accepted, and Kochava drops the identity of a device that it does not know".to_string(),
        (DEAD_LETTER, _) => "no delivery of the message was completed".to_string(),
        (MESSAGE_UNREADABLE, _) => "its text is missing or is no event".to_string(),
        (_, Some(status)) => format!("Kochava rejected it with HTTP {status}"),
        (_, None) => "it cannot be sent as it is".to_string(),
    }
}
