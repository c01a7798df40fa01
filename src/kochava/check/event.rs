//! Is what happened told in Kochava's words: name, values, money?

use super::place::{BodyField, Findings, Object};
use super::value::text;
use crate::json::{Decimal, Key, Value};
use crate::kochava::{Rule, is_near_standard, is_reserved};
use crate::limits::EVENT_DATA_KEYS_USUAL;

pub(super) fn name(field: &BodyField<'_>, report: &mut Findings) {
    let Some(name) = text(field, report) else {
        return;
    };
    if name.trim().is_empty() {
        report.tell(Rule::EventNameMissing, field);
    } else if is_near_standard(&name) {
        report.tell(Rule::EventNameNearStandard, field);
    }
}

pub(super) fn currency(field: &BodyField<'_>, report: &mut Findings) {
    let Some(currency) = text(field, report) else {
        return;
    };
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        report.tell(Rule::CurrencyUnreadable, field);
    } else if !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        report.tell(Rule::CurrencyLowerCase, field);
    }
}

/// Where an event's money stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Money<'a> {
    pub(super) has_sum: bool,
    /// A currency among the values.
    pub(super) currency: Option<BodyField<'a>>,
}

/// Judges the values of an event.
pub(super) fn data<'a>(field: &BodyField<'a>, report: &mut Findings) -> Money<'a> {
    let Some(object) = Object::of(field) else {
        report.tell(not_an_object(field.value), field);
        return Money::default();
    };
    if object.members().len() > EVENT_DATA_KEYS_USUAL {
        report.tell(Rule::EventDataManyKeys, field);
    }
    for member in object.members() {
        for rule in rules_of(&member.key, member.value) {
            report.tell(rule, &object.field(member));
        }
    }
    Money {
        has_sum: object.has("sum"),
        currency: object.get("currency"),
    }
}

fn not_an_object(value: Value<'_>) -> Rule {
    match value {
        Value::Null => Rule::NullValue,
        Value::Array(_) => Rule::WrongType,
        _ => Rule::EventDataOldStyle,
    }
}

/// The rules that one value breaks.
fn rules_of(key: &str, value: Value<'_>) -> impl Iterator<Item = Rule> {
    let of_key = is_reserved(Key::of(key)).then_some(Rule::EventDataKeyReserved);
    let of_value = match (key, value) {
        ("sum", Value::Number(_)) | ("payload", Value::Object(_)) => None,
        ("sum", Value::String(text)) if Decimal::parse(&text.decode()).is_some() => {
            Some(Rule::RevenueAsText)
        }
        ("sum", _) => Some(Rule::RevenueUnreadable),
        ("event_value", _) => Some(Rule::EventDataOldStyle),
        (_, Value::Null | Value::Array(_) | Value::Object(_)) => Some(Rule::EventDataNotScalar),
        (_, Value::Bool(_) | Value::Number(_) | Value::String(_)) => None,
    };
    of_key.into_iter().chain(of_value)
}
