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
        let mut extra = Extra::new();
        let mut within = Extra::new();
        let parent = schema.connection.and_then(|places| places.parent);
        let parent = parent.or(schema.merges.map(|(slot, _)| slot));
        let parent = parent.map_or("", |slot| schema.key(slot).as_str());
        for (key, value) in self.inherited.iter().flat_map(|shared| shared.root.iter()) {
            let other = member(own, &key.decode());
            if other.is_null() {
                extra.push((key, value));
            } else if key.is(parent) && matches!(other, Value::Object(_)) {
                let members = value.members();
                within.extend(members.filter(|(key, _)| member(other, &key.decode()).is_null()));
            }
        }
        if let Some(places) = schema.connection {
            let target = if places.parent.is_some() {
                &mut within
            } else {
                &mut extra
            };
            for (place, text) in [places.ip, places.user_agent]
                .iter()
                .zip(self.from_connection)
            {
                let key = Text::plain(schema.key_at(*place).as_str());
                if let Some((text, key)) = text.and_then(Text::plain).zip(key) {
                    target.push((key, Value::String(text)));
                }
            }
        }
        let mut merged = String::new();
        if !within.is_empty() {
            let inherited = extra.iter().position(|(key, _)| key.is(parent));
            let inherited = inherited.map(|at| extra.remove(at).1);
            let base = inherited.unwrap_or_else(|| member(own, parent));
            write_object(&mut merged, base, &within);
            extra.extend(Text::plain(parent).map(|key| (key, Value::Object(&merged))));
        }
        let mut out = String::with_capacity(element.len() + merged.len());
        write_object(&mut out, own, &extra);
        out
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
