//! Does this identity keep the rules of IdentityLink?

use super::device::System;
use super::ids;
use super::keys::IDENTITY_ORDER;
use super::place::{BodyField, Findings, Object};
use super::value::{object, text};
use crate::json::Value;
use crate::kochava::Rule;

/// Judges the call that Kochava documents for servers (IdentityLink Setup).
pub(super) fn judge(root: &Object<'_>, report: &mut Findings) {
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
            "kochava_app_id" => ids::app_guid(&field, report),
            "device_id" => {
                device_ids = Some((
                    ids::judge(&field, System::default(), &is_hashed, report),
                    field,
                ))
            }
            "device_ids" => {
                report.tell(Rule::DeviceIdsMisnamed, &field);
                let ids = ids::judge(&field, System::default(), &is_hashed, report);
                device_ids = device_ids.or(Some((ids, field)));
            }
            "device_hash_method" => {
                report.tell(Rule::DeviceHashMethod, &field);
                hash_methods(&field, report);
            }
            "data" => drop(names(&field, report)),
            _ => report.tell(Rule::UnknownKey, &field),
        }
    }
    match device_ids {
        Some((ids, field)) if ids.is_object && !ids.is_usable => {
            report.tell(Rule::IdentityDeviceIdMissing, &field)
        }
        Some(_) => {}
        None => report.tell_missing(
            Rule::IdentityDeviceIdMissing,
            root,
            "device_id",
            &IDENTITY_ORDER,
        ),
    }
    for (key, rule) in [
        ("kochava_app_id", Rule::AppGuidMissing),
        ("data", Rule::MandatoryKeyMissing),
    ] {
        if !root.has(key) {
            report.tell_missing(rule, root, key, &IDENTITY_ORDER);
        }
    }
}

/// Judges names and identities, and counts them.
pub(super) fn names(field: &BodyField<'_>, report: &mut Findings) -> usize {
    let Some(object) = object(field, report) else {
        return 0;
    };
    if object.members().is_empty() {
        report.tell(Rule::IdentityDataEmpty, field);
    }
    for member in object.members() {
        match member.value {
            Value::String(text) if text.is("") => {
                report.tell(Rule::IdentityValueNotText, &object.field(member))
            }
            Value::String(_) => {}
            _ => report.tell(Rule::IdentityValueNotText, &object.field(member)),
        }
    }
    object.members().len()
}

fn hash_methods(field: &BodyField<'_>, report: &mut Findings) {
    let Some(object) = object(field, report) else {
        return;
    };
    for member in object.members() {
        drop(text(&object.field(member), report));
    }
}
