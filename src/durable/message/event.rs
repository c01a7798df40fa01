//! One event of a message: its text, where it came from, and how far its delivery has got.

use crate::digest::Digest;
use crate::json::{Reader, write_strict};
use crate::source::Source;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::string::String;
use litemap::LiteMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// One event whose delivery has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedEvent<'a> {
    /// Identifies the event until its delivery ends: its dedupe key, else a digest of its arrival.
    pub id: Digest,
    /// Who sent it.
    #[serde(serialize_with = "source_name", deserialize_with = "source_of_name")]
    pub source: Source,
    /// When it arrived.
    pub received: Moment,
    /// Whether its place in the body made it a user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of_users: bool,
    /// The settings under which its progress was made.
    pub settings: Digest,
    /// Whether an operator sends a reject again.
    #[serde(default, rename = "replay", skip_serializing_if = "is_default")]
    pub is_replay: bool,
    /// Whether it is synthetic: test traffic that an operator sends.
    #[serde(default, rename = "test", skip_serializing_if = "is_default")]
    pub is_test: bool,
    /// How far its delivery has got.
    #[serde(default, skip_serializing_if = "is_default")]
    pub progress: DeliveryProgress,
    /// The event as it arrived; `None` where it is too large for a message. [`Message::text`]
    /// appends it, since serde would read it once more.
    ///
    /// [`Message::text`]: super::Message::text
    #[serde(borrow, default, skip_serializing)]
    pub event: Option<RawEvent<'a>>,
    /// The key of an event that is too large for a message in the store of large events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Digest>,
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
    /// How often a refusal of it was blamed on its route.
    #[serde(skip_serializing_if = "is_default", alias = "breaker_deferrals")]
    pub refusals: u32,
}

/// The JSON text of an event as it arrived: spaces, order of keys and digits of numbers stay. Only
/// trailing commas, which some senders write, are left out, since a message is strict JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent<'a>(Cow<'a, str>);

impl QueuedEvent<'_> {
    /// Returns the text of the event, from the message or from what was read of the large events.
    pub(in crate::durable) fn text<'e>(
        &'e self,
        large: &'e LiteMap<Digest, String>,
    ) -> Option<&'e str> {
        match self.stored {
            Some(key) => large.get(&key).map(String::as_str),
            None => self.event.as_ref().map(RawEvent::as_str),
        }
    }

    /// Appends the event as JSON.
    pub(super) fn write(&self, out: &mut String) {
        let frame = serde_json::to_string(self).expect("its texts, numbers and flags are written");
        let Some(event) = &self.event else {
            return out.push_str(&frame);
        };
        out.push_str(frame.strip_suffix('}').unwrap_or(&frame));
        for text in [",\"event\":", event.as_str(), "}"] {
            out.push_str(text);
        }
    }

    /// Returns the most bytes that the event adds to a message.
    pub(in crate::durable) fn bytes(&self) -> usize {
        let text = self.event.as_ref().map_or(0, |event| event.as_str().len());
        EVENT_FRAME_BYTES + text
    }
}

impl<'a> RawEvent<'a> {
    /// Reads the text of an event; `None` where it is not JSON: `{"a":1`.
    #[must_use]
    pub fn new(json: &'a str) -> Option<Self> {
        let mut reader = Reader::new(json);
        let value = reader.value().ok()?;
        reader.end().ok()?;
        if !reader.take_trailing_comma() {
            return Some(RawEvent(Cow::Borrowed(json)));
        }
        let mut strict = String::with_capacity(json.len());
        write_strict(&mut strict, value);
        Some(RawEvent(Cow::Owned(strict)))
    }

    /// The text of an event that a reader has found to be strict JSON.
    pub(in crate::durable) fn strict(json: Cow<'a, str>) -> Self {
        RawEvent(json)
    }

    /// Returns the JSON text, copied where it is borrowed.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0.into_owned()
    }

    /// Copies the text of an event; otherwise like [`RawEvent::new`].
    #[must_use]
    pub fn owned(json: &str) -> Option<RawEvent<'static>> {
        Some(RawEvent(Cow::Owned(RawEvent::new(json)?.into_text())))
    }

    /// Returns the JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawEvent<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|strict| RawEvent(Cow::Borrowed(strict.get())))
    }
}

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

/// The most bytes that an event adds to a message besides its text: three digests of 32 digits, a
/// moment of 20, six counts of 10, and 240 bytes of punctuation and names.
const EVENT_FRAME_BYTES: usize = 450;
