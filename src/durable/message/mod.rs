//! The messages of the queue.
//!
//! A [`Message`] carries events as they arrived, each with the progress of its delivery. It carries
//! no calls: those are a pure function of event, settings and time of arrival, so a waiting event
//! follows a corrected mapping, App GUID or credential, and the queue contains no credential.
//!
//! A message is JSON text, so that the queue's dashboard shows it:
//!
//! | member | value |
//! | --- | --- |
//! | `v` | version of the format: 3; 4 where it has a `sync`, 5 where it has a `test` |
//! | `sync` | the sync that it belongs to; absent for the one without a name |
//! | `id` | the message's digest, the same for each copy |
//! | `sent` | when this copy was put into the queue, in milliseconds since the epoch |
//! | `shard` | the shard of the journal that knows its events; absent where 0 |
//! | `counters` | what was counted at its arrival and while it waited; absent where empty |
//! | `events[].id` | the event's digest, the same until its delivery ends |
//! | `events[].source` | the sender, as `amplitude` |
//! | `events[].received` | when it arrived, in milliseconds since the epoch |
//! | `events[].of_users` | `true` where its place in the body made it a user; else absent |
//! | `events[].settings` | the digest of the settings under which the progress was made |
//! | `events[].replay` | `true` where an operator sends a reject again; else absent |
//! | `events[].test` | `true` where it is a synthetic event of an operator; else absent |
//! | `events[].progress` | [`DeliveryProgress`]; members that are 0 or `false` are absent |
//! | `events[].event` | the event, byte for byte as it arrived |
//! | `events[].stored` | instead of `event`, where that is too large for a message: its key in the store |
//!
//! A release that knows no syncs must not send an event of one to the app of another: hence version 4.
//! One that knows no synthetic events would send them to the app of real ones: hence version 5.
//! Version 2 has neither `shard` nor `replay` nor `stored`, and is still read. Version 1 holds one event and is short enough to be enqueued manually:
//! `{"v":1,"id":"any text","received":1767225600000,"event":{…}}`. Messages outlive the release
//! that wrote them by up to 14 days, and after a rollback a release reads what a newer one wrote:
//! hence the version, and [`MessageError::Newer`].

mod event;
mod pack;

use crate::digest::Digest;
use crate::durable::Counters;
use crate::source::Source;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use event::{DeliveryProgress, QueuedEvent, RawEvent};
pub use pack::{OutboundEvent, PackedMessages, batches, pack};

/// One message of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Identifies the message; the platform's own id differs between copies.
    pub id: Digest,
    /// The sync that it belongs to; empty for the one without a name.
    pub sync: Cow<'a, str>,
    /// When this copy was put into the queue.
    pub sent: Moment,
    /// The shard of the journal that knows its events.
    pub shard: u32,
    /// What was counted at its arrival and while it waited.
    pub counters: Counters,
    /// The events, those of one device in their order.
    pub events: Vec<QueuedEvent<'a>>,
}

/// Why a text is not a message that this release can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// It is not a message, or has a version that is no longer read.
    Poison,
    /// A newer release wrote it, and can read it once it is deployed again.
    Newer,
}

/// The JSON of a message without its events.
#[derive(Serialize)]
struct MessageFrame<'m> {
    v: u32,
    /// Before everything else, where [`Message::sync_of`] looks for it.
    #[serde(skip_serializing_if = "str::is_empty")]
    sync: &'m str,
    id: Digest,
    sent: Moment,
    #[serde(skip_serializing_if = "is_first_shard")]
    shard: u32,
    #[serde(skip_serializing_if = "Counters::is_empty")]
    counters: &'m Counters,
}

/// The JSON of a message.
#[derive(Deserialize)]
struct MessageJson<'a> {
    v: u32,
    #[serde(borrow, default)]
    sync: Cow<'a, str>,
    id: Digest,
    sent: Moment,
    #[serde(default)]
    shard: u32,
    #[serde(default)]
    counters: Counters,
    #[serde(borrow)]
    events: Vec<QueuedEvent<'a>>,
}

/// The JSON of a message of version 1.
#[derive(Deserialize)]
struct BareMessageJson<'a> {
    id: Cow<'a, str>,
    received: Moment,
    #[serde(borrow)]
    event: RawEvent<'a>,
}

/// The name of a message's sync alone.
#[derive(Deserialize)]
struct SyncJson<'a> {
    #[serde(borrow, default)]
    sync: Cow<'a, str>,
}

#[derive(Deserialize)]
struct VersionJson {
    v: u64,
}

/// The version that is written of a message of the sync without a name.
const VERSION: u32 = 3;

/// The version that is written of a message of any other sync.
const SYNC_VERSION: u32 = 4;

/// The version that is written of a message with a synthetic event.
const TEST_VERSION: u32 = 5;

