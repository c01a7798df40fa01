//! Writes an element as a text that means the same without its surroundings.
//!
//! In: an event, and the text of its element in the body. Out: the text with what the wrapper and the
//! connection contributed; none where they contributed nothing.

use super::Event;
use crate::json::{Text, Value, write_strict};
use alloc::string::String;
use alloc::vec::Vec;

type Extra<'a> = Vec<(Text<'a>, Value<'a>)>;

impl<'a> Event<'a> {
    /// Whether the text of the element is strict JSON that means the same without its surroundings.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        self.is_strict && self.inherited.is_none() && self.from_connection == [None, None]
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
                write_object(&mut text, base, &within);
                merged.push((key, text));
            }
        }
        for (key, text) in &merged {
            extra.retain(|(name, _)| !name.is(key));
            extra.extend(Text::plain(key).map(|key| (key, Value::Object(text))));
        }
        let mut out = String::with_capacity(element.len());
        write_object(&mut out, own, &extra);
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

/// Writes an object with further members behind its own: of a duplicate key the last one counts.
fn write_object(out: &mut String, object: Value<'_>, extra: &[(Text<'_>, Value<'_>)]) {
    if let Value::Object(_) = object {
        write_strict(out, object);
        out.pop();
    } else {
        out.push('{');
    }
    let is_empty = out.ends_with('{');
    for (number, (key, value)) in extra.iter().enumerate() {
        if number > 0 || !is_empty {
            out.push(',');
        }
        write_strict(out, Value::String(*key));
        out.push(':');
        write_strict(out, *value);
    }
    out.push('}');
}
