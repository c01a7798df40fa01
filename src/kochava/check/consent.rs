//! Does the body say what the user agreed to, in Kochava's words?

use super::keys::ATT_ORDER;
use super::place::{BodyField, Findings};
use super::value::{object, text};
use crate::json::{Text, Value};
use crate::kochava::Rule;

/// The keys of Google's block.
const GOOGLE_KEYS: [&str; 4] = [
    "gdpr_applies",
    "tc_string",
    "ad_user_data",
    "ad_personalization",
];

/// Judges Apple's block; true if it grants tracking.
pub(super) fn tracking(field: &BodyField<'_>, report: &mut Findings) -> bool {
    let Some(object) = object(field, report) else {
        return false;
    };
    let mut att = None;
    let mut detail = None;
    for member in object.members() {
        let field = object.field(member);
        match (&*member.key, member.value) {
            ("att", Value::Bool(word)) => att = Some(word == "true"),
            ("att", _) => report.tell(Rule::AttStatusUnreadable, &field),
            ("att_detail", Value::String(text)) if is_detail(text) => {
                detail = Some(text.is("authorized"))
            }
            ("att_detail", _) => report.tell(Rule::AttDetailUnknown, &field),
            ("att_time" | "att_duration", value) => seconds(value, &field, report),
            ("att-detail", _) => report.tell(Rule::AttMisspelt, &field),
            _ => report.tell(Rule::UnknownKey, &field),
        }
    }
    if !object.has("att") {
        report.tell_missing(Rule::AttStatusMissing, &object, "att", &ATT_ORDER);
    }
    if att.zip(detail).is_some_and(|(att, detail)| att != detail) {
        report.tell(Rule::AttContradiction, field);
    }
    att == Some(true)
}

fn is_detail(text: Text<'_>) -> bool {
    ["authorized", "denied", "notDetermined", "restricted"]
        .into_iter()
        .any(|word| text.is(word))
}

fn seconds(value: Value<'_>, field: &BodyField<'_>, report: &mut Findings) {
    // a moment has ten digits, a duration fewer; milliseconds would have thirteen
    let are_seconds = matches!(value, Value::Number(number) if number.len() <= 10 && number.bytes().all(|byte| byte.is_ascii_digit()));
    if !are_seconds {
        report.tell(Rule::AttTimeUnreadable, field);
    }
}

/// Judges Google's block; `has_address` is whether the body says the device's address.
pub(super) fn google(field: &BodyField<'_>, has_address: bool, report: &mut Findings) {
    let Some(object) = object(field, report) else {
        return;
    };
    for member in object.members() {
        let field = object.field(member);
        match (&*member.key, member.value) {
            ("tc_string", _) => drop(text(&field, report)),
            ("gdpr_applies" | "ad_user_data" | "ad_personalization", Value::Number("0" | "1")) => {}
            ("gdpr_applies" | "ad_user_data" | "ad_personalization", _) => {
                report.tell(Rule::ConsentUnreadable, &field)
            }
            _ => report.tell(Rule::UnknownKey, &field),
        }
    }
    let has_string = object
        .get("tc_string")
        .is_some_and(|field| !matches!(field.value, Value::String(text) if text.is("")));
    let has_both = object.has("ad_user_data") && object.has("ad_personalization");
    if !has_string && !has_both {
        report.tell(Rule::ConsentIncomplete, field);
    }
    if !has_address && !object.has("gdpr_applies") {
        report.tell_missing(
            Rule::ConsentAppliesMissing,
            &object,
            "gdpr_applies",
            &GOOGLE_KEYS,
        );
    }
}

/// Judges whether ad tracking is limited. Of two public senders one writes a boolean, the other a
/// text; both are taken.
pub(super) fn limit(field: &BodyField<'_>, report: &mut Findings) {
    match field.value {
        Value::Bool(_) => {}
        Value::String(text) if text.is("true") || text.is("false") => {}
        Value::Null => report.tell(Rule::NullValue, field),
        _ => report.tell(Rule::LimitAdTrackingUnreadable, field),
    }
}
