//! Checks consent: Apple's App Tracking Transparency, Google's signals, and limited ad tracking.

use super::findings::Findings;
use super::json_type::{self, JsonType};
use super::keys::{ATT_ORDER, CONSENT_ORDER};
use super::object::BodyField;
use super::value::{check_members, check_type, is_empty_string, object};
use crate::json::{Text, Value};
use crate::kochava::Rule;

/// Checks `app_tracking_transparency`; returns whether it authorizes tracking.
pub(super) fn check_att(field: &BodyField<'_, '_>, findings: &mut Findings) -> bool {
    let Some(object) = object(field, findings) else {
        return false;
    };
    check_members(&object, json_type::ATT, findings);
    let mut att = None;
    let mut is_authorized = None;
    for member in object.members() {
        let field = object.field(member);
        match (&*member.key, member.value) {
            ("att", Value::Bool(word)) => att = Some(word == "true"),
            ("att_detail", Value::String(text)) if is_status(text) => {
                is_authorized = Some(text.is("authorized"));
            }
            ("att_detail", Value::String(_)) => findings.add(Rule::AttDetailUnknown, &field),
            ("att_time" | "att_duration", Value::Number(number)) if !is_seconds(number) => {
                findings.add(Rule::AttTimeUnreadable, &field);
            }
            ("att-detail", _) => findings.add(Rule::AttMisspelt, &field),
            (key, _) if json_type::of(key, json_type::ATT).is_none() => {
                findings.add(Rule::UnknownKey, &field);
            }
            _ => {}
        }
    }
    if !object.has("att") {
        findings.add_missing(Rule::AttStatusMissing, &object, "att", &ATT_ORDER);
    }
    if let (Some(att), Some(is_authorized)) = (att, is_authorized)
        && att != is_authorized
    {
        findings.add(Rule::AttContradiction, field);
    }
    att == Some(true)
}

fn is_status(text: Text<'_>) -> bool {
    ["authorized", "denied", "notDetermined", "restricted"]
        .into_iter()
        .any(|status| text.is(status))
}

/// Reports whether a number is one of whole seconds: a time has ten digits, a duration fewer;
/// milliseconds would have thirteen.
pub(super) fn is_seconds(number: &str) -> bool {
    number.len() <= 10 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks `gdpr_privacy_consent`; `has_address` is whether the body has the device's IP address.
pub(super) fn check_google(field: &BodyField<'_, '_>, has_address: bool, findings: &mut Findings) {
    let Some(object) = object(field, findings) else {
        return;
    };
    check_members(&object, json_type::GOOGLE_CONSENT, findings);
    for member in object.members() {
        let field = object.field(member);
        match (&*member.key, member.value) {
            ("gdpr_applies" | "ad_user_data" | "ad_personalization", Value::Number("0" | "1")) => {}
            ("gdpr_applies" | "ad_user_data" | "ad_personalization", Value::Number(_)) => {
                findings.add(Rule::ConsentUnreadable, &field);
            }
            (key, _) if json_type::of(key, json_type::GOOGLE_CONSENT).is_none() => {
                findings.add(Rule::UnknownKey, &field);
            }
            _ => {}
        }
    }
    let has_tc_string = object
        .get("tc_string")
        .is_some_and(|field| !is_empty_string(&field));
    let has_both_flags = object.has("ad_user_data") && object.has("ad_personalization");
    if !has_tc_string && !has_both_flags {
        findings.add(Rule::ConsentIncomplete, field);
    }
    if !has_address && !object.has("gdpr_applies") {
        let rule = Rule::ConsentAppliesMissing;
        findings.add_missing(rule, &object, "gdpr_applies", &CONSENT_ORDER);
    }
}

/// Reports whether `device_limit_tracking` says that ad tracking is limited.
pub(super) fn is_limited(field: &BodyField<'_, '_>) -> bool {
    match field.value {
        Value::Bool(word) => word == "true",
        Value::String(text) => text.is("true"),
        _ => false,
    }
}

/// Checks `device_limit_tracking`. Of two public senders one writes a boolean, the other a string;
/// both are accepted.
pub(super) fn check_limit(field: &BodyField<'_, '_>, findings: &mut Findings) {
    match field.value {
        Value::Bool(_) => {}
        Value::String(text) if text.is("true") || text.is("false") => {}
        Value::String(_) => {
            let expected = JsonType::Boolean.expected();
            findings.add_mismatch(Rule::LimitAdTrackingUnreadable, field, expected);
        }
        _ => {
            check_type(field, JsonType::Boolean, findings);
        }
    }
}
