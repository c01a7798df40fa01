//! How is a message spelled, and read again?
//!
//! JSON, so that the queue's own dashboard shows it. Messages outlive the code that wrote them, by
//! up to 14 days, and a rollback reads what a newer release wrote: each says its version, and the
//! last two are read. Version 1 holds one event bare, short enough to be put into the
//! queue by hand: `{"v":1,"id":"any name","received":1767225600000,"event":{…}}`.

use super::{DeliveryProgress, Message, QueuedEvent};
use crate::digest::Digest;
use crate::json::{Members, Reader, Value, write_plain_str};
use crate::source::Source;
use crate::time::Moment;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// TripReason a text is no message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// It is none, or one of a version that is no longer read.
    Poison,
    /// A newer release wrote it, which will come back.
    Newer,
}

/// The version that is written.
const VERSION: u32 = 2;

impl<'a> Message<'a> {
    /// What a message weighs beside its entries, at most, a counters not counted.
    pub(super) const FRAME_BYTES: usize = 100;

    /// Spells it.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::{Digest, Message, Moment};
    /// let message = Message { id: Digest::of(&["a"]), sent: Moment::from_millis(5), counters: vec![], entries: vec![] };
    /// assert_eq!(Message::read(&message.text()), Ok(message));
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(
            Self::FRAME_BYTES + self.entries.iter().map(QueuedEvent::bytes).sum::<usize>(),
        );
        _ = write!(
            out,
            "{{\"v\":{VERSION},\"id\":\"{}\",\"sent\":{}",
            self.id, self.sent.millis
        );
        for (at, (name, count)) in self.counters.iter().enumerate() {
            out.push_str(if at == 0 { ",\"counters\":{" } else { "," });
            write_plain_str(&mut out, name);
            _ = write!(out, ":{count}");
        }
        out.push_str(if self.counters.is_empty() {
            ",\"events\":["
        } else {
            "},\"events\":["
        });
        for (at, entry) in self.entries.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "," });
            entry.write(&mut out);
        }
        out.push_str("]}");
        out
    }

    /// Reads what [`Message::text`] spells.
    ///
    /// # Errors
    /// `hello`, `{"v":0}`, a member missing: poison. `{"v":3}`: newer.
    pub fn read(text: &'a str) -> Result<Self, MessageError> {
        let mut reader = Reader::new(text);
        let value = reader.value().map_err(|_| MessageError::Poison)?;
        reader.end().map_err(|_| MessageError::Poison)?;
        let members: Members<'a> = value.members().collect();
        match integer::<u32>(&members, "v").ok_or(MessageError::Poison)? {
            1 => read_bare(&members).ok_or(MessageError::Poison),
            VERSION => read(&members).ok_or(MessageError::Poison),
            0 => Err(MessageError::Poison),
            _ => Err(MessageError::Newer),
        }
    }
}

impl QueuedEvent<'_> {
    /// What it weighs within a message, at most.
    pub(super) fn bytes(&self) -> usize {
        ENTRY_FRAME_BYTES + self.event.len()
    }

    fn write(&self, out: &mut String) {
        _ = write!(
            out,
            "{{\"id\":\"{}\",\"source\":\"{}\",\"received\":{}",
            self.id,
            self.source.name(),
            self.received.millis
        );
        if self.of_users {
            out.push_str(",\"users\":true");
        }
        _ = write!(out, ",\"settings\":\"{}\"", self.settings);
        for (name, count) in self.progress.counts() {
            if *count > 0 {
                _ = write!(out, ",\"{name}\":{count}");
            }
        }
        if self.progress.is_unsure {
            out.push_str(",\"unsure\":true");
        }
        out.push_str(",\"event\":");
        out.push_str(self.event);
        out.push('}');
    }
}

