//! A synthetic event on its way: the message that carries it, and what became of it.
//!
//! The event goes through queue, consumer and journal like any other, but for what is made of its
//! result: it enters no counter, no coverage and no sum of what waits, and it is not kept as a reject.
//! Instead its outcome is kept for an hour, with what Kochava answered.

use crate::digest::Digest;
use crate::durable::{Counters, DeliveryProgress, LiveOutcome, Message, QueuedEvent, RawEvent};
use crate::json::write_plain_str;
use crate::kochava::RequestKind;
use crate::plan::TestEvent;
use crate::time::Moment;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What is told of a synthetic event in one wave.
#[derive(Clone, Debug)]
pub(super) struct TestOutcome {
    id: Digest,
    /// Kochava's answers as JSON: `{"at":…,"kind":…,"status":…,"body":…}`.
    answers: Vec<String>,
}

/// Milliseconds after which a synthetic event is given up, and its outcome forgotten.
///
/// Ours: whoever sent it does not wait longer, and one that is sent later surprises.
pub const TEST_MILLIS_MAX: i64 = 3_600_000;

/// Returns whether a synthetic event is too old to be sent.
pub(super) fn is_given_up(received: Moment, now: Moment) -> bool {
    now.millis.saturating_sub(received.millis) > TEST_MILLIS_MAX
}

/// Returns the message that carries a synthetic event of a sync: in the first shard, where its outcome
/// is looked up by `id`.
#[must_use]
pub fn test_message<'m>(
    id: Digest,
    event: &'m TestEvent,
    sync: &'m str,
    settings: Digest,
    now: Moment,
) -> Message<'m> {
    let event = QueuedEvent {
        id,
        source: event.source,
        received: now,
        of_users: false,
        settings,
        is_replay: false,
        is_test: true,
        progress: DeliveryProgress::default(),
        event: RawEvent::new(&event.text),
        stored: None,
    };
    Message {
        id: Digest::of(&["test message", &id.to_hex()]),
        sync: sync.into(),
        sent: now,
        shard: 0,
        counters: Counters::default(),
        events: [event].into(),
    }
}

impl TestOutcome {
    /// Begins with an event of which nothing is told yet.
    pub(super) fn begin(id: Digest) -> Self {
        TestOutcome {
            id,
            answers: Vec::new(),
        }
    }

    /// Adds what Kochava answered to a call of this kind; no status where it did not answer.
    pub(super) fn answer(
        &mut self,
        kind: RequestKind,
        status: Option<u16>,
        body: &str,
        at: Moment,
    ) {
        let status = status.map_or_else(|| String::from("null"), |status| status.to_string());
        let mut json = String::from("{\"at\":");
        write_plain_str(&mut json, &at.iso());
        json.push_str(",\"kind\":");
        write_plain_str(&mut json, kind.as_str());
        json.extend([",\"status\":", &status, ",\"body\":"]);
        write_plain_str(&mut json, body);
        json.push('}');
        self.answers.push(json);
    }

    /// Tells what has become of the event as JSON, `{"outcome":…,"code":…,"at":…,"answers":[…]}`, with
    /// outcome and code as in [`LiveOutcome`].
    pub(super) fn tell(&self, live: &LiveOutcome, now: Moment) -> (Digest, String) {
        let mut json = String::from("{\"outcome\":");
        write_plain_str(&mut json, &live.outcome);
        json.push_str(",\"code\":");
        match &live.code {
            Some(code) => write_plain_str(&mut json, code),
            None => json.push_str("null"),
        }
        json.push_str(",\"at\":");
        write_plain_str(&mut json, &now.iso());
        json.extend([",\"answers\":[", &self.answers.join(","), "]}"]);
        (self.id, json)
    }
}
