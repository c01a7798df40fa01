//! Checks an identity by the rules of IdentityLink Setup.

use super::device::System;
use super::findings::Findings;
use super::identifiers::{check_app_guid, check_device_ids};
use super::json_type::JsonType;
use super::keys::IDENTITY_ORDER;
use super::object::{BodyField, Object};
use super::value::{is_empty_string, object, string};
use crate::json::Value;
use crate::kochava::{Rule, fault_of_identity};

/// Checks the call that Kochava documents for servers.
pub(super) fn check(root: &Object<'_>, findings: &mut Findings) {
    let methods = root
        .get("device_hash_method")
        .and_then(|field| Object::of(&field));
    // mParticle sends `idfv_sha1` to IdentityLink
    let is_hashed =
        |key: &str| key == "idfv_sha1" || methods.as_ref().is_some_and(|methods| methods.has(key));
    let mut device_ids = None;
    for member in root.members() {
        let field = root.field(member);
        match &*member.key {
            "kochava_app_id" => check_app_guid(&field, findings),
            "device_id" | "device_ids" => {
                let is_misnamed = &*member.key == "device_ids";
                if is_misnamed {
                    findings.add(Rule::DeviceIdsMisnamed, &field);
                }
                let ids = Object::of(&field);
                let system = System::default();
                let ids = check_device_ids(&field, ids.as_ref(), system, &is_hashed, findings);
                if !is_misnamed || device_ids.is_none() {
                    device_ids = Some((ids.is_object && !ids.is_usable, field));
                }
            }
            "device_hash_method" => {
                findings.add(Rule::DeviceHashMethod, &field);
                check_hash_methods(&field, findings);
            }
            "data" => {
                check_names(&field, findings);
            }
            _ => findings.add(Rule::UnknownKey, &field),
        }
    }
    match device_ids {
        Some((true, field)) => findings.add(Rule::IdentityDeviceIdMissing, &field),
        Some((false, _)) => {}
        None => {
            let rule = Rule::IdentityDeviceIdMissing;
            findings.add_missing(rule, root, "device_id", &IDENTITY_ORDER);
        }
    }
    for (key, rule) in [
        ("kochava_app_id", Rule::AppGuidMissing),
        ("data", Rule::MandatoryKeyMissing),
    ] {
        if !root.has(key) {
            findings.add_missing(rule, root, key, &IDENTITY_ORDER);
        }
    }
}

/// Checks the names and values of a user; returns their number.
pub(super) fn check_names(field: &BodyField<'_, '_>, findings: &mut Findings) -> usize {
    let Some(object) = object(field, findings) else {
        return 0;
    };
    if object.members().is_empty() {
        findings.add(Rule::IdentityDataEmpty, field);
    }
    for member in object.members() {
        let field = object.field(member);
        if is_empty_string(&field) {
            findings.add(Rule::IdentityValueNotText, &field);
        } else if let Value::String(text) = member.value {
            if let Some(rule) = fault_of_identity(&member.key, &text.decode()) {
                findings.add(rule, &field);
            }
        } else {
            let expected = JsonType::String.expected();
            findings.add_mismatch(Rule::IdentityValueNotText, &field, expected);
        }
    }
    object.members().len()
}

fn check_hash_methods(field: &BodyField<'_, '_>, findings: &mut Findings) {
    let Some(object) = object(field, findings) else {
        return;
    };
    for member in object.members() {
        string(&object.field(member), findings);
    }
}
