//! Where in an event does a value lie?
//!
//! Enters: a path as the operator wrote it. Leaves: the value there. Knows JSON, but nothing of events.

use crate::json::{Members, Value};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A way through nested objects: dotted (`user_properties.plan`), or a JSON Pointer (RFC 6901) when it begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    written: Cow<'static, str>,
    pointer: Option<Vec<String>>,
}

/// What a key leads to: a value, or one whose members are listed already.
#[derive(Clone, Copy, Debug)]
pub enum Place<'m, 'a> {
    /// A value.
    Value(Value<'a>),
    /// The listed members of an object, and the object itself.
    Indexed(&'m Members<'a>, Value<'a>),
}

impl Path {
    /// A dotted path that we know from a sender's documentation.
    #[must_use]
    pub const fn documented(written: &'static str) -> Self {
        Path { written: Cow::Borrowed(written), pointer: None }
    }

    /// Reads a path; nothing for the empty text, `a..b`, `.a`, or a pointer with a `~` before anything but `0` or `1`.
    ///
    /// # Example
    /// ```
    /// use kochava_edge::path::Path;
    /// assert!(Path::parse("user_properties.kochava_device_id").is_some());
    /// assert!(Path::parse("/event_properties/a~1b").is_some());
    /// assert!(Path::parse("a..b").is_none());
    /// ```
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let pointer = match written.strip_prefix('/') {
            None if written.split('.').any(str::is_empty) => return None,
            None => None,
            Some(tokens) => Some(tokens.split('/').map(unescape_token).collect::<Option<Vec<_>>>()?),
        };
        Some(Path { written: Cow::Owned(written.to_string()), pointer })
    }

    /// A dotted path of any text: the name of a property, whatever characters it has.
    #[must_use]
    pub fn dotted(name: &str) -> Self {
        Path { written: Cow::Owned(name.to_string()), pointer: None }
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The value at this path, where `top` knows what the outermost keys lead to; `null` is like absent.
    ///
    /// Of a dotted path the longest key that leads to a value wins, so that a key with dots in it is reached.
    pub fn find<'m, 'a: 'm>(&self, top: &dyn Fn(&str) -> Option<Place<'m, 'a>>) -> Option<Value<'a>> {
        match &self.pointer {
            None => longest_key_first(&self.written, top),
            Some(tokens) => {
                let (first, rest) = tokens.split_first()?;
                rest.iter().try_fold(top(first)?, |place, token| below(place, token)).and_then(Place::value)
            }
        }
    }
}

impl<'a> Place<'_, 'a> {
    fn value(self) -> Option<Value<'a>> {
        let (Place::Value(value) | Place::Indexed(_, value)) = self;
        (!value.is_null()).then_some(value)
    }
}

fn longest_key_first<'m, 'a: 'm>(path: &str, step: &dyn Fn(&str) -> Option<Place<'m, 'a>>) -> Option<Value<'a>> {
    if let Some(value) = step(path).and_then(Place::value) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let place = step(&path[..dot])?;
        longest_key_first(&path[dot + 1..], &|key| below(place, key))
    })
}

/// One step down: a member of an object, or an element of an array by its index.
fn below<'m, 'a: 'm>(place: Place<'m, 'a>, key: &str) -> Option<Place<'m, 'a>> {
    let value = match place {
        // what is listed may be what operators such as `$set` come to; they themselves stand in the object alone
        Place::Indexed(members, object) if key.starts_with('$') => members.get(key).or_else(|| member(object, key))?,
        Place::Indexed(members, _) => members.get(key)?,
        Place::Value(object @ Value::Object(_)) => member(object, key)?,
        Place::Value(array @ Value::Array(_)) => array.elements().nth(index(key)?)?,
        Place::Value(_) => return None,
    };
    Some(Place::Value(value))
}

fn member<'a>(object: Value<'a>, key: &str) -> Option<Value<'a>> {
    object.members().filter(|(name, _)| name.is(key)).last().map(|(_, value)| value)
}

fn index(key: &str) -> Option<usize> {
    let canonical = key == "0" || (!key.starts_with(['0', '+']) && !key.is_empty());
    if canonical { key.parse().ok() } else { None }
}

fn unescape_token(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut unescaped = parts.next()?.to_string();
    for part in parts {
        let (character, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        unescaped.push(character);
        unescaped.push_str(rest);
    }
    Some(unescaped)
}
