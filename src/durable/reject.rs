//! The record that is kept of an event that cannot be sent.
//!
//! In go an event and the reason; out comes a [`Reject`], with what an operator needs to see and a
//! replay needs to know.

use crate::digest::Digest;
use crate::durable::{DeliveryProgress, QueuedEvent};
use crate::json::write_plain_str;
use crate::kochava::Violation;
use crate::plan::write_violations;
use crate::source::Source;
use crate::time::Moment;
use alloc::string::{String, ToString};

/// An event that cannot be sent as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Identifies the reject: the event's digest. An identity whose event was accepted has a digest
    /// of its own.
    pub id: Digest,
    /// The sync that rejects it; empty for the one without a name.
    pub sync: String,
    /// When the event arrived.
    pub received: Moment,
    /// The first reason.
    pub code: String,
    /// Kochava's field that the first reason concerns; empty where it concerns none.
    pub field: String,
    /// All reasons, as a JSON array of `{code, field, origin, message}`.
    pub reasons: String,
    /// The name of the event.
    pub name: Option<String>,
    /// The App GUID of its next call, or of the platform of an event that breaks rules; `None` where the
    /// settings name none, or it was not planned.
    pub app: Option<String>,
    /// Who sent it.
    pub source: Source,
    /// Whether its place in the body made it a user.
    pub of_users: bool,
    /// The event as it arrived, or the text of a message that cannot be read.
    pub event: String,
    /// The bodies of the calls that were not accepted, as a JSON array of strings; empty for an
    /// event that breaks rules.
    pub sent: String,
    /// Kochava's HTTP status, if it answered.
    pub status: Option<u16>,
    /// The beginning of Kochava's answer.
    pub answer: String,
    /// How far its delivery had got.
    pub progress: DeliveryProgress,
    /// The settings under which it was rejected.
    pub settings: Digest,
    /// The shard of the journal that knows the event.
    pub shard: u32,
}

impl Reject {
    /// Makes the reject of an event that breaks rules.
    #[must_use]
    pub fn refused(
        event: &QueuedEvent<'_>,
        name: Option<String>,
        violations: &[Violation],
        text: &str,
        settings: Digest,
    ) -> Self {
        let first = violations.first();
        let mut reasons = String::new();
        write_violations(&mut reasons, violations);
        let code = first.map_or("refused", |violation| violation.rule.code());
        let field = first.map_or_else(String::new, |violation| violation.field.clone().into());
        let reject = Reject::of_reason(event.id, event.received, code, "", text, settings);
        Reject {
            field,
            reasons,
            name,
            source: event.source,
            of_users: event.of_users,
            ..reject
        }
    }

    /// Makes the reject of an event whose delivery ended without acceptance, or without a
    /// confirmation of it.
    #[must_use]
    pub fn undelivered(
        event: &QueuedEvent<'_>,
        name: Option<String>,
        text: &str,
        code: &str,
        message: &str,
        progress: DeliveryProgress,
        settings: Digest,
    ) -> Self {
        let id = match code {
            UNCONFIRMED => Digest::of(&["unconfirmed", &event.id.to_hex()]),
            // a replay of the identity below
            _ if progress.done > 0 && event.is_replay && event.progress.done > 0 => event.id,
            // the event itself was accepted: only its identity is rejected, which has its own fate
            _ if progress.done > 0 => Digest::of(&["identity of", &event.id.to_hex()]),
            _ => event.id,
        };
        let reject = Reject::of_reason(id, event.received, code, message, text, settings);
        Reject {
            name,
            source: event.source,
            of_users: event.of_users,
            progress,
            ..reject
        }
    }

    /// Makes the reject of a message that cannot be read.
    #[must_use]
    pub fn message(text: &str, code: &str, message: &str, now: Moment, settings: Digest) -> Self {
        Reject::of_reason(
            Digest::of(&["message", text]),
            now,
            code,
            message,
            text,
            settings,
        )
    }

    fn of_reason(
        id: Digest,
        received: Moment,
        code: &str,
        message: &str,
        event: &str,
        settings: Digest,
    ) -> Self {
        let mut reasons = String::from("[{\"code\":");
        write_plain_str(&mut reasons, code);
        reasons.push_str(",\"field\":\"\",\"origin\":null,\"message\":");
        write_plain_str(&mut reasons, message);
        reasons.push_str("}]");
        Reject {
            id,
            sync: String::new(),
            received,
            code: code.to_string(),
            field: String::new(),
            reasons,
            name: None,
            app: None,
            source: Source::default(),
            of_users: false,
            event: event.to_string(),
            sent: String::from("[]"),
            status: None,
            answer: String::new(),
            progress: DeliveryProgress::default(),
            settings,
            shard: 0,
        }
    }

    /// Adds the bodies that were sent and Kochava's answer.
    #[must_use]
    pub fn answered<'b>(
        self,
        bodies: impl Iterator<Item = &'b str>,
        status: Option<u16>,
        answer: &str,
    ) -> Self {
        let mut sent = String::from("[");
        for (at, body) in bodies.enumerate() {
            sent.push_str(if at == 0 { "" } else { "," });
            write_plain_str(&mut sent, body);
        }
        sent.push(']');
        Reject {
            sent,
            status,
            answer: answer.to_string(),
            ..self
        }
    }
}

/// The code of a message that cannot be read.
pub const MESSAGE_UNREADABLE: &str = "message-unreadable";

/// The code of a message that arrived from the dead-letter queue.
pub const DEAD_LETTER: &str = "dead-letter";

/// The code of an event whose delivery was answered with 2xx and nothing readable.
pub const UNCONFIRMED: &str = "unconfirmed";

/// The code of an event that was not accepted within the retry schedule.
pub const EXPIRED: &str = "expired";

/// The code of an identity for whose device no event was accepted.
pub const DEVICE_UNKNOWN: &str = "device-unknown";
