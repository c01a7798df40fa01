//! Writes an element as a text that means the same without its surroundings.
//!
//! In: an event, and the text of its element in the body. Out: the text with what the wrapper and the
//! connection contributed, and without the keys of SDKs.

use super::{Carrier, Event, Source};
use crate::json::{Key, Reader, Text, Value, write_strict};
use alloc::string::String;
use alloc::vec::Vec;

type Extra<'a> = Vec<(Text<'a>, Value<'a>)>;

impl<'a> Event<'a> {
    /// Whether the text of the element is strict JSON that means the same without its surroundings,
    /// and holds no key of an SDK.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        !self.syntax.has_trailing_comma
            && !self.has_sdk_key
            && self.inherited.is_none()
            && self.from_connection == [None, None]
    }

    /// The text of `element`, which is this one, as strict JSON with what its surroundings contributed.
    #[must_use]
    pub fn standalone(&self, element: &'a str) -> String {
        let schema = self.schema;
        let own = Value::Object(element);
        let shared: Extra<'_> = self
            .inherited
            .iter()
            .flat_map(|shared| shared.root.iter())
            .collect();
        let mut extra = Extra::new();
        for (key, value) in &shared {
            if member(own, &key.decode()).is_null() {
                extra.push((*key, *value));
            }
        }
        let connection = self.connection();
        let parent = schema.connection.and_then(|places| places.parent);
        if parent.is_none() {
            extra.extend_from_slice(&connection);
        }
        let mut merged = Vec::new();
        for slot in schema.merges {
            let key = schema.key(*slot).as_str();
            let of_wrapper = shared.iter().find(|(name, _)| name.is(key));
            let of_wrapper = of_wrapper.map_or(Value::Null, |(_, value)| *value);
            let (base, mut within) = match member(own, key) {
                object @ Value::Object(_) => {
                    let is_missing =
                        |(key, _): &(Text<'_>, _)| member(object, &key.decode()).is_null();
                    (object, of_wrapper.members().filter(is_missing).collect())
                }
                _ => (of_wrapper, Extra::new()),
            };
            if parent == Some(*slot) {
                within.extend_from_slice(&connection);
            }
            if !within.is_empty() {
                let mut text = String::new();
                write_object(&mut text, base, &within, &[], &[]);
                merged.push((key, text));
            }
        }
        for (key, text) in &merged {
            extra.retain(|(name, _)| !name.is(key));
            extra.extend(Text::plain(key).map(|key| (key, Value::Object(text))));
        }
        let mut out = String::with_capacity(element.len());
        let keys = schema.sdk_keys;
        match self.carrier {
            Some(Carrier { schema, .. }) => {
                write_object(&mut out, own, &extra, schema.sdk_keys, &[(DATA, keys)]);
            }
            None => write_object(&mut out, own, &extra, keys, &[]),
        }
        out
    }

    /// What the connection contributed, by the keys of its places.
    fn connection(&self) -> Extra<'a> {
        let places = self.schema.connection.iter();
        let places = places.flat_map(|places| [places.ip, places.user_agent]);
        let found = places
            .zip(self.from_connection)
            .filter_map(|(place, text)| {
                let key = Text::plain(self.schema.key_at(place).as_str())?;
                Some((key, Value::String(Text::plain(text?)?)))
            });
        found.collect()
    }
}

/// The value of a member; `null` where there is none.
fn member<'a>(object: Value<'a>, key: &str) -> Value<'a> {
    object.member(key).unwrap_or(Value::Null)
}

/// The text of an element that is no event, as strict JSON without the keys of this sender's SDKs;
/// `None` where it is not JSON: `{"a":1`.
#[must_use]
pub fn without_sdk_keys(element: &str, source: Source) -> Option<String> {
    let keys = source.schema().sdk_keys;
    let value = Reader::new(element).value().ok()?;
    let mut out = String::with_capacity(element.len());
    match value {
        Value::Object(_) => write_object(&mut out, value, &[], keys, &[(DATA, keys)]),
        value => write_strict(&mut out, value),
    }
    Some(out)
}

/// The member of an envelope that holds the event which it carries (CloudEvents 1.0).
const DATA: &str = "data";

/// Writes an object with further members behind its own, so that of a duplicate key the last one
/// counts. `left_out` are not written, in the objects of `within` neither those beside their key.
fn write_object(
    out: &mut String,
    object: Value<'_>,
    extra: &[(Text<'_>, Value<'_>)],
    left_out: &[Key<'_>],
    within: &[(&str, &[Key<'_>])],
) {
    out.push('{');
    let mut is_first = true;
    for (key, value) in object.members().chain(extra.iter().copied()) {
        if left_out.iter().any(|own| key.is(own.as_str())) {
            continue;
        }
        if !core::mem::take(&mut is_first) {
            out.push(',');
        }
        write_strict(out, Value::String(key));
        out.push(':');
        match (value, within.iter().find(|(own, _)| key.is(own))) {
            (Value::Object(_), Some((_, left_out))) => write_object(out, value, &[], left_out, &[]),
            _ => write_strict(out, value),
        }
    }
    out.push('}');
}
