//! Tells by the shape of a body who sent it.
//!
//! In: a body, or an object of one. Out: the first sender, in the order of [`Source::ALL`], whose
//! schema recognises the shape; none where no schema does.

use super::Source;
use crate::json::{Members, Reader, Value, utf8_text};
use alloc::string::String;

/// The members of an object, as the rules of detection ask for them. `null` counts as absent.
#[derive(Debug)]
pub struct Shape<'a>(Members<'a>);

/// The sender of a body, by the shape of its object or of the first object in its list; `None` where
/// it has the shape of no sender. Of lines of JSON the first one counts. What is behind that object is
/// not read.
///
/// # Example
/// ```
/// use kochava_edge::{Source, detect};
/// let event = br#"{"event_type":"Level Up","event_time":"2026-01-01 00:00:00.000000"}"#;
/// assert_eq!(detect(event), Some(Source::Amplitude));
/// assert_eq!(detect(b"{}"), None);
/// ```
#[must_use]
pub fn detect(body: &[u8]) -> Option<Source> {
    let text = utf8_text(body).ok()?;
    let mut reader = Reader::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    if reader.peek() != Some(b'[') {
        return detect_value(reader.value().ok()?);
    }
    reader.enter(b'[').ok()?;
    let mut is_first = true;
    while reader.element(is_first).ok()? {
        let element = reader.value().ok()?;
        if matches!(element, Value::Object(_)) {
            return detect_value(element);
        }
        is_first = false;
    }
    None
}

/// The text of a member of a body's object: the key that an SDK puts beside its events (`api_key`,
/// `writeKey`). `None` where the body is no object or the member no text.
///
/// # Example
/// ```
/// use kochava_edge::body_key;
/// assert_eq!(body_key(br#"{"api_key":"k-1","events":[]}"#, "api_key").as_deref(), Some("k-1"));
/// assert_eq!(body_key(b"[]", "api_key"), None);
/// ```
#[must_use]
pub fn body_key(body: &[u8], name: &str) -> Option<String> {
    let text = core::str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match Reader::new(text).value().ok()?.member(name)? {
        Value::String(key) => Some(key.decode().into_owned()),
        _ => None,
    }
}

/// The sender of an object, or of the first object in a list.
pub(super) fn detect_value(value: Value<'_>) -> Option<Source> {
    let object = match value {
        Value::Array(_) => value
            .elements()
            .find(|element| matches!(element, Value::Object(_)))?,
        value => value,
    };
    let shape = Shape::of(object);
    let mut sources = Source::ALL.iter().copied();
    sources.find(|source| (source.schema().detects)(&shape))
}

impl<'a> Shape<'a> {
    /// The shape of an object.
    pub(super) fn of(object: Value<'a>) -> Self {
        Shape(object.members().collect())
    }

    /// The value of a member; `null` where there is none.
    #[inline(never)]
    pub(super) fn value(&self, key: &str) -> Value<'a> {
        self.0.get(key).unwrap_or(Value::Null)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        !self.value(key).is_null()
    }

    pub(super) fn has_text(&self, key: &str) -> bool {
        matches!(self.value(key), Value::String(_))
    }

    pub(super) fn has_list(&self, key: &str) -> bool {
        matches!(self.value(key), Value::Array(_))
    }

    pub(super) fn has_object(&self, key: &str) -> bool {
        matches!(self.value(key), Value::Object(_))
    }

    pub(super) fn is(&self, key: &str, text: &str) -> bool {
        self.value(key).is_text(text)
    }
}
