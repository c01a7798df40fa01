//! Checks the type of a single value.

use super::findings::Findings;
use super::json_type::{JsonType, check_type};
use super::object::{BodyField, Object};
use crate::json::Value;
use alloc::borrow::Cow;
use alloc::string::String;

/// Returns the text of a string; adds a finding for any other value.
pub(super) fn string<'a>(field: &BodyField<'a>, findings: &mut Findings) -> Option<Cow<'a, str>> {
    if let Value::String(text) = field.value {
        return Some(text.decode());
    }
    check_type(field, JsonType::String, findings);
    None
}

/// Returns the object of a field; adds a finding for any other value.
pub(super) fn object<'a>(field: &BodyField<'a>, findings: &mut Findings) -> Option<Object<'a>> {
    check_type(field, JsonType::Object, findings);
    Object::of(field)
}

/// Returns the text of a string; empty for any other value and for a missing field.
pub(super) fn string_or_empty(field: Option<BodyField<'_>>) -> String {
    match field.map(|field| field.value) {
        Some(Value::String(text)) => text.decode().into_owned(),
        _ => String::new(),
    }
}

/// Reports whether a field is an empty string.
pub(super) fn is_empty_string(field: &BodyField<'_>) -> bool {
    matches!(field.value, Value::String(text) if text.is(""))
}

/// Reports whether a text has the length and the digits of a hash: MD5, SHA-1 or SHA-256 in hex.
pub(super) fn is_hash(text: &str) -> bool {
    [32, 40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