impl DeliveryProgress {
    /// Its numbers by name.
    fn counts(&self) -> [(&'static str, &u32); 6] {
        [
            ("done", &self.done),
            ("attempts", &self.attempts),
            ("waited", &self.waited_s),
            ("deferrals", &self.deferrals),
            ("behind", &self.behind),
            ("breaker_deferrals", &self.breaker_deferrals),
        ]
    }

    /// As words of a line: `done unsure attempts waited deferrals behind breaker_deferrals`.
    #[must_use]
    pub fn line(&self) -> String {
        let DeliveryProgress {
            done,
            is_unsure,
            attempts,
            waited_s,
            deferrals,
            behind,
            breaker_deferrals,
        } = self;
        format!(
            "{done} {} {attempts} {waited_s} {deferrals} {behind} {breaker_deferrals}",
            u8::from(*is_unsure)
        )
    }

    /// Reads what [`DeliveryProgress::line`] writes.
    pub fn read_line<'w>(words: &mut impl Iterator<Item = &'w str>) -> Option<Self> {
        let mut number = || words.next()?.parse::<u32>().ok();
        Some(DeliveryProgress {
            done: number()?,
            is_unsure: number()? > 0,
            attempts: number()?,
            waited_s: number()?,
            deferrals: number()?,
            behind: number()?,
            breaker_deferrals: number()?,
        })
    }
}

fn read<'a>(members: &Members<'a>) -> Option<Message<'a>> {
    let Some(Value::Array(_)) = members.get("events") else {
        return None;
    };
    let entries = members
        .get("events")?
        .elements()
        .map(|entry| read_entry(&entry.members().collect()));
    let counters = members.get("counters").into_iter().flat_map(Value::members);
    let counters = counters.map(|(name, count)| Some((name.decode().into_owned(), number(count)?)));
    Some(Message {
        id: Digest::read(&text(members, "id")?)?,
        sent: Moment::from_millis(integer(members, "sent")?),
        counters: counters.collect::<Option<_>>()?,
        entries: entries.collect::<Option<_>>()?,
    })
}

/// A message of version 1, whose names may be any text.
fn read_bare<'a>(members: &Members<'a>) -> Option<Message<'a>> {
    let id = text(members, "id")?;
    let received = Moment::from_millis(integer(members, "received")?);
    let Some(Value::Object(event)) = members.get("event") else {
        return None;
    };
    let entry = QueuedEvent {
        id: Digest::of(&["bare entry", &id]),
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
        counters: Vec::new(),
        entries: [entry].into(),
    })
}

fn read_entry<'a>(members: &Members<'a>) -> Option<QueuedEvent<'a>> {
    let count = |name| members.get(name).map_or(Some(0), number);
    let is = |name| matches!(members.get(name), Some(Value::Bool("true")));
    Some(QueuedEvent {
        id: Digest::read(&text(members, "id")?)?,
        source: Source::of_name(&text(members, "source")?)?,
        received: Moment::from_millis(integer(members, "received")?),
        of_users: is("users"),
        ordering_key: None,
        settings: Digest::read(&text(members, "settings")?)?,
        progress: DeliveryProgress {
            done: count("done")?,
            is_unsure: is("unsure"),
            attempts: count("attempts")?,
            waited_s: count("waited")?,
            deferrals: count("deferrals")?,
            behind: count("behind")?,
            breaker_deferrals: count("breaker_deferrals")?,
        },
        event: raw(members.get("event")?)?,
    })
}

/// The text of a value as it lies in the message.
fn raw(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Object(text) | Value::Array(text) | Value::Number(text) | Value::Bool(text) => {
            Some(text)
        }
        Value::String(_) | Value::Null => None,
    }
}

fn text<'a>(members: &Members<'a>, key: &str) -> Option<Cow<'a, str>> {
    if let Some(Value::String(text)) = members.get(key) {
        Some(text.decode())
    } else {
        None
    }
}

fn integer<N: core::str::FromStr>(members: &Members<'_>, key: &str) -> Option<N> {
    members.get(key).and_then(number)
}

fn number<N: core::str::FromStr>(value: Value<'_>) -> Option<N> {
    if let Value::Number(digits) = value {
        digits.parse().ok()
    } else {
        None
    }
}

/// What an entry weighs beside its event, at most: two names of 32 digits, two moments, seven
/// counts of ten digits with theirs.
const ENTRY_FRAME_BYTES: usize = 400;
