//! Checks the types of values.

use super::findings::Findings;
use super::json_type::{self, JsonType, KeyTypes};
use super::object::{BodyField, Object};
use crate::json::Value;
use crate::kochava::Rule;
use alloc::borrow::Cow;
use alloc::string::String;

/// Returns the text of a string; adds a finding for any other value.
#[inline(never)]
pub(super) fn string<'a>(
    field: &BodyField<'_, 'a>,
    findings: &mut Findings,
) -> Option<Cow<'a, str>> {
    if let Value::String(text) = field.value {
        return Some(text.decode());
    }
    check_type(field, JsonType::String, findings);
    None
}

/// Returns the object of a field; adds a finding for any other value.
#[inline(never)]
pub(super) fn object<'a>(field: &BodyField<'_, 'a>, findings: &mut Findings) -> Option<Object<'a>> {
    check_type(field, JsonType::Object, findings);
    Object::of(field)
}

/// Adds a finding for each member whose value has another type than its key.
#[inline(never)]
pub(super) fn check_members(object: &Object<'_>, types: KeyTypes, findings: &mut Findings) {
    for member in object.members() {
        if let Some(expected) = json_type::of(&member.key, types) {
            check_type(&object.field(member), expected, findings);
        }
    }
}

/// Adds a finding for a value of another type; returns whether there is none.
#[inline(never)]
pub(super) fn check_type(
    field: &BodyField<'_, '_>,
    expected: JsonType,
    findings: &mut Findings,
) -> bool {
    let fits = expected.fits(field.value);
    if !fits {
        let rule = if field.value.is_null() {
            Rule::NullValue
        } else {
            Rule::WrongType
        };
        findings.add_mismatch(rule, field, expected.expected());
    }
    fits
}

/// Returns the text of a string; empty for any other value and for a missing field.
#[inline(never)]
pub(super) fn string_or_empty(field: Option<BodyField<'_, '_>>) -> String {
    match field.map(|field| field.value) {
        Some(Value::String(text)) => text.decode().into_owned(),
        _ => String::new(),
    }
}

/// Reports whether a field is an empty string.
#[inline(never)]
pub(super) fn is_empty_string(field: &BodyField<'_, '_>) -> bool {
    matches!(field.value, Value::String(text) if text.is(""))
}

/// Reports whether a text has the length and the digits of a hash: MD5, SHA-1 or SHA-256 in hex.
pub(super) fn is_hash(text: &str) -> bool {
    [32, 40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
