//! Checks what only an event has: name, currency and `event_data`.

use super::findings::Findings;
use super::object::{BodyField, Object};
use super::value::{add_wrong_type, string};
use crate::json::{Decimal, Key, Value};
use crate::kochava::{Rule, is_near_standard, is_reserved, means_missing};
use crate::limits::EVENT_DATA_KEYS_USUAL;

pub(super) fn check_name(field: &BodyField<'_>, findings: &mut Findings) {
    let Some(name) = string(field, findings) else {
        return;
    };
    if name.trim().is_empty() {
        findings.add(Rule::EventNameMissing, field);
    } else if is_near_standard(&name) {
        findings.add(Rule::EventNameNearStandard, field);
    }
}

pub(super) fn check_currency(field: &BodyField<'_>, findings: &mut Findings) {
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

/// The parts of `event_data` that depend on fields outside.
#[derive(Clone, Debug, Default)]
pub(super) struct EventDataRevenue<'a> {
    pub(super) has_sum: bool,
    /// A currency inside `event_data`.
    pub(super) currency: Option<BodyField<'a>>,
}

/// Checks `event_data`.
pub(super) fn check_data<'a>(
    field: &BodyField<'a>,
    findings: &mut Findings,
) -> EventDataRevenue<'a> {
    let Some(object) = Object::of(field) else {
        match field.value {
            Value::Null | Value::Array(_) => add_wrong_type(field, findings),
            _ => findings.add(Rule::EventDataOldStyle, field),
        }
        return EventDataRevenue::default();
    };
    if object.members().len() > EVENT_DATA_KEYS_USUAL {
        findings.add(Rule::EventDataManyKeys, field);
    }
    for member in object.members() {
        if is_reserved(Key::of(&member.key)) {
            findings.add(Rule::EventDataKeyReserved, &object.field(member));
        }
        if let Some(rule) = rule_of_value(&member.key, member.value) {
            findings.add(rule, &object.field(member));
        }
    }
    EventDataRevenue {
        has_sum: object.has("sum"),
        currency: object.get("currency"),
    }
}

/// Returns the rule that a value of `event_data` breaks.
fn rule_of_value(key: &str, value: Value<'_>) -> Option<Rule> {
    match (key, value) {
        ("sum", Value::Number(_)) | ("payload", Value::Object(_)) => None,
        ("sum", Value::String(text)) if Decimal::parse(&text.decode()).is_some() => {
            Some(Rule::RevenueAsText)
        }
        ("sum", _) => Some(Rule::RevenueUnreadable),
        ("event_value", _) => Some(Rule::EventDataOldStyle),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => Some(Rule::EventDataNotScalar),
        (_, Value::Bool(_) | Value::Number(_) | Value::String(_)) => None,
    }
}