impl<'a> Message<'a> {
    /// The most bytes of a message besides its events and counters: a digest of 32 digits, a moment
    /// of 20, a shard of 10, and 68 bytes of punctuation and names.
    const FRAME_BYTES: usize = 130;

    /// The most bytes of a message of this sync besides its events and counters.
    pub(super) fn frame_bytes(sync: &str) -> usize {
        match sync {
            "" => Self::FRAME_BYTES,
            // `"sync":"",`
            _ => Self::FRAME_BYTES + 10 + sync.len(),
        }
    }

    /// Writes the message as JSON.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::{Counters, Digest, Message, Moment};
    /// let message = Message {
    ///     id: Digest::of(&["example"]),
    ///     sync: "".into(),
    ///     sent: Moment::from_millis(5),
    ///     shard: 0,
    ///     counters: Counters::default(),
    ///     events: Vec::new(),
    /// };
    /// assert_eq!(Message::read(&message.text()), Ok(message));
    /// ```
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "no value here refuses to be written"
    )]
    pub fn text(&self) -> String {
        let frame = MessageFrame {
            v: if self.events.iter().any(|event| event.is_test) {
                TEST_VERSION
            } else if self.sync.is_empty() {
                VERSION
            } else {
                SYNC_VERSION
            },
            sync: &self.sync,
            id: self.id,
            sent: self.sent,
            shard: self.shard,
            counters: &self.counters,
        };
        let frame = serde_json::to_string(&frame).expect("every value can be written");
        let events = self.events.iter().map(QueuedEvent::bytes);
        let mut text = String::with_capacity(frame.len() + events.sum::<usize>() + 16);
        text.push_str(frame.strip_suffix('}').unwrap_or(&frame));
        text.push_str(",\"events\":[");
        for (number, event) in self.events.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            event.write(&mut text);
        }
        text.push_str("]}");
        text
    }

    /// Reads what [`Message::text`] writes. Counters that no message carries are dropped, so that a
    /// message made by hand cannot falsify the statistics.
    ///
    /// # Errors
    /// `hello`, `{"v":0}`, a member missing, an event neither in the message nor stored:
    /// [`MessageError::Poison`]. `{"v":6}`: [`MessageError::Newer`].
    pub fn read(text: &'a str) -> Result<Self, MessageError> {
        if let Ok(json) = serde_json::from_str::<MessageJson<'a>>(text)
            && matches!(json.v, 2 | VERSION | SYNC_VERSION | TEST_VERSION)
            && json
                .events
                .iter()
                .all(|event| event.event.is_some() != event.stored.is_some())
        {
            return Ok(Message {
                id: json.id,
                sync: json.sync,
                sent: json.sent,
                shard: json.shard,
                counters: json.counters.of_message(),
                events: json.events,
            });
        }
        match serde_json::from_str(text) {
            Ok(VersionJson { v: 1 }) => read_bare(text).ok_or(MessageError::Poison),
            Ok(VersionJson { v }) if v > u64::from(TEST_VERSION) => Err(MessageError::Newer),
            Ok(_) | Err(_) => Err(MessageError::Poison),
        }
    }

    /// Returns the sync that a message belongs to, empty for the one without a name, without reading
    /// its events; `None` where the text is no JSON object.
    #[must_use]
    pub fn sync_of(text: &str) -> Option<Cow<'_, str>> {
        if let Some(name) = Message::sync_at_start(text) {
            return Some(Cow::Borrowed(name));
        }
        let json: SyncJson<'_> = serde_json::from_str(text).ok()?;
        Some(json.sync)
    }

    /// Returns the sync as [`Message::sync_of`] does, from the first characters of a text; `None` where
    /// they do not tell. They tell for every message that this release writes, but for those with a
    /// synthetic event.
    #[must_use]
    pub fn sync_at_start(start: &str) -> Option<&str> {
        if start.starts_with("{\"v\":3,\"id\":\"") {
            return Some("");
        }
        let name = start.strip_prefix("{\"v\":4,\"sync\":\"")?;
        let (name, _) = name.split_once('"')?;
        (!name.contains('\\')).then_some(name)
    }
}

fn read_bare(text: &str) -> Option<Message<'_>> {
    let BareMessageJson {
        id,
        received,
        event,
    } = serde_json::from_str(text).ok()?;
    if !event.as_str().starts_with('{') {
        return None;
    }
    let event = QueuedEvent {
        id: Digest::of(&["bare event", &id]),
        source: Source::default(),
        received,
        of_users: false,
        settings: Digest::of(&[]),
        is_replay: false,
        is_test: false,
        progress: DeliveryProgress::default(),
        event: Some(event),
        stored: None,
    };
    Some(Message {
        id: Digest::of(&["bare message", &id]),
        sync: Cow::Borrowed(""),
        sent: received,
        shard: 0,
        counters: Counters::default(),
        events: [event].into(),
    })
}

fn is_first_shard(shard: &u32) -> bool {
    *shard == 0
}
