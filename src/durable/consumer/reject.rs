//! The rejects to store for messages that cannot be read, and for events that will not be sent.

use super::{Consumer, MessageStage, MessageState};
use crate::durable::settlement::RejectedEvent;
use crate::durable::{
    DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, PlannedEvent, QueuedEvent, Reject,
};
use crate::plan::{Context, Fate};
use crate::source::ShapeCache;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Consumer<'_> {
    /// Returns the rejects to store, each with the index of its message.
    #[must_use]
    pub fn rejects(&self) -> Vec<(usize, Reject)> {
        let mut rejects = Vec::new();
        for (number, state) in self.messages.iter().enumerate() {
            match &state.stage {
                MessageStage::Poison => rejects.push((number, self.unreadable(state))),
                MessageStage::Settled(message, settlement) => {
                    let rejected = settlement.rejected.iter().filter_map(|rejected| {
                        Some((message.events.get(rejected.index)?, rejected))
                    });
                    rejects.extend(
                        rejected.map(|(event, rejected)| (number, self.reject_of(event, rejected))),
                    );
                }
                MessageStage::Read(_) | MessageStage::Completed | MessageStage::Deferred(..) => {}
            }
        }
        rejects
    }

    fn unreadable(&self, state: &MessageState<'_>) -> Reject {
        let (code, sentence) = if state.queued.is_dead {
            (
                DEAD_LETTER,
                "the message came from the dead-letter queue and cannot be read",
            )
        } else {
            (
                MESSAGE_UNREADABLE,
                "the message is none that this release can read",
            )
        };
        Reject::message(state.queued.text, code, sentence, self.now, self.settings)
    }

    fn reject_of(&self, event: &QueuedEvent<'_>, rejected: &RejectedEvent) -> Reject {
        let planned = self.replan(event);
        if let Some(planned) = &planned
            && let Some(reject) = self.refused(event, rejected, planned)
        {
            return reject;
        }
        let (fate, name) = planned.map_or((None, None), |planned| {
            (Some(planned.fate), planned.meta.name)
        });
        let calls = match &fate {
            Some(Fate::Ready(parcel)) => parcel.requests.as_slice(),
            _ => &[],
        };
        let done = usize::try_from(rejected.progress.done)
            .unwrap_or(usize::MAX)
            .min(calls.len());
        let bodies = calls[done..].iter().map(|request| request.body.as_str());
        Reject::undelivered(
            event,
            name,
            &rejected.code,
            &sentence(&rejected.code, rejected.status),
            rejected.progress,
            self.settings,
        )
        .answered(bodies, rejected.status, &rejected.answer)
    }

    /// Returns the reject of an event that breaks the rule for which it was rejected.
    fn refused(
        &self,
        event: &QueuedEvent<'_>,
        rejected: &RejectedEvent,
        planned: &PlannedEvent,
    ) -> Option<Reject> {
        let Fate::Refused(violations) = &planned.fate else {
            return None;
        };
        let is_same = rejected.status.is_none() && violations.first()?.rule.code() == rejected.code;
        is_same.then(|| Reject {
            id: event.id,
            progress: rejected.progress,
            ..Reject::refused(
                &planned.meta,
                violations,
                event.event.as_str(),
                event.source,
                event.received,
                self.settings,
            )
        })
    }

    fn replan(&self, event: &QueuedEvent<'_>) -> Option<PlannedEvent> {
        let context = Context {
            source: event.source,
            received_at: Some(event.received),
            limits: None,
        };
        let json = event.event.as_str();
        self.planner
            .replan(json, event.of_users, &context, &mut ShapeCache::default())
            .ok()
    }
}

/// Returns why an event was not delivered, as a sentence.
fn sentence(code: &str, status: Option<u16>) -> String {
    match (code, status) {
        (EXPIRED, _) => "Kochava did not accept it within the retry schedule".to_string(),
        (DEVICE_UNKNOWN, _) => "no event of its device was accepted, and Kochava drops the identity of a device that it does not know".to_string(),
        (DEAD_LETTER, _) => "no delivery of the message was completed".to_string(),
        (_, Some(status)) => format!("Kochava rejected it with HTTP {status}"),
        (_, None) => "it cannot be sent as it is".to_string(),
    }
}
