//! CloudEvents 1.0, an envelope for events of any sender.
//!
//! In: the members of an envelope, in the JSON format. Out: the event of another sender that it
//! carries, if `data` has the shape of one; otherwise an event of its own, named by its type, whose
//! properties are its data (CloudEvents 1.0; JSON Event Format; HTTP Protocol Binding).

use super::detect::Shape;
use super::{Attribute, Event, Holds, Kind, Place, Source, SourceSchema};
use crate::json::{Key, Slot, Value, write_plain_str};
use alloc::string::String;
use alloc::vec::Vec;

/// The members that are looked up in every envelope, in the order of their slots.
const KEYS: &[Key<'static>] = &[
    Key::of("data"),
    Key::of("specversion"),
    Key::of("id"),
    Key::of("source"),
    Key::of("type"),
    Key::of("event_type"),
];
const DATA: Slot = Slot::nth(0);
const SPEC_VERSION: Slot = Slot::nth(1);
const ID: Slot = Slot::nth(2);
const SOURCE: Slot = Slot::nth(3);
const TYPE: Slot = Slot::nth(4);
const EVENT_TYPE: Slot = Slot::nth(5);

/// What the specification says of every event.
pub(super) static SCHEMA: SourceSchema = SourceSchema {
    source: Source::Cloudevents,
    name: "cloudevents",
    title: "CloudEvents",
    documented: &[(Attribute::Usertime, "time")],
    keys: KEYS,
    holds: &[Holds::Properties],
    element_mark: SPEC_VERSION,
    name_at: "type",
    typed_by: &[("specversion", "1.0"), ("source", "kochava-edge-test")],
    properties: "data",
    // "source + id is unique for each distinct event" (CloudEvents 1.0, id)
    ids: &[Place::root(ID)],
    carries: Some([DATA, ID, SOURCE]),
    read,
    confirms: |event| {
        event.root.at(EVENT_TYPE).is_null()
            && [SPEC_VERSION, SOURCE, TYPE]
                .iter()
                .all(|slot| matches!(event.root.at(*slot), Value::String(_)))
    },
    detects: |shape: &Shape<'_>| {
        !shape.has("event_type")
            && ["specversion", "source", "type"]
                .iter()
                .all(|key| shape.has_text(key))
    },
    ..SourceSchema::PLAIN
};

/// Names the event by its type.
fn read(event: &mut Event<'_>) {
    event.kind = Kind::Event;
    event.name_path = "type";
    event.name = match *event.root.at(TYPE) {
        Value::String(text) if !text.is("") => Some(text),
        _ => None,
    };
}

/// The attributes of an event in a request's headers, beside those that an extension adds.
const PREFIX: &str = "ce-";

/// The structured form of an event in binary mode, whose attributes stand in headers named `ce-…`
/// and whose data is the body. Percent-encoded characters of a header are decoded; other headers are
/// ignored. A body that is empty or blank is no data (CloudEvents, HTTP Protocol Binding, Binary
/// Content Mode).
///
/// # Example
/// ```
/// use kochava_edge::structured_cloud_event;
/// let headers = [("ce-specversion", "1.0"), ("CE-Id", "a%20b"), ("Host", "example.com")];
/// assert_eq!(
///     structured_cloud_event(headers, r#"{"level":7}"#),
///     r#"{"specversion":"1.0","id":"a b","data":{"level":7}}"#
/// );
/// ```
#[must_use]
pub fn structured_cloud_event<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: &str,
) -> String {
    let mut out = String::from("{");
    for (name, value) in headers {
        let attribute = name
            .get(..PREFIX.len())
            .filter(|start| start.eq_ignore_ascii_case(PREFIX))
            .map(|start| &name[start.len()..]);
        if let Some(attribute) = attribute {
            write_plain_str(&mut out, &attribute.to_ascii_lowercase());
            out.push(':');
            write_plain_str(&mut out, &decoded(value));
            out.push(',');
        }
    }
    let body = body.trim();
    if body.is_empty() {
        out.pop();
    } else {
        out.push_str("\"data\":");
        out.push_str(body);
    }
    if out.is_empty() {
        out.push('{');
    }
    out.push('}');
    out
}

/// A header's value without percent-encoding; as it is where that is no UTF-8.
fn decoded(value: &str) -> String {
    let bytes = value.trim().as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let encoded = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| core::str::from_utf8(digits).ok())
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(encoded.unwrap_or(bytes[at]));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| value.into())
}
