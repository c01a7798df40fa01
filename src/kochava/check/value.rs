//! Is this value of the plain kind that its key asks for?

use super::place::{BodyField, Findings, Object};
use crate::json::Value;
use crate::kochava::Rule;
use alloc::borrow::Cow;
use alloc::string::String;

/// A text; anything else is told, null by its own name.
pub(super) fn text<'a>(field: &BodyField<'a>, report: &mut Findings) -> Option<Cow<'a, str>> {
    match field.value {
        Value::String(text) => return Some(text.decode()),
        Value::Null => report.tell(Rule::NullValue, field),
        _ => report.tell(Rule::WrongType, field),
    }
    None
}

/// An object; anything else is told.
pub(super) fn object<'a>(field: &BodyField<'a>, report: &mut Findings) -> Option<Object<'a>> {
    let object = Object::of(field);
    if object.is_none() {
        report.tell(
            if field.value.is_null() {
                Rule::NullValue
            } else {
                Rule::WrongType
            },
            field,
        );
    }
    object
}

/// What a text field says; nothing where it is none.
pub(super) fn said(field: Option<BodyField<'_>>) -> String {
    match field.map(|field| field.value) {
        Some(Value::String(text)) => text.decode().into_owned(),
        _ => String::new(),
    }
}

/// Has it the length and the digits of MD5, SHA-1 or SHA-256?
pub(super) fn is_digest(text: &str) -> bool {
    [32, 40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
