//! Checks what only an event has: name, currency and `event_data`.

use super::findings::Findings;
use super::json_type::{self, JsonType};
use super::object::{BodyField, Object};
use super::value::{check_type, string};
use crate::json::{Key, Value, is_php_number, spells_php_number};
use crate::kochava::{Rule, is_near_standard, is_reserved, means_missing};
use crate::limits::EVENT_DATA_KEYS_USUAL;

pub(super) fn check_name(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(name) = string(field, findings) else {
        return;
    };
    if name.trim().is_empty() {
        findings.add(Rule::EventNameMissing, field);
    } else if is_near_standard(&name) {
        findings.add(Rule::EventNameNearStandard, field);
    }
}

pub(super) fn check_currency(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(currency) = string(field, findings) else {
        return;
    };
    if means_missing(&currency)
        || currency.len() != 3
        || !currency.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        findings.add(Rule::CurrencyUnreadable, field);
    } else if !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        findings.add(Rule::CurrencyLowerCase, field);
    }
}

/// Checks `event_data`, the `object` of `field`, if it is one.
pub(super) fn check_data(
    field: &BodyField<'_, '_>,
    object: Option<&Object<'_>>,
    findings: &mut Findings,
) {
    let Some(object) = object else {
        match field.value {
            Value::Null | Value::Array(_) => {
                check_type(field, JsonType::Object, findings);
            }
            _ => findings.add_mismatch(Rule::EventDataOldStyle, field, JsonType::Object.expected()),
        }
        return;
    };
    if object.members().len() > EVENT_DATA_KEYS_USUAL {
        findings.add(Rule::EventDataManyKeys, field);
    }
    for member in object.members() {
        if is_reserved(Key::of(&member.key)) {
            findings.add(Rule::EventDataKeyReserved, &object.field(member));
        }
        check_value(&member.key, &object.field(member), findings);
    }
}

/// Checks a value of `event_data`.
fn check_value(key: &str, field: &BodyField<'_, '_>, findings: &mut Findings) {
    let expected = json_type::of(key, json_type::EVENT_DATA);
    match (key, field.value) {
        ("sum", Value::String(text)) => {
            let rule = if spells_php_number(text.decode().trim()) {
                Rule::RevenueAsText
            } else {
                Rule::RevenueUnreadable
            };
            findings.add_mismatch(rule, field, JsonType::Number.expected());
        }
        ("sum", Value::Number(number)) if !is_php_number(number) => {
            findings.add(Rule::RevenueUnreadable, field);
        }
        ("sum", _) => {
            check_type(field, JsonType::Number, findings);
        }
        ("event_value", _) => findings.add(Rule::EventDataOldStyle, field),
        (_, value) if expected.is_some_and(|expected| expected.fits(value)) => {}
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => {
            let expected = expected.map_or("a string, number or boolean", JsonType::expected);
            findings.add_mismatch(Rule::EventDataNotScalar, field, expected);
        }
        // Kochava's page asks for flat values; a number or a flag under a key of text stays readable
        (_, Value::Bool(_) | Value::Number(_)) if expected == Some(JsonType::String) => {}
        (_, Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            if let Some(expected) = expected {
                findings.add_mismatch(Rule::EventDataOtherType, field, expected.expected());
            }
        }
    }
}
