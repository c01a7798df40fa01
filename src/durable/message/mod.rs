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
//! | `v` | version of the format, 2 |
//! | `id` | the message's digest, the same for each copy |
//! | `sent` | when this copy was put into the queue, in milliseconds since the epoch |
//! | `counters` | counters besides those of the events, by name; absent where empty |
//! | `events[].id` | the event's digest, the same until its delivery ends |
//! | `events[].source` | the sender, as `amplitude` |
//! | `events[].received` | when it arrived, in milliseconds since the epoch |
//! | `events[].of_users` | `true` where its place in the body made it a user; else absent |
//! | `events[].settings` | the digest of the settings under which the progress was made |
//! | `events[].progress` | [`DeliveryProgress`]; members that are 0 or `false` are absent |
//! | `events[].event` | the event, byte for byte as it arrived |
//!
//! Version 1 holds one event and is short enough to be enqueued manually:
//! `{"v":1,"id":"any text","received":1767225600000,"event":{…}}`. Messages outlive the release
//! that wrote them by up to 14 days, and after a rollback a release reads what a newer one wrote:
//! hence the version, and [`MessageError::Newer`].

mod pack;

use crate::digest::Digest;
use crate::durable::{Counters, EventMeta};
use crate::json::{Reader, write_strict};
use crate::source::Source;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use pack::{PackedMessages, batches, pack};

/// One message of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Identifies the message; the platform's own id differs between copies.
    pub id: Digest,
    /// When this copy was put into the queue.
    pub sent: Moment,
    /// Counters besides those of the events.
    pub counters: Counters,
    /// The events, those of one device in their order.
    pub events: Vec<QueuedEvent<'a>>,
}

/// One event whose delivery has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedEvent<'a> {
    /// Identifies the event until its delivery ends.
    pub id: Digest,
    /// Who sent it.
    #[serde(serialize_with = "source_name", deserialize_with = "source_of_name")]
    pub source: Source,
    /// When it arrived.
    pub received: Moment,
    /// Whether its place in the body made it a user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of_users: bool,
    /// The digest of its device, where the sender names one. Not part of the message, since the
    /// event contains it.
    #[serde(skip)]
    pub ordering_key: Option<Digest>,
    /// The settings under which its progress was made.
    pub settings: Digest,
    /// How far its delivery has got.
    #[serde(default, skip_serializing_if = "is_default")]
    pub progress: DeliveryProgress,
    /// The event as it arrived.
    #[serde(borrow)]
    pub event: RawEvent<'a>,
}

/// How far the delivery of one event has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryProgress {
    /// Calls that Kochava accepted.
    #[serde(skip_serializing_if = "is_default")]
    pub done: u32,
    /// Whether one of them was answered with 2xx and nothing readable.
    #[serde(skip_serializing_if = "is_default")]
    #[serde(rename = "unconfirmed")]
    pub is_unconfirmed: bool,
    /// Failed attempts at the next call.
    #[serde(skip_serializing_if = "is_default")]
    pub attempts: u32,
    /// The sum of the waits between them, in seconds. The span of the schedule limits this sum;
    /// the waits for an open breaker do not count.
    #[serde(skip_serializing_if = "is_default")]
    pub waited_s: u32,
    /// How often it was deferred without an attempt.
    #[serde(skip_serializing_if = "is_default")]
    pub deferrals: u32,
    /// How often it waited for a failing event of its device.
    #[serde(skip_serializing_if = "is_default")]
    pub behind: u32,
    /// How often a refusal of it was attributed to the configuration.
    #[serde(skip_serializing_if = "is_default")]
    pub breaker_deferrals: u32,
}

/// The JSON text of an event as it arrived: spaces, order of keys and digits of numbers stay. Only
/// trailing commas, which some senders write, are left out, since a message is strict JSON.
#[derive(Clone, Debug)]
pub struct RawEvent<'a>(Cow<'a, RawValue>);

/// Why a text is not a message that this release can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// It is not a message, or has a version that is no longer read.
    Poison,
    /// A newer release wrote it, and can read it once it is deployed again.
    Newer,
}

/// The JSON of a message.
#[derive(Serialize, Deserialize)]
struct MessageJson<'a> {
    v: u32,
    id: Digest,
    sent: Moment,
    #[serde(default, skip_serializing_if = "Counters::is_empty")]
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

#[derive(Deserialize)]
struct VersionJson {
    v: u64,
}

/// The version that is written.
const VERSION: u32 = 2;

impl<'a> Message<'a> {
    /// The most bytes of a message besides its events and counters: a digest of 32
    /// digits, a moment of 20, and 55 bytes of punctuation and names.
    pub(super) const FRAME_BYTES: usize = 110;

    /// Makes a message that only counts, for events whose delivery ended without the queue.
    #[must_use]
    pub fn of_counters(seed: &str, now: Moment, counters: Counters) -> Self {
        Message {
            id: Digest::of(&["counters", seed]),
            sent: now,
            counters,
            events: Vec::new(),
        }
    }

    /// Writes the message as JSON.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::{Counters, Digest, Message, Moment};
    /// let message = Message::of_counters("seed", Moment::from_millis(5), Counters::default());
    /// assert_eq!(Message::read(&message.text()), Ok(message));
    /// ```
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "no value here refuses to be written"
    )]
    pub fn text(&self) -> String {
        let json = MessageJson {
            v: VERSION,
            id: self.id,
            sent: self.sent,
            counters: self.counters.clone(),
            events: self.events.clone(),
        };
        serde_json::to_string(&json).expect("every value can be written")
    }

    /// Reads what [`Message::text`] writes.
    ///
    /// # Errors
    /// `hello`, `{"v":0}`, a member missing: [`MessageError::Poison`]. `{"v":3}`:
    /// [`MessageError::Newer`].
    pub fn read(text: &'a str) -> Result<Self, MessageError> {
        if let Ok(json) = serde_json::from_str::<MessageJson<'a>>(text)
            && json.v == VERSION
        {
            return Ok(Message {
                id: json.id,
                sent: json.sent,
                counters: json.counters,
                events: json.events,
            });
        }
        match serde_json::from_str(text) {
            Ok(VersionJson { v: 1 }) => read_bare(text).ok_or(MessageError::Poison),
            Ok(VersionJson { v }) if v > u64::from(VERSION) => Err(MessageError::Newer),
            Ok(_) | Err(_) => Err(MessageError::Poison),
        }
    }
}

impl<'a> QueuedEvent<'a> {
    /// Makes the queued form of an element of `body` whose delivery begins; `None` where the
    /// element is not JSON.
    #[must_use]
    pub fn new(
        meta: &EventMeta,
        body: &'a str,
        source: Source,
        received: Moment,
        settings: Digest,
    ) -> Option<Self> {
        Some(QueuedEvent {
            id: meta.id,
            source,
            received,
            of_users: meta.of_users,
            ordering_key: meta.ordering_key,
            settings,
            progress: DeliveryProgress::default(),
            event: RawEvent::new(body.get(meta.at.clone())?)?,
        })
    }

    /// Returns the most bytes that the event adds to a message.
    pub(super) fn bytes(&self) -> usize {
        EVENT_FRAME_BYTES + self.event.as_str().len()
    }
}

impl<'a> RawEvent<'a> {
    /// Reads the text of an event; `None` where it is not JSON: `{"a":1`.
    #[must_use]
    pub fn new(json: &'a str) -> Option<Self> {
        if let Ok(strict) = serde_json::from_str(json) {
            return Some(RawEvent(Cow::Borrowed(strict)));
        }
        let mut reader = Reader::new(json);
        let value = reader.value().ok()?;
        reader.end().ok()?;
        let mut strict = String::with_capacity(json.len());
        write_strict(&mut strict, value);
        RawValue::from_string(strict)
            .ok()
            .map(|strict| RawEvent(Cow::Owned(strict)))
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl Serialize for RawEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawEvent<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|strict| RawEvent(Cow::Borrowed(strict)))
    }
}

impl PartialEq for RawEvent<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawEvent<'_> {}

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
        ordering_key: None,
        settings: Digest::of(&[]),
        progress: DeliveryProgress::default(),
        event,
    };
    Some(Message {
        id: Digest::of(&["bare message", &id]),
        sent: received,
        counters: Counters::default(),
        events: [event].into(),
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn source_name<S: Serializer>(source: &Source, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(source.name())
}

fn source_of_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Source, D::Error> {
    let name = Cow::<'de, str>::deserialize(deserializer)?;
    Source::from_name(&name).ok_or_else(|| D::Error::custom("unknown source"))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The most bytes that an event adds to a message besides its text: two digests of 32
/// digits, a moment of 20, six counts of 10, and 207 bytes of punctuation and names.
const EVENT_FRAME_BYTES: usize = 400;
